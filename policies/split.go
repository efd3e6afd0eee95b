package policies

import "math"

// PoolTarget is the sum of a pool's targets.
func (p *Proposal) PoolTarget(pool int) int32 { return total(p.Target, pool, p.Borrowers) }

// CapPool lowers the targets of a pool so that they add up to no more than n, in proportion to what they are.
func (p *Proposal) CapPool(pool int, n int32) {
	p.Room[pool] = min(p.Room[pool], n)
	p.capPool(p.Target, pool, n)
}

// KeepPool lowers what may remain of a pool to n, dividing it in proportion to what is present, and no target
// stays above it.
func (p *Proposal) KeepPool(pool int, n int32) {
	if p.Borrowers == 1 {
		p.Keep[pool] = min(p.Keep[pool], n)
		p.Target[pool] = min(p.Target[pool], p.Keep[pool])
		return
	}
	first := pool * p.Borrowers
	if p.yields != nil {
		p.keepLast(first, n)
	} else {
		for b := range p.parts {
			p.weights[b] = float64(p.Present[first+b])
		}
		split(p.parts, n, p.weights)
	}
	for b, part := range p.parts {
		p.Keep[first+b] = min(p.Keep[first+b], part)
		p.Target[first+b] = min(p.Target[first+b], p.Keep[first+b])
	}
}

// keepLast lets those keep what they have that give back last, and divides among equal ones in proportion to what is present.
func (p *Proposal) keepLast(first int, n int32) {
	clear(p.parts)
	for after := int32(math.MaxInt32); n > 0; {
		next := int32(-1)
		for _, y := range p.yields {
			if y < after {
				next = max(next, y)
			}
		}
		if next < 0 {
			return
		}
		sum := int32(0)
		for b, y := range p.yields {
			p.weights[b] = 0
			if y == next {
				p.weights[b] = float64(p.Present[first+b])
				sum += p.Present[first+b]
			}
		}
		if part := min(n, sum); part > 0 {
			p.kept = resize(p.kept, len(p.parts))
			split(p.kept, part, p.weights)
			for b, k := range p.kept {
				p.parts[b] += k
			}
			n -= part
		}
		after = next
	}
}

// SharePool sets a pool's targets so that they add up to n, divided in proportion to the borrowers' demand, and evenly
// where nobody has any.
func (p *Proposal) SharePool(pool int, n int32) {
	p.Room[pool] = n
	if p.Borrowers == 1 {
		p.Target[pool] = n
		return
	}
	split(p.Target[pool*p.Borrowers:][:p.Borrowers], n, p.Demand)
}

// FitPool lowers what is to be launched of a pool to what is free now: what one borrower gives back is there until it
// is gone, and only its own finishing instances can be kept instead. With one borrower Availability sees to it.
func (p *Proposal) FitPool(pool int) {
	if p.Borrowers == 1 || !p.Known[pool] {
		return
	}
	first, launches := pool*p.Borrowers, int32(0)
	for c := first; c < first+p.Borrowers; c++ {
		launches += max(0, p.Target[c]-p.Present[c])
	}
	free := max(0, p.Available[pool]-p.PoolPresent[pool]-p.PoolLeaving[pool])
	if launches <= free {
		return
	}
	for b := range p.weights {
		p.weights[b] = float64(max(0, p.Target[first+b]-p.Present[first+b]))
	}
	split(p.parts, free, p.weights)
	for b, part := range p.parts {
		p.Target[first+b] = min(p.Target[first+b], p.Present[first+b]+part)
	}
}

func (p *Proposal) capPool(column []int32, pool int, n int32) {
	if p.Borrowers == 1 {
		column[pool] = min(column[pool], n)
		return
	}
	if total(column, pool, p.Borrowers) <= n {
		return
	}
	cells := column[pool*p.Borrowers:][:p.Borrowers]
	for b, t := range cells {
		p.weights[b] = float64(t)
	}
	split(cells, n, p.weights)
}

func total(column []int32, pool, borrowers int) int32 {
	if borrowers == 1 {
		return column[pool]
	}
	n := int32(0)
	for _, t := range column[pool*borrowers:][:borrowers] {
		n += t
	}
	return n
}

// split divides n by largest remainder in proportion to the weights, ties to the lower index; evenly where all
// weights are zero. No part exceeds its exact share by one or more.
func split(parts []int32, n int32, weights []float64) {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	left := n
	for i := range parts {
		parts[i] = int32(exact(n, weights, sum, i))
		left -= parts[i]
	}
	for ; left > 0; left-- {
		best, most := 0, -1.0
		for i := range parts {
			if rest := exact(n, weights, sum, i) - float64(parts[i]); rest > most {
				best, most = i, rest
			}
		}
		parts[best]++
	}
}

func exact(n int32, weights []float64, sum float64, i int) float64 {
	if sum <= 0 {
		return float64(n) / float64(len(weights))
	}
	return float64(n) * weights[i] / sum
}
