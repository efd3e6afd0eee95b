package synth

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"trough.internal/models"
)

// threeRegions are alike but for local time, zones and the size of the last one, and are not listed by name.
func threeRegions() Settings {
	s := Defaults()
	s.Scale = 0.05
	s.Regions = []Region{
		{Name: "us-west-2", Zones: []string{"a", "b", "c"}, TimeZone: "America/Los_Angeles", Scale: 1},
		{Name: "us-east-1", Zones: []string{"a", "c", "d"}, TimeZone: "America/New_York", Scale: 1},
		{Name: "eu-west-1", Zones: []string{"a", "b"}, TimeZone: "Europe/Dublin", Scale: 0.5},
	}
	return s
}

// played is a whole market: its windows joined.
func played(t *testing.T, s Settings, days int) (keys []models.PoolKey, changes []models.CapacityChange) {
	t.Helper()
	m, err := Market(s, 1, monday, monday.Add(time.Duration(days)*oneDay))
	if err != nil {
		t.Fatal(err)
	}
	for {
		w, err := m.Next()
		if err == io.EOF {
			return m.Pools(), changes
		}
		changes = append(changes, w.Changes...)
	}
}

func TestARegionIsTheSameAloneAndAmongOthers(t *testing.T) {
	all := threeRegions()
	all.Scale = 0.002 // so small that some minutes have changes in one region and not in another
	keys, changes := played(t, all, 2)
	if !slices.IsSortedFunc(keys, func(a, b models.PoolKey) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.Type, b.Type))
	}) {
		t.Errorf("pools are not in order of region, zone and type: %v", keys)
	}
	if !slices.IsSortedFunc(changes, func(a, b models.CapacityChange) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Pool, b.Pool))
	}) {
		t.Error("changes are not in order of time and pool")
	}
	for _, r := range all.Regions {
		one := all
		one.Regions = []Region{r}
		own, alone := played(t, one, 2)
		first := models.PoolID(slices.Index(keys, own[0]))
		among := slices.DeleteFunc(slices.Clone(changes), func(c models.CapacityChange) bool { return keys[c.Pool].Region != r.Name })
		for i := range among {
			among[i].Pool -= first
		}
		if !slices.Equal(among, alone) {
			t.Errorf("%s has %d changes alone and others, or %d, among three regions", r.Name, len(alone), len(among))
		}
	}
}

// Each region's trough comes by its own clock: the hour of most unused instances is the same local hour, give or take one.
func TestTroughsAreShiftedByLocalTime(t *testing.T) {
	s := threeRegions()
	s.Scale = 1
	keys, changes := played(t, s, 5)
	state := make([]models.CapacityChange, len(keys))
	most := map[string]int64{}
	hour := map[string]int{}
	at, i := monday, 0
	for ; at < monday+4*86400; at += 3600 { // four days, hour by hour
		for ; i < len(changes) && changes[i].At <= at; i++ {
			state[changes[i].Pool] = changes[i]
		}
		sums := map[string]int64{}
		for p := range state {
			sums[keys[p].Region] += int64(max(0, state[p].Reserved-state[p].InUse))
		}
		for _, r := range s.Regions {
			if sums[r.Name] > most[r.Name] {
				most[r.Name], hour[r.Name] = sums[r.Name], at.UTC().Hour()
			}
		}
	}
	apart := func(a, b string) int { return (hour[a] - hour[b] + 24) % 24 }
	if d := apart("us-west-2", "us-east-1"); d < 2 || d > 4 {
		t.Errorf("most is unused %d hours later in us-west-2 than in us-east-1, expected 3: %v", d, hour)
	}
	if d := apart("us-east-1", "eu-west-1"); d < 4 || d > 6 {
		t.Errorf("most is unused %d hours later in us-east-1 than in eu-west-1, expected 5: %v", d, hour)
	}
	if half := float64(most["eu-west-1"]) / float64(most["us-east-1"]); half < 0.35 || half > 0.65 {
		t.Errorf("a region of half the size has %.2f of the unused", half)
	}
}

func TestAFailoverIsInTheFirstRegionOnly(t *testing.T) {
	s := threeRegions()
	s.Failover.At = 24 * time.Hour
	m, err := Market(s, 1, monday, monday.Add(5*oneDay))
	if err != nil {
		t.Fatal(err)
	}
	switches := m.Switches()
	if len(switches) != 2 || switches[0].Region != "us-west-2" || switches[1].On {
		t.Errorf("switches: %+v", switches)
	}
	if text := strings.Join(m.Assumed(), "\n"); strings.Count(text, "a failover brings") != 1 || strings.Count(text, "made to match") != 1 || strings.Count(text, "instances reserved") != 3 {
		t.Errorf("assumed:\n%s", text)
	}
}

func TestRegionsThatCannotBeAreRefused(t *testing.T) {
	for want, change := range map[string]func(s *Settings){
		`regions[1]: name is "us-west-2", like that of another region`:    func(s *Settings) { s.Regions[1].Name = "us-west-2" },
		`regions[2]: unknown time zone "Europe/Dublyn"`:                   func(s *Settings) { s.Regions[2].TimeZone = "Europe/Dublyn" },
		`regions[0]: zones: "aa": expected different letters from a to z`: func(s *Settings) { s.Regions[0].Zones = []string{"aa"} },
		`regions[1]: expected a region and at least one zone`:             func(s *Settings) { s.Regions[1].Zones = nil },
		`regions[0]: expected a region and at least one zone`:             func(s *Settings) { s.Regions[0].Name = "" },
		`regions[2]: zones: "b": expected different letters from a to z`:  func(s *Settings) { s.Regions[2].Zones = []string{"b", "b"} },
	} {
		s := threeRegions()
		change(&s)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
}

// Regions that are alike in all settings have luck of their own.
func TestRegionsAreNotCopiesOfOneAnother(t *testing.T) {
	s := threeRegions()
	s.Regions = []Region{{Name: "a", Zones: []string{"a"}, TimeZone: "UTC", Scale: 1}, {Name: "b", Zones: []string{"a"}, TimeZone: "UTC", Scale: 1}}
	keys, changes := played(t, s, 1)
	half := models.PoolID(len(keys) / 2)
	differ := 0
	last := make([]models.CapacityChange, len(keys))
	for _, c := range changes {
		last[c.Pool] = c
	}
	for p := range half {
		if last[p].InUse != last[p+half].InUse || last[p].At != last[p+half].At {
			differ++
		}
	}
	if differ < int(half)/2 {
		t.Errorf("of %d pools only %d differ between two regions", half, differ)
	}
}
