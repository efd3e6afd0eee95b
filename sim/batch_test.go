package sim

import (
	"slices"
	"strings"
	"testing"

	"trough.internal/models"
	"trough.internal/report/measure"
)

// Two titles of two chunks arrive a minute after the start, in which nothing else does. The base fleet is two instances,
// and nothing is borrowed.
const tinyBatch = `
scenario: tiny
from: 2015-10-10T00:00:00Z
length: 2h
market: {types: [{name: r3.4xlarge, reserved: 30}], zones: [a], precompute: {instances: 0}, failover: {more: 0%}}
encoding:
  production: {titles_per_day: 0}
  research: {experiments_per_day: 0, batch_jobs: 0}
  qa: {jobs: 0}
batches:
  - {name: tiny, at: +1m, titles: 2, classes: {medium: 100%}, length: 6m, work: 10m, work_spread: 0}
base: [{pool: us-east-1a/r3.4xlarge, instances: 2}]
policy: never
`

func TestATinyBatchRunsAsByHand(t *testing.T) {
	s, b := tiny(t, tinyBatch)
	acc := measure.New(measure.Setup{Pools: b.World.Pools, Borrowers: b.World.Borrowers, From: b.World.Start, Base: b.World.Base, Batches: b.Batches})
	var log []string
	play(t, b, policyOf(t, s), Options{Sink: sinkFunc(func(e models.Event) {
		acc.Event(e)
		if e.Kind == models.Started || e.Kind == models.Completed {
			log = append(log, e.At.String()[11:16]+" "+e.Kind.String()+" "+string(rune('0'+e.Job)))
		}
	})})
	// Jobs 0 to 4 are the first title: inspection, two chunks of ten minutes, assembly, validation, all others of five
	// minutes; jobs 5 to 9 the second. At 00:06 the first title's chunks take both instances.
	want := strings.Fields(`
		00:01,started,0 00:01,started,5 00:06,completed,0 00:06,completed,5 00:06,started,1 00:06,started,2
		00:16,completed,1 00:16,completed,2 00:16,started,6 00:16,started,7
		00:26,completed,6 00:26,completed,7 00:26,started,3 00:26,started,8 00:31,completed,3 00:31,completed,8
		00:31,started,4 00:31,started,9 00:36,completed,4 00:36,completed,9`)
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], ",", " ")
	}
	if !slices.Equal(sortedLines(log), sortedLines(want)) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(log, "\n"), strings.Join(want, "\n"))
	}
	result := acc.Finish(b.World.Until)
	makespan, ok := result.Batches[0].Makespan()
	if !ok || makespan != 35*60 || result.Batches[0].Jobs != 10 || result.Batches[0].Work != 4*600+6*300 {
		t.Errorf("got %+v, want a makespan of 35 minutes, 10 jobs of 4200 s", result.Batches[0])
	}
}

// A batch that arrives several times is as many batches, whose jobs keep apart.
func TestABatchArrivesAsOftenAsItSays(t *testing.T) {
	_, b := tiny(t, strings.Replace(tinyBatch, "at: +1m,", "at: +1m, times: 3, every: 10m,", 1))
	for i, batch := range b.Batches {
		if want := b.World.Start + models.Instant(60+600*i); batch.At != want || batch.Jobs[0] != (models.JobRange{First: models.JobID(10 * i), N: 10}) {
			t.Errorf("time %d: got %+v", i, batch)
		}
	}
	if len(b.Batches) != 3 {
		t.Errorf("got %d batches, want 3", len(b.Batches))
	}
}

// The built-in scenarios of batches run their policy on the jobs that they state.
func TestTheBuiltinBatchesAreThoseOfTheArticles(t *testing.T) {
	for name, titles := range map[string]int{"netflix-weekend": 12000, "season": 9, "netflix-farms": 0} {
		s, b := builtin(t, name, nil)
		policyOf(t, s)
		if titles > 0 && s.Batches[0].Titles != titles || len(b.Batches) == 0 {
			t.Errorf("%s: %d titles in %d batches", name, s.Batches[0].Titles, len(b.Batches))
		}
		for _, batch := range b.Batches {
			if batch.Count() == 0 {
				t.Errorf("%s: a batch without jobs: %+v", name, batch)
			}
		}
	}
}

func tiny(t *testing.T, text string) (*Scenario, *Built) {
	t.Helper()
	s, err := ParseScenario("tiny.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Build(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, b
}

func sortedLines(lines []string) []string {
	sorted := slices.Clone(lines)
	slices.Sort(sorted)
	return sorted
}

type sinkFunc func(models.Event)

func (f sinkFunc) Event(e models.Event) { f(e) }
