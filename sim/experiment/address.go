package experiment

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"trough.internal/models/settings"
	"trough.internal/sim"
)

// Address is a cell's name: a hash, in hexadecimal, of all that its result depends on.
type Address string

// identity is what an address is made of.
type identity struct {
	Format   string
	Engine   string
	Scenario string // resolved, without policy and seed
	Policy   string // resolved
	Inputs   map[string]string
	Seed     uint64
	Ratio    float64 // p/v
}

// cellFormat changes whenever what a cell holds does.
const cellFormat = "trough cell 1"

// address makes the plan's cells. An equal cell of another experiment has the same address.
func (p *Plan) address() error {
	for i := range p.Points {
		cells, err := p.cells(&p.Points[i], p.Experiment.SeedList())
		if err != nil {
			return err
		}
		p.Cells = append(p.Cells, cells...)
	}
	sorted(p.Cells)
	return p.distinct()
}

// cells are a point's, one for each seed.
func (p *Plan) cells(point *Point, seeds []uint64) ([]Cell, error) {
	id := p.identity
	scenario, err := worldText(point.Scenario)
	if err != nil {
		return nil, err
	}
	policy, err := settings.Encode(point.Policy)
	if err != nil {
		return nil, err
	}
	id.Scenario, id.Policy = scenario, string(policy)
	cells := make([]Cell, len(seeds))
	for i, seed := range seeds {
		id.Seed = seed
		cells[i] = Cell{Point: point, Seed: seed, Address: id.address()}
	}
	return cells, nil
}

func (id *identity) address() Address {
	text, err := json.Marshal(id) // keys of maps sorted
	if err != nil {
		panic(err) // strings and numbers alone
	}
	sum := sha256.Sum256(text)
	return Address(hex.EncodeToString(sum[:]))
}

// worldText is a scenario's resolved text without policy and seed.
func worldText(s *sim.Scenario) (string, error) {
	own := *s
	own.Seed, own.Policy = 0, settings.Raw{}
	text, err := settings.Encode(&own)
	return string(text), err
}
