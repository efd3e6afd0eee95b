package models

import "fmt"

// Market is the state that everybody shares: what is reserved, in use and borrowed, pool by pool, and what waits.
// Apply is its only writer. Its columns are read, never written, by others.
type Market struct {
	Pools     []Pool // the market's pools, then the base fleets
	Lendable  int    // how many of Pools are the market's
	Borrowers []string
	Regions   []string // of the lendable pools, sorted

	Now Instant // of the last event

	Reserved []int32 // by pool, instances
	InUse    []int32 // by pool, instances of the owners, or Unknown

	// Count is instances by state, then cell; a cell is pool*len(Borrowers)+borrower. Absent is not counted.
	Count [States][]int32

	Queued     [Classes]int32 // jobs waiting
	QueuedWork [Classes]int64 // their work, in seconds on the reference type

	Evacuating []bool // by region
}

// NewMarket returns an empty market: nothing reserved, everything unknown, nothing borrowed.
// Pools of kind Base must follow all others.
func NewMarket(pools []Pool, borrowers []string) *Market {
	m := &Market{Pools: pools, Borrowers: borrowers}
	for m.Lendable < len(pools) && pools[m.Lendable].Kind != Base {
		m.Lendable++
	}
	for p := m.Lendable; p < len(pools); p++ {
		if pools[p].Kind != Base {
			panic("models: base fleets must follow the pools that can be borrowed from")
		}
	}
	m.Regions = regions(pools[:m.Lendable])
	m.Evacuating = make([]bool, len(m.Regions))
	m.Reserved = make([]int32, len(pools))
	m.InUse = make([]int32, len(pools))
	for p := range m.InUse[:m.Lendable] {
		m.InUse[p] = Unknown
	}
	for s := range m.Count {
		m.Count[s] = make([]int32, len(pools)*len(borrowers))
	}
	return m
}

func regions(pools []Pool) []string {
	var names []string
	for i := range pools {
		at := 0
		for at < len(names) && names[at] < pools[i].Region {
			at++
		}
		if at == len(names) || names[at] != pools[i].Region {
			names = append(names[:at], append([]string{pools[i].Region}, names[at:]...)...)
		}
	}
	return names
}

// Cell is the column index of a pool and borrower.
func (m *Market) Cell(p PoolID, b BorrowerID) int { return int(p)*len(m.Borrowers) + int(b) }

// Region is the index of a pool's region in Regions.
func (m *Market) Region(p PoolID) int {
	for i, name := range m.Regions {
		if name == m.Pools[p].Region {
			return i
		}
	}
	return -1
}

// Apply changes the market by one event. It panics where the books would not balance: a wrong ledger is worse than none.
//
// The event is only read, during the call: a pointer saves three copies an event in the engine.
func (m *Market) Apply(e *Event) {
	m.Now = e.At
	if e.Kind < Ordered {
		m.applyOther(e)
		return
	}
	if e.Kind == Started {
		m.Queued[e.Class]--
		m.QueuedWork[e.Class] -= int64(e.N)
		if m.Queued[e.Class] < 0 {
			m.unbalanced(e)
		}
	}
	cell := int(e.Pool)*len(m.Borrowers) + int(e.Borrower)
	if e.From != Absent {
		n := &m.Count[e.From][cell]
		*n--
		if *n < 0 {
			m.unbalanced(e)
		}
	}
	if e.To != Absent {
		m.Count[e.To][cell]++
	}
}

func (m *Market) applyOther(e *Event) {
	switch e.Kind {
	case OwnersChanged:
		m.Reserved[e.Pool], m.InUse[e.Pool] = e.N, e.M
	case Arrived, Requeued:
		m.Queued[e.Class]++
		m.QueuedWork[e.Class] += int64(e.N)
	case Switched:
		m.evacuate(int(e.M), e.N == 1)
	default:
		panic(fmt.Sprintf("models: no such event: %+v", *e))
	}
}

//go:noinline
func (m *Market) unbalanced(e *Event) {
	panic(fmt.Sprintf("models: the books do not balance: no such instance or job to take away: %s in %s: %+v", e.Kind, m.Pools[e.Pool].Name(), *e))
}

func (m *Market) evacuate(region int, on bool) {
	for r := range m.Evacuating {
		if region < 0 || r == region {
			m.Evacuating[r] = on
		}
	}
}

// CellBorrowed is how many instances a borrower holds of a pool, from launch to gone.
func (m *Market) CellBorrowed(cell int) int32 {
	return m.Count[Booting][cell] + m.Count[Idle][cell] + m.Count[Busy][cell] + m.Count[Finishing][cell] + m.Count[Leaving][cell]
}

// Borrowed is how many instances all borrowers hold of a pool.
func (m *Market) Borrowed(p PoolID) int32 {
	n := int32(0)
	for b := range m.Borrowers {
		n += m.CellBorrowed(m.Cell(p, BorrowerID(b)))
	}
	return n
}

// Surplus is reserved - in use - borrowed, in instances, negative in an overdraft; false where in use is unknown.
func (m *Market) Surplus(p PoolID) (int32, bool) {
	if m.InUse[p] == Unknown {
		return 0, false
	}
	return m.Reserved[p] - m.InUse[p] - m.Borrowed(p), true
}

// Overdraft is how many borrowed instances of a pool are billed on-demand at this instant: min(borrowed, -surplus).
// The owners' own overdraft is not counted, and what is unknown counts as none.
func (m *Market) Overdraft(p PoolID) int32 {
	surplus, known := m.Surplus(p)
	if !known || surplus >= 0 {
		return 0
	}
	return min(m.Borrowed(p), -surplus)
}
