// Package hindsight says how much borrowing could have been worth to somebody who had known everything in advance: an upper
// bound that no policy can beat, and the plan that comes with it, which a run of the engine turns into a lower bound.
//
// # Value
//
// The value of a run is the work of the jobs that completed on borrowed instances, in normalised hours, less p/v times
// its instantaneous overdraft in normalised hours (report/measure has the figure). What base fleets and bought instances do has no
// part in it.
//
// # Levels
//
// Of one pool with A(t) instances available, let level j be on while at least j are borrowed. A level above A(t) is in
// overdraft, and no other is: min(borrowed, -surplus) is the number of levels that are on above max(0, A(t)). So the value of what a
// pool holds is the sum over its levels, each a chain of its own with the states off, booting and on:
//
//	reward a second = [on and booted] - p/v x [not off and j > A(t)]
//
// The best plan of a level is found by dynamic programming (Viterbi), and the levels' best plans are nested, since a lower level is
// never worse off: together they are a plan of the pool. A(t) is a step function, so all levels between two of its
// values have the same rewards and are solved once. Within a level nothing can change but where A(t) crosses it: while a level
// is free it costs nothing, and while it is not, a second of it brings no more than it costs. So it turns on
// where a free stretch begins, and off where one ends, and the only question is whether to bridge what lies between two of
// them: its overdraft against another boot.
//
// # Finite work
//
// Where there may be less work than room for it, what is served until t cannot exceed what arrived until t. With a
// multiplier for that at each instant, m(t) in [0, min(1, p/v)], the problem falls apart: levels are paid m(t) and
// not 1 for a second, and work is served whenever 1 - m(t) is largest after its arrival. The sum of both is an upper bound
// for every m (weak duality), so that whatever a search for a good one comes to is valid, and so is m = 1 (the saturated
// queue) and m = 0 (all work that can be done). Work never spoils, so it suffices that m never falls. Above p/v levels without end
// would pay for themselves in overdraft, which is why m stays below it.
//
// # Why no policy of the engine beats the bound
//
//   - An instance counts as borrowed from launch to gone, and works from the end of its boot at the earliest. Boots and launches take
//     the shortest time that can be drawn: every real one is longer. No instance is launched before the shortest latency of
//     the first order.
//   - Drains cost nothing: whatever is held and booted is paid as if it worked, one that was told to yield too. A real
//     one may idle, or lose its job.
//   - A pool's speed is its fastest for any format, and where jobs are packed that of as many as fit, so a second on an instance is at most a
//     second's work at that speed. Attempts that were cut short bring nothing; with checkpoints the parts of a job that were saved
//     are other seconds of borrowed instances. Only where parts can be saved on bought instances, or on base fleets that an outage
//     takes, could work be counted that no borrowed instance did: there the bound is all the work (Problem.WorkOnly).
//   - A job is served after the earliest instant at which it can be queued: its arrival, and where it waits for others, when they can
//     have completed on the fastest instances there are. A job that cannot complete by the end brings nothing.
//   - What would hold a policy back and is left out here only makes the bound larger: lag, refused launches, limits of the API and
//     of what physically exists, notices, the order of queues and borrowers, and that base fleets and bought instances take
//     jobs first. The last is what most of the bracket consists of where work is short.
//   - Where nobody knows what the owners use, nothing is available: unknown is not idle. The value counts what is borrowed there as
//     overdraft, too. In an outage's zone nothing can run.
//
// The levels are due to the usual decomposition for right-sizing problems with convex cost (Lin, Wierman, Andrew, Thereska:
// Dynamic right-sizing for power-proportional data centers, 2011), the bound for finite work to Lagrangian relaxation.
package hindsight
