package measure

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
	"trough.internal/models"
)

// bySecond is the plain old way: it looks at every pool in every second.
type bySecond struct {
	pools    []models.Pool
	reserved []int64
	inUse    []int64 // -1 unknown
	state    [][models.States]int64

	sums      []Sums
	deepest   []int32
	blocked   []int64
	peak      Peaks
	open      map[int]*Episode
	episodes  []Episode
	even      [2]int64 // seconds, sum
	evacuated map[string]*refEvacuation
	done      []refEvacuation
	days      []Sums
}

type refEvacuation struct {
	seconds, held, emptied int64
	uncleared              bool
}

func newBySecond(pools []models.Pool) *bySecond {
	r := &bySecond{pools: pools, open: map[int]*Episode{}, evacuated: map[string]*refEvacuation{}}
	for _, p := range pools {
		unknown := int64(-1)
		if p.Kind != models.Surplus {
			unknown = 0
		}
		r.reserved = append(r.reserved, 0)
		r.inUse = append(r.inUse, unknown)
		r.state = append(r.state, [models.States]int64{})
	}
	r.sums = make([]Sums, len(pools))
	r.deepest = make([]int32, len(pools))
	r.blocked = make([]int64, len(pools))
	return r
}

func (r *bySecond) borrowed(p int) int64 {
	s := r.state[p]
	return s[models.Booting] + s[models.Idle] + s[models.Busy] + s[models.Finishing] + s[models.Leaving]
}

func (r *bySecond) apply(e models.Event, counted bool) {
	switch e.Kind {
	case models.OwnersChanged:
		r.reserved[e.Pool], r.inUse[e.Pool] = int64(e.N), int64(e.M)
	case models.Switched:
		for i, region := range []string{"eu-west-1", "us-east-1"} {
			if e.M != -1 && int(e.M) != i {
				continue
			}
			under := r.evacuated[region]
			if e.N == 1 && under == nil {
				r.evacuated[region] = &refEvacuation{}
			}
			if e.N == 0 && under != nil {
				r.endEvacuation(region)
			}
		}
	}
	if e.Pool == models.NoPool {
		return
	}
	before := r.borrowed(int(e.Pool))
	r.state[e.Pool][e.From]--
	r.state[e.Pool][e.To]++
	if !counted {
		return
	}
	s := &r.sums[e.Pool]
	if d := r.borrowed(int(e.Pool)) - before; r.pools[e.Pool].Kind != models.Base {
		s.Launches += max(0, d)
		s.Ends += max(0, -d)
	}
	switch e.Kind {
	case models.Refused:
		s.Refused++
	case models.Yielding:
		s.ByDeadline++
	case models.Completed:
		s.JobsCompleted++
		s.WorkCompleted += int64(e.N)
	case models.Interrupted:
		s.Interrupted++
		s.WorkLost += int64(e.N)
	}
}

func (r *bySecond) endEvacuation(region string) {
	under := r.evacuated[region]
	for p := range r.pools {
		if r.pools[p].Region == region && r.pools[p].Kind == models.Surplus && r.borrowed(p) > 0 {
			under.uncleared = true
		}
	}
	r.done = append(r.done, *under)
	delete(r.evacuated, region)
}

// second integrates the second from at on.
func (r *bySecond) second(at models.Instant) {
	var unused, borrowed, inside int64
	byType := map[string][2]int64{}
	for _, e := range r.evacuated {
		e.seconds++
	}
	held := map[string]int64{}
	for p := range r.pools {
		kind := r.pools[p].Kind
		s := &r.sums[p]
		for state := models.OnOrder; state < models.States; state++ {
			s.StateSeconds[state] += r.state[p][state]
		}
		b := r.borrowed(p)
		if kind != models.Base {
			s.BorrowedSeconds += b
		}
		if kind != models.Surplus {
			continue
		}
		held[r.pools[p].Region] += b
		borrowed += b
		if r.inUse[p] == -1 {
			s.UnknownSeconds++
			s.UnknownBorrowedSeconds += b
		}
		available, overdraft, blocked := int64(0), int64(0), int64(0)
		if r.inUse[p] != -1 {
			available = max(0, r.reserved[p]-r.inUse[p])
			if surplus := r.reserved[p] - r.inUse[p] - b; surplus < 0 {
				overdraft = min(b, -surplus)
			}
			if most := int64(r.pools[p].Physical); most > 0 && r.inUse[p]+b > most {
				blocked = min(b, r.inUse[p]+b-most)
			}
		}
		s.UnusedSeconds += available
		s.InsideSeconds += min(b, available)
		s.OverdraftSeconds += overdraft
		s.BlockedSeconds += blocked
		s.Blocked += max(0, blocked-r.blocked[p])
		r.blocked[p] = blocked
		r.deepest[p] = max(r.deepest[p], int32(overdraft))
		unused += available
		inside += min(b, available)
		was := byType[r.pools[p].Type]
		byType[r.pools[p].Type] = [2]int64{was[0] + min(b, available), was[1] + available}
		r.episode(p, at, overdraft)
	}
	for region, e := range r.evacuated {
		e.held += held[region]
		if held[region] > 0 {
			e.emptied = e.seconds
		}
	}
	r.peak.Unused = max(r.peak.Unused, unused)
	r.peak.Borrowed = max(r.peak.Borrowed, borrowed)
	if index := jainOf(byType); inside > 0 && 2*inside < unused && index > 0 {
		r.even[0] += inside
		r.even[1] += inside * index
	}
}

