package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"trough.internal/report/measure"
)

// ReadSummary reads what Summary.WriteJSON wrote.
func ReadSummary(r io.Reader) (*Summary, error) {
	var file struct {
		Conditions jsonConditions `json:"conditions"`
		jsonRun
		Without *jsonRun `json:"without_borrowing"`
	}
	if err := json.NewDecoder(r).Decode(&file); err != nil {
		return nil, fmt.Errorf("%w: expected the summary of a run", err)
	}
	c := &file.Conditions
	s := &Summary{Run: PolicyRun{file.Policy, file.Figures}, Conditions: Conditions{Scenario: c.Scenario, From: c.From, Until: c.Until,
		Lag: c.Lag, Boot: c.Boot, Drain: c.Drain, Billing: c.Billing, Worth: c.Worth, Seeds: c.Seeds, Recorded: c.Recorded, Assumed: c.Assumed}}
	if file.Without != nil {
		s.Without = &PolicyRun{file.Without.Policy, file.Without.Figures}
	}
	return s, nil
}

// UnmarshalJSON reads an object of figures in its order. Differences, which have evidence, are written and never read.
func (list *jsonFigures) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return fmt.Errorf("figures: expected an object by key")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var j jsonFigure
		if err := d.Decode(&j); err != nil {
			return fmt.Errorf("figure %v: %w", key, err)
		}
		f := measure.Figure{Key: key.(string), Name: j.Name, Group: measure.Group(j.Group), Unit: measure.Unit(j.Unit),
			Definition: j.Definition, Note: j.Note, Bounds: j.Bounds}
		if j.Value != nil {
			f.Value, f.Known = *j.Value, true
		}
		if j.Low != nil && j.High != nil {
			f.Low, f.High, f.Interval = *j.Low, *j.High, true
		}
		*list = append(*list, f)
	}
	return nil
}
