package main

import (
	"math"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/sim"
)

// TestMarketFiguresByHand: two pools over the two whole days, of which in the afternoon of the second one is in overdraft.
//
//	UTC           r3 in use of 100   m4 in use of 50   unused   in use
//	day 1, 00:00  100                50                0        150
//	       12:00   60                50                40       110
//	       18:00   60                30                60        90
//	day 2, 00:00   80                30                40       110
//	       12:00  110                40                10       150
//	       23:59  110                10                40       120
//	day 3, 00:00 to 12:00 is no whole day, whatever happens on it
func TestMarketFiguresByHand(t *testing.T) {
	m := sampled(t, time.UTC, `time,region,zone,instance_type,reserved,in_use
2015-10-05T00:00:00Z,us-east-1,us-east-1a,m4.large,50,50
2015-10-05T00:00:00Z,us-east-1,us-east-1a,r3.4xlarge,100,100
2015-10-05T12:00:00Z,us-east-1,us-east-1a,r3.4xlarge,100,60
2015-10-05T18:00:00Z,us-east-1,us-east-1a,m4.large,50,30
2015-10-06T00:00:00Z,us-east-1,us-east-1a,m4.large,50,30
2015-10-06T00:00:00Z,us-east-1,us-east-1a,r3.4xlarge,100,80
2015-10-06T12:00:00Z,us-east-1,us-east-1a,m4.large,50,40
2015-10-06T12:00:00Z,us-east-1,us-east-1a,r3.4xlarge,100,110
2015-10-06T23:59:00Z,us-east-1,us-east-1a,m4.large,50,10
2015-10-07T00:00:00Z,us-east-1,us-east-1a,m4.large,50,0
2015-10-07T00:00:00Z,us-east-1,us-east-1a,r3.4xlarge,100,0
`)
	if len(m.days) != 2 {
		t.Fatalf("%d whole days", len(m.days))
	}
	if d := m.days[1]; d != (sampledDay{unusedMost: 40, unusedOfTypeMost: 20, came: 60 * (30 + 10), inUseMost: 60 * (110 + 40)}) {
		t.Errorf("the second day is %+v", d)
	}
	if got := m.peakUnused(); got != 40 { // of 60 and 40: the lower, by nearest rank
		t.Errorf("peak unused is %v", got)
	}
	if got := m.peakUnusedOfType(); got != 20 { // of 40 and 20
		t.Errorf("peak unused of r3.4xlarge is %v", got)
	}
	// r3 40 and m4 20 of 100 and 50; then, by clock hours, r3 30 and m4 10 of 110 and 40: its one minute at 10 is in no lowest hour
	if got := m.autoscaledShare(); math.Abs(got-100*(60.0/150+40.0/150)/2) > 1e-9 {
		t.Errorf("autoscaled share is %v", got)
	}
	if got := m.unusedAfternoons(); got != 20 { // 40 on the first day, none on the second
		t.Errorf("unused r3.4xlarge in the afternoons are %v", got)
	}
	// m4: 0 for six hours, 20 for six, 10 for twelve less a minute; r3: 40 for twelve, 0 for twelve.
	if m.medians[0] != 10 || m.medians[1] != 0 {
		t.Errorf("medians are %v", m.medians)
	}
	// m4.large is worth half of r3.4xlarge here: 10 x 500 of 50 x 500 + 100 x 1000
	if got := m.medianShare([]models.Pool{{Speed: 500}, {Speed: 1000}}); got != 0.04 {
		t.Errorf("the medians' share is %v", got)
	}
}

// TestMarketDaysAreLocal: what is unused until midnight in New York belongs to the day before there.
func TestMarketDaysAreLocal(t *testing.T) {
	zone := time.FixedZone("four hours behind", -4*3600)
	m := sampled(t, zone, `time,region,zone,instance_type,reserved,in_use
2015-10-05T00:00:00Z,us-east-1,us-east-1a,r3.4xlarge,100,0
2015-10-05T04:00:00Z,us-east-1,us-east-1a,r3.4xlarge,100,90
2015-10-06T03:59:00Z,us-east-1,us-east-1a,r3.4xlarge,100,70
2015-10-06T04:00:00Z,us-east-1,us-east-1a,r3.4xlarge,100,100
2015-10-07T04:00:00Z,us-east-1,us-east-1a,r3.4xlarge,100,0
`)
	want := []sampledDay{{unusedMost: 30, unusedOfTypeMost: 30, came: 20, inUseMost: 60 * 90}, {inUseMost: 60 * 100}}
	if len(m.days) != 2 || m.days[0] != want[0] || m.days[1] != want[1] {
		t.Errorf("days are %+v, not %+v", m.days, want)
	}
	if got, want := m.unusedAfternoons(), float64(719*10+30)/1440; got != want {
		t.Errorf("unused in the afternoons are %v, not %v", got, want)
	}
}

// TestMarketFiguresAreThoseOfARun: a run that borrows nothing sees the same market.
func TestMarketFiguresAreThoseOfARun(t *testing.T) {
	a := fakeRunner(t, nil, 1, 1).app
	j, err := a.prepare("netflix-realtime", &jobFlags{ledger: "none", seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	j.scenario.From = models.Instant(time.Date(2015, 10, 5, 4, 0, 0, 0, time.UTC).Unix()) // midnight there
	j.scenario.Length = 24 * time.Hour
	if j.built, err = j.scenario.Build(nil); err != nil {
		t.Fatal(err)
	}
	zone, err := marketZone(j.scenario)
	if err != nil {
		t.Fatal(err)
	}
	m, err := sampleMarket(j.built, zone, "r3.4xlarge")
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.playNever(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.peakUnused(); len(m.days) != 1 || got != float64(p.result.Peak.Unused) {
		t.Errorf("peak unused is %v over %d days, and in a run %d", got, len(m.days), p.result.Peak.Unused)
	}
}

// sampled samples a capacity trace from 2015-10-05, midnight UTC, for sixty hours.
func sampled(t *testing.T, zone *time.Location, trace string) *sampledMarket {
	dir := t.TempDir()
	if err := writeText(dir+"/capacity.csv", "# hold_s: 864000\n"+trace); err != nil {
		t.Fatal(err)
	}
	s, err := sim.ParseScenario("tiny.yaml", []byte("scenario: tiny\nfrom: 2015-10-05T00:00:00Z\nlength: 60h\ncapacity: {file: capacity.csv, after_end: hold}\nencoding: {}\n"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Build(dataFiles{dir})
	if err != nil {
		t.Fatal(err)
	}
	m, err := sampleMarket(b, zone, "r3.4xlarge")
	if err != nil {
		t.Fatal(err)
	}
	return m
}