func jainOf(types map[string][2]int64) int64 {
	var shares []float64
	for _, name := range []string{"r3.4xlarge", "m3.xlarge"} {
		if t := types[name]; t[1] > 0 {
			shares = append(shares, float64(t[0])/float64(t[1]))
		}
	}
	if len(shares) != 2 {
		return 0
	}
	sum, squares := shares[0]+shares[1], shares[0]*shares[0]+shares[1]*shares[1]
	return int64(math.Round(1e6 * sum * sum / (2 * squares)))
}

func (r *bySecond) episode(p int, at models.Instant, overdraft int64) {
	if overdraft == 0 {
		if e := r.open[p]; e != nil {
			r.episodes = append(r.episodes, *e)
			delete(r.open, p)
		}
		return
	}
	e := r.open[p]
	if e == nil {
		e = &Episode{Pool: models.PoolID(p), Start: at}
		r.open[p] = e
		r.sums[p].Episodes++
	}
	e.End = at + 1
	e.Seconds += overdraft
	e.Deepest = max(e.Deepest, int32(overdraft))
	e.Cost = r.pools[p].OnDemand.For(e.Seconds)
}

func (r *bySecond) priced(p int) Sums {
	s := r.sums[p]
	s.BorrowedNorm = s.BorrowedSeconds * int64(r.pools[p].Speed)
	s.OverdraftCost = r.pools[p].OnDemand.For(s.OverdraftSeconds)
	s.ListCost = r.pools[p].OnDemand.For(s.BorrowedSeconds)
	return s
}

func (r *bySecond) total() Sums {
	var total Sums
	for p := range r.pools {
		s := r.priced(p)
		if r.pools[p].Kind != models.Surplus {
			s = Sums{JobsCompleted: s.JobsCompleted, WorkCompleted: s.WorkCompleted}
		}
		total.add(&s)
	}
	return total
}

func (r *bySecond) run(events []models.Event, from, until models.Instant) {
	i := 0
	for ; i < len(events) && events[i].At < from; i++ {
		r.apply(events[i], false)
	}
	for at := from; at < until; at++ {
		if at > from && (at-from)%secondsPerDay == 0 {
			r.days = append(r.days, r.total())
		}
		for ; i < len(events) && events[i].At == at; i++ {
			r.apply(events[i], true)
		}
		r.second(at)
	}
	for ; i < len(events); i++ {
		r.apply(events[i], true)
	}
	for p := range r.pools {
		r.episode(p, until, 0)
	}
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		if r.evacuated[region] != nil {
			r.endEvacuation(region)
		}
	}
	r.days = append(r.days, r.total())
}

func TestIntegralsAreThoseOfASecondBySecondCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := models.Instant(1_443_657_600)
		events := drawLedger(t, from, rapid.IntRange(1, 80).Draw(t, "steps"))
		until := from + 1
		if n := len(events); n > 0 {
			until = max(until, events[n-1].At)
		}
		until += models.Instant(rapid.IntRange(0, 300).Draw(t, "after"))
		a := New(Setup{Pools: testPools(), Borrowers: testBorrowers, From: from, Base: []int32{3}})
		for _, e := range events {
			a.Event(e)
		}
		got := a.Finish(until)
		want := newBySecond(testPools())
		want.run(events, from, until)
		for p := range want.pools {
			same(t, got.Pools[p].Name, got.Pools[p].Sums, want.priced(p))
			same(t, "deepest", got.Pools[p].Deepest, want.deepest[p])
		}
		same(t, "peak", got.Peak, want.peak)
		same(t, "evenness", [2]int64{got.EvenSeconds, got.EvenSum}, want.even)
		checkEpisodes(t, &got, want)
		checkEvacuations(t, &got, want)
		checkDays(t, &got, want)
	})
}

func checkEpisodes(t *rapid.T, got *Result, want *bySecond) {
	list := slices.Clone(got.Episodes)
	for i := range list {
		list[i].Began, list[i].Ended = 0, 0
	}
	byStart := func(a, b Episode) int {
		if a.Start != b.Start {
			return int(a.Start - b.Start)
		}
		return int(a.Pool) - int(b.Pool)
	}
	slices.SortFunc(list, byStart)
	slices.SortFunc(want.episodes, byStart)
	same(t, "number of episodes", len(list), len(want.episodes))
	for i := range list {
		same(t, "episode", list[i], want.episodes[i])
	}
	same(t, "episodes counted", got.Total.Episodes, int64(len(list)))
	same(t, "episodes timed", got.EpisodesLasted.N, int64(len(list)))
}

func checkEvacuations(t *rapid.T, got *Result, want *bySecond) {
	var held, uncleared, longest int64
	for _, e := range want.done {
		held += e.held
		longest = max(longest, e.emptied)
		if e.uncleared {
			uncleared++
		}
	}
	same(t, "evacuations", got.Evacuations, int64(len(want.done)))
	same(t, "borrowed while evacuating", got.EvacuatingSeconds, held)
	same(t, "evacuated in", got.EvacuatedIn, longest)
	same(t, "uncleared", got.EvacuationsUncleared, uncleared)
}

func checkDays(t *rapid.T, got *Result, want *bySecond) {
	same(t, "days", len(got.Days), len(want.days))
	var total Sums
	for i := range got.Days {
		total.add(&got.Days[i].Sums)
		same(t, "up to the end of a day", total, want.days[i])
	}
}

func same[T any](t *rapid.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s: got\n%+v, want\n%+v", what, got, want)
	}
}
