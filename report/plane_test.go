package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func handPlane() *Plane {
	return &Plane{Name: "front", Title: "gain against cost", Subtitle: "by hand", X: Scale{Label: "cost, %"}, Y: Scale{Label: "gain, %"}, Zero: true, Empty: "nothing",
		Lines: []Curve{{Label: "line", Colour: ColourFront, At: []Point{{0, -1}, {5, 2}, {10, 3}}, Low: []float64{-2, math.NaN(), 2}, High: []float64{0, math.NaN(), 4}}},
		Marks: []Marks{{Label: "dot", Colour: ColourPoint, At: []Point{{2, 2}}}, {Label: "ring", Colour: ColourBest, Kind: Ring, At: []Point{{10, 3}}},
			{Label: "cross", Colour: ColourReference, Kind: Cross, At: []Point{{0, -1}}}}}
}

func handHeat() *Heat {
	return &Heat{Name: "surface", Title: "gain", Subtitle: "by hand", X: "margin", Y: "lead", Unit: "points", Places: 1, Columns: []string{"0%", "10%"}, Rows: []string{"0s", "45m", "1h"},
		Fields: [][]Field{{{Value: 1}, {Value: 2}}, {{Value: math.NaN()}, {Value: 5, Framed: true}}, {{Value: 3, Crossed: true}, {Value: 4}}}}
}

func svgText(t *testing.T, p Plot) string {
	t.Helper()
	var out bytes.Buffer
	title, subtitle := p.words()
	if err := svgOf(title+", "+subtitle, p.draw)(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// What a plane and a heat say in words is there, each once, and everything that is drawn is within the page.
func TestPlotsOfTwoNumbersSayWhatTheyShow(t *testing.T) {
	for _, test := range []struct {
		plot Plot
		want []string
	}{
		{handPlane(), []string{"gain against cost", "by hand", "cost, %", "gain, %", "line", "dot", "ring", "cross", "-2", "4"}},
		{handHeat(), []string{"margin", "lead", "points", "0%", "10%", "0s", "45m", "1h", "1.0", "5.0", "3.0", "framed: the best"}},
		{&Plane{Title: "x", Empty: "no point has a score"}, []string{"no point has a score"}},
	} {
		svg := svgText(t, test.plot)
		for _, word := range test.want {
			if !strings.Contains(svg, ">"+word+"<") {
				t.Errorf("%s does not say %q", test.plot.file(), word)
			}
		}
		if strings.Contains(svg, "NaN") {
			t.Errorf("%s has NaN", test.plot.file())
		}
		if svgText(t, test.plot) != svg {
			t.Errorf("%s: the same plot gives other bytes", test.plot.file())
		}
	}
}

// A field's colour is that of its value: the darkest for the least, the lightest for the greatest.
func TestAFieldHasTheColourOfItsValue(t *testing.T) {
	dir := t.TempDir()
	if err := WritePlots(dir, []Plot{handHeat(), handPlane()}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "surface.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	drawn, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	count := func(want color.RGBA) int { return pixels(drawn, want) }
	low, high := count(shadeOf(1, 1, 5)), count(shadeOf(5, 1, 5))
	if low < 40_000 || high < 40_000 || shadeOf(1, 1, 5) != heatColours[0] || shadeOf(5, 1, 5) != heatColours[4] {
		t.Errorf("%d pixels of the least value, %d of the greatest", low, high)
	}
	if n := count(shadeOf(1.5, 1, 5)); n > 2_000 {
		t.Errorf("%d pixels of a value that is not there", n)
	}
}

func pixels(drawn image.Image, want color.RGBA) int {
	n := 0
	for y := range drawn.Bounds().Max.Y {
		for x := range drawn.Bounds().Max.X {
			if color.RGBAModel.Convert(drawn.At(x, y)) == want {
				n++
			}
		}
	}
	return n
}

// Ticks reach over all values, are evenly apart, and differ in what they say.
func TestTicksReachOverAllValues(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		low := rapid.Float64Range(-1e6, 1e6).Draw(rt, "low")
		high := low + rapid.SampledFrom([]float64{0, 1e-3, 0.5, 7, 999, 1e6}).Draw(rt, "width")
		ticks := new(Scale).ticks(low, high)
		said := map[string]bool{}
		for i, tick := range ticks {
			said[tick.Label] = true
			if i > 1 && math.Abs(tick.At-2*ticks[i-1].At+ticks[i-2].At) > 1e-6*math.Max(1, math.Abs(tick.At)) {
				rt.Errorf("%v: not evenly apart", ticks)
			}
		}
		if n := len(ticks); n < 2 || n > 9 || len(said) != n || ticks[0].At > low || ticks[n-1].At < high {
			rt.Errorf("%g to %g: %v", low, high, ticks)
		}
	})
}

// A mark stands where its numbers say, between the ticks around it.
func TestAMarkStandsAtItsPlace(t *testing.T) {
	p := &Plane{Name: "p", X: Scale{Ticks: []Tick{{0, "left"}, {1, "right"}}}, Marks: []Marks{{Colour: ColourBest, Kind: Cross, At: []Point{{0, 0}, {0.25, 10}}}}}
	svg := svgText(t, p)
	at := func(label string) float64 {
		m := regexp.MustCompile(`<text x="([0-9.]+)"[^>]*>` + label + `<`).FindStringSubmatch(svg)
		if m == nil {
			t.Fatalf("no label %s in %s", label, svg)
		}
		x := 0.0
		fmt.Sscan(m[1], &x)
		return x
	}
	crosses := regexp.MustCompile(`<path d="M([0-9.]+),[0-9.]+L([0-9.]+),[0-9.]+" style="[^"]*stroke:#C1272D`).FindAllStringSubmatch(svg, -1)
	if len(crosses) != 4 {
		t.Fatalf("%d strokes of two crosses", len(crosses))
	}
	var a, b, c, d float64
	fmt.Sscan(crosses[0][1], &a)
	fmt.Sscan(crosses[0][2], &b)
	fmt.Sscan(crosses[2][1], &c)
	fmt.Sscan(crosses[2][2], &d)
	left, right := at("left"), at("right")
	// Labels are centred: their left edges are as far off as their halves are wide, a few points.
	if moved := (c + d - a - b) / 2; math.Abs(moved-0.25*(right-left)) > 3 {
		t.Errorf("the second cross is %g right of the first; the axis is %g long", moved, right-left)
	}
}
