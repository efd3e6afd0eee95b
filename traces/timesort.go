package traces

import "trough.internal/models"

// timeSort orders changes that are ordered by pool, then time, by time, then pool, in linear time: a counting sort,
// which keeps the order of pools within an instant. Changes that span more than spanMost seconds take several passes.
type timeSort struct {
	counts []int32
	a, b   []models.CapacityChange
}

const (
	spanMost  = 1 << 20
	digitBits = 16
)

// byTime returns the changes in order; they are valid until the next call. The argument's order is kept.
func (s *timeSort) byTime(changes []models.CapacityChange) []models.CapacityChange {
	if len(changes) == 0 {
		return nil
	}
	first, last := changes[0].At, changes[0].At
	for i := range changes {
		first, last = min(first, changes[i].At), max(last, changes[i].At)
	}
	span := uint64(last - first)
	s.a = grow(s.a, len(changes))
	if span < spanMost {
		s.pass(s.a, changes, first, 0, span)
		return s.a
	}
	s.b = grow(s.b, len(changes))
	from, to, other := changes, s.a, s.b
	for shift := 0; shift < 64 && span>>shift > 0; shift += digitBits {
		s.pass(to, from, first, shift, 1<<digitBits-1)
		from, to, other = to, other, to
	}
	return from
}

// pass orders by one digit of the time since first: the bits from shift on, of which mask is the largest value.
func (s *timeSort) pass(to, from []models.CapacityChange, first models.Instant, shift int, most uint64) {
	s.counts = grow(s.counts, int(most)+1)
	counts := s.counts
	clear(counts)
	digit := func(at models.Instant) uint64 { return uint64(at-first) >> shift }
	mask := ^uint64(0)
	if most == 1<<digitBits-1 {
		mask = most
	}
	for i := range from {
		counts[digit(from[i].At)&mask]++
	}
	sum := int32(0)
	for d, n := range counts {
		counts[d] = sum
		sum += n
	}
	for i := range from {
		d := digit(from[i].At) & mask
		to[counts[d]] = from[i]
		counts[d]++
	}
}
