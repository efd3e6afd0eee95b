package report

import (
	"fmt"
	"strings"

	"trough.internal/report/measure"
)

// shortKeys are the figures of a short table, in blocks; the headlines stand first, the capacity gain beside the throughput
// gain that it would flatter alone.
var shortKeys = [][]string{
	{"throughput_gain", "capacity_gain", "overdraft_cost", "cost_efficiency", "instantaneous_overdraft_cost", "instantaneous_cost_efficiency",
		"value", "regret", "regret_certain", "capture"},
	{"work_completed", "backlog_jobs", "high_wait_p50", "high_wait_p95", "medium_wait_p95", "low_wait_p95"},
	{"borrowed_normalised_hours", "unused_borrowed", "peak_borrowed", "goodput_share", "bought_hours", "spot_cost", "on_demand_cost", "saving", "spot_hours", "spot_saving"},
	{"overdraft_episodes", "overdraft_time_max", "overdraft_deepest", "interruptions", "work_lost", "churn", "evacuated_in"},
}

// short writes the figures that most readers look for, and under which conditions they hold, in about 30 lines.
func (t *textTable) short(runs []PolicyRun, c *Conditions) {
	names := make([]string, len(runs))
	for i, run := range runs {
		names[i] = run.Policy
	}
	for _, line := range wrap(fmt.Sprintf("%s on %s, %s, seed %s", strings.Join(names, ", "), c.Scenario, SpanText(c.From, c.Until), c.Seeds), textWidth) {
		t.line("%s", line)
	}
	for from := 0; from < len(runs); {
		until := from + t.fitting(runs[from:])
		t.shortFigures(runs[from:until], names[from:until])
		from = until
	}
	for _, n := range t.shortNotes(runs) {
		t.indented(n)
	}
}

func (t *textTable) shortFigures(runs []PolicyRun, names []string) {
	l := layoutOf(runs)
	t.line("")
	t.row(l, "", names, "")
	for i, block := range shortKeys {
		if i > 0 {
			t.line("")
		}
		for _, key := range block {
			t.shortFigure(l, runs, key)
		}
	}
	t.shortBorrowers(l, runs)
}

// shortBorrowers is a block for several borrowers: what each had, in the order of the scenario.
func (t *textTable) shortBorrowers(l layout, runs []PolicyRun) {
	first := true
	for _, f := range runs[0].Figures {
		if f.Group != measure.ByBorrower || strings.HasSuffix(f.Key, "_p50") || strings.HasSuffix(f.Key, "_starved") {
			continue
		}
		if first {
			t.line("")
		}
		first = false
		t.shortFigure(l, runs, f.Key)
	}
}

func (t *textTable) shortFigure(l layout, runs []PolicyRun, key string) {
	var values []string
	var any measure.Figure
	for _, run := range runs {
		f, ok := measure.Find(run.Figures, key)
		values = append(values, ValueText(f))
		if ok {
			any = f
		}
	}
	if any.Key == "" {
		return // a class without jobs
	}
	if why, ok := missingInAll(runs, key); ok {
		t.row(l, any.Name, values, why)
		return
	}
	t.row(l, any.Name, values, UnitText(any.Unit))
}

// shortNotes are those without which a headline would mislead. The backlog is in the table.
func (t *textTable) shortNotes(runs []PolicyRun) []string {
	var notes []string
	for _, key := range shortKeys[0][1:] {
		if key == "overdraft_cost" {
			continue // the rules stand below
		}
		for _, note := range notesOn(runs, key) {
			f, _ := measure.Find(runs[0].Figures, key)
			if _, missing := missingInAll(runs, key); !missing {
				notes = append(notes, f.Name+", "+note)
			}
		}
	}
	for _, key := range []string{"high_wait_p50", "medium_wait_p50", "low_wait_p50"} {
		if len(notesOn(runs, key)) > 0 {
			return append(notes, "Waits are of the jobs that started: where a backlog is left, the longest waits are not among them.")
		}
	}
	return notes
}

// under says in a few lines what the figures rest on.
func (t *textTable) under(c *Conditions) {
	t.line("")
	t.item("telemetry", orNotStated(c.Lag))
	t.item("instances", orNotStated(c.Boot)+"; "+orNotStated(c.Drain))
	t.item("billing rules", orNotStated(c.Billing))
	if c.Worth != "" {
		t.item("p/v", c.Worth)
	}
	t.items("recorded", firstLines(c.RecordedTexts()))
	t.items("assumed", firstLines(c.AssumedTexts()))
	t.line("")
	t.line("every figure with its definition, and these texts in full: --all")
}

func orNotStated(text string) string {
	if text == "" {
		return "not stated"
	}
	return text
}

// firstLines cuts each text to what one line of an item holds: what is assumed must stand below every table, and the
// whole of it, parameters included, would bury the figures.
func firstLines(texts []string) []string {
	var cut []string
	for _, text := range texts {
		lines := wrap(text, textWidth-itemColumn-2)
		if len(lines) > 1 {
			lines[0] += " …"
		}
		cut = append(cut, lines[0])
	}
	return cut
}
