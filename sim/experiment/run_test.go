package experiment

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"trough.internal/sim"
)

// memory is a store without files.
type memory struct {
	sync.Mutex
	texts map[Address][]byte
	puts  int
	full  error // of every Put, if set
}

func (m *memory) Get(a Address) ([]byte, error) {
	m.Lock()
	defer m.Unlock()
	return m.texts[a], nil
}

func (m *memory) Put(a Address, text []byte) error {
	m.Lock()
	defer m.Unlock()
	if m.full != nil {
		return m.full
	}
	if m.texts == nil {
		m.texts = map[Address][]byte{}
	}
	m.puts++
	m.texts[a] = text
	return nil
}

// fake computes results that say what they are of, and counts how often a world is prepared.
func fake(prepared *int, fails func(*Cell) bool) Work {
	var mu sync.Mutex
	return Work{
		Prepare: func(_ context.Context, s *sim.Scenario) (*World, error) {
			mu.Lock()
			defer mu.Unlock()
			*prepared++
			return &World{Scenario: s}, nil
		},
		Compute: func(_ context.Context, w *World, c *Cell) (*Result, error) {
			if fails != nil && fails(c) {
				return nil, fmt.Errorf("no luck")
			}
			return &Result{Summary: fmt.Sprint(w.Scenario.Seed, w.Scenario.Telemetry.Lag, c.Point.Policy.Margin.Share)}, nil
		},
	}
}

const sixPoints = `
axes:
  - {set: policy.margin.share, values: [0%, 5%, 10%]}
  - {set: scenario.telemetry.lag, values: [1m, 2m]}
seeds: 3
`

func TestResultsDoNotDependOnTheNumberOfWorkers(t *testing.T) {
	p := lay(t, sixPoints)
	var texts []string
	for _, workers := range []int{1, 2, 7} {
		store, prepared := new(memory), 0
		w := fake(&prepared, nil)
		w.Workers = workers
		if n, err := Run(context.Background(), p.Cells, store, w); n != 18 || err != nil {
			t.Fatalf("%d cells, %v", n, err)
		}
		if prepared != 6 {
			t.Errorf("%d workers: %d worlds were prepared, of 2 scenarios under 3 seeds", workers, prepared)
		}
		text := ""
		for i := range p.Cells {
			text += string(store.texts[p.Cells[i].Address])
		}
		texts = append(texts, text)
	}
	if texts[0] != texts[1] || texts[0] != texts[2] || !strings.Contains(texts[0], "3 2m0s 10%") {
		t.Error("the results differ")
	}
}

func TestASecondRunComputesOnlyWhatIsMissing(t *testing.T) {
	store, prepared := new(memory), 0
	fails := true
	w := fake(&prepared, func(c *Cell) bool { return fails && c.Seed == 2 && c.Point.Number == 1 })
	if n, err := Run(context.Background(), lay(t, sixPoints).Cells, store, w); n != 18 || err != nil {
		t.Fatalf("%d cells, %v", n, err)
	}
	results, err := Collect(lay(t, sixPoints).Cells, store)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, r := range results {
		if r.Failed == "no luck" && r.Seed == 2 && r.Policy == "full" && r.Values[0] == "0%" {
			failed++
		}
	}
	if failed != 1 {
		t.Errorf("%d cells failed, expected one, with its error", failed)
	}
	fails = false
	if n, _ := Run(context.Background(), lay(t, sixPoints).Cells, store, w); n != 1 {
		t.Errorf("%d cells computed again, expected the one that failed", n)
	}
	// Two more values, of which each has three seeds and two lags.
	more := strings.ReplaceAll(sixPoints, "10%]", "10%, 15%, 20%]")
	if n, _ := Run(context.Background(), lay(t, more).Cells, store, w); n != 12 {
		t.Errorf("%d cells computed, expected 12 new ones", n)
	}
	prepared = 0
	if n, _ := Run(context.Background(), lay(t, more).Cells, store, w); n != 0 || prepared != 0 {
		t.Errorf("%d cells computed and %d worlds prepared, and all were there", n, prepared)
	}
}

func TestADamagedCellIsNamedAndStays(t *testing.T) {
	store, prepared := new(memory), 0
	cells := lay(t, sixPoints).Cells
	if _, err := Run(context.Background(), cells, store, fake(&prepared, nil)); err != nil {
		t.Fatal(err)
	}
	whole := string(store.texts[cells[4].Address])
	for _, damaged := range []string{whole[:len(whole)/2], strings.Replace(whole, `"seed":`, `"seed":1`, 1), string(store.texts[cells[5].Address]), "{}",
		strings.Replace(whole, cellFormat, "trough cell 0", 1)} {
		puts := store.puts
		store.texts[cells[4].Address] = []byte(damaged)
		_, err := Run(context.Background(), cells, store, fake(&prepared, nil))
		if err == nil || !strings.Contains(err.Error(), string(cells[4].Address)) || store.puts != puts {
			t.Errorf("%.60s: %v, and %d cells were written", damaged, err, store.puts-puts)
		}
	}
}

func TestAnInterruptedRunKeepsWhatItHas(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	store, prepared := new(memory), 0
	w := fake(&prepared, nil)
	w.Done = func(done, _ int) {
		if done == 5 {
			stop()
		}
	}
	n, err := Run(ctx, lay(t, sixPoints).Cells, store, w)
	if !errors.Is(err, context.Canceled) || n != 5 || len(store.texts) != 5 {
		t.Errorf("%d cells computed, %d kept, %v", n, len(store.texts), err)
	}
}

func TestAStoreThatCannotKeepEndsTheRun(t *testing.T) {
	store, prepared := &memory{full: errors.New("disk full")}, 0
	if _, err := Run(context.Background(), lay(t, sixPoints).Cells, store, fake(&prepared, nil)); err == nil || err.Error() != "disk full" {
		t.Errorf("got %v", err)
	}
}
