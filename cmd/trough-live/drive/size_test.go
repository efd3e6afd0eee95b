package drive

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"trough.internal/cmd/trough-live/journal"
	"trough.internal/models"
	"trough.internal/policies"
)

// wide is a world of 3,000 pools, with a driver of the policy full and all rules.
func wide(t testing.TB, j Journal) (*world, *Driver) {
	w := newWorld()
	w.pools, w.reserved, w.inUse = nil, nil, nil
	for i := range 3000 {
		zone := fmt.Sprintf("us-east-1%c", 'a'+i%6)
		w.pools = append(w.pools, models.Pool{Region: "us-east-1", Zone: zone, Type: fmt.Sprintf("t%d.xlarge", i/6), Speed: 1000, Slots: 1})
		w.reserved, w.inUse = append(w.reserved, 100), append(w.inUse, 80)
	}
	w.held = make([]int, len(w.pools))
	w.demand = 60_000
	setup := w.setup(t, DefaultSafety())
	setup.Policy, _ = policies.BuiltinSettings("full")
	setup.Policy.Curfew, setup.Journal = nil, j
	setup.Safety.LaunchesPerHour, setup.Safety.IncreaseLeast = 10_000_000, 1000
	d, err := New(setup)
	if err != nil {
		t.Fatal(err)
	}
	w.minutes(d, 60)
	w.forget(d)
	return w, d
}

// forget takes out of the world what a driver was told.
func (w *world) forget(d *Driver) {
	w.events = append(w.events[:0], w.events[d.cursor:]...)
	w.acts, w.records = w.acts[:0], nil
	clear(w.acted)
	d.cursor = 0
}

// stir changes what the owners of every pool use, by up to a tenth, otherwise in every minute.
func (w *world) stir(minute int) {
	for p := range w.inUse {
		w.inUse[p] = 75 + int32((p*7+minute*3)%11)
	}
}

// BenchmarkCycle is a cycle's own work for 3,000 pools, of which the issue allows 100 ms and 256 MB: with nothing new, and with news of
// every pool and a journal on the disk.
func BenchmarkCycle(b *testing.B) {
	for _, busy := range []bool{false, true} {
		b.Run(map[bool]string{false: "quiet", true: "busy"}[busy], func(b *testing.B) {
			var j Journal = discard{}
			if busy {
				folder, unlock, err := journal.Lock(filepath.Join(b.TempDir(), "journal"))
				if err != nil {
					b.Fatal(err)
				}
				defer unlock()
				if j, err = journal.Open(folder); err != nil {
					b.Fatal(err)
				}
			}
			w, d := wide(b, j)
			b.ReportAllocs()
			minute, events := 0, 0
			for b.Loop() {
				if busy {
					w.stir(minute)
					minute++
				}
				events += len(w.minutes(d, 1).Events)
				w.forget(d)
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.Sys)/1e6, "MB-of-process")
			b.ReportMetric(float64(events)/float64(b.N), "events/op")
		})
	}
}

// TestMemoryStaysWhatItIs: over 10,000 cycles in which instances come and go.
func TestMemoryStaysWhatItIs(t *testing.T) {
	w := newWorld()
	setup := w.setup(t, DefaultSafety())
	setup.Journal = discard{}
	d, err := New(setup)
	if err != nil {
		t.Fatal(err)
	}
	launched := 0
	run := func(cycles int) uint64 {
		for n := range cycles {
			w.inUse[n/40%2] = 85 + int32(n/20*7%15) // the owners come back, and leave again
			for _, e := range w.minutes(d, 1).Events {
				if e.Kind == models.Launched {
					launched++
				}
			}
			w.forget(d)
		}
		return heap()
	}
	before := run(1000)
	if after := run(9000); after > before+100_000 {
		t.Errorf("%d bytes after 1,000 cycles, %d after 10,000", before, after)
	}
	if launched < 1000 {
		t.Errorf("%d instances were launched: expected that they come and go", launched)
	}
}

// heap is what is in use after all garbage is collected.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
