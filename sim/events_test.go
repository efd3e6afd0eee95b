package sim

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/policies"
)

// eventsOf reads an events section.
func eventsOf(t failing, text string) []EventSetting {
	t.Helper()
	var into struct {
		Events []EventSetting `set:"events"`
	}
	if err := settings.Decode("s.yaml", []byte("events:\n"+text), &into); err != nil {
		t.Fatal(err)
	}
	return into.Events
}

// disturb plays events in a case's market, which must know their names.
func (c *randomCase) disturb(t failing, text string, size int) (*Built, *Scenario) {
	t.Helper()
	s := &Scenario{From: c.world.Start, Length: c.world.Until.Sub(c.world.Start), Events: eventsOf(t, text)}
	b := &Built{World: c.world}
	b.World.Pools = slices.Clone(c.world.Pools[:len(c.world.Pools)-len(c.world.Base)])
	b.inputs = func() (Inputs, error) {
		return Inputs{Capacity: &windows{list: c.changes, size: size}, Jobs: &batch{jobs: c.jobs}, Switches: c.switches}, nil
	}
	if err := s.disturb(b); err != nil {
		t.Fatal(err)
	}
	b.World.Pools = c.world.Pools
	return b, s
}

// drawZones makes a case's market one of two regions with two zones each, the base fleet in the first of them.
func (c *randomCase) drawZones(t *rapid.T) {
	c.drawWorld(t)
	c.drawPools(t, 4)
	slices.SortStableFunc(c.changes, func(a, b models.CapacityChange) int { return cmp.Or(int(a.At-b.At), int(a.Pool-b.Pool)) })
	for p := range c.world.Pools {
		pool := &c.world.Pools[p]
		pool.Region, pool.Type = fmt.Sprintf("r%d", p%2), "t"
		pool.Zone = pool.Region + string(rune('a'+p/2%2))
	}
}

// drawEvents writes up to four events. They do not rise and fall in steps where a reference is to be simple.
func (c *randomCase) drawEvents(t *rapid.T, steps bool) string {
	n := func(name string, low, high int) int { return rapid.IntRange(low, high).Draw(t, name) }
	var text strings.Builder
	for range n("events", 1, 4) {
		at := n("at", 0, int(c.world.Until-c.world.Start)-1)
		length := n("length", 1, 4000)
		fmt.Fprintf(&text, "- {at: +%ds, length: %ds, ", at, length)
		ramps := ""
		if steps {
			ramps = fmt.Sprintf(", rise: %ds, fall: %ds", n("rise", 0, length/2), n("fall", 0, length/2))
		}
		pools := rapid.SampledFrom([]string{"", `, pools: ["r0a/*"]`, `, pools: ["r*b/t"]`}).Draw(t, "pools")
		switch n("kind", 0, 3) {
		case 0:
			fmt.Fprintf(&text, "kind: failover, share: %d%%%s%s, region: r0", n("share", 1, 200), pools, ramps)
		case 1:
			fmt.Fprintf(&text, "kind: deploy, instances: %d%s%s", n("size", 1, 5), pools, ramps)
		case 2:
			fmt.Fprintf(&text, "kind: outage, zone: %s", rapid.SampledFrom([]string{"r0a", "r0b", "r1a"}).Draw(t, "zone"))
		default:
			text.WriteString("kind: blackout")
		}
		text.WriteString("}\n")
	}
	return text.String()
}

// The plain old way: every second by itself, and what an outage moves dealt out one by one.
func TestWhatEventsMakeOfATraceIsWhatTheyMakeOfEverySecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := new(randomCase)
		c.drawZones(t)
		text := c.drawEvents(t, false)
		b, s := c.disturb(t, text, rapid.IntRange(1, 70).Draw(t, "window"))
		in, err := b.Inputs()
		if err != nil {
			t.Fatal(err)
		}
		got := map[models.PoolID][]models.CapacityChange{}
		for w, err := in.Capacity.Next(); err == nil; w, err = in.Capacity.Next() {
			for i, change := range w.Changes {
				if i > 0 && cmp.Or(int(w.Changes[i-1].At-change.At), int(w.Changes[i-1].Pool-change.Pool)) > 0 {
					t.Fatalf("%+v comes after %+v", change, w.Changes[i-1])
				}
				got[change.Pool] = append(got[change.Pool], change)
			}
		}
		last := c.world.Until + 8000
		for at := c.world.Start; at < last; at += models.Instant(rapid.IntRange(1, 300).Draw(t, "step")) {
			for p := range 4 {
				if now, want := stateAt(got[models.PoolID(p)], at), c.slowly(s, models.PoolID(p), at); now.InUse != want || now.Reserved != 10 {
					t.Fatalf("at %s %d of pool %d are in use and %d reserved, expected %d and 10, with\n%s", at, now.InUse, p, now.Reserved, want, text)
				}
			}
		}
	})
}

