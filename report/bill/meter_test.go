package bill_test

import (
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/models/billing"
	"trough.internal/report/bill"
)

// market is one pool with a reservation of two and a price of one dollar, from 08:00 on.
type market struct {
	meter *bill.Meter
	lines []bill.Line
	hours []bill.PoolHour
	next  models.InstanceID
}

func clock(text string) models.Instant {
	t, err := time.Parse("15:04:05", text)
	if err != nil {
		panic(err)
	}
	return models.InstantOf(time.Date(2015, 10, 5, t.Hour(), t.Minute(), t.Second(), 0, time.UTC))
}

func newMarket(rules billing.Rules, ends billing.OwnerEnds) *market {
	m := new(market)
	m.meter = bill.New(bill.Setup{
		Pools:     []models.Pool{{Region: "us-east-1", Zone: "us-east-1a", Type: "r3.4xlarge", OnDemand: 1_000_000}},
		Borrowers: []string{"encoding"}, From: clock("08:00:00"), Rules: rules, OwnerEnds: ends,
		Line: func(l bill.Line) { m.lines = append(m.lines, l) },
		Hour: func(h bill.PoolHour) { m.hours = append(m.hours, h) },
	})
	m.owners("08:00:00", 0)
	return m
}

func (m *market) owners(at string, n int32) {
	m.meter.Event(models.Event{Kind: models.OwnersChanged, At: clock(at), N: 2, M: n})
}

func (m *market) launch(at string) models.InstanceID {
	e := models.Event{Kind: models.Ordered, At: clock(at) - 45, Instance: m.next, From: models.Absent, To: models.OnOrder, Cause: models.ByAvailability}
	m.meter.Event(e)
	e.Kind, e.At, e.From, e.To, e.Cause = models.Launched, clock(at), models.OnOrder, models.Booting, models.NoCause
	m.meter.Event(e)
	m.next++
	return e.Instance
}

func (m *market) gone(at string, id models.InstanceID) {
	m.meter.Event(models.Event{Kind: models.Gone, At: clock(at), Instance: id, From: models.Leaving, To: models.Absent})
}

var (
	hourly  = billing.RulesAt(models.InstantOf(time.Date(2015, 10, 5, 0, 0, 0, 0, time.UTC)))
	seconds = billing.RulesAt(models.InstantOf(time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)))
)

// The four examples of the rule for hours before 2017-10: R = 2, hour 10, O1 began 10:00. By seconds, pooled over the
// clock hour, what counts is 7200 s: in (a) and (b) O1 takes 3600 of them, O2 2400 and B 1440.
func TestStraddlingHoursCountWhereTheyBegin(t *testing.T) {
	for _, c := range []struct {
		name   string
		events func(m *market)
		hours  int64 // on-demand
		pooled int64 // seconds on-demand by today's rules
	}{
		{"a: begun before the hour", func(m *market) {
			b := m.launch("09:50:00")
			m.owners("10:00:00", 1)
			m.owners("10:20:00", 2)
			m.gone("10:24:00", b)
		}, 0, 240},
		{"b: its second hour begins within", func(m *market) {
			b := m.launch("09:10:00")
			m.owners("10:00:00", 1)
			m.owners("10:20:00", 2)
			m.gone("10:24:00", b)
		}, 1, 240},
		{"c: never more than two at once", func(m *market) {
			m.owners("10:00:00", 2)
			m.owners("10:30:00", 1)
			b := m.launch("10:40:00")
			m.gone("11:20:00", b)
		}, 1, 0},
		{"d: one hour each", func(m *market) {
			m.owners("10:00:00", 1)
			b := m.launch("10:40:00")
			m.gone("11:45:00", b)
		}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMarket(hourly, billing.EndsNewest)
			c.events(m)
			r := m.meter.Finish(clock("14:00:00"))
			if got := r.Billed(); got.Overdraft != 3600*c.hours || got.Cost != models.MicroUSD(1_000_000*c.hours) {
				t.Errorf("on-demand: %d s for %s, expected %d instance-hours", got.Overdraft, got.Cost, c.hours)
			}
			m = newMarket(seconds, billing.EndsNewest)
			c.events(m)
			if r := m.meter.Finish(clock("14:00:00")); r.Billed().Overdraft != c.pooled {
				t.Errorf("by seconds: %d s on-demand, expected %d", r.Billed().Overdraft, c.pooled)
			}
		})
	}
}

