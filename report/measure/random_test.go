package measure

import (
	"pgregory.net/rapid"
	"trough.internal/models"
)

// testPools are two zones and two types that are lent, one limited in its physical instances, a spot pool, and a base fleet.
func testPools() []models.Pool {
	pool := func(zone, name string, kind models.PoolKind, speed int32, price models.MicroUSDPerHour) models.Pool {
		return models.Pool{Region: models.RegionOfZone(zone), Zone: zone, Type: name, Kind: kind, Speed: speed, OnDemand: price}
	}
	pools := []models.Pool{
		pool("us-east-1a", "r3.4xlarge", models.Surplus, 1000, 1_400_000),
		pool("us-east-1b", "r3.4xlarge", models.Surplus, 1000, 1_400_001),
		pool("us-east-1a", "m3.xlarge", models.Surplus, 250, 266_000),
		pool("eu-west-1a", "m3.xlarge", models.Surplus, 250, 293_000),
		pool("us-east-1a", "c3.large", models.Spot, 134, 105_000),
		pool("us-east-1a", "r3.4xlarge", models.Base, 1000, 1_400_000),
	}
	pools[1].Physical = 9
	return pools
}

var testBorrowers = []string{"encoding", "research"}

// walk makes a ledger that the market accepts, one random step after the other.
type walk struct {
	t         *rapid.T
	at        models.Instant
	events    []models.Event
	instances []models.Event // the last event of each that is there
	queued    [models.Classes]int
	next      models.InstanceID
	job       models.JobID
}

func drawLedger(t *rapid.T, from models.Instant, steps int) []models.Event {
	w := &walk{t: t, at: from - models.Instant(rapid.IntRange(0, 20).Draw(t, "before"))}
	for range steps {
		w.step()
	}
	return w.events
}

func (w *walk) step() {
	// Mostly small steps of time, often none, sometimes a day.
	gap := rapid.SampledFrom([]int{0, 0, 0, 1, 1, 2, 7, 60, 600}).Draw(w.t, "gap")
	if rapid.IntRange(0, 99).Draw(w.t, "leap") == 99 {
		gap = 40000
	}
	w.at += models.Instant(gap)
	switch rapid.IntRange(0, 9).Draw(w.t, "what") {
	case 0, 1, 2:
		w.owners()
	case 3:
		n := int32(rapid.IntRange(0, 1).Draw(w.t, "on"))
		w.emit(models.Event{Kind: models.Switched, Pool: models.NoPool, N: n, M: int32(rapid.IntRange(-1, 1).Draw(w.t, "region"))})
	case 4:
		class := models.Class(rapid.IntRange(0, 2).Draw(w.t, "class"))
		w.queued[class]++
		kind := rapid.SampledFrom([]models.EventKind{models.Arrived, models.Requeued}).Draw(w.t, "kind")
		w.emit(models.Event{Kind: kind, Pool: models.NoPool, Class: class, N: int32(rapid.IntRange(1, 5000).Draw(w.t, "work"))})
	case 5, 6:
		w.launch()
	default:
		w.change()
	}
}

func (w *walk) owners() {
	p := models.PoolID(rapid.IntRange(0, 3).Draw(w.t, "pool"))
	w.emit(models.Event{Kind: models.OwnersChanged, Pool: p,
		N: int32(rapid.IntRange(0, 12).Draw(w.t, "reserved")), M: int32(rapid.IntRange(-1, 12).Draw(w.t, "in use"))})
}

func (w *walk) launch() {
	e := models.Event{Pool: models.PoolID(rapid.IntRange(0, 5).Draw(w.t, "pool")), Instance: w.next, Kind: models.Ordered, To: models.OnOrder,
		Borrower: models.BorrowerID(rapid.IntRange(0, 1).Draw(w.t, "borrower"))}
	w.next++
	if e.Pool == 5 {
		e.Kind, e.To = models.Ready, models.Idle
	}
	w.instances = append(w.instances, w.emit(e))
}

// change takes one instance a step further in its life.
func (w *walk) change() {
	if len(w.instances) == 0 {
		return
	}
	i := rapid.IntRange(0, len(w.instances)-1).Draw(w.t, "instance")
	e := w.instances[i]
	e.From, e.N, e.M, e.Cause = e.To, 0, 0, models.NoCause
	cause := models.Cause(rapid.IntRange(0, int(models.Causes)-1).Draw(w.t, "cause"))
	number := int32(rapid.IntRange(0, 9000).Draw(w.t, "number"))
	switch e.From {
	case models.OnOrder:
		e.Kind, e.To = models.Launched, models.Booting
		if number < 1000 {
			e.Kind, e.To, e.Cause = models.Refused, models.Absent, models.ByCloud
		}
	case models.Booting:
		e.Kind, e.To = models.Ready, models.Idle
	case models.Idle:
		e.Class = models.Class(number % 3)
		if w.queued[e.Class] == 0 {
			e.Kind, e.To, e.Cause = models.Yielding, models.Leaving, cause
			break
		}
		w.queued[e.Class]--
		e.Kind, e.To, e.N, e.M, e.Job, e.Cause = models.Started, models.Busy, number, number/2, w.job, cause%2
		w.job++
	case models.Busy:
		e.Kind, e.To, e.N, e.M = models.Completed, models.Idle, number, number*3
		if number < 2000 {
			e.Kind, e.To, e.Cause = models.Interrupted, models.Leaving, cause
		} else if number < 4000 {
			e.Kind, e.To, e.Cause = models.Draining, models.Finishing, cause
		}
	case models.Finishing:
		e.Kind, e.To, e.N, e.M = models.Completed, models.Finishing, number, number*3
		w.emit(e)
		e.Kind, e.From, e.To = models.Gone, models.Finishing, models.Absent
	case models.Leaving:
		e.Kind, e.To, e.Cause = models.Gone, models.Absent, cause
	}
	w.emit(e)
	w.instances[i] = e
	if e.To == models.Absent {
		w.instances = append(w.instances[:i], w.instances[i+1:]...)
	}
}

func (w *walk) emit(e models.Event) models.Event {
	e.At = w.at
	w.events = append(w.events, e)
	return e
}
