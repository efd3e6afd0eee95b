package report

import (
	"encoding/json"
	"fmt"
	"image/color"
	"io"
	"math"
)

// savedFormat is what a file of plots says that it is.
const savedFormat = "trough plots 1"

// SavePlots writes what planes and heats show, in numbers: for reports, which draw them again beside others.
func SavePlots(w io.Writer, plots []Plot) error {
	file := savedFile{Format: savedFormat}
	for _, p := range plots {
		switch p := p.(type) {
		case *Plane:
			file.Plots = append(file.Plots, savedPlot{Plane: savePlane(p)})
		case *Heat:
			file.Plots = append(file.Plots, savedPlot{Heat: saveHeat(p)})
		default:
			return fmt.Errorf("plot %s is neither plane nor heat", p.file())
		}
	}
	return json.NewEncoder(w).Encode(file)
}

// LoadPlots reads what SavePlots wrote.
func LoadPlots(r io.Reader) ([]Plot, error) {
	var file savedFile
	if err := json.NewDecoder(r).Decode(&file); err != nil {
		return nil, err
	}
	if file.Format != savedFormat {
		return nil, fmt.Errorf("format is %q: expected %q", file.Format, savedFormat)
	}
	var plots []Plot
	for i, p := range file.Plots {
		switch {
		case p.Plane != nil:
			plane, err := p.Plane.load()
			if err != nil {
				return nil, fmt.Errorf("plot %d: %w", i+1, err)
			}
			plots = append(plots, plane)
		case p.Heat != nil:
			heat, err := p.Heat.load()
			if err != nil {
				return nil, fmt.Errorf("plot %d: %w", i+1, err)
			}
			plots = append(plots, heat)
		default:
			return nil, fmt.Errorf("plot %d is neither plane nor heat", i+1)
		}
	}
	return plots, nil
}

type savedFile struct {
	Format string      `json:"format"`
	Plots  []savedPlot `json:"plots"`
}

type savedPlot struct {
	Plane *savedPlane `json:"plane,omitempty"`
	Heat  *savedHeat  `json:"heat,omitempty"`
}

type savedPlane struct {
	Name     string       `json:"name"`
	Title    string       `json:"title"`
	Subtitle string       `json:"subtitle"`
	X        Scale        `json:"x"`
	Y        Scale        `json:"y"`
	Lines    []savedCurve `json:"lines"`
	Marks    []savedMarks `json:"marks"`
	Zero     bool         `json:"zero"`
	Empty    string       `json:"empty"`
}

type savedCurve struct {
	Label  string     `json:"label"`
	Colour string     `json:"colour"`
	At     []Point    `json:"at"`
	Low    []*float64 `json:"low,omitempty"`
	High   []*float64 `json:"high,omitempty"`
}

type savedMarks struct {
	Label  string   `json:"label"`
	Colour string   `json:"colour"`
	Kind   MarkKind `json:"kind"`
	At     []Point  `json:"at"`
	Names  []string `json:"names,omitempty"`
}

type savedHeat struct {
	Name     string         `json:"name"`
	Title    string         `json:"title"`
	Subtitle string         `json:"subtitle"`
	X        string         `json:"x"`
	Y        string         `json:"y"`
	Columns  []string       `json:"columns"`
	Rows     []string       `json:"rows"`
	Fields   [][]savedField `json:"fields"`
	Unit     string         `json:"unit"`
	Places   int            `json:"places"`
}

type savedField struct {
	Value   *float64 `json:"value"`
	Crossed bool     `json:"crossed,omitempty"`
	Framed  bool     `json:"framed,omitempty"`
}

func savePlane(p *Plane) *savedPlane {
	s := &savedPlane{Name: p.Name, Title: p.Title, Subtitle: p.Subtitle, X: p.X, Y: p.Y, Zero: p.Zero, Empty: p.Empty}
	for _, l := range p.Lines {
		s.Lines = append(s.Lines, savedCurve{l.Label, ColourText(l.Colour), l.At, savedNumbers(l.Low), savedNumbers(l.High)})
	}
	for _, m := range p.Marks {
		s.Marks = append(s.Marks, savedMarks{m.Label, ColourText(m.Colour), m.Kind, m.At, m.Names})
	}
	return s
}

func (s *savedPlane) load() (*Plane, error) {
	p := &Plane{Name: s.Name, Title: s.Title, Subtitle: s.Subtitle, X: s.X, Y: s.Y, Zero: s.Zero, Empty: s.Empty}
	for _, l := range s.Lines {
		colour, err := colourOf(l.Colour)
		if err != nil {
			return nil, err
		}
		if l.Low != nil && (len(l.Low) != len(l.At) || len(l.High) != len(l.At)) {
			return nil, fmt.Errorf("line %q has %d points, and %d and %d ends of intervals", l.Label, len(l.At), len(l.Low), len(l.High))
		}
		p.Lines = append(p.Lines, Curve{l.Label, colour, l.At, loadNumbers(l.Low), loadNumbers(l.High)})
	}
	for _, m := range s.Marks {
		colour, err := colourOf(m.Colour)
		if err != nil {
			return nil, err
		}
		p.Marks = append(p.Marks, Marks{m.Label, colour, m.Kind, m.At, m.Names})
	}
	return p, nil
}

func saveHeat(h *Heat) *savedHeat {
	s := &savedHeat{Name: h.Name, Title: h.Title, Subtitle: h.Subtitle, X: h.X, Y: h.Y, Columns: h.Columns, Rows: h.Rows, Unit: h.Unit, Places: h.Places}
	for _, row := range h.Fields {
		var fields []savedField
		for _, f := range row {
			fields = append(fields, savedField{savedNumber(f.Value), f.Crossed, f.Framed})
		}
		s.Fields = append(s.Fields, fields)
	}
	return s
}

func (s *savedHeat) load() (*Heat, error) {
	h := &Heat{Name: s.Name, Title: s.Title, Subtitle: s.Subtitle, X: s.X, Y: s.Y, Columns: s.Columns, Rows: s.Rows, Unit: s.Unit, Places: s.Places}
	if len(s.Fields) != len(s.Rows) {
		return nil, fmt.Errorf("heat %q has %d rows of fields and %d names of rows", s.Name, len(s.Fields), len(s.Rows))
	}
	for _, row := range s.Fields {
		if len(row) != len(s.Columns) {
			return nil, fmt.Errorf("heat %q has a row of %d fields and %d columns", s.Name, len(row), len(s.Columns))
		}
		var fields []Field
		for _, f := range row {
			fields = append(fields, Field{loadNumber(f.Value), f.Crossed, f.Framed})
		}
		h.Fields = append(h.Fields, fields)
	}
	return h, nil
}

// savedNumber has null for what is no number: JSON has no other word for it.
func savedNumber(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func loadNumber(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

func savedNumbers(list []float64) []*float64 {
	var out []*float64
	for _, v := range list {
		out = append(out, savedNumber(v))
	}
	return out
}

func loadNumbers(list []*float64) []float64 {
	var out []float64
	for _, v := range list {
		out = append(out, loadNumber(v))
	}
	return out
}

// ColourText is a colour as styles and scripts write it: #88ccee.
func ColourText(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

func colourOf(text string) (color.RGBA, error) {
	c := color.RGBA{A: 255}
	if n, err := fmt.Sscanf(text, "#%02x%02x%02x", &c.R, &c.G, &c.B); err != nil || n != 3 || len(text) != 7 {
		return c, fmt.Errorf("%q is no colour like #88ccee", text)
	}
	return c, nil
}
