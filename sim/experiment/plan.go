package experiment

import (
	"fmt"
	"slices"
	"strings"

	"trough.internal/models/settings"
	"trough.internal/policies"
	"trough.internal/sim"
)

// Plan is an experiment laid out: every point, and a cell for each of its seeds.
type Plan struct {
	Experiment *Experiment
	Points     []Point
	Cells      []Cell // by world and seed, then point: cells that share a decoded trace stand together

	base     *sim.Scenario
	named    []*policies.Settings
	identity identity // of all cells, but for what a point and a seed add
}

// Point is one policy with one value for each axis.
type Point struct {
	Number   int // from 1 on
	Policy   *policies.Settings
	Scenario *sim.Scenario // its seed is of no account
	Values   []string      // by axis
	World    int           // points of one number differ in their policies alone
	// Reference is what the point is compared with: the first policy with its own parameters, in the same world. It may be the
	// point itself.
	Reference *Point
}

// Cell is one point under one seed.
type Cell struct {
	Point   *Point
	Seed    uint64
	Address Address
}

// Lay lays an experiment out. Named are the experiment's policies, in order; inputs are the SHA-256 of all files that the
// scenario names, by name, and engine says what computes: cells of another one are others.
func Lay(e *Experiment, base *sim.Scenario, named []*policies.Settings, inputs map[string]string, engine string) (*Plan, error) {
	p, err := Open(e, base, named, inputs, engine)
	if err != nil {
		return nil, err
	}
	if err := e.laidOut(); err != nil {
		return nil, err
	}
	if err := p.lay(); err != nil {
		return nil, err
	}
	if err := p.refer(named[0]); err != nil {
		return nil, err
	}
	return p, p.address()
}

// Open is a plan without points: a search makes its own.
func Open(e *Experiment, base *sim.Scenario, named []*policies.Settings, inputs map[string]string, engine string) (*Plan, error) {
	if base.Drain && len(e.Train)+len(e.Test) > 0 {
		return nil, fmt.Errorf("scenario %s runs until all jobs completed: expected one with a length for spans of train and test", base.Name)
	}
	if !base.Drain {
		until := base.From.Add(base.Length)
		if err := within("train", e.Train, base.From, until); err != nil {
			return nil, err
		}
		if err := within("test", e.Test, base.From, until); err != nil {
			return nil, err
		}
	}
	return &Plan{Experiment: e, base: base, named: named, identity: identity{Format: cellFormat, Engine: engine, Inputs: inputs, Ratio: e.PriceRatio}}, nil
}

// refer finds every world's reference among its points, or adds it after them.
func (p *Plan) refer(first *policies.Settings) error {
	own, err := settings.Encode(first)
	if err != nil {
		return err
	}
	at := map[int]int{} // by world: the reference's index
	for i := range p.Points {
		text, err := settings.Encode(p.Points[i].Policy)
		if err != nil {
			return err
		}
		if _, there := at[p.Points[i].World]; !there && string(text) == string(own) {
			at[p.Points[i].World] = i
		}
	}
	for i := range len(p.Points) {
		point := p.Points[i]
		if _, there := at[point.World]; there {
			continue
		}
		at[point.World] = len(p.Points)
		point.Number, point.Policy, point.Values = len(p.Points)+1, first, p.ownValues(first, point.Values)
		p.Points = append(p.Points, point)
	}
	for i := range p.Points { // now that they stay where they are
		p.Points[i].Reference = &p.Points[at[p.Points[i].World]]
	}
	return nil
}

// ownValues are a policy's own values of the axes, and of those that are not its own the given ones.
func (p *Plan) ownValues(policy *policies.Settings, given []string) []string {
	values := slices.Clone(given)
	for i := range p.Experiment.Axes {
		if path, own := strings.CutPrefix(p.Experiment.Axes[i].Set, "policy."); own {
			values[i] = "-" // it has no such setting
			for _, f := range settings.Describe(policy) {
				if f.Path == path && f.Value != "" {
					values[i] = f.Value
				}
			}
		}
	}
	return values
}

func (p *Plan) lay() error {
	layout := p.Experiment.layout()
	worlds := map[string]int{}
	for _, policy := range p.named {
		for _, values := range layout {
			point, err := p.at(p.base, policy, values)
			if err != nil {
				return err
			}
			text, err := worldText(point.Scenario)
			if err != nil {
				return err
			}
			if _, there := worlds[text]; !there {
				worlds[text] = len(worlds)
			}
			point.Number, point.World = len(p.Points)+1, worlds[text]
			p.Points = append(p.Points, point)
		}
	}
	return nil
}

// at is a policy and scenario with the axes' values.
func (p *Plan) at(base *sim.Scenario, policy *policies.Settings, values []string) (Point, error) {
	scenario := *base
	changed := *policy
	for i, value := range values {
		where, path, _ := strings.Cut(p.Experiment.Axes[i].Set, ".")
		var err error
		if where == "policy" {
			err = changed.Set(path, value)
		} else {
			err = setScenario(&scenario, path, value)
		}
		if err != nil {
			return Point{}, fmt.Errorf("axes[%d]: %s of %s: %w", i, p.Experiment.Axes[i].Set, policy.Policy, err)
		}
	}
	return Point{Policy: &changed, Scenario: &scenario, Values: values}, nil
}

// setScenario changes one setting of a scenario by its path. The policy and the seed are the experiment's.
func setScenario(s *sim.Scenario, path, value string) error {
	for _, own := range []string{"policy", "seed"} {
		if path == own || strings.HasPrefix(path, own+".") {
			return fmt.Errorf("%s: an experiment's own: expected policies and seeds", path)
		}
	}
	text, err := settings.Encode(s)
	if err != nil {
		return err
	}
	if text, err = settings.Change(text, path, value); err != nil {
		return err
	}
	changed, err := sim.ParseScenario("", text)
	if err != nil {
		return settings.Unplaced(err)
	}
	*s = *changed
	return nil
}

// Distinct refuses two cells of one address: what they would show twice is one result.
func (p *Plan) distinct() error {
	first := map[Address]*Point{}
	for i := range p.Cells {
		c := &p.Cells[i]
		if other := first[c.Address]; other != nil {
			return fmt.Errorf("points %d and %d are the same cell (policy %s, %s): expected points that differ, in steps that the setting can tell apart",
				other.Number, c.Point.Number, c.Point.Policy.Policy, p.Values(c.Point))
		}
		first[c.Address] = c.Point
	}
	return nil
}

// Values are a point's values as text: policy.margin.share=5%, ....
func (p *Plan) Values(point *Point) string {
	if len(point.Values) == 0 {
		return "as it is"
	}
	list := make([]string, len(point.Values))
	for i, value := range point.Values {
		list[i] = p.Experiment.Axes[i].Set + "=" + value
	}
	return strings.Join(list, ", ")
}

// sorted puts cells that share a world and seed together.
func sorted(cells []Cell) {
	slices.SortStableFunc(cells, func(a, b Cell) int {
		if a.Point.World != b.Point.World {
			return a.Point.World - b.Point.World
		}
		if a.Seed != b.Seed {
			if a.Seed < b.Seed {
				return -1
			}
			return 1
		}
		return a.Point.Number - b.Point.Number
	})
}
