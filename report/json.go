package report

import (
	"bytes"
	"encoding/json"
	"io"

	"trough.internal/models"
	"trough.internal/report/measure"
)

// WriteJSON writes a run's summary.json: figures by key, in the order of the report.
func (s *Summary) WriteJSON(w io.Writer) error {
	return writeJSON(w, struct {
		Conditions jsonConditions `json:"conditions"`
		jsonRun
		Without *jsonRun `json:"without_borrowing,omitempty"`
	}{jsonConditionsOf(&s.Conditions), jsonRunOf(s.Run), optional(s.Without)})
}

// WriteJSON writes a comparison: every run as in summary.json, and the differences.
func (c *Comparison) WriteJSON(w io.Writer) error {
	var runs []jsonRun
	for _, run := range c.Runs {
		runs = append(runs, jsonRunOf(run))
	}
	differences := []jsonDifference{}
	for _, d := range c.Differences {
		differences = append(differences, jsonDifference{d.Policy, d.Reference, d.Figures})
	}
	return writeJSON(w, struct {
		Conditions  jsonConditions   `json:"conditions"`
		Runs        []jsonRun        `json:"policies"`
		Differences []jsonDifference `json:"differences"`
		Basis       string           `json:"basis,omitempty"`
	}{jsonConditionsOf(&c.Conditions), runs, differences, c.Basis})
}

type jsonConditions struct {
	Scenario string         `json:"scenario"`
	From     models.Instant `json:"from"`
	Until    models.Instant `json:"until"`
	Lag      string         `json:"telemetry_lag"`
	Boot     string         `json:"boot"`
	Drain    string         `json:"drain"`
	Billing  string         `json:"billing_rules"`
	Worth    string         `json:"p_over_v,omitempty"`
	Seeds    string         `json:"seeds"`
	Recorded []string       `json:"recorded"`
	Assumed  []string       `json:"assumed"`
}

func jsonConditionsOf(c *Conditions) jsonConditions {
	return jsonConditions{c.Scenario, c.From, c.Until, c.Lag, c.Boot, c.Drain, c.Billing, c.Worth, c.Seeds,
		append([]string{}, c.Recorded...), append([]string{}, c.Assumed...)}
}

type jsonRun struct {
	Policy  string      `json:"policy"`
	Figures jsonFigures `json:"figures"`
}

func jsonRunOf(r PolicyRun) jsonRun { return jsonRun{r.Policy, r.Figures} }

func optional(r *PolicyRun) *jsonRun {
	if r == nil {
		return nil
	}
	j := jsonRunOf(*r)
	return &j
}

type jsonDifference struct {
	Policy    string      `json:"policy"`
	Reference string      `json:"reference"`
	Figures   jsonFigures `json:"figures"`
}

// jsonFigures is an object by key that keeps its order.
type jsonFigures []measure.Figure

// MarshalJSON writes null where a value, or an interval, is not known.
func (list jsonFigures) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, f := range list {
		if i > 0 {
			out.WriteByte(',')
		}
		key, err := json.Marshal(f.Key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(jsonFigureOf(f))
		if err != nil {
			return nil, err
		}
		out.Write(key)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

type jsonFigure struct {
	Name       string   `json:"name"`
	Group      string   `json:"group,omitempty"`
	Value      *float64 `json:"value"`
	Unit       string   `json:"unit"`
	Low        *float64 `json:"low"`
	High       *float64 `json:"high"`
	Bounds     bool     `json:"bounds,omitempty"` // low and high are no matter of chance
	Definition string   `json:"definition"`
	Note       string   `json:"note,omitempty"`

	*jsonEvidence
}

// jsonEvidence is what only a difference has.
type jsonEvidence struct {
	Verdict    string  `json:"verdict"`
	Days       int     `json:"days"`
	Blocks     int     `json:"blocks"`
	BlockDays  int     `json:"block_days"`
	Candidates int     `json:"candidates"`
	P          float64 `json:"p"`
}

func jsonFigureOf(f measure.Figure) jsonFigure {
	j := jsonFigure{Name: f.Name, Group: string(f.Group), Unit: string(f.Unit), Bounds: f.Bounds, Definition: f.Definition, Note: f.Note}
	if f.Known {
		j.Value = &f.Value
	}
	if f.Interval {
		j.Low, j.High = &f.Low, &f.High
	}
	if e := f.Evidence; e != nil {
		j.jsonEvidence = &jsonEvidence{e.Verdict.String(), e.Days, e.Blocks, e.BlockDays, e.Candidates, e.P}
	}
	return j
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
