package bill_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/models/billing"
	"trough.internal/report/bill"
)

// drawn is a random run of two pools over some hours: what the meter made of it, and what it was made of.
type drawn struct {
	setup    bill.Setup
	from     models.Instant
	until    models.Instant
	reserved [][]int32 // by pool, clock hour: as of the hour's last second
	runs     []bill.Run
	lines    []bill.Line
	hours    []bill.PoolHour
	result   bill.Result
}

func draw(t *rapid.T) *drawn {
	d := &drawn{from: 1_444_003_200}
	length := rapid.IntRange(1, 5*3600).Draw(t, "length")
	d.until = d.from + models.Instant(length)
	rules := rapid.SampledFrom([]billing.Rules{hourly, {Date: hourly.Date, Hours: billing.Touched}, seconds}).Draw(t, "rules")
	if rules == seconds { // what runs when the bill ends is not short, but Make cannot know
		d.until = (d.until + 3599) / 3600 * 3600
	}
	d.setup = bill.Setup{
		Pools: []models.Pool{
			{Region: "us-east-1", Zone: "us-east-1a", Type: "r3.4xlarge", OnDemand: 1_400_001},
			{Region: "us-east-1", Zone: "us-east-1b", Type: "m3.xlarge", OnDemand: 266_000},
		},
		Borrowers: []string{"encoding", "research"}, From: d.from, Rules: rules, Seed: 1,
		OwnerEnds: rapid.SampledFrom([]billing.OwnerEnds{billing.EndsRandom, billing.EndsOldest, billing.EndsNewest, billing.EndsHourEnd}).Draw(t, "ends"),
		Line:      func(l bill.Line) { d.lines = append(d.lines, l) },
		Hour:      func(h bill.PoolHour) { d.hours = append(d.hours, h) },
		Run:       func(r bill.Run) { d.runs = append(d.runs, r) },
	}
	d.reserved = make([][]int32, 2)
	m := bill.New(d.setup)
	reserved, counts := []int32{0, 0}, []int32{0, 0}
	var there []models.Event
	next := models.InstanceID(0)
	at := d.from
	fill := func(to models.Instant) { // reservations of the hours that ended
		for p := range reserved {
			for hour := d.from/3600 + models.Instant(len(d.reserved[p])); (hour+1)*3600 <= to; hour++ {
				d.reserved[p] = append(d.reserved[p], reserved[p])
			}
		}
	}
	for step := range rapid.IntRange(1, 60).Draw(t, "events") {
		if step > 1 {
			at += models.Instant(rapid.SampledFrom([]int{0, 1, 7, 59, 60, 600, 1800, 3599, 3600}).Draw(t, "after"))
		}
		if at >= d.until {
			break
		}
		fill(at)
		p := models.PoolID(step % 2)
		if step > 1 {
			p = models.PoolID(rapid.IntRange(0, 1).Draw(t, "pool"))
		}
		switch kind := rapid.IntRange(0, 3).Draw(t, "kind"); {
		case step < 2 || kind == 0:
			reserved[p] = rapid.Int32Range(0, 6).Draw(t, "reserved")
			counts[p] = rapid.Int32Range(0, 6).Draw(t, "in use")
			m.Event(models.Event{Kind: models.OwnersChanged, At: at, Pool: p, N: reserved[p], M: counts[p]})
		case kind == 1 && len(there) > 0:
			i := rapid.IntRange(0, len(there)-1).Draw(t, "which")
			e := there[i]
			there = append(there[:i], there[i+1:]...)
			e.Kind, e.At = models.Gone, at
			m.Event(e)
		default:
			e := models.Event{Kind: models.Ordered, At: at, Pool: p, Instance: next, Borrower: models.BorrowerID(next % 2)}
			m.Event(e)
			e.Kind = models.Launched
			m.Event(e)
			there = append(there, e)
			next++
		}
	}
	fill(d.until)
	fill((d.until/3600 + 1) * 3600)
	d.result = m.Finish(d.until)
	return d
}

