package measure

import (
	"math"

	"trough.internal/models"
)

// fairness watches how evenly the borrowing is spread over instance types.
type fairness struct {
	groups []group // by type
	names  []string

	unused, inside, borrowed int64 // instances, all types together

	since   models.Instant // the index below holds since then
	index   int64          // in millionths; 0 where it does not apply
	weight  int64          // instances inside: of a few of them the index cannot be even, whatever a policy does
	seconds int64          // instance-seconds for which it applied
	sum     int64          // of index x instance-seconds
}

// group is one instance type over all zones and regions.
type group struct{ unused, inside int64 }

func newFairness(setup []models.Pool, pools []pool, from models.Instant) fairness {
	f := fairness{since: from}
	for p := range pools {
		if pools[p].kind != models.Surplus {
			continue
		}
		k := 0
		for k < len(f.names) && f.names[k] != setup[p].Type {
			k++
		}
		if k == len(f.names) {
			f.names = append(f.names, setup[p].Type)
		}
		pools[p].group = int16(k)
	}
	f.groups = make([]group, len(f.names))
	return f
}

// refresh works out what holds in a pool from here on, and takes the change into the sums.
func (f *fairness) refresh(p *pool) {
	unused, overdraft, blocked := int32(0), int32(0), int32(0)
	if p.inUse != models.Unknown {
		unused = max(0, p.reserved-p.inUse)
		overdraft = max(0, min(p.borrowed, p.inUse+p.borrowed-p.reserved))
		if p.physical > 0 {
			blocked = max(0, min(p.borrowed, p.inUse+p.borrowed-p.physical))
		}
	}
	inside := min(p.borrowed, unused)
	g := &f.groups[p.group]
	more := int64(unused - p.unused)
	f.unused += more
	g.unused += more
	more = int64(inside - p.inside)
	f.inside += more
	g.inside += more
	p.unused, p.inside, p.overdraft, p.blocked = unused, inside, overdraft, blocked
}

// settle integrates the index that held until at, and works out the one that holds from there on.
func (f *fairness) settle(at models.Instant) {
	if f.index > 0 {
		d := int64(at - f.since)
		f.seconds += d * f.weight
		f.sum += d * f.weight * f.index
	}
	f.since = at
	f.index = 0
	if f.inside > 0 && 2*f.inside < f.unused {
		f.index, f.weight = jain(f.groups), f.inside
	}
}

// jain is Jain's index of the types' shares x = borrowed within what is unused / unused, in millionths:
// (sum of x)^2 / (n x sum of x^2), over the n types of which anything is unused. 1 is even, 1/n is all in one type.
// It is 0 (does not apply) for fewer than two types. Jain, Chiu, Hawe: A quantitative measure of fairness, DEC-TR-301, 1984.
func jain(groups []group) int64 {
	n, sum, squares := 0, 0.0, 0.0
	for _, g := range groups {
		if g.unused == 0 {
			continue
		}
		x := float64(g.inside) / float64(g.unused)
		n++
		sum += x
		squares += float64(x * x)
	}
	if n < 2 || squares == 0 {
		return 0
	}
	return int64(math.Round(1e6 * float64(sum*sum) / (float64(n) * squares)))
}
