package study

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/report"
)

// sampledSweep has points anywhere on axes from 0% to 20%, of which 10% is round; a figure is what its values say by weight.
func sampledSweep(weights []float64, places [][]float64) *Sweep {
	s := &Sweep{Scenario: "by hand", Seeds: "seed 1"}
	for a := range weights {
		s.Axes = append(s.Axes, Axis{Name: fmt.Sprintf("policy.axis-%d", a), Round: []Value{{"0%", 0}, {"10%", 0.5}, {"20%", 1}}})
	}
	for k, at := range places {
		p := Point{Number: k + 1, Policy: "full", Seeds: 1}
		sum := 0.0
		for a, place := range at {
			p.Values = append(p.Values, Value{fmt.Sprintf("%g%%", 20*place), place})
			sum += weights[a] * place
		}
		p.Means = map[string]Mean{"throughput_gain": {Value: sum}}
		s.Points = append(s.Points, p)
	}
	return s
}

// The slow way: every point is asked for each field whether it is in it.
func TestEachFieldIsTheMeanOfItsSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		place := rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(0, 8).Draw(t, "place")) / 8 })
		s := sampledSweep([]float64{3, 5}, rapid.SliceOfN(rapid.SliceOfN(place, 2, 2), 1, 30).Draw(t, "points"))
		s.Points[0].AsItIs = true
		h := s.sampledSurface(&throughput, "full")
		in := func(part int, place float64) bool {
			return part == 0 && place < 0.5 || part == 1 && place >= 0.5
		}
		for y, row := range h.Fields {
			for x, field := range row {
				sum, n := 0.0, 0.0
				for _, p := range s.Points[1:] {
					if in(x, p.Values[0].Place) && in(y, p.Values[1].Place) {
						sum, n = sum+p.Means["throughput_gain"].Value, n+1
					}
				}
				if want := sum / n; math.Abs(field.Value-want) > 1e-9 || math.IsNaN(field.Value) != (n == 0) {
					t.Fatalf("field %d, %d is %v: expected %v", x, y, field.Value, want)
				}
			}
		}
		if strings.Join(h.Columns, ", ") != "0% to 10%, 10% to 20%" {
			t.Fatal(h.Columns)
		}
	})
}

func TestOfManySampledParametersTheTwoThatMatterAreShown(t *testing.T) {
	var places [][]float64
	for i := range 16 {
		places = append(places, []float64{float64(i % 2), float64(i / 2 % 2), float64(i / 4 % 2), float64(i / 8)})
	}
	for want, weights := range map[string][]float64{"axis-1 axis-3": {0, 9, 1, -7}, "axis-0 axis-1": {4, 4, 4, 4}, "axis-2 axis-3": {1, 0, 2, 8}} {
		s := sampledSweep(weights, places)
		h := s.sampledSurface(&throughput, "full")
		if got := h.X + " " + h.Y; got != want || !strings.Contains(h.Subtitle, "the two parameters that move it most") {
			t.Errorf("%v: %s (%s), want %s", weights, got, h.Subtitle, want)
		}
	}
}

// A cloud of points says little: the line through it does, and the axis has round values, not those of samples.
func TestASampledParameterHasACourseAndRoundTicks(t *testing.T) {
	s := sampledSweep([]float64{8}, [][]float64{{0.125}, {0.375}, {0.625}, {1}, {math.NaN()}})
	plots := s.Responses()
	p, ok := plots[0].(*report.Plane)
	if !ok || len(plots) != 3 {
		t.Fatalf("%d plots, the first %T", len(plots), plots[0])
	}
	if got := fmt.Sprint(p.X.Ticks); got != "[{0 0%} {0.5 10%} {1 20%}]" {
		t.Error(got)
	}
	if got := fmt.Sprint(p.Lines[0].At); got != "[{0.25 2} {0.75 6.5}]" {
		t.Error(got)
	}
	if got := p.Marks[0].Names[0]; got != "point 1 (2.5%)" {
		t.Error(got)
	}
}

// Where all fields are as good there is no best one.
func TestNoFieldIsFramedWhereAllAreEqual(t *testing.T) {
	for weight, want := range map[float64]int{0: 0, 1: 1} {
		framed := 0
		for _, row := range sampledSweep([]float64{weight, weight}, [][]float64{{0, 0}, {1, 0}, {0, 1}, {1, 1}}).sampledSurface(&throughput, "full").Fields {
			for _, field := range row {
				if field.Framed {
					framed++
				}
			}
		}
		if framed != want {
			t.Errorf("weight %v: %d framed, want %d", weight, framed, want)
		}
	}
}
