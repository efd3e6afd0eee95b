package main

import (
	"fmt"
	"math"
	"strings"

	"trough.internal/report/stats"
	"trough.internal/sim/experiment"
)

// tunedView is tune.json.
type tunedView struct {
	Experiment string            `json:"experiment"`
	Scenario   string            `json:"scenario"`
	Policy     string            `json:"policy"`
	Objective  string            `json:"objective"`
	Method     string            `json:"method"`
	Budget     int               `json:"budget"`
	Cells      int               `json:"cells"` // asked for; those of the policy as it is are not among them
	Points     int               `json:"points"`
	Rungs      []experiment.Rung `json:"rungs,omitempty"`
	Seeds      []uint64          `json:"seeds"`
	AsItIs     map[string]string `json:"as_it_is"`
	Tuned      map[string]string `json:"tuned"`
	Train      spanView          `json:"in_sample"`
	Test       spanView          `json:"out_of_sample"`
	Front      []trialView       `json:"front"` // on the days of train
	Trials     []trialView       `json:"trials"`
	Warnings   []string          `json:"warnings"`
}

// spanView is what the policy as it is and the tuned one came to on some days.
type spanView struct {
	Days      int          `json:"days"`
	Objective figureView   `json:"objective"`
	Figures   []figureView `json:"figures"` // those that the objective looks at
}

// figureView is a figure of both, with the gain. Of what is in-sample there is no interval: it would be of the wrong question.
type figureView struct {
	Figure  string   `json:"figure"`
	Unit    string   `json:"unit"`
	AsItIs  *float64 `json:"as_it_is"`
	Tuned   *float64 `json:"tuned"`
	Gain    *float64 `json:"gain"` // tuned less as it is
	Low     *float64 `json:"low,omitempty"`
	High    *float64 `json:"high,omitempty"`
	Verdict string   `json:"verdict,omitempty"`
	Note    string   `json:"note,omitempty"`

	Name string `json:"name"`
}

// trialView is one point on the days of train.
type trialView struct {
	Values    map[string]string   `json:"values"`
	Seeds     int                 `json:"seeds"`
	Failed    string              `json:"failed,omitempty"`
	Value     *float64            `json:"value"` // of the objective
	Violation *float64            `json:"violation"`
	Figures   map[string]*float64 `json:"figures"`
}

func (s *searching) tunedView(t *experiment.Tuned) *tunedView {
	e := s.Experiment
	v := &tunedView{Experiment: e.Experiment, Scenario: s.base.Name, Policy: s.trials.Policy.Policy, Objective: e.Objective.String(),
		Method: t.Method, Budget: t.Budget, Cells: t.Cells, Points: len(t.Trials), Rungs: t.Rungs, Seeds: e.SeedList(),
		AsItIs: s.byAxis(t.AsItIs), Tuned: s.byAxis(t.Best), Front: []trialView{}, Warnings: []string{}}
	v.Train = s.spanView(t.Train.Of(t.Best.Days), t.Train.Of(t.AsItIs.Days), false)
	v.Test = s.spanView(t.Test.Of(t.Best.Days), t.Test.Of(t.AsItIs.Days), true)
	for _, trial := range experiment.Front(e.Objective.Goals(), t.Full(e.Seeds), t.Train.Of) {
		v.Front = append(v.Front, s.trialView(trial, t.Train))
	}
	for _, trial := range t.Trials {
		v.Trials = append(v.Trials, s.trialView(trial, t.Train))
	}
	v.Warnings = append(s.tuneWarnings(t), v.Test.undecided()...)
	return v
}

func (s *searching) spanView(tuned, asItIs [][]experiment.Day, judged bool) spanView {
	o := s.Experiment.Objective
	a, b := o.Score(asItIs), o.Score(tuned)
	v := spanView{Days: len(tuned[0]), Objective: s.figureView("objective", objectiveUnit(o), a.Value, b.Value)}
	if v.Objective.Name = "objective"; v.Objective.Unit != "" {
		v.Objective.Name = o.Terms()[0].Figure.Name
	}
	if judged && a.Known && b.Known {
		v.Objective.judge(experiment.Judge(o.Gain(s.pairing(), tuned, asItIs), o.Way()))
	}
	for _, goal := range o.Goals() {
		a, knownA := goal.Value(asItIs)
		b, knownB := goal.Value(tuned)
		f := s.figureView(goal.Key, goal.Unit, a, b)
		f.Name = goal.Name
		if judged && knownA && knownB {
			f.judge(experiment.Judge(goal.Gain(s.pairing(), tuned, asItIs), goal.Way))
		}
		v.Figures = append(v.Figures, f)
	}
	return v
}