// charged is what the engine that bills any usage makes of the same runs, with or without the borrowed ones.
func (d *drawn) charged(t *rapid.T, borrowers bool) (models.MicroUSD, int64) {
	in := billing.Input{Rules: d.setup.Rules, From: d.from / 3600 * 3600, Until: (d.until + 3599) / 3600 * 3600, Rates: billing.List{}}
	for p := range d.setup.Pools {
		pool := &d.setup.Pools[p]
		in.Rates.(billing.List)[billing.RateKey{Type: pool.Type, Region: pool.Region}] = billing.Rate{OnDemand: pool.OnDemand}
		for i, n := range d.reserved[p] {
			hour := in.From + models.Instant(i)*3600
			if n > 0 && hour < in.Until {
				in.Holdings = append(in.Holdings, billing.Holding{ID: fmt.Sprintf("%d-%d", p, i), Account: "a-owners", Type: pool.Type,
					Location: pool.Zone, Count: int64(n), Start: hour, End: hour + 3600})
			}
		}
	}
	for i, r := range d.runs {
		account, name := "a-owners", fmt.Sprintf("o%06d", i)
		if r.Instance != models.NoInstance {
			if !borrowers {
				continue
			}
			account, name = "b-"+d.setup.Borrowers[r.Borrower], fmt.Sprintf("i%06d", r.Instance)
		}
		end := r.End
		if end == d.until && d.setup.Rules == seconds {
			end += 60
		}
		pool := &d.setup.Pools[r.Pool]
		in.Runs = append(in.Runs, billing.Run{Account: account, Instance: name, Type: pool.Type, Zone: pool.Zone, Start: r.Start, End: end})
	}
	b, err := billing.Make(in)
	if err != nil {
		t.Fatal(err)
	}
	units := int64(0)
	for _, l := range b.Lines {
		if l.Holding == billing.OnDemand {
			units += 3600 * l.Units / l.Whole
		}
	}
	return b.Total, units
}

// The meter counts by difference and looks at no run twice; the engine that bills any usage looks at all of them.
func TestTheMarginalOverdraftIsTheDifferenceOfTwoBills(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		with, unitsWith := d.charged(t, true)
		alone, unitsAlone := d.charged(t, false)
		billed := d.result.Billed()
		if billed.Overdraft != unitsWith-unitsAlone || billed.Owners != unitsAlone {
			t.Fatalf("on-demand: %d s of the borrowers and %d s of the owners, two bills give %d and %d", billed.Overdraft, billed.Owners, unitsWith-unitsAlone, unitsAlone)
		}
		// Both round line by line, and cover the same lines in the same order.
		if billed.Cost != with-alone {
			t.Fatalf("cost %d, two bills give %d", billed.Cost, with-alone)
		}
	})
}

func TestLinesDaysPoolsAndBorrowersAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		billed := *d.result.Billed()
		var lines, days, pools, hours bill.Sums
		for _, l := range d.lines {
			lines.Overdraft += l.Seconds
			lines.Cost += l.Cost
		}
		for _, day := range d.result.Days {
			days.Cost += day[d.result.Main].Cost
			days.List += day[d.result.Main].List
		}
		for _, pool := range d.result.Pools {
			pools.Cost += pool[d.result.Main].Cost
		}
		for _, h := range d.hours {
			hours.Cost += h.Cost
			hours.Overdraft += h.Overdraft
			if most := h.Borrowed; h.Overdraft > most || h.Owners+h.Borrowed <= h.Reserved && h.Overdraft != 0 {
				t.Fatalf("an hour of %d s borrowed, %d s of the owners and %d s reserved has %d s on-demand", h.Borrowed, h.Owners, h.Reserved, h.Overdraft)
			}
		}
		var borrowers bill.Borrower
		for _, b := range d.result.Borrowers {
			borrowers.Borrowed += b.Borrowed
			borrowers.Overdraft += b.Overdraft
			borrowers.Cost += b.Cost
		}
		if lines.Cost != billed.Cost || lines.Overdraft != billed.Overdraft || days.Cost != billed.Cost || days.List != billed.List ||
			pools.Cost != billed.Cost || hours.Cost != billed.Cost || hours.Overdraft != billed.Overdraft ||
			borrowers != (bill.Borrower{Borrowed: billed.Borrowed, Overdraft: billed.Overdraft, Cost: billed.Cost}) {
			t.Fatalf("total %+v; lines %+v, days %+v, pools %+v, hours %+v, borrowers %+v", billed, lines, days, pools, hours, borrowers)
		}
	})
}