func stateAt(changes []models.CapacityChange, at models.Instant) models.CapacityChange {
	now := models.CapacityChange{InUse: models.Unknown}
	for _, c := range changes {
		if c.At <= at {
			now = c
		}
	}
	return now
}

// slowly is what the owners use of a pool at an instant.
func (c *randomCase) slowly(s *Scenario, p models.PoolID, at models.Instant) int32 {
	on := func(v *EventSetting) bool {
		begin := v.At.From(s.From)
		return begin <= at && at < begin.Add(v.Length)
	}
	gone := func(p models.PoolID) bool {
		return slices.ContainsFunc(s.Events, func(v EventSetting) bool {
			return v.Kind == "outage" && on(&v) && v.Zone.String() == c.world.Pools[p].Zone
		})
	}
	own := func(p models.PoolID) int32 {
		var of []models.CapacityChange
		for _, change := range c.changes {
			if change.Pool == p {
				of = append(of, change)
			}
		}
		use := stateAt(of, at).InUse
		sum := use
		for i := range s.Events {
			v := &s.Events[i]
			patterns, _ := v.patterns()
			named := len(patterns) == 0
			for _, pattern := range patterns {
				named = named || pattern.Names(&c.world.Pools[p])
			}
			if use != models.Unknown && on(v) && named && (v.Region.IsZero() || v.Region.String() == c.world.Pools[p].Region) {
				sum += v.Instances + int32(math.Round(float64(v.Share)*float64(use)))
			}
		}
		return sum
	}
	other := (p + 2) % 4
	switch use := own(p); {
	case use == models.Unknown:
		return models.Unknown
	case gone(p):
		return 0
	case !gone(other):
		return use
	case own(other) == models.Unknown:
		return models.Unknown
	default:
		return use + own(other)
	}
}

// What an outage moves is dealt out like cards: the first zones get one more where it does not divide. A zone that is out itself
// gets none, and one that comes back no longer does.
func TestAnOutagesOwnersAreSpreadOverTheZonesThatAreLeft(t *testing.T) {
	c := new(randomCase)
	c.world.Start, c.world.Until = 0, 7200
	for p, use := range []int32{5, 1, 2, 3} {
		zone := "r" + string(rune('a'+p))
		c.world.Pools = append(c.world.Pools, models.Pool{Region: "r", Zone: zone, Type: "t"})
		c.changes = append(c.changes, models.CapacityChange{Pool: models.PoolID(p), Reserved: 4, InUse: use})
	}
	b, _ := c.disturb(t, "- {kind: outage, at: +10m, length: 30m, zone: ra, rise: 2m}\n- {kind: outage, at: +20m, length: 10m, zone: rc}\n", 4)
	in, err := b.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	var got []models.CapacityChange
	for w, err := in.Capacity.Next(); err == nil; w, err = in.Capacity.Next() {
		got = append(got, w.Changes...)
	}
	for minute, want := range map[int][4]int32{
		9: {5, 1, 2, 3}, 10: {0, 1, 2, 3}, // a is gone, and nobody is back yet
		11: {0, 2, 3, 4}, // half of five is three
		12: {0, 3, 4, 4}, // the fifth goes to b and c first
		20: {0, 5, 0, 6}, // c is gone too: a's five are three and two, c's two one each
		30: {0, 3, 4, 4}, 40: {5, 1, 2, 3},
	} {
		for p := range want {
			of := slices.DeleteFunc(slices.Clone(got), func(c models.CapacityChange) bool { return c.Pool != models.PoolID(p) })
			if now := stateAt(of, models.Instant(60*minute)).InUse; now != want[p] {
				t.Errorf("minute %d, pool %d: %d in use, expected %d", minute, p, now, want[p])
			}
		}
	}
}

// runEvents runs a case with events.
func (c *randomCase) runEvents(t *rapid.T, text string, useHeap bool) (eventList, *Scenario, Tally) {
	b, s := c.disturb(t, text, 7)
	in, err := b.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	policy, err := policies.New(c.settings)
	if err != nil {
		t.Fatal(err)
	}
	var events eventList
	tally, err := New(b.World, in, policy, Options{Heap: useHeap, Sink: &events}).Run()
	if err != nil {
		t.Fatal(err)
	}
	return events, s, tally
}

