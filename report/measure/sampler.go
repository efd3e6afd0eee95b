package measure

import "trough.internal/models"

// StepDefault is how often a run's series are sampled, in seconds.
const StepDefault = 60

// Sampler turns events into the rows of a run's series: at every full step (a multiple of it since 1970, UTC) and at
// the start, where a value changed. A sample is the state after the last event of its second. Rows come in order of
// time, then: pools with all their series, then classes, then regions. At the start every pool's in_use is stated, and
// everything else that is not zero. It is a models.Sink; its memory is bounded by pools.
//
// Between two samples SeriesOverdraft is not blind: it has the deepest that lasted at least a second since the sample before.
type Sampler struct {
	market *models.Market
	step   models.Instant
	from   models.Instant
	now    models.Instant // the second that is being filled
	next   models.Instant // the next sample
	row    func(models.SeriesRow)

	pools []sampled
	dirty []bool // by pool: it may have something to say at the next sample
	any   bool

	queued     [models.Classes]int32
	evacuating []bool
	started    bool           // whether the first sample was taken
	sampled    models.Instant // when the last was
}

// sampled is what the last sample said about a pool, and what happened since.
type sampled struct {
	value   [poolSeries]int64
	last    models.Instant // the cost is complete up to here
	now     int32          // overdraft since last, instances
	deepest int32          // since the last sample
	seconds int64          // of overdraft since the start, instance-seconds
}

// poolSeries is how many series have a pool as key; they come first in models.SeriesID.
const poolSeries = int(models.SeriesCost) + 1

// NewSampler returns a sampler that gives its rows to a function. A step of 0 is StepDefault seconds.
func NewSampler(setup Setup, step int64, row func(models.SeriesRow)) *Sampler {
	if step == 0 {
		step = StepDefault
	}
	s := &Sampler{market: models.NewMarket(setup.Pools, setup.Borrowers), step: models.Instant(step), from: setup.From,
		now: setup.From, next: setup.From, row: row}
	s.pools = make([]sampled, len(setup.Pools))
	s.dirty = make([]bool, len(setup.Pools))
	for p := range s.pools {
		s.pools[p].last = setup.From
		s.dirty[p] = true
	}
	s.any = true
	s.evacuating = make([]bool, len(s.market.Regions))
	return s
}

// Event takes the next event of the ledger.
func (s *Sampler) Event(e models.Event) {
	at := max(e.At, s.from)
	if at != s.now {
		s.advance(at)
	}
	s.any = true
	if e.Pool == models.NoPool {
		s.market.Apply(&e)
		return
	}
	s.settle(e.Pool, at)
	s.market.Apply(&e)
	s.dirty[e.Pool] = true
	if s.surplus(e.Pool) {
		s.pools[e.Pool].now = s.market.Overdraft(e.Pool)
	}
}

// Finish takes the samples before an instant, and one at it: the state in which the run ended.
func (s *Sampler) Finish(at models.Instant) {
	s.advance(at)
	s.next, s.any = at, true
	for p := range s.dirty {
		s.dirty[p] = true
	}
	s.sample()
}

// advance takes the samples of the seconds before to.
func (s *Sampler) advance(to models.Instant) {
	for s.next < to {
		if !s.any { // then nothing can change before to
			s.next = (to + s.step - 1) / s.step * s.step
			break
		}
		s.sample()
		s.next = (s.next/s.step + 1) * s.step
	}
	s.now = to
}

// settle integrates a pool's overdraft until at.
func (s *Sampler) settle(id models.PoolID, at models.Instant) {
	p := &s.pools[id]
	if at == p.last {
		return
	}
	p.seconds += int64(at-p.last) * int64(p.now)
	if at > s.sampled+1 { // what ended within the second of the last sample is in that sample
		p.deepest = max(p.deepest, p.now)
	}
	p.last = at
}

// sample writes what changed, at s.next.
func (s *Sampler) sample() {
	s.any = false
	for id, dirty := range s.dirty {
		if dirty {
			s.samplePool(models.PoolID(id))
			s.any = s.any || s.dirty[id]
		}
	}
	for c, n := range s.market.Queued {
		if s.queued[c] != n {
			s.queued[c] = n
			s.write(models.SeriesQueued, c, int64(n))
		}
	}
	for r, on := range s.market.Evacuating {
		if s.evacuating[r] != on {
			s.evacuating[r] = on
			s.write(models.SeriesEvacuating, r, number(on))
		}
	}
	s.started = true
	s.sampled = s.next
}

func (s *Sampler) samplePool(id models.PoolID) {
	s.settle(id, s.next)
	p := &s.pools[id]
	value := s.values(id)
	for series := range value {
		stated := !s.started && models.SeriesID(series) == models.SeriesInUse && int(id) < s.market.Lendable
		if stated || value[series] != p.value[series] {
			s.write(models.SeriesID(series), int(id), value[series])
		}
	}
	p.value = value
	p.deepest = 0
	s.dirty[id] = p.now > 0 || value[models.SeriesOverdraft] > 0
}

// values are a pool's series as they are now.
func (s *Sampler) values(id models.PoolID) (v [poolSeries]int64) {
	m := s.market
	for b := range m.Borrowers {
		cell := m.Cell(id, models.BorrowerID(b))
		v[models.SeriesOnOrder] += int64(m.Count[models.OnOrder][cell])
		v[models.SeriesBooting] += int64(m.Count[models.Booting][cell])
		v[models.SeriesIdle] += int64(m.Count[models.Idle][cell])
		v[models.SeriesBusy] += int64(m.Count[models.Busy][cell])
		v[models.SeriesYielding] += int64(m.Count[models.Finishing][cell]) + int64(m.Count[models.Leaving][cell])
	}
	if int(id) >= m.Lendable {
		return v
	}
	v[models.SeriesReserved] = int64(m.Reserved[id])
	v[models.SeriesInUse] = int64(m.InUse[id])
	v[models.SeriesBorrowed] = int64(m.Borrowed(id))
	if s.surplus(id) {
		p := &s.pools[id]
		v[models.SeriesOverdraft] = int64(max(p.deepest, p.now))
		v[models.SeriesCost] = int64(m.Pools[id].OnDemand.For(p.seconds))
	}
	return v
}

func (s *Sampler) surplus(id models.PoolID) bool { return s.market.Pools[id].Kind == models.Surplus }

func (s *Sampler) write(series models.SeriesID, key int, value int64) {
	s.row(models.SeriesRow{At: s.next, Value: value, Key: int16(key), Series: series})
}

func number(on bool) int64 {
	if on {
		return 1
	}
	return 0
}
