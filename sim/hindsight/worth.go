package hindsight

// worth is the multiplier m(t), constant in each cell of a grid: what a second of a booted instance is worth.
type worth struct {
	cell int32     // seconds
	m    []float64 // by cell, never falling
	sum  []float64 // by cell: over all cells before it, in seconds
}

// newWorth makes a grid of at most so many cells.
func newWorth(length int32, cells int32) *worth {
	cell := max(1, (length+cells-1)/cells)
	n := length/cell + 1 // the end itself lies in a cell too
	return &worth{cell: cell, m: make([]float64, n), sum: make([]float64, n)}
}

// set takes the values of all cells.
func (w *worth) set(m []float64) {
	copy(w.m, m)
	sum := 0.0
	for i, v := range w.m {
		w.sum[i] = sum
		sum += v * float64(w.cell)
	}
}

// until is the integral from the start to an instant.
func (w *worth) until(t int32) float64 {
	i := t / w.cell
	return w.sum[i] + w.m[i]*float64(t-i*w.cell)
}

// amounts are sums over time by cell.
type amounts struct {
	by   []float64
	rate []float64 // by cell: by how much the rate of all of it changes at its beginning
}

func newAmounts(w *worth) amounts {
	return amounts{by: make([]float64, len(w.m)), rate: make([]float64, len(w.m))}
}

func (a *amounts) clear() {
	clear(a.by)
	clear(a.rate)
}

// add adds a rate over a stretch of time.
func (a *amounts) add(w *worth, r run, rate float64) {
	first, last := r.from/w.cell, r.until/w.cell
	a.by[first] -= rate * float64(r.from-first*w.cell)
	a.by[last] += rate * float64(r.until-last*w.cell)
	a.rate[first] += rate
	a.rate[last] -= rate
}

// settle makes the amounts of what was added.
func (a *amounts) settle(w *worth) {
	rate := 0.0
	for i := range a.by {
		rate += a.rate[i]
		a.by[i] += rate * float64(w.cell)
	}
}

// rising is the nearest values that never fall and stay in [0, most]: least squares, by pooling adjacent violators.
func rising(m []float64, most float64) {
	type block struct {
		sum float64
		n   int
	}
	var blocks []block
	for _, v := range m {
		blocks = append(blocks, block{v, 1})
		for n := len(blocks); n > 1; n-- {
			a, b := &blocks[n-2], blocks[n-1]
			if a.sum/float64(a.n) <= b.sum/float64(b.n) {
				break
			}
			*a = block{a.sum + b.sum, a.n + b.n}
			blocks = blocks[:n-1]
		}
	}
	i := 0
	for _, b := range blocks {
		v := min(max(b.sum/float64(b.n), 0), most)
		for range b.n {
			m[i] = v
			i++
		}
	}
}