// A policy cannot see ahead: until the first event begins the ledger is the one without events, second by second.
func TestEventsChangeNothingBeforeTheyBegin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawDisturbed(t)
		text := c.drawEvents(t, true)
		var without eventList
		c.run(t, false, &without)
		with, s, _ := c.runEvents(t, text, false)
		first := models.Never
		for i := range s.Events {
			first = min(first, s.Events[i].At.From(s.From))
		}
		before := func(list eventList) eventList {
			return slices.DeleteFunc(slices.Clone(list), func(e models.Event) bool { return e.At >= first })
		}
		if a, b := before(without), before(with); !slices.Equal(a, b) {
			t.Fatalf("before %s, when the first event begins:\n%v\nwithout:\n%v", first, b, a)
		}
	})
}

// Whatever happens, books balance, no instance or job is lost, and both engines do the same. In a zone that is out nothing runs.
func TestNothingRunsInAZoneThatIsOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawDisturbed(t)
		text := c.drawEvents(t, true) + fmt.Sprintf("- {kind: outage, at: +%ds, length: 20m, zone: r0a}\n", rapid.IntRange(0, 3599).Draw(t, "out at"))
		wheel, s, a := c.runEvents(t, text, false)
		heap, _, b := c.runEvents(t, text, true)
		if a != b || !slices.Equal(wheel, heap) {
			t.Fatal("the wheel is not the heap")
		}
		book := &book{t: t, state: map[models.InstanceID]models.State{}, began: map[models.InstanceID]models.Instant{}, jobs: map[models.JobID]string{}}
		for _, e := range wheel {
			book.Event(e)
		}
		check := &watch{models.NewMarket(c.world.Pools, c.world.Borrowers), func(m *models.Market) {
			for p := range m.Pools {
				out := slices.ContainsFunc(s.Events, func(v EventSetting) bool {
					begin := v.At.From(s.From)
					return v.Kind == "outage" && v.Zone.String() == m.Pools[p].Zone && begin <= m.Now && m.Now < begin.Add(v.Length)
				})
				n := m.Borrowed(models.PoolID(p))
				if out && (n > 0 || p < m.Lendable && m.InUse[p] > 0) {
					t.Fatalf("%s: %d instances in %s, which is out, and %d in use", m.Now, n, m.Pools[p].Name(), m.InUse[p])
				}
				if !out && p >= m.Lendable && n != c.world.Base[p-m.Lendable] {
					t.Fatalf("%s: the base fleet has %d of its %d", m.Now, n, c.world.Base[p-m.Lendable])
				}
			}
		}}
		for _, e := range wheel {
			check.Event(e)
		}
	})
}

// The market goes on in a blackout: only what the policy does may differ.
func TestABlackoutLeavesTheOwnersAsTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawDisturbed(t)
		with, _, _ := c.runEvents(t, fmt.Sprintf("- {kind: blackout, at: +%ds, length: 30m}\n", rapid.IntRange(0, 3599).Draw(t, "at")), false)
		var without eventList
		c.run(t, false, &without)
		owners := func(list eventList) eventList {
			return slices.DeleteFunc(slices.Clone(list), func(e models.Event) bool { return e.Kind != models.OwnersChanged })
		}
		if !slices.Equal(owners(with), owners(without)) {
			t.Fatal("the owners changed with the blackout")
		}
	})
}

