package main

import (
	"fmt"
	"strings"

	"trough.internal/report/document"
	"trough.internal/report/study"
)

// document puts together the page of an experiment: what was searched first, then what was laid out.
func (s *studied) document() *document.Document {
	e := s.experiment
	d := &document.Document{Title: "Experiment " + e.Experiment, Colours: document.NewColours()}
	if e.About != "" {
		d.Scope = append(d.Scope, e.About)
	}
	d.Scope = append(d.Scope, fmt.Sprintf("Scenario %s, %s.", s.scenario(), seedsText(e.SeedList())))
	var verdicts []string
	if s.walk != nil {
		verdicts = append(verdicts, "Walk forward: "+s.walk.Out.verdict())
		d.Warnings = append(d.Warnings, prefixed("walk: ", s.walk.Warnings)...)
		d.Sections = append(d.Sections, s.walkSection(d.Colours))
	}
	if s.tune != nil {
		verdicts = append(verdicts, "Tuned: "+s.tune.Test.verdict())
		d.Warnings = append(d.Warnings, prefixed("tune: ", s.tune.Warnings)...)
		d.Sections = append(d.Sections, s.tuneSections(d.Colours)...)
	}
	if s.sweep != nil {
		verdicts = append(verdicts, s.sweep.Verdict())
		d.Warnings = append(d.Warnings, s.sweep.Warnings()...)
		d.Sections = append(d.Sections, s.sweep.Sections(d.Colours)...)
	}
	d.Verdict = strings.Join(verdicts, " ")
	d.Sections = append(d.Sections, document.Section{ID: "manifest", Title: "Manifest", Parts: []document.Part{
		{Items: []document.Item{{Name: "directory", Text: s.dir}, {Name: "experiment", Text: e.Experiment}, {Name: "build", Text: s.file.Engine}}},
		{Heading: "Experiment, defaults included", Pre: s.file.Resolved, Folded: true}}})
	return d
}

func (s *studied) scenario() string {
	switch {
	case s.sweep != nil:
		return s.sweep.Scenario
	case s.tune != nil:
		return s.tune.Scenario
	}
	return s.walk.Scenario
}

func prefixed(prefix string, list []string) []string {
	var out []string
	for _, text := range list {
		out = append(out, prefix+text)
	}
	return out
}

// verdict is what days that the choice has not seen say of it.
func (v *spanView) verdict() string {
	f := &v.Objective
	text := fmt.Sprintf("out-of-sample, over %s, the chosen parameters change %s by %s", daysText(v.Days), f.named(), signed(f.text, f.Gain))
	if f.Low != nil {
		text += fmt.Sprintf(" [%s, %s]", signed(f.text, f.Low), signed(f.text, f.High))
	}
	return fmt.Sprintf("%s against the policy as it is: %s.", text, orDash(f.Verdict))
}

func (s *studied) tuneSections(colours *document.Colours) []document.Section {
	v := s.tune
	gain := "Gain: tuned less as it is; in brackets its 95 % interval, paired by day."
	list := []document.Section{{ID: "tuned", Title: "Tuned", Parts: []document.Part{
		{Lead: "To " + v.Objective + "."},
		{Table: documentTable("Parameters", v.parameters(s.experiment))},
		{Heading: "Out-of-sample: days that the choice has not seen", Table: documentTable(daysText(v.Test.Days)+" of test", v.Test.table(true, "tuned")), Lead: gain},
		{Heading: "In-sample: days on which the choice was made", Table: documentTable(daysText(v.Train.Days)+" of train", v.Train.table(false, "tuned")),
			Lead: "They flatter the choice: the best of many points is partly the luckiest on these days."},
	}}}
	list = append(list, document.Section{ID: "tune-plots", Title: "The search, in-sample", Parts: study.Parts(s.tunePlots, colours)})
	return append(list, document.Section{ID: "trials", Title: "All points that the search asked for", Parts: []document.Part{
		{Lead: fmt.Sprintf("By %s: %s, %d cells of a budget of %d.", v.Method, counted(v.Points, "point"), v.Cells, v.Budget), Table: s.trials()}}})
}

// trialsMost is how many points of a search the page lists; tune.json has all.
const trialsMost = 400

// trials is a table of a search's points on the days of train.
func (s *studied) trials() *document.Table {
	var heads []string
	for i := range s.experiment.Axes {
		heads = append(heads, strings.TrimPrefix(s.experiment.Axes[i].Set, "policy."))
	}
	figures := s.tune.Train.Figures
	for i := range figures {
		heads = append(heads, "#"+figures[i].label())
	}
	t := document.NewTable("Points, on the days of train", append(heads, "#seeds", "constraints", "remarks")...)
	front := map[string]bool{}
	for i := range s.tune.Front {
		front[s.valuesText(s.tune.Front[i].Values)] = true
	}
	for i := range s.tune.Trials {
		if i == trialsMost {
			t.More = fmt.Sprintf("The first %d of %s; tune.json has all.", trialsMost, count(int64(len(s.tune.Trials))))
			break
		}
		trial := &s.tune.Trials[i]
		var row []string
		for k := range s.experiment.Axes {
			row = append(row, trial.Values[s.experiment.Axes[k].Set])
		}
		for k := range figures {
			row = append(row, figures[k].text(trial.Figures[figures[k].Figure]))
		}
		kept := "kept"
		if trial.Violation == nil || *trial.Violation > 0 {
			kept = "not kept"
		}
		t.Add(append(row, fmt.Sprint(trial.Seeds), kept, strings.Join(s.remarks(trial, front), ", "))...)
	}
	return t
}

func (s *studied) remarks(trial *trialView, front map[string]bool) []string {
	var list []string
	values := s.valuesText(trial.Values)
	if values == s.valuesText(s.tune.Tuned) {
		list = append(list, "tuned")
	}
	if values == s.valuesText(s.tune.AsItIs) {
		list = append(list, "as it is")
	}
	if front[values] {
		list = append(list, "on the Pareto front")
	}
	if trial.Failed != "" {
		list = append(list, "failed: "+trial.Failed)
	}
	return list
}

// valuesText names a point by its values.
func (s *studied) valuesText(values map[string]string) string {
	text := ""
	for i := range s.experiment.Axes {
		text += values[s.experiment.Axes[i].Set] + "\n"
	}
	return text
}

func (s *studied) walkSection(colours *document.Colours) document.Section {
	v := s.walk
	folds := documentTable("Folds, in order of time", v.table(s.experiment))
	lead := fmt.Sprintf("To %s. Each choice is made by %s on what is past (%s, without the last %s) and judged on the days after it. Gains are of the objective, chosen less as it is; "+
		"drift is the mean move from fold to fold, of the range. Mean gain in-sample: %s.", v.Objective, v.Method, v.Past, v.Embargo, signed(v.Out.Objective.text, v.InSample))
	parts := []document.Part{{Lead: lead, Table: folds},
		{Heading: "Out-of-sample, all folds together", Table: documentTable(daysText(v.Out.Days), v.Out.table(true, "chosen"))}}
	return document.Section{ID: "walk", Title: "Walk forward", Parts: append(parts, study.Parts(s.walkPlots, colours)...)}
}

// named is the figure with the unit of its gain; a weighted objective has none.
func (f *figureView) named() string {
	if f.Unit == "" {
		return "the " + f.Name
	}
	return f.Name + ", in " + unitOfGain(f.Unit) + ","
}
