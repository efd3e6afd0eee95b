package report

import (
	"trough.internal/models"
	"trough.internal/report/measure"
)

// Conditions are what a headline names with its figures: without them a figure says nothing.
type Conditions struct {
	Scenario    string
	From, Until models.Instant
	Lag         string // of the telemetry: 90 s
	Boot        string // from launch to the first job: 2 m to 5 m
	Drain       string // from the order to yield until gone: 2 m notice
	Billing     string // rules, and how the owners' runs were made of counts
	Worth       string // p/v, the price of an overdraft hour over the worth of a useful hour; empty: no figure needs it
	Seeds       string // 1, or 1 to 20
	Recorded    []string
	Assumed     []string
}

// PolicyRun is one policy's figures under the conditions.
type PolicyRun struct {
	Policy  string
	Figures []measure.Figure
}

// Difference is one policy's figures less another's, on the same days; its figures have their evidence.
type Difference struct {
	Policy, Reference string
	Figures           []measure.Figure
}

// Summary is one run, with its partner that borrowed nothing if there is one.
type Summary struct {
	Conditions Conditions
	Run        PolicyRun
	Without    *PolicyRun // policy never; nil if it was not run
}

// Comparison is several policies side by side, under the same conditions, arrivals and luck.
type Comparison struct {
	Conditions  Conditions
	Runs        []PolicyRun
	Differences []Difference
	Basis       string // which days are independent, and how the differences' intervals are made; empty: nothing to say
}

// named is one row of conditions.
type named struct{ name, value string }

// rows are the conditions as every form prints them.
func (c *Conditions) rows() []named {
	rows := []named{{"scenario", c.Scenario}, {"span", SpanText(c.From, c.Until)}, {"telemetry lag", c.Lag}, {"boot", c.Boot},
		{"drain", c.Drain}, {"billing rules", c.Billing}, {"p/v", c.Worth}, {"seeds", c.Seeds}}
	var given []named
	for _, r := range rows {
		if r.value == "" {
			r.value = "not stated"
			if r.name == "p/v" {
				r.value = "not needed: no figure here weighs overdraft against work"
			}
		}
		given = append(given, r)
	}
	return given
}

// RecordedTexts say what of the input is recorded, as every form prints it. A trace that does not say what of it is recorded
// stands among them: where there is nothing, there was none.
func (c *Conditions) RecordedTexts() []string {
	if len(c.Recorded) == 0 && len(c.Assumed) > 0 {
		return []string{"nothing: all of it is synthetic"}
	}
	return orNothing(c.Recorded)
}

// AssumedTexts say what of the input is assumed, as every form prints it.
func (c *Conditions) AssumedTexts() []string { return orNothing(c.Assumed) }

func orNothing(list []string) []string {
	if len(list) == 0 {
		return []string{"nothing stated"}
	}
	return list
}

// runs are the columns of a summary.
func (s *Summary) runs() []PolicyRun {
	if s.Without == nil {
		return []PolicyRun{s.Run}
	}
	return []PolicyRun{s.Run, *s.Without}
}

// keys are the figures of several runs, each once, in the order of the first run that has them, by group.
func keys(runs []PolicyRun, group measure.Group) []measure.Figure {
	var list []measure.Figure
	for _, run := range runs {
		for _, f := range run.Figures {
			if f.Group != group {
				continue
			}
			if _, known := measure.Find(list, f.Key); !known {
				list = append(list, f)
			}
		}
	}
	return list
}
