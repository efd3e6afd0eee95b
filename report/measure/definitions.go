package measure

// What each figure means, printed with it.
const (
	defThroughputGain = "work completed with borrowing / work completed by the base fleet alone, under the same arrivals and luck, - 1"
	defCapacityGain   = "borrowed normalised hours / (base fleet's size x norm x span); an idle base fleet flatters it, so read it beside the throughput gain"
	defOverdraftCost  = "marginal on-demand charge: bill(owners + borrowers) - bill(owners alone), by the billing rules stated; the owners' own overdraft is not in it"
	defCostEfficiency = "1 - overdraft cost / all borrowed hours at the on-demand rate, both by the same billing rules, rounded hours included"
	defInstantCost    = "instances borrowed beyond the reservation, min(borrowed, -surplus) where surplus is negative, each second at the type's on-demand rate; " +
		"knows no billing rule, and a bill by whole hours is mostly higher"
	defInstantEfficiency = "1 - instantaneous overdraft cost / all borrowed hours at the on-demand rate, both per second"

	defValue = "work of the jobs that completed on borrowed instances, in normalised hours - p/v x instantaneous overdraft in normalised hours; " +
		"p/v is the price of an overdraft hour over the worth of a useful hour; borrowed while nobody knew the surplus counts as overdraft"
	defRegret = "(hindsight optimum - value) / hindsight optimum, against the bound that no policy beats; " +
		"boot and launch enter the bound as their shortest draw, and what the base fleet does first is not taken off it"
	defRegretCertain = "(hindsight optimum - value) / hindsight optimum, against the best value that was reached, by one of the policies or by a plan"
	defCapture       = "sum of norm x min(borrowed, available) / sum of norm x available, over the seconds in which a job waited or ran on a borrowed instance"

	defBilledOverdraft = "borrowed instance-hours that no reservation covered, by the billing rules stated"
	defOverdraftHours  = "pools' clock hours in which borrowed instances were billed on-demand"
	defListCost        = "all borrowed hours at the on-demand rate, by the billing rules stated: what the same would have cost without reservations"
	defOwnersCost      = "what the owners' own use beyond their reservations is billed on-demand; it would be without borrowing, too"

	defBorrowedHours  = "running time of borrowed instances from launch to gone, boot and idle included"
	defBorrowedNorm   = "running time of borrowed instances x norm; norm is the type's speed relative to the reference type"
	defUnusedBorrowed = "instance-seconds borrowed within what the owners left unused / instance-seconds unused (reserved - in use, where known)"
	defPeakUnused     = "most instances that were reserved and not in use at once, over all pools, for at least a second"
	defPeakBorrowed   = "most instances borrowed at once, over all pools, for at least a second"
	defGoodput        = "work of the jobs that completed on borrowed instances / borrowed normalised hours; the rest is boot, idle time, work lost, drains, and jobs under way at the end"
	defBoot           = "borrowed instances' time from launch to ready"
	defIdle           = "borrowed instances' time ready and without a job, told to yield or not yet gone not included"
	defBought         = "running time of instances bought on purpose, spot and on-demand; in no other figure of borrowing"

	defExposure      = "sum over pools of min(borrowed, -surplus) x time where surplus was negative"
	defEpisodes      = "stretches of time, each as long as it lasted, in which a pool's surplus was negative while something was borrowed there"
	defOverdraftTime = "how long an episode lasted, from negative surplus to none; exact below 2048 s, above at most 0.1 % too long; the worst is exact"
	defDeepest       = "most instances beyond one pool's reservation that were the borrowers', for at least a second"

	defJobsCompleted = "jobs that completed within the span, on base, borrowed and bought instances"
	defWorkCompleted = "work of those jobs, in hours on the reference type"
	defBacklog       = "what arrived within the span and had not completed at its end, waiting or running; a running job counts with its whole work"
	defWait          = "time in the queue from arrival to the first start, of the jobs that started; exact below 2048 s, above at most 0.1 % too long"
	defCompletion    = "time from arrival to completion, of the jobs that completed; exact below 2048 s, above at most 0.1 % too long"
	defMakespan      = "from the first arrival to the last completion"
	defBatchMakespan = "from the arrival of the batch's first job to the completion of its last; of a batch that arrives several times, the mean"
	defBatchJobs     = "jobs of the batch, inspections, chunks, assemblies and validations together; of all its times"

	defInterruptions = "attempts at jobs that were cut short because their instance was taken"
	defWorkLost      = "work of those attempts that has to be done again, in hours on the reference type"
	defLaunches      = "borrowed instances launched"
	defRefused       = "launches that the cloud refused the borrower"
	defChurn         = "(launches + ends) / borrowed instance-hours"
	defEvenness      = "Jain's index of the instance types' shares (borrowed within the unused / unused, all zones together), over the types with something unused, " +
		"weighted by what is borrowed x time, while less than half of the unused is borrowed; 1 is even, 1/n is all of one type"
	defOwnersRefused = "rises of the number of owners' instances that could not run because borrowed ones took the last physical ones; " +
		"the recorded use is taken as what the owners asked for"
	defOwnersBlocked = "the same number x time"
	defEvacuatedIn   = "from an evacuation's switch until the last borrowed instance of its region was gone, the longest"
	defEvacuating    = "borrowed instances' time in regions while they were evacuated"

	defBorrowerShare   = "the borrower's part of the running time of all borrowed instances, from launch to gone"
	defBorrowerJobs    = "the borrower's jobs that completed within the span, on its base fleet too"
	defBorrowerStarved = "time in which the borrower had a job waiting and held no borrowed instance; the boot of its first ones is part of it"

	defUnknown         = "sum over pools of the time in which no row said what the owners used"
	defUnknownBorrowed = "borrowed instances' time in such pools meanwhile; it counts as no overdraft"
)
