package report

import (
	"bytes"
	"slices"
	"testing"

	"trough.internal/models"
)

func TestLinesKeepTheirOrderNamesAndPeaks(t *testing.T) {
	var steps []Step
	for i := range 5000 {
		steps = append(steps, Step{At: models.Instant(i * 20), Value: int64(i % 7)})
	}
	steps[2500].Value = 90
	c := Lines("Ready", "instances", "", 0, 100_000, []NamedSteps{{Name: "with", Steps: steps}, {Name: "without", Remark: "3", Steps: []Step{{0, 4}}}})
	if len(c.Layers) != 2 || c.Layers[0].Label != "with" || c.Layers[1].Second != "3" || c.Layers[0].Colour == c.Layers[1].Colour || c.Layers[0].Shape != Line {
		t.Errorf("%+v", c.Layers)
	}
	if len(c.Layers[0].Steps) > 3*columns+1 || !slices.Contains(c.Layers[0].Steps, Step{At: 50_000, Value: 90}) {
		t.Errorf("%d steps, of which the peak must be one", len(c.Layers[0].Steps))
	}
	var out bytes.Buffer
	if err := c.WriteSVG(&out); err != nil || !bytes.Contains(out.Bytes(), []byte("without")) {
		t.Errorf("%v: its SVG does not name the second line", err)
	}
}

func TestBandsAreDrawnFromTheTopDownAndTheirLinesNamedOnce(t *testing.T) {
	one := func(name string, value int64) NamedSteps { return NamedSteps{Name: name, Steps: []Step{{0, value}}} }
	c := Bands("Held", "instances", "", 0, 1000, []NamedSteps{one("low", 3), one("high", 5)}, []NamedSteps{one("fair", 2), one("fair", 4)})
	var drawn, named []string
	for _, l := range c.Layers {
		drawn = append(drawn, l.Label)
	}
	for _, l := range c.legend() {
		named = append(named, l.Label)
	}
	if !slices.Equal(drawn, []string{"high", "low", "fair", "fair"}) || !slices.Equal(named, []string{"high", "low", "fair"}) {
		t.Errorf("drawn %v, named %v", drawn, named)
	}
	if c.Layers[0].Shape != Area || c.Layers[3].Shape != Line || c.Layers[0].Colour == c.Layers[1].Colour || c.Layers[2].Colour != c.Layers[3].Colour {
		t.Errorf("%+v", c.Layers)
	}
}
