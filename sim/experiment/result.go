package experiment

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"trough.internal/models"
)

// Result is what a cell came to.
type Result struct {
	Policy string   `json:"policy"`
	Values []string `json:"values"`
	Seed   uint64   `json:"seed"`
	Failed string   `json:"failed,omitempty"` // why there is nothing more

	From    models.Instant `json:"from"`
	Days    []Day          `json:"days"`
	Figures []Figure       `json:"figures"`
	Summary string         `json:"summary"` // as a single backtest prints it, to the byte
}

// Figure is one of a summary's figures; a figure that could not be given is left out.
type Figure struct {
	Key   string  `json:"key"`
	Unit  string  `json:"unit"`
	Value float64 `json:"value"`
}

// Day is what one day of 24 hours, from the scenario's start on, adds to the figures: integers that add up, so that any set of
// days has figures of its own. Work is in seconds on the reference type.
type Day struct {
	Seconds     int64                 `json:"seconds"`
	Work        int64                 `json:"work"`         // completed, on all instances
	WorkAlone   int64                 `json:"work_alone"`   // completed by the base fleet alone, same arrivals and luck
	Borrowed    int64                 `json:"borrowed"`     // thousandths of normalised instance-seconds
	Base        int64                 `json:"base"`         // that the base fleet has, in the same unit
	Cost        models.MicroUSD       `json:"cost"`         // overdraft cost by the billing rules
	List        models.MicroUSD       `json:"list"`         // all borrowed hours at the on-demand rate, by the same rules
	CostInstant models.MicroUSD       `json:"cost_instant"` // of the instantaneous overdraft
	ListInstant models.MicroUSD       `json:"list_instant"`
	Interrupted int64                 `json:"interrupted"` // attempts
	Started     [models.Classes]int64 `json:"started"`     // jobs, for the first time
	Waited      [models.Classes]int64 `json:"waited"`      // seconds until then, of these
}

// sealed is how a result is kept: with a sum of its own text, so that damage shows.
type sealed struct {
	Format  string          `json:"format"`
	Address Address         `json:"address"`
	Sum     string          `json:"sum"` // SHA-256 of result as it stands here
	Result  json.RawMessage `json:"result"`
}

// Seal is a result as it is kept.
func Seal(address Address, r *Result) ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	whole, err := json.Marshal(sealed{cellFormat, address, hex.EncodeToString(sum[:]), text})
	return append(whole, '\n'), err
}

// Unseal reads what Seal wrote, and refuses what is damaged or of another cell.
func Unseal(address Address, text []byte) (*Result, error) {
	var s sealed
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("is no cell, or not all of one: %w", err)
	}
	sum := sha256.Sum256(bytes.TrimSpace(s.Result))
	switch {
	case s.Format != cellFormat:
		return nil, fmt.Errorf("format is %q: expected %q", s.Format, cellFormat)
	case s.Address != address:
		return nil, fmt.Errorf("holds cell %.12s: expected %.12s", s.Address, address)
	case s.Sum != hex.EncodeToString(sum[:]):
		return nil, fmt.Errorf("is damaged: its content does not have the sum that it states")
	}
	r := new(Result)
	if err := json.Unmarshal(s.Result, r); err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	return r, nil
}
