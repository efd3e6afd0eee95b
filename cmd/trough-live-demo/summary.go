package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
	"trough.internal/report/measure"
)

const (
	journalName = "journal"
	summaryName = "summary.txt"
)

// tally is what the driver ordered, and how it fared.
type tally struct {
	cycles         int64
	last           models.Instant                // of an evaluation
	orders         map[models.OrderKind][2]int64 // orders, and instances
	refused, notes int64
	heldMost       int64
	bound          map[string]int64 // by rule of safety: evaluations that it changed
}

func (t *tally) take(c *drive.Cycle) {
	if t.orders == nil {
		t.orders, t.bound = map[models.OrderKind][2]int64{}, map[string]int64{}
	}
	t.cycles++
	t.last = c.Now
	t.notes += int64(len(c.Notes))
	for _, o := range c.Orders {
		n := t.orders[o.Kind]
		t.orders[o.Kind] = [2]int64{n[0] + 1, n[1] + int64(o.N)}
	}
	held := int64(0)
	for cell := range c.Obs.Refused {
		t.refused += int64(c.Obs.Refused[cell])
		held += int64(c.Obs.Held(cell))
	}
	t.heldMost = max(t.heldMost, held)
	for _, b := range c.Bound {
		t.bound[b.Rule]++
	}
}

// summary is what came of the day.
func (d *demo) summary(r *measure.Result, v *drive.Verdict) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-16s%s\n", name, fmt.Sprintf(format, args...))
	}
	t := &d.tally
	line("until", "%s, %d evaluations of policy %s", r.Until, t.cycles, d.policy)
	if d.ctx.Err() != nil {
		line("interrupted", "after the evaluation of %s: the rest of the day passed without the driver, and is counted", t.last)
	}
	line("held", "%.1f instance-hours borrowed, %d instances at most", float64(r.Total.BorrowedSeconds)/3600, t.heldMost)
	for kind := models.Launch; kind <= models.YieldByNotice; kind++ {
		line("orders", "%s: %d, of %d instances", drive.OrderName(kind), t.orders[kind][0], t.orders[kind][1])
	}
	line("refused", "%d launches", t.refused)
	line("overdraft", "%.2f instance-hours, %d instances of one pool at most", float64(r.Total.OverdraftSeconds)/3600, r.Deepest)
	line("jobs", "%d completed of %d", r.JobsCompleted(), r.JobsArrived())
	for _, rule := range slices.Sorted(maps.Keys(t.bound)) {
		line("safety", "%s changed %d evaluations", rule, t.bound[rule])
	}
	line("notes", "%d", t.notes)
	line("not alike", "%d times the simulator could do only by number what the driver told instances one by one", d.cloud.Unlike)
	calls := d.server.Calls()
	for _, operation := range slices.Sorted(maps.Keys(calls)) {
		line("calls", "%-52s%d", operation, calls[operation])
	}
	verdict := "it decides again what it decided"
	if v.First != nil {
		verdict = fmt.Sprintf("cycle %d decides otherwise: %s is %s, and was %s", v.First.Cycle, v.First.What, v.First.Is, v.First.Wrote)
	}
	name := filepath.Join(d.out, journalName)
	line("journal", "%s, %d evaluations and %d orders: %s", name, v.Cycles, v.Orders, verdict)
	line("next", "trough export %s -o RUN makes a run of it, for trough bill, why, serve and report", name)
	return b.String()
}

// makeFolder makes the demo's folder. One that is there is left alone, unless it is an earlier demo's and may be replaced.
func makeFolder(name string, force bool) error {
	entries, err := os.ReadDir(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.MkdirAll(name, 0o755)
	case err != nil:
		return err
	case !force:
		return fmt.Errorf("%s exists: name another directory, or replace it with --force", name)
	}
	for _, e := range entries {
		if e.Name() != journalName && e.Name() != summaryName {
			return fmt.Errorf("%s exists and holds %s, which is no demo's: --force replaces nothing else", name, e.Name())
		}
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(name, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes a file under a temporary name and renames it.
func writeFile(name, text string) error {
	temporary := name + ".partial"
	if err := os.WriteFile(temporary, []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, name)
}

// progress is one line of how far it is, every simulated hour, and one for each of the first notes.
type progress struct {
	to    io.Writer
	last  models.Instant
	notes int
}

// notesMost is after how many notes no more are shown: the journal has all.
const notesMost = 20

func newProgress(to io.Writer) *progress { return &progress{to: to} }

func (p *progress) say(format string, args ...any) { fmt.Fprintf(p.to, format+"\n", args...) }

func (p *progress) cycle(c *drive.Cycle) {
	for _, note := range c.Notes {
		if p.notes++; p.notes <= notesMost {
			p.say("%s: note: %s", c.Now, note)
		}
	}
	if c.Now-p.last < 3600 {
		return
	}
	p.last = c.Now
	held := int32(0)
	for cell := range c.Obs.OnOrder {
		held += c.Obs.Held(cell)
	}
	p.say("%s: evaluation %d, %d instances held", c.Now, c.Number, held)
}