func TestEventsThatCannotBeAreRefused(t *testing.T) {
	const head = "scenario: s\nfrom: 2015-10-05T00:00:00Z\nlength: 1d\n" +
		"market: {types: [{name: r3.4xlarge, reserved: 30}], zones: [ZONES], precompute: {instances: 0}, failover: {more: 0%}}\n" +
		"encoding: {}\nevents:\n- {at: +1h, "
	for text, want := range map[string]string{
		"kind: storm, length: 1h}":                                                 `s.yaml:7:19: events[0].kind is "storm": expected failover`,
		"kind: blackout}":                                                          "s.yaml:7:3: events[0].length: this key is missing",
		"kind: blackout, length: 0s}":                                              `events[0].length is "0s": expected 1s to 366d`,
		"kind: blackout, length: 1500ms}":                                          "expected whole seconds",
		"kind: outage, length: 1h, zone: us-east-1x}":                              `s.yaml:7:45: events[0].zone is "us-east-1x": expected a zone of the market, such as us-east-1a`,
		"kind: outage, length: 1h}":                                                "s.yaml:7:3: events[0]: an outage is of a zone",
		"kind: outage, length: 1h, zone: us-east-1a, fall: 1m}":                    "pools, share or fall belongs to a failover or deploy: expected none for kind outage",
		"kind: failover, length: 1h, share: 5%, region: eu-west-9}":                `s.yaml:7:60: events[0].region is "eu-west-9": expected a region of the market, such as us-east-1`,
		"kind: failover, length: 1h}":                                              "a failover needs its size: expected share",
		"kind: failover, length: 1h, share: 5%, instances: 3}":                     "instances belongs to a deploy: expected none for kind failover",
		"kind: failover, length: 1h, share: 5%, switch_after: 2h}":                 "switch_after is 2h0m0s: expected whole seconds and at most the length",
		"kind: deploy, length: 1h, share: 5%, pools: [us-east-1a/r3.8xlarge]}":     `s.yaml:7:58: events[0].pools[0] is "us-east-1a/r3.8xlarge": expected pools of the market, such as us-east-1a/r3.4xlarge`,
		"kind: deploy, length: 1h, share: 5%, pools: [r3.8xlarge]}":                `s.yaml:7:58: events[0].pools[0] is "r3.8xlarge": expected pools as zone/type`,
		"kind: deploy, length: 1h, share: 5%, instances: 3}":                       "a deploy needs its size: expected share or instances, not both",
		"kind: deploy, length: 10m, instances: 3, rise: 6m, fall: 5m}":             "length is 10m0s: expected at least rise and fall together",
		"kind: deploy, length: 10m, instances: 3, zone: us-east-1a}":               "zone belongs to an outage: expected none for kind deploy",
		"kind: deploy, length: 10m, instances: 3, region: us-east-1}":              "region belongs to a failover or blackout",
		"kind: blackout, length: 10m, rise: 3m}":                                   "rise belongs to another kind",
		"kind: blackout, length: 10m}\n- {kind: blackout, at: +24h, length: 1h}":   "s.yaml:1:1: events[1].at is 2015-10-06T00:00:00Z, outside of the scenario",
		"kind: deploy, length: 10m, instances: 3, switch_after: 1m}":               "switch_after belongs to a failover",
		"kind: outage, length: 1h, zone: us-east-1a} # the only one of its region": `s.yaml:7:45: events[0].zone is "us-east-1a": expected a zone of a region with several`,
	} {
		zones := "a, c"
		if strings.Contains(text, "the only one") {
			zones = "a"
		}
		s, err := ParseScenario("s.yaml", []byte(strings.Replace(head, "ZONES", zones, 1)+text+"\n"))
		if err == nil {
			_, err = s.Build(nil)
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, expected %q", text, err, want)
		}
	}
}

// drawDisturbed is a whole random case in two regions of two zones.
func drawDisturbed(t *rapid.T) *randomCase {
	c := new(randomCase)
	c.drawZones(t)
	c.drawJobs(t)
	c.settings = drawPolicy(t)
	return c
}

// failing is what a test and a property have in common.
type failing interface {
	Helper()
	Fatal(args ...any)
}

// In a zone that is out nothing that was bought stays either, whatever its kind, and nothing can be bought. When it is over a
// group of three and the two on-demand ones beside it are bought again. An owner is not needed.
func TestAnOutageEndsWhatIsBoughtThere(t *testing.T) {
	s, err := ParseScenario("s.yaml", []byte(`
scenario: s
from: 2015-11-16T00:00:00Z
length: 1h
bought:
  - {pool: us-east-1a/m3.2xlarge, kind: spot, most: 9, prices: [{at: +0s, price: 0.1 USD/h}]}
  - {pool: us-east-1a/m3.xlarge, kind: on-demand, most: 9}
events: [{kind: outage, at: +10m, length: 20m, zone: us-east-1a}]
policy: {policy: p, scaling: {groups: [{name: a, pools: ["*/m3.2xlarge"], min: 3, max: 3, desired: 3}]}, fallback: {target: 5, max: 3}}
`))
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Build(nil)
	if err != nil {
		t.Fatal(err)
	}
	var events eventList
	play(t, b, policyOf(t, s), Options{Sink: &events})
	there, ended := map[models.PoolID]int{}, map[models.PoolID]int{}
	out, over := s.From+600, s.From+1800
	for _, e := range events {
		switch e.Kind {
		case models.Launched:
			there[e.Pool]++
			if e.At >= out && e.At < over {
				t.Errorf("launched while the zone was out: %+v", e)
			}
		case models.Gone:
			there[e.Pool]--
			if e.Cause != models.ByCloud {
				continue
			}
			if ended[e.Pool]++; e.At != out {
				t.Errorf("%+v: expected the cloud to end it at %s", e, out)
			}
		}
	}
	if ended[0] != 3 || ended[1] != 2 || there[0] != 3 || there[1] != 2 {
		t.Errorf("%v ended and %v there at the end: expected three spot instances and two on-demand ones", ended, there)
	}
}
