package sim

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/policies"
	"trough.internal/traces"
)

var update = flag.Bool("update", false, "write the golden ledgers anew")

// goldenWorld is the world section of a golden backtest: a scenario's, and instances of a base fleet if any.
type goldenWorld struct {
	Until     time.Duration `set:"until" required:"true"`
	Seed      uint64        `set:"seed" default:"1"`
	Telemetry Telemetry     `set:"telemetry"`
	Launches  Launches      `set:"launches"`
	Yields    Yields        `set:"yields"`
	Dispatch  Dispatch      `set:"dispatch"`
	Base      int32         `set:"base" default:"0" min:"0"`
	Speed     int32         `set:"speed" default:"1000" min:"1"`
	VCPUs     int32         `set:"vcpus" default:"0"`  // of an instance, where jobs are packed
	Memory    int32         `set:"memory" default:"0"` // likewise, MiB
	Spot      []int32       `set:"spot"`               // numbers of the market's pools that are spot pools
	OnDemand  []int32       `set:"on_demand"`          // likewise on-demand
	Notice    time.Duration `set:"spot_notice"`        // of a provider that takes spot instances back
	Messages  Messages      `set:"messages"`
	Switches  []struct {
		At When `set:"at" required:"true"`
		On bool `set:"on"`
	} `set:"switches"`
	Events   []EventSetting   `set:"events"`
	Transfer *TransferSetting `set:"transfer"`
}

// A golden backtest is a market of a few lines, a policy and the ledger that they give, small enough to check by hand.
// Regenerate with -update, read the difference, and explain it in the commit.
func TestGoldenBacktests(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden backtests: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string]string{}
			for _, f := range archive.Files {
				parts[f.Name] = string(f.Data)
			}
			wheel, heap := goldenLedger(t, file, parts, false), goldenLedger(t, file, parts, true)
			if wheel != heap {
				t.Errorf("the engines disagree:\n%s\nheap:\n%s", wheel, heap)
			}
			if *update {
				setFile(archive, "ledger", wheel)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if wheel != parts["ledger"] {
				t.Errorf("the ledger is\n%s\nexpected\n%s", wheel, parts["ledger"])
			}
		})
	}
}

func setFile(a *txtar.Archive, name, text string) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = []byte(text)
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(text)})
}

func goldenLedger(t *testing.T, file string, parts map[string]string, useHeap bool) string {
	t.Helper()
	n, err := traces.ParseNotation(parts["market"])
	if err != nil {
		t.Fatal(err)
	}
	var g goldenWorld
	if err := settings.Decode(file, []byte(parts["world"]), &g); err != nil {
		t.Fatal(err)
	}
	set, err := policies.Parse(file, []byte(parts["policy"]))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := policies.New(set)
	if err != nil {
		t.Fatal(err)
	}
	s := Scenario{From: traces.NotationStart, Length: g.Until, Seed: g.Seed, Telemetry: g.Telemetry, Launches: g.Launches, Yields: g.Yields, Dispatch: g.Dispatch, Messages: g.Messages, Events: g.Events, Transfer: g.Transfer}
	var w World
	if err := s.world(&w); err != nil {
		t.Fatal(err)
	}
	for _, k := range n.Capacity.Pools {
		w.Pools = append(w.Pools, models.Pool{Region: k.Region, Zone: k.Zone, Type: k.Type, Speed: g.Speed, OnDemand: 1_000_000, VCPUs: g.VCPUs, MemoryMiB: g.Memory})
	}
	w.SpotNotice = seconds(g.Notice)
	for _, p := range g.Spot {
		w.Pools[p].Kind = models.Spot
	}
	for _, p := range g.OnDemand {
		w.Pools[p].Kind = models.OnDemand
	}
	if g.Base > 0 {
		w.Pools = append(w.Pools, models.Pool{Region: "base", Zone: "base", Type: "x", Kind: models.Base, Speed: 1000, VCPUs: g.VCPUs, MemoryMiB: g.Memory})
		w.Base = []int32{g.Base}
	}
	var switches []models.Switch
	for _, sw := range g.Switches {
		switches = append(switches, models.Switch{At: sw.At.From(s.From), On: sw.On})
	}
	lines := &ledgerLines{start: s.From, pools: w.Pools}
	b := &Built{World: w, inputs: func() (Inputs, error) {
		return Inputs{Capacity: &once{window: n.Capacity}, Jobs: &batch{jobs: n.Jobs.Jobs}, Switches: switches}, nil
	}}
	if err := s.disturb(b); err != nil {
		t.Fatal(err)
	}
	if err := s.pack(b); err != nil {
		t.Fatal(err)
	}
	if err := s.transfer(b); err != nil {
		t.Fatal(err)
	}
	in, err := b.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(b.World, in, policy, Options{Heap: useHeap, Sink: lines}).Run(); err != nil {
		t.Fatal(err)
	}
	return lines.text.String()
}

// ledgerLines writes events as lines that a person can follow.
type ledgerLines struct {
	start models.Instant
	pools []models.Pool
	text  strings.Builder
}

func (l *ledgerLines) Event(e models.Event) {
	fmt.Fprintf(&l.text, "%-8s %-11s", e.At.Sub(l.start), e.Kind)
	if e.Pool != models.NoPool {
		fmt.Fprintf(&l.text, " %s", l.pools[e.Pool].Name())
	}
	if e.Instance != models.NoInstance {
		fmt.Fprintf(&l.text, " i%d", e.Instance)
	}
	if e.Job != models.NoJob {
		fmt.Fprintf(&l.text, " job %d", e.Job)
	}
	switch e.Kind {
	case models.OwnersChanged:
		use := fmt.Sprint(e.M)
		if e.M == models.Unknown {
			use = "?"
		}
		fmt.Fprintf(&l.text, " reserved %d in_use %s", e.N, use)
	case models.Switched:
		fmt.Fprintf(&l.text, " on %d", e.N)
	case models.Arrived, models.Requeued:
		fmt.Fprintf(&l.text, " %s, %d s of work", e.Class, e.N)
	case models.Started:
		fmt.Fprintf(&l.text, ", waited %d s", e.M)
	case models.Completed:
		fmt.Fprintf(&l.text, " after %d s", e.M)
	case models.Interrupted:
		fmt.Fprintf(&l.text, ", lost %d s", e.N)
	case models.Yielding:
		fmt.Fprintf(&l.text, " in %d s", e.N)
	}
	if e.Cause != models.NoCause && e.Cause != models.ByJob {
		fmt.Fprintf(&l.text, " (%s)", e.Cause)
	}
	l.text.WriteByte('\n')
}
