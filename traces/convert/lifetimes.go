package convert

import "slices"

// donors are the tenant's requests whose lifetimes are known, for those whose lifetimes are not.
type donors struct {
	all      []donor
	alike    map[likeness][]int32 // numbers of donors
	survival [][]float64          // by flavor, bin: the share that lives longer than the bin
}

// donor is the machines of one size of one request.
type donor struct {
	rows []arrival
	n    int64
}

// machine returns the lifetime of the k-th of n machines when the donor's, in order, are stretched over them.
func (d *donor) machine(k, n int64) (bin int16, cut bool) {
	at := k * d.n / n
	for _, a := range d.rows {
		if at < int64(a.n) {
			return a.bin, a.cut
		}
		at -= int64(a.n)
	}
	panic("convert: a donor without machines")
}

// likeness is what a donor and an arrival have in common; -1 stands for any.
type likeness struct {
	flavor  int16
	quarter int8 // of the day
	size    int8 // 1, up to 4, up to 16, more
}

func likenesses(a arrival, n int64) [3]likeness {
	quarter := int8(a.time % 86400 / 21600)
	size := int8(0)
	for n > 1 && size < 3 {
		n, size = (n+3)/4, size+1
	}
	return [3]likeness{{a.flavor, quarter, size}, {a.flavor, -1, -1}, {-1, quarter, -1}}
}

// newDonors groups rows, which are in order of time, by request and size. A request's rows are together.
func newDonors(rows []arrival, flavors, bins int) *donors {
	d := &donors{alike: map[likeness][]int32{}}
	for begin := 0; begin < len(rows); {
		end := begin
		for end < len(rows) && rows[end].time == rows[begin].time && rows[end].batch == rows[begin].batch {
			end++
		}
		d.request(rows[begin:end])
		begin = end
	}
	d.estimate(rows, flavors, bins)
	return d
}

func (d *donors) request(rows []arrival) {
	var seen []int16
	for _, a := range rows {
		if slices.Contains(seen, a.flavor) {
			continue
		}
		seen = append(seen, a.flavor)
		one := donor{}
		for _, b := range rows {
			if b.flavor == a.flavor {
				one.rows, one.n = append(one.rows, b), one.n+int64(b.n)
			}
		}
		for _, l := range likenesses(a, one.n) {
			d.alike[l] = append(d.alike[l], int32(len(d.all)))
		}
		d.all = append(d.all, one)
	}
}

// pick returns the donor of an arrival for a draw in (0, 1): among the most alike of which there are 20.
func (d *donors) pick(a arrival, draw float64) *donor {
	const enough = 20
	var list []int32
	for _, l := range likenesses(a, int64(a.n)) {
		if list = d.alike[l]; len(list) >= enough {
			break
		}
	}
	if len(list) == 0 {
		return &d.all[int(draw*float64(len(d.all)))]
	}
	return &d.all[list[int(draw*float64(len(list)))]]
}

// estimate is Kaplan and Meier's, by flavor: the share that survives each bin, machines whose end was not seen counted as
// at risk up to and including the bin of their age. A flavor with few machines gets that of all.
func (d *donors) estimate(rows []arrival, flavors, bins int) {
	const enough = 1000
	all := make([]lives, flavors+1)
	for i := range all {
		all[i] = lives{make([]int64, bins), make([]int64, bins), 0}
	}
	for _, a := range rows {
		for _, l := range []*lives{&all[a.flavor], &all[flavors]} {
			l.machines += int64(a.n)
			if a.cut {
				l.cut[a.bin] += int64(a.n)
			} else {
				l.ended[a.bin] += int64(a.n)
			}
		}
	}
	for f := range flavors {
		l := &all[f]
		if l.machines < enough {
			l = &all[flavors]
		}
		d.survival = append(d.survival, l.survival())
	}
}

// lives is by bin how many machines ended in it, and how many were that old when the recording ended.
type lives struct {
	ended, cut []int64
	machines   int64
}

func (l *lives) survival() []float64 {
	risk, s := l.machines, 1.0
	out := make([]float64, len(l.ended))
	for b := range out {
		if risk > 0 {
			s *= 1 - float64(l.ended[b])/float64(risk)
		}
		out[b] = s
		risk -= l.ended[b] + l.cut[b]
	}
	return out
}

// beyond draws the bin in which a machine ends that is known to have lived past a bin: the last bin where nobody was seen
// to end after it.
func (d *donors) beyond(flavor, bin int16, draw float64) int16 {
	s := d.survival[flavor]
	for b := bin + 1; int(b) < len(s); b++ {
		if s[b] < s[bin]*draw {
			return b
		}
	}
	return int16(len(s) - 1)
}
