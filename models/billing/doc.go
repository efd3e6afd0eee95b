// Package billing is EC2's bill: what usage costs, given what is held. It is a pure function of both.
//
// # What is billed
//
// A run is one instance from launch to end. Before per-second billing it consists of whole instance-hours, beginning at
// its start and every 3600 s after it as long as it runs, and each belongs to the clock hour in which it begins. Since
// then it is billed by the second, at least 60, and each second belongs to its clock hour; what a shorter run lacks to
// 60 s belongs to the hour in which it ended: that of the first second in which it did not run.
//
// # Who covers what
//
// Within each clock hour, and nowhere beyond it:
//
//  1. Zonal reserved instances: exact type, zone, platform and tenancy. The owner account's usage first, everywhere, then
//     that of the others.
//  2. Regional reserved instances, likewise: any zone; within a family from the smallest size to the largest, in part if
//     need be. Where size flexibility does not apply, the exact type.
//  3. Savings Plans of one family (EC2 Instance), then those of all (Compute): the owner account's usage first, then that
//     of the others, the highest saving first, the lowest rate among equals.
//  4. The rest is on-demand.
//
// A reserved instance gives 3600 s in each clock hour, which concurrent instances use up together. What it does not give
// away lapses. Capacity reservations cover nothing; what of them no instance of their account occupies is charged
// on-demand, by the second.
//
// # What Amazon does not document, and how it is decided here
//
//   - Among equal instances: by size, then by the second of the hour at which what is billed begins, then account, then
//     instance.
//   - Among several other accounts: no order of their own; the order above decides.
//   - Among holdings that could cover the same: by id.
//   - A holding counts in a clock hour if it is held in the hour's last second: a modification at 21:15 moves the benefit
//     from 21:00 on (EC2 guide). An end of 12:00:00 and one of 11:59:59 are the same.
//   - Instance-hours that straddle a clock hour: Amazon published no rule. See Reading for others than ours.
//
// # Not modelled
//
// Sharing that is switched off or limited to groups, discounts on unused capacity reservations, capacity reservations
// shared between accounts, dedicated hosts, Fargate and Lambda, volume discounts, taxes.
package billing
