package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"trough.internal/models/settings"
	"trough.internal/report/measure"
)

// explorer runs a scenario again with other parameters of its policy.
type explorer struct {
	app     *app
	job     *job
	policy  candidate
	Name    string // of the scenario
	Policy  string
	Sliders []slider

	running sync.Mutex // one run at a time: each takes a core, and who asks again no longer wants the answer before
	mu      sync.Mutex
	stop    context.CancelFunc // of the run that goes on, if one does
	was     *played            // the policy as it is; made by the first run
}

// slider is one parameter.
type slider struct {
	Path, Label, Unit      string
	Least, Most, Step, Now float64
}

// explorerChange is what is asked for: values by the sliders' paths.
type explorerChange struct {
	Values map[string]float64 `json:"values"`
}

// explorerAnswer is what a change comes to.
type explorerAnswer struct {
	Scenario string           `json:"scenario"`
	Policy   string           `json:"policy"`
	Seed     uint64           `json:"seed"`
	Changed  []string         `json:"changed"`
	Figures  []explorerFigure `json:"figures"`
	Basis    string           `json:"basis"`
}

// explorerFigure is a figure as it was and as it is, and their difference.
type explorerFigure struct {
	Name       string   `json:"name"`
	Unit       string   `json:"unit"`
	Difference float64  `json:"difference"`
	Low        *float64 `json:"low"`
	High       *float64 `json:"high"`
	Verdict    string   `json:"verdict"`
}

func (a *app) newExplorer(scenario string) (*explorer, error) {
	quiet := *a
	quiet.quiet = true
	j, err := quiet.prepare(scenario, &jobFlags{ledger: "none"})
	if err != nil {
		return nil, err
	}
	c, err := j.candidate("", nil)
	if err != nil {
		return nil, err
	}
	e := &explorer{app: &quiet, job: j, policy: c, Name: j.scenario.Name, Policy: c.name}
	if p := c.settings; p.Margin != nil {
		e.Sliders = append(e.Sliders, slider{"margin.share", "safety margin", "%", 0, 50, 1, 100 * float64(p.Margin.Share)})
	}
	if p := c.settings; p.Curfew != nil && len(p.Curfew.Windows) > 0 {
		e.Sliders = append(e.Sliders, slider{"curfew.windows[0].lead", "curfew: reduces from so long before it", "min", 0, 180, 5, p.Curfew.Windows[0].Lead.Minutes()})
	}
	if p := c.settings; p.Stepping != nil {
		e.Sliders = append(e.Sliders, slider{"stepping.up", "most to step up, of what is reserved, at each evaluation", "%", 1, 50, 1, 100 * float64(p.Stepping.Up)})
	}
	if len(e.Sliders) == 0 {
		return nil, fmt.Errorf("--scenario %s: its policy %s has neither margin nor curfew nor stepping to explore", scenario, c.name)
	}
	return e, j.built.Decode()
}

// changed is the policy with other values, and what of them differs.
func (e *explorer) changed(asked *explorerChange) (candidate, []string, error) {
	set := *e.policy.settings
	var changes []string
	for _, s := range e.Sliders {
		v, there := asked.Values[s.Path]
		if !there || v == s.Now {
			continue
		}
		if !(v >= s.Least && v <= s.Most) {
			return candidate{}, nil, fmt.Errorf("%s is %g: expected %g to %g %s", s.Path, v, s.Least, s.Most, s.Unit)
		}
		text := fmt.Sprintf("%gm", v)
		if s.Unit == "%" {
			text = settings.Share(v / 100).String()
		}
		if err := set.Set(s.Path, text); err != nil {
			return candidate{}, nil, err
		}
		changes = append(changes, s.Path+"="+text)
	}
	for path := range asked.Values {
		if !e.has(path) {
			return candidate{}, nil, fmt.Errorf("%q is no parameter of the explorer", path)
		}
	}
	return candidate{e.Policy + ", changed", &set}, changes, nil
}

func (e *explorer) has(path string) bool {
	for _, s := range e.Sliders {
		if s.Path == path {
			return true
		}
	}
	return false
}

// run plays the changed policy, and the policy as it is where nobody did before. Whoever asks ends the run before.
func (e *explorer) run(ctx context.Context, asked *explorerChange) (*explorerAnswer, error) {
	c, changes, err := e.changed(asked)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	e.mu.Lock()
	if e.stop != nil {
		e.stop()
	}
	e.stop = stop
	e.mu.Unlock()
	e.running.Lock()
	defer e.running.Unlock()
	if ctx.Err() != nil {
		return nil, failure{errors.New("another run was asked for")}
	}
	s, b := e.job.scenario, e.job.built
	if e.was == nil {
		if e.was, err = e.app.play(ctx, s, b, e.policy, nil, nil); err != nil {
			return nil, err
		}
	}
	is, err := e.app.play(ctx, s, b, c, nil, nil)
	if err != nil {
		return nil, err
	}
	answer := &explorerAnswer{Scenario: s.Name, Policy: e.Policy, Seed: s.Seed, Changed: changes,
		Basis: "paired by day: the same market, arrivals and luck; the change less what was"}
	differences := pairingOf(s, 0).Differences([]*measure.Result{&e.was.result}, [][]*measure.Result{{&is.result}})
	for _, f := range differences[0] {
		if !f.Known {
			continue
		}
		one := explorerFigure{Name: f.Name, Unit: string(f.Unit), Difference: f.Value}
		if f.Interval {
			one.Low, one.High = &f.Low, &f.High
		}
		if f.Evidence != nil {
			one.Verdict = f.Evidence.Verdict.String()
		}
		answer.Figures = append(answer.Figures, one)
	}
	return answer, nil
}