func (s *searching) figureView(key, unit string, asItIs, tuned float64) figureView {
	return figureView{Figure: key, Unit: unit, AsItIs: given(asItIs), Tuned: given(tuned), Gain: given(tuned - asItIs)}
}

func (f *figureView) judge(j experiment.Judged) {
	f.Verdict, f.Note = j.Verdict.String(), j.Why
	if j.Known {
		f.Low, f.High = &j.Low, &j.High
	}
}

// objectiveUnit is the unit of the objective's value; a sum of weighted figures has none.
func objectiveUnit(o *experiment.Objective) string {
	if terms := o.Terms(); len(terms) == 1 && terms[0].Weight == 1 {
		return terms[0].Figure.Unit
	}
	return ""
}

func (s *searching) trialView(t *experiment.Trial, days experiment.Days) trialView {
	v := trialView{Values: s.byAxis(t), Seeds: len(t.Days), Failed: t.Failed, Figures: map[string]*float64{}}
	if t.Failed != "" {
		return v
	}
	chosen := days.Of(t.Days)
	score := s.Experiment.Objective.Score(chosen)
	v.Value = given(score.Value)
	if score.Known {
		v.Violation = &score.Violation
	}
	for _, goal := range s.Experiment.Objective.Goals() {
		value, _ := goal.Value(chosen)
		v.Figures[goal.Key] = given(value)
	}
	return v
}

func (s *searching) byAxis(t *experiment.Trial) map[string]string {
	values := map[string]string{}
	for i, value := range t.Values {
		values[s.Experiment.Axes[i].Set] = value
	}
	return values
}

// tuneWarnings are what a reader must know who would use the result.
func (s *searching) tuneWarnings(t *experiment.Tuned) []string {
	e := s.Experiment
	list := []string{"figures of the days of train are in-sample: the choice was made on them, and they flatter it"}
	if t.Best == t.AsItIs {
		list = append(list, "nothing better was found than the policy's own settings")
	}
	if !e.Objective.Score(t.Train.Of(t.AsItIs.Days)).Feasible() {
		list = append(list, "the policy as it is does not keep every constraint on the days of train: what comes nearer is chosen whatever it costs of the objective")
	}
	if !e.Objective.Score(t.Train.Of(t.Best.Days)).Feasible() {
		list = append(list, "no point keeps every constraint on the days of train: the tuned one misses by least")
	} else if !e.Objective.Score(t.Test.Of(t.Best.Days)).Feasible() {
		list = append(list, "the tuned point does not keep every constraint on the days of test")
	}
	for _, edge := range t.Search.Edges(t.Found, s.allowed) {
		list = append(list, edgeText(e.Axes[edge.Axis].Set, edge))
	}
	failed, first := 0, ""
	for _, trial := range t.Trials {
		if trial.Failed != "" {
			if failed++; failed == 1 {
				first = trial.Failed
			}
		}
	}
	if failed > 0 {
		list = append(list, fmt.Sprintf("%d of %d points failed; the first one: %s", failed, len(t.Trials), strings.TrimSpace(first)))
	}
	return list
}

// undecided says why there is no verdict on the objective.
func (v *spanView) undecided() []string {
	if v.Objective.Verdict != stats.NoVerdict.String() {
		return nil
	}
	return []string{"out-of-sample: " + v.Objective.Note}
}

func edgeText(set string, edge experiment.Edge) string {
	end, word := "lower", strings.TrimPrefix(set, "policy.")
	if edge.Upper {
		end = "upper"
	}
	if edge.Limit {
		return fmt.Sprintf("%s is at the %s end of its range, beyond which the setting does not go", word, end)
	}
	return fmt.Sprintf("%s is at the %s end of its range: widen it", word, end)
}

// allowed says whether the policy may have a value.
func (s *searching) allowed(axis int, value string) bool {
	policy := *s.trials.Policy
	return policy.Set(strings.TrimPrefix(s.Experiment.Axes[axis].Set, "policy."), value) == nil
}

func given(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
