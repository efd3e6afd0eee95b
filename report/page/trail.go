package page

import (
	"strings"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/document"
)

// Trail is what led to an overdraft and what was made of it: for each borrower the decision on the pool that held as the
// overdraft began, and then the first one that changed while it lasted, if one did.
type Trail []Decision

// Decision is what a policy saw of a pool at an evaluation, and what its stages made of that.
type Decision struct {
	At       models.Instant
	Borrower string // empty where there is one alone
	During   bool   // made while the overdraft lasted, and not before
	Saw      []document.Item
	Target   int32  // how many instances to hold
	Binding  string // the stage that had the last word on it
	Ends     string // the stage that ended instances by notice; empty if none did
	Words    []StageWord
	Quiet    []string // stages that changed nothing
}

// StageWord is what one stage did.
type StageWord struct {
	Stage  string
	Target string // before and after
	Stay   string // how many may stay past the notice, before and after; empty if it did not change that
	Words  string
}

func (b *builder) trailView(k int, command string) *document.Trail {
	v := &document.Trail{Summary: "how to ask why", Command: command}
	if k >= len(b.run.Trails) || len(b.run.Trails[k]) == 0 {
		return v
	}
	var words []string
	for i := range b.run.Trails[k] {
		d := &b.run.Trails[k][i]
		words = append(words, d.summary())
		v.Decisions = append(v.Decisions, d.view())
	}
	v.Summary = strings.Join(words, "; ")
	return v
}

// summary is the decision in a few words.
func (d *Decision) summary() string {
	text := report.Decimals(float64(d.Target), 0) + " wanted (" + d.Binding
	if d.Ends != "" {
		text += ", notice by " + d.Ends
	}
	text += ")"
	if d.During {
		text = "from " + d.At.UTC().Format("15:04:05") + " on " + text
	}
	if d.Borrower != "" {
		text = d.Borrower + ": " + text
	}
	return text
}

// arrow is what commands write as one.
func arrow(text string) string { return strings.ReplaceAll(text, " -> ", " → ") }

func (d *Decision) view() document.Decision {
	v := document.Decision{Saw: d.Saw}
	v.Heading = "In force as it began, decided at " + second(d.At)
	if d.During {
		v.Heading = "The first change after that, at " + second(d.At)
	}
	if d.Borrower != "" {
		v.Heading += ", of " + d.Borrower
	}
	v.Table = document.NewTable("Stages, in their order; * is the binding one", "stage", "#target", "#may stay", "why")
	for _, w := range d.Words {
		row := v.Table.Add(w.Stage, arrow(w.Target), arrow(w.Stay), w.Words)
		if w.Stage == d.Binding {
			row.Cells[0].Text = "* " + w.Stage
			row.Class = "binding"
		}
	}
	if len(d.Quiet) > 0 {
		v.Quiet = "Changed nothing: " + strings.Join(d.Quiet, ", ") + "."
	}
	return v
}
