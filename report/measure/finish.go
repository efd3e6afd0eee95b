package measure

import "trough.internal/models"

const secondsPerDay = 86400

// Finish ends the span at an instant and returns what was measured. Events at that instant are counted, but their
// state has no length. The accumulator takes no more events afterwards.
func (a *Accumulator) Finish(at models.Instant) Result {
	if at != a.now {
		a.advance(at)
	}
	a.fair.settle(at)
	for i := range a.regions {
		a.regions[i].settle(at)
	}
	if at > a.dayEnds-secondsPerDay || len(a.days) == 0 {
		a.endDay(at)
	}
	a.settleAll(at)
	r := Result{
		From: a.from, Until: at, Planned: a.setup.Until,
		Peak: a.peak, Days: a.days, Interrupted: a.interrupted, ByDeadline: a.byDeadline, Running: a.running,
		FirstArrival: a.first, LastCompletion: a.last,
		CaptureAvailable: a.capture.availableSeconds, CaptureInside: a.capture.insideSeconds,
		EvenSeconds: a.fair.seconds, EvenSum: a.fair.sum, Types: byName(a.fair.names), Regions: byName(a.market.Regions),
	}
	r.Bill = a.bill.Finish(at)
	a.finishPools(at, &r)
	a.finishJobs(&r)
	r.Batches = a.batches.list
	a.finishEvacuations(at, &r)
	r.Episodes, r.EpisodesLeftOut, r.EpisodesLasted = a.episodes.list, a.episodes.leftOut, a.episodes.spread()
	return r
}

func (a *Accumulator) finishPools(at models.Instant, r *Result) {
	for i := range a.pools {
		p, pool := &a.pools[i], &a.setup.Pools[i]
		if p.open {
			by := EndedBy(0)
			if p.overdraft == 0 {
				by = p.ended()
			}
			p.close(&a.episodes, by)
		}
		row := PoolResult{Name: pool.Name(), Region: pool.Region, Type: pool.Type, Kind: pool.Kind, Speed: pool.Speed,
			Physical: pool.Physical, Deepest: p.deepest, Sums: a.sums(models.PoolID(i), at)}
		if i >= a.lendable && i-a.lendable < len(a.setup.Base) {
			row.Base = a.setup.Base[i-a.lendable]
			r.BaseInstances += int64(row.Base)
			r.BaseNorm += int64(row.Base) * int64(pool.Speed)
		}
		r.Pools = append(r.Pools, row)
		r.byKind(pool.Kind).add(&row.Sums)
		if pool.Kind == models.Surplus {
			r.Types[p.group].Sums.add(&row.Sums)
			r.Regions[p.region].Sums.add(&row.Sums)
			r.Deepest = max(r.Deepest, p.deepest)
			r.Modelled = r.Modelled || p.physical > 0
		}
	}
}

func (a *Accumulator) finishJobs(r *Result) {
	for c := range a.classes {
		from := &a.classes[c]
		r.Classes[c] = ClassResult{
			Arrived: from.arrived, ArrivedWork: from.arrivedWork,
			Completed: from.completed, CompletedWork: from.completedWork,
			Waiting: int64(a.market.Queued[c]), WaitingWork: a.market.QueuedWork[c],
			Wait: from.wait.Spread(), WaitAgain: from.rewait.Spread(), Completion: from.completion.Spread(),
		}
	}
}

func (a *Accumulator) finishEvacuations(at models.Instant, r *Result) {
	for i := range a.regions {
		g := &a.regions[i]
		if g.on {
			g.end(at)
		}
		r.Evacuations += g.count
		r.EvacuationsUncleared += g.uncleared
		r.EvacuatingSeconds += g.seconds
		r.EvacuatedIn = max(r.EvacuatedIn, g.lastGone)
	}
}

// endDay closes the day that is being filled at its end, or at the span's.
func (a *Accumulator) endDay(at models.Instant) {
	a.settleAll(at)
	var total Sums
	for i := range a.pools {
		s := a.sums(models.PoolID(i), at)
		if a.pools[i].kind != models.Surplus {
			s = Sums{JobsCompleted: s.JobsCompleted, WorkCompleted: s.WorkCompleted}
		}
		total.add(&s)
	}
	until := Day{Sums: total}
	for c := range a.classes {
		until.Started[c], until.Waited[c] = a.classes[c].wait.n, a.classes[c].wait.sum
	}
	day := until
	day.From = a.dayEnds - secondsPerDay
	day.Seconds = int64(at - day.From)
	day.Sums.combine(&a.settled.Sums, -1)
	for c := range a.classes {
		day.Started[c] -= a.settled.Started[c]
		day.Waited[c] -= a.settled.Waited[c]
	}
	a.days = append(a.days, day)
	a.settled = until
	a.dayEnds += secondsPerDay
}

func (a *Accumulator) settleAll(at models.Instant) {
	for i := range a.pools {
		a.pools[i].settle(at, &a.episodes, models.PoolID(i))
	}
}

// sums are a pool's books as of an instant up to which it is settled.
func (a *Accumulator) sums(id models.PoolID, at models.Instant) Sums {
	p := &a.pools[id]
	s := Sums{
		UnusedSeconds: p.unusedSeconds, InsideSeconds: p.insideSeconds,
		OverdraftSeconds: p.overdraftSeconds, OverdraftCost: p.onDemand.For(p.overdraftSeconds), Episodes: p.episodes,
		UnknownSeconds: p.unknownSeconds, UnknownBorrowedSeconds: p.unknownBorrowedSeconds,
		BlockedSeconds: p.blockedSeconds, Blocked: p.blockedRises,
		Launches: p.launches, Ends: p.ends, Refused: p.refused, ByDeadline: p.byDeadline,
		JobsCompleted: p.completed, WorkCompleted: p.completedWork, Interrupted: p.interrupted, WorkLost: p.lostWork,
	}
	since := int64(at - a.from)
	for state := models.OnOrder; state < models.States; state++ {
		s.StateSeconds[state] = p.seconds[state]
		for b := range a.market.Borrowers {
			s.StateSeconds[state] += since * int64(a.market.Count[state][a.market.Cell(id, models.BorrowerID(b))])
		}
		if held[state] == 1 && p.kind != models.Base {
			s.BorrowedSeconds += s.StateSeconds[state]
		}
	}
	s.BorrowedNorm = s.BorrowedSeconds * int64(a.setup.Pools[id].Speed)
	s.ListCost = p.onDemand.For(s.BorrowedSeconds)
	return s
}
