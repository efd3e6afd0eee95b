package sim

import (
	"trough.internal/models"
	"trough.internal/policies"
)

// observe0 lays out the observation once: its columns of the present are the market's own, to read.
func (e *Engine) observe0() {
	m := e.market
	cells := m.Lendable * len(m.Borrowers)
	e.obs = models.Observation{
		Pools: m.Pools[:m.Lendable], Borrowers: m.Borrowers, Regions: m.Regions,
		Reserved: e.telemetry.seenReserved, InUse: e.telemetry.seenInUse, AsOf: e.telemetry.seenAt,
		OnOrder: m.Count[models.OnOrder][:cells], Booting: m.Count[models.Booting][:cells],
		Idle: m.Count[models.Idle][:cells], Busy: m.Count[models.Busy][:cells],
		Finishing: m.Count[models.Finishing][:cells], Leaving: m.Count[models.Leaving][:cells],
		Launched: make([]int32, cells), Refused: make([]int32, cells),
		Workload: make([]models.Workload, len(m.Borrowers)),
		Evacuate: m.Evacuating,
		RegionOf: make([]int32, m.Lendable),
	}
	for p := range e.obs.RegionOf {
		e.obs.RegionOf[p] = int32(m.Region(models.PoolID(p)))
	}
	if e.messages != nil {
		e.obs.Ended, e.obs.EndedByCloud = e.messages.told, e.messages.toldByCloud
	}
	if e.prices != nil {
		e.obs.Price = e.prices.now
	}
	if e.hourWithin > 0 {
		e.obs.HourEnding = make([]int32, cells)
	}
	e.decision = models.NewDecision(cells)
	if e.decisions != nil {
		e.decision.Trail = new(models.Trail)
	}
}

// evaluate observes, asks the policy, and carries out the orders that its decision becomes.
func (e *Engine) evaluate(t tick) {
	e.telemetry.look(e.world.Start, t)
	e.obs.Now = e.at(t)
	e.observeWorkload()
	if e.messages != nil {
		e.readMessages(t)
	}
	if e.prices != nil {
		e.prices.look(e.obs.Now)
	}
	if e.hourWithin > 0 {
		e.watchHours()
	}
	e.tally.Evaluations++
	e.policy.Decide(&e.obs, e.decision)
	if e.decisions != nil {
		e.decisions.Decision(&e.obs, e.decision)
	}
	clear(e.obs.Launched)
	clear(e.obs.Refused)
	e.orders = policies.Plan(&e.obs, e.decision, e.limits, e.orders[:0])
	e.act()
}

// observeWorkload: the queues are the borrowers' own, so that they are known at once.
func (e *Engine) observeWorkload() {
	m := e.market
	for b := range e.obs.Workload {
		w := &e.obs.Workload[b]
		w.AsOf = e.obs.Now
		w.Queued, w.Work = m.Queued, m.QueuedWork
		if e.work != nil {
			for class := range w.Queued {
				i := b*int(models.Classes) + class
				w.Queued[class], w.Work[class] = int32(e.queues[i].n), e.work[i]
			}
		}
		if e.containers != nil {
			e.observeSlots(models.BorrowerID(b), w)
			continue
		}
		busy, idle := int32(0), int32(0)
		for p := m.Lendable; p < len(m.Pools); p++ {
			cell := m.Cell(models.PoolID(p), models.BorrowerID(b))
			busy += m.Count[models.Busy][cell]
			idle += m.Count[models.Idle][cell]
		}
		w.BaseBusy, w.BaseIdle = busy, idle
		w.Running = 0
		for class := range w.RunningBy {
			w.RunningBy[class] = e.busy[b*int(models.Classes)+class]
			w.Running += w.RunningBy[class]
		}
	}
}
