// Package models holds the nouns of the market and nothing that acts: no input, no output, no clock.
//
// # Glossary
//
// One word for one idea, from the trace's column to the plot's label:
//
//   - pool: one instance type in one availability zone, written zone/type (us-east-1a/r3.4xlarge).
//   - reserved: instances of a pool that the company pays for whether they run or not.
//   - in use: instances of a pool that the owners run. Unknown is not zero (see Unknown).
//   - owners: everybody in the company but the borrowers.
//   - borrower: a batch system that runs on what the owners leave unused.
//   - nominal, borrowing limit, lending limit, weight: the terms of one of several
//     borrowers; see Broker in package policies.
//   - borrowed: instances of a pool that a borrower runs, from launch to gone, boot and idle included.
//   - available: reserved - in use, the most that can be borrowed without an overdraft.
//   - surplus: reserved - in use - borrowed. Negative surplus is an overdraft.
//   - overdraft: instances of a pool in use or borrowed beyond the reservation; billed on-demand.
//   - yield: to give borrowed instances back. By notice (a deadline) or when idle (no new job, the one it has may finish).
//   - notice: how long an instance that yields by notice may still work.
//   - drain: the time from the order to yield until the instance is gone.
//   - boot: the time from launch until an instance takes its first job.
//   - lag: the time between when a report was true and when a policy sees it.
//   - safety margin, curfew, evacuation: see package policies.
//   - churn: launches and ends per borrowed hour.
//   - bought: instances paid for by the hour, beside what is borrowed: spot (while the price is not above the bid) and
//     on-demand. Their pools lend nothing of the company's; fallback is to buy on-demand what spot does not give.
//   - base fleet: the borrower's own reserved instances, outside the market: never lent, not in reserved or in use.
//   - back-off: after refused launches, to ask more and more rarely; see Backoff in package policies.
//   - slot: room for one job on an instance: all of it, or where jobs are packed so many vCPUs and so much memory. A job that needs
//     more fills several.
//   - packed: of jobs that share an instance, as far as its vCPUs and memory reach. Container: what one of them runs in, which
//     starts within seconds where an instance boots for minutes.
//   - job: the unit that is queued and encoded. Title: the jobs of one source. Class: its priority.
//   - batch: the jobs that somebody asked for at once. Its makespan: from their arrival until the last has completed.
//   - work: a job's length in seconds on the reference type (r3.4xlarge unless a scenario names another).
//   - norm: speed of a type relative to the reference type. Normalised hour: an hour of work.
//   - goodput: work of jobs that completed; capacity: instance time held, times norm.
//   - demand: slots for running and queued work beyond what the base fleet can take.
//   - home: the region where the data of a borrower's jobs lies. Transfer: what a job moves, and how long that takes, before it runs
//     away from home.
//   - failover, deploy, outage, blackout: what a scenario's events bring upon its market for a while: another region's customers,
//     a service's next version beside the old one, a zone that is gone, reports that are missing.
//   - switch: a recorded or manual change that is not capacity: evacuation on or off.
//
// # The way of a fact
//
// Market.Apply is the only writer of state. What wants a change makes an Event; a ledger is the list of events,
// and applying it again gives the same Market.
package models
