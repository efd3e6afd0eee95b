package measure

import "trough.internal/models"

// Sums are the books of a pool, of several, or of a day: integers that add up. The instances of a base fleet are in
// StateSeconds only; BorrowedSeconds and what follows from it are zero there.
type Sums struct {
	// Instance-seconds.
	StateSeconds    [models.States]int64 // by state; Absent and OnOrder included for what they are worth (Absent is 0)
	BorrowedSeconds int64                // from launch to gone, boot and idle included
	BorrowedNorm    int64                // the same x the type's speed, in thousandths of normalised instance-seconds
	UnusedSeconds   int64                // reserved and not in use by the owners; 0 where that is unknown
	InsideSeconds   int64                // borrowed out of that: min(borrowed, unused)

	// Overdraft: min(borrowed, -surplus) where surplus is negative.
	OverdraftSeconds int64           // instance-seconds
	OverdraftCost    models.MicroUSD // those at the on-demand rate, rounded once for each pool
	ListCost         models.MicroUSD // all borrowed instance-seconds at the on-demand rate, rounded likewise
	Episodes         int64           // begun

	UnknownSeconds         int64 // pool-seconds in which nobody knew what the owners used
	UnknownBorrowedSeconds int64 // instance-seconds borrowed meanwhile

	// Where instances are limited (Pool.Physical): owners' instances that cannot run because borrowed ones do.
	BlockedSeconds int64 // instance-seconds
	Blocked        int64 // instances: every rise of their number

	Launches   int64 // instances
	Ends       int64 // instances
	Refused    int64 // launches
	ByDeadline int64 // instances told to yield by a deadline

	JobsCompleted int64
	WorkCompleted int64 // seconds on the reference type
	Interrupted   int64 // attempts
	WorkLost      int64 // seconds on the reference type
}

func (s *Sums) add(o *Sums) { s.combine(o, 1) }

// combine adds sign times another's numbers.
func (s *Sums) combine(o *Sums, sign int64) {
	for i := range s.StateSeconds {
		s.StateSeconds[i] += sign * o.StateSeconds[i]
	}
	s.BorrowedSeconds += sign * o.BorrowedSeconds
	s.BorrowedNorm += sign * o.BorrowedNorm
	s.UnusedSeconds += sign * o.UnusedSeconds
	s.InsideSeconds += sign * o.InsideSeconds
	s.OverdraftSeconds += sign * o.OverdraftSeconds
	s.OverdraftCost += models.MicroUSD(sign) * o.OverdraftCost
	s.ListCost += models.MicroUSD(sign) * o.ListCost
	s.Episodes += sign * o.Episodes
	s.UnknownSeconds += sign * o.UnknownSeconds
	s.UnknownBorrowedSeconds += sign * o.UnknownBorrowedSeconds
	s.BlockedSeconds += sign * o.BlockedSeconds
	s.Blocked += sign * o.Blocked
	s.Launches += sign * o.Launches
	s.Ends += sign * o.Ends
	s.Refused += sign * o.Refused
	s.ByDeadline += sign * o.ByDeadline
	s.JobsCompleted += sign * o.JobsCompleted
	s.WorkCompleted += sign * o.WorkCompleted
	s.Interrupted += sign * o.Interrupted
	s.WorkLost += sign * o.WorkLost
}