// The charge names the instance that the reservation did not reach, and the decision that borrowed it.
func TestAChargeNamesTheDecisionThatCausedIt(t *testing.T) {
	m := newMarket(hourly, billing.EndsNewest)
	m.owners("10:00:00", 1)
	m.launch("10:10:00")
	late := m.launch("10:40:00")
	m.meter.Finish(clock("11:30:00"))
	want := bill.Line{Hour: clock("10:00:00"), Instance: late, Start: clock("10:40:00"), Begins: clock("10:40:00"),
		Ordered: clock("10:39:15"), Cause: models.ByAvailability, Seconds: 3600, Cost: 1_000_000}
	if len(m.lines) != 1 || m.lines[0] != want || !m.lines[0].First() {
		t.Fatalf("charged %+v, expected %+v", m.lines, want)
	}
	// An hour later the owner, still there, begins with the hour, the first borrowed one at 11:10, and 11:40 lies beyond
	// the end of the bill.
	if h := m.hours[len(m.hours)-1]; h.Owners != 3600 || h.Borrowed != 3600 || h.Overdraft != 0 {
		t.Errorf("the hour that the bill's end cuts: %+v", h)
	}
}

// What the owners use beyond their own reservation is theirs.
func TestTheOwnersOverdraftIsNeverTheBorrowers(t *testing.T) {
	for _, rules := range []billing.Rules{hourly, seconds} {
		m := newMarket(rules, billing.EndsRandom)
		m.owners("09:00:00", 5)
		b := m.launch("09:30:00")
		m.gone("09:40:00", b)
		m.owners("10:00:00", 0)
		r := m.meter.Finish(clock("12:00:00"))
		if r.Billed().Overdraft != r.Billed().Borrowed || r.Billed().Owners != 3*3600 {
			t.Errorf("%s: %+v: expected all that was borrowed on-demand, and three hours of the owners' beside it", rules, r.Billed())
		}
	}
}

// A run shorter than a minute is billed for one where seconds are billed, in the hour in which it ended.
func TestAShortRunIsBilledForAMinute(t *testing.T) {
	m := newMarket(seconds, billing.EndsNewest)
	b := m.launch("09:59:50")
	m.gone("10:00:00", b)
	r := m.meter.Finish(clock("12:00:00"))
	if r.Billed().Borrowed != 60 {
		t.Errorf("billed %d s, expected 60", r.Billed().Borrowed)
	}
}

// The readings of one and the same run, side by side.
func TestEveryReadingIsCounted(t *testing.T) {
	m := newMarket(hourly, billing.EndsNewest)
	m.owners("10:00:00", 2)
	b := m.launch("10:50:00") // touches hours 10 and 11, begins in 10, two minutes of it in overdraft
	m.owners("10:52:00", 0)
	m.gone("11:20:00", b)
	r := m.meter.Finish(clock("12:00:00"))
	want := map[bill.Basis][2]int64{ // borrowed, overdraft in seconds
		bill.ByBegun: {3600, 3600}, bill.ByTouched: {7200, 3600}, bill.ByConcurrent: {7200, 3600}, bill.BySecond: {1800, 0},
	}
	for basis, w := range want {
		if got := r.Total[basis]; got.Borrowed != w[0] || got.Overdraft != w[1] {
			t.Errorf("%s: borrowed %d s, on-demand %d s, expected %v", basis, got.Borrowed, got.Overdraft, w)
		}
	}
}
