package policies

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"trough.internal/models"
)

// Workers buys as many spot workers as the queues need. It is Shufflr's rule of 2012: the number is a function of the queue's
// depth, the instance type and a worker's throughput, with a cap where a queue feeds itself. Where they are bought is said by
// Place (see place.go). What the workers of the other kinds do is not counted: they are few, and there in any case.
//
// A queue needs its depth / (throughput x within) workers of the reference type, so that what waits now is done within that
// time, and at least those that are at work for it; an instance counts for as many of them as its speed x slots.
type Workers struct {
	Queues    []WorkerQueue `set:"queues" doc:"The queues that workers are bought for. A class that is not listed needs none of its own."`
	Pools     []Pattern     `set:"pools" doc:"Spot pools to buy in, as zone/type with * for any part; none is all."`
	Max       int32         `set:"max" required:"true" min:"1" unit:"instances" doc:"Most spot instances."`
	Place     Place         `set:"place" default:"cheapest" enum:"cheapest|zone" doc:"Where to buy: where a worker costs least now, in any zone; or in one zone, which is left for the next one where it does not give what is asked of it."`
	Zones     []string      `set:"zones" doc:"With place: zone, the zones in the order in which they are tried, the main one first; not given: by name."`
	MoveAfter time.Duration `set:"move_after" default:"10m" min:"0s" max:"7d" doc:"With place: zone, how long something may lack until the next zone is tried; 0s never leaves the first."`

	memory  workersMemory
	members []int32 // spot pools, by name
	zones   []string
	order   []int32 // the members, where to buy first
	placed  []int32 // by pool: instances to hold
	pools   *models.Pool
}

// WorkerQueue is how many workers one queue needs.
type WorkerQueue struct {
	Class   string        `set:"class" required:"true" enum:"high|medium|low" doc:"Priority of the queue's jobs."`
	PerHour float64       `set:"jobs_per_hour" required:"true" min:"0.001" max:"1000000" unit:"jobs" doc:"Throughput of a worker of the reference type."`
	Within  time.Duration `set:"within" required:"true" min:"1s" max:"7d" doc:"Time within which what waits is to be done."`
	Max     float64       `set:"max" default:"0" min:"0" max:"1000000" unit:"workers" doc:"Most workers of the reference type for this queue, for one that grows by being worked on; 0 is no cap."`
}

// Check refuses what says nothing, or twice.
func (w *Workers) Check() error {
	if len(w.Queues) == 0 {
		return errors.New("expected at least one of queues")
	}
	for i := range w.Queues {
		if slices.ContainsFunc(w.Queues[:i], func(q WorkerQueue) bool { return q.Class == w.Queues[i].Class }) {
			return fmt.Errorf("queue %s is there twice: expected each class once", w.Queues[i].Class)
		}
	}
	for i, zone := range w.Zones {
		if slices.Contains(w.Zones[:i], zone) {
			return fmt.Errorf("zone %s is there twice: expected each zone once", zone)
		}
	}
	if len(w.Zones) > 0 && w.Place != PlaceZone {
		return errors.New("zones are of place: zone: expected none beside place: cheapest")
	}
	return nil
}

// Cause is ByWorkers.
func (*Workers) Cause() models.Cause { return models.ByWorkers }

// Memory is the zone that is bought in.
func (w *Workers) Memory() any { return &w.memory }

// Apply sets the targets of the spot pools: what is held as far as it is needed, more where it is best, less where it is worst.
func (w *Workers) Apply(obs *models.Observation, p *Proposal) {
	if len(obs.Pools) == 0 {
		return
	}
	if w.pools != &obs.Pools[0] {
		w.members, w.pools = membersOf(obs.Pools, KindSpot, w.Pools), &obs.Pools[0]
		w.zones = w.zonesOf(obs.Pools)
	}
	if len(w.members) == 0 {
		return
	}
	w.placed = resize(w.placed, len(obs.Pools))
	w.rank(obs)
	have, instances := int64(0), int32(0)
	for _, pool := range w.order {
		w.placed[pool] = min(p.PoolHeld[pool], p.room(pool))
		have += int64(w.placed[pool]) * worthOf(&obs.Pools[pool])
		instances += w.placed[pool]
	}
	need := w.need(obs, p)
	short := need - have
	if short > 0 {
		short = w.grow(obs, p, short, w.Max-instances)
	} else {
		w.shrink(obs, -short)
	}
	w.move(obs, short > 0)
	for _, pool := range w.members {
		p.hold(pool, w.placed[pool])
	}
	for _, pool := range w.members {
		p.FitPool(int(pool))
	}
}

// need is in thousandths of a worker of the reference type.
func (w *Workers) need(obs *models.Observation, p *Proposal) int64 {
	busy, running := w.busy(obs, p), int32(0)
	for b := range obs.Workload {
		running += obs.Workload[b].Running
	}
	workers := 0.0
	for i := range w.Queues {
		q := &w.Queues[i]
		depth, own, class := int32(0), int32(0), slices.Index(models.ClassNames(), q.Class)
		for b := range obs.Workload {
			depth += obs.Workload[b].Queued[class]
			own += obs.Workload[b].RunningBy[class]
		}
		n := float64(depth) / (q.PerHour * q.Within.Hours())
		if own > 0 {
			n = max(n, busy*float64(own)/float64(running))
		}
		if q.Max > 0 {
			n = min(n, q.Max)
		}
		workers += n
	}
	return int64(math.Ceil(min(workers, math.MaxInt32)*1000 - dust))
}

// busy is how many workers of the reference type those spot instances count for that are at work; nobody knows which of
// them has a job of which class, so that each class is taken to have its share of them.
func (w *Workers) busy(obs *models.Observation, p *Proposal) float64 {
	busy := int64(0)
	for _, pool := range w.members {
		for c := int(pool) * p.Borrowers; c < (int(pool)+1)*p.Borrowers; c++ {
			busy += int64(obs.Busy[c]) * worthOf(&obs.Pools[pool])
		}
	}
	return float64(busy) / 1000
}

// grow buys where it is best, up to so many instances, and returns what lacks then for want of capacity.
func (w *Workers) grow(obs *models.Observation, p *Proposal, short int64, most int32) int64 {
	for _, pool := range w.order {
		if most <= 0 {
			return 0 // the max is ours, not the market's
		}
		if !w.buysIn(&obs.Pools[pool]) {
			continue
		}
		worth := worthOf(&obs.Pools[pool])
		n := min(int64(p.room(pool)-w.placed[pool]), int64(most), (short+worth-1)/worth)
		if n <= 0 {
			continue
		}
		w.placed[pool] += int32(n)
		most -= int32(n)
		if short -= n * worth; short <= 0 {
			return 0
		}
	}
	return short
}

// shrink ends where it is worst, as long as what is needed stays.
func (w *Workers) shrink(obs *models.Observation, over int64) {
	for i := len(w.order) - 1; i >= 0; i-- {
		pool := w.order[i]
		worth := worthOf(&obs.Pools[pool])
		n := min(int64(w.placed[pool]), over/worth)
		w.placed[pool] -= int32(n)
		over -= n * worth
	}
}

// worthOf is how many workers of the reference type an instance counts for, in thousandths.
func worthOf(p *models.Pool) int64 { return int64(max(1, p.Speed)) * int64(slotsOf(p)) }
