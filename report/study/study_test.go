package study

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/report"
	"trough.internal/report/document"
	"trough.internal/report/stats"
)

var update = flag.Bool("update", false, "write the golden files anew")

// handSweep has two policies and as many axes of three values each, 0%, 10% and 20%: a figure is the sum of what its values
// say, so that everything can be checked by hand. The last point is full as it is, at 5% of every axis.
func handSweep(axes int) *Sweep {
	s := &Sweep{Scenario: "by hand", Seeds: "seeds 1 to 3", Notes: []string{"corrected for all points"}}
	for a := range axes {
		s.Axes = append(s.Axes, Axis{Name: []string{"policy.margin.share", "scenario.telemetry.lag", "policy.stepping.up"}[a]})
	}
	add := func(policy string, shares ...float64) *Point {
		sum := 0.0
		p := Point{Number: len(s.Points) + 1, Policy: policy, Seeds: 3, Differences: map[string]Difference{}}
		for k, share := range shares {
			p.Values = append(p.Values, Value{fmt.Sprintf("%g%%", 100*share), share / 0.2})
			sum += share * []float64{100, 10, 1}[k]
		}
		if policy == "full" {
			sum += 0.5
		}
		p.Means = map[string]Mean{"throughput_gain": {200 - sum, 199 - sum, 202 - sum, true}, "overdraft_cost": {1000 - 40*sum, 0, 0, false}, "cost_efficiency": {90 + sum/10, 0, 0, false},
			"value": {800 - sum, 0, 0, false}, "regret": {100 - (800-sum)/10, 0, 0, false}, "high_wait_p95": {60 * sum, 0, 0, false}}
		p.Differences["work_completed"] = Difference{Mean{-sum, -2 * sum, 0, true}, "worse", ""}
		p.Differences["overdraft_cost"] = Difference{Mean{-40 * sum, -41 * sum, -39 * sum, true}, "better", ""}
		s.Points = append(s.Points, p)
		return &s.Points[len(s.Points)-1]
	}
	for _, policy := range []string{"full", "availability"} {
		for i := range int(math.Pow(3, float64(axes))) {
			var shares []float64
			for range axes {
				shares = append(shares, float64(i%3)/10)
				i /= 3
			}
			add(policy, shares...)
		}
	}
	own := add("full", slices.Repeat([]float64{0.05}, axes)...)
	own.AsItIs, own.Differences = true, nil
	return s
}

func TestPlotsHaveTheseNumbers(t *testing.T) {
	var out strings.Builder
	for axes := 1; axes <= 3; axes++ {
		s := handSweep(axes)
		plots := s.Responses()
		if axes == 1 {
			plots = append(s.Fronts(), plots...)
		}
		for _, p := range plots {
			dump(&out, p)
		}
	}
	const path = "testdata/plots.txt"
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("the plots have other numbers than %s; -update writes it anew:\n%s", path, out.String())
	}
}

func dump(out *strings.Builder, p report.Plot) {
	switch p := p.(type) {
	case *report.Plane:
		fmt.Fprintf(out, "%s: %s; %s; %s by %s\n", p.Name, p.Title, p.Subtitle, p.Y.Label, p.X.Label)
		for _, l := range p.Lines {
			fmt.Fprintf(out, "  line %s:", l.Label)
			for i, at := range l.At {
				fmt.Fprintf(out, " %.2f=%.2f", at.X, at.Y)
				if l.Low != nil {
					fmt.Fprintf(out, "[%.0f,%.0f]", l.Low[i], l.High[i])
				}
			}
			fmt.Fprintln(out)
		}
		for _, m := range p.Marks {
			fmt.Fprintf(out, "  marks %s (%d):", m.Label, m.Kind)
			for i, at := range m.At {
				fmt.Fprintf(out, " %s %.2f=%.2f;", m.Names[i], at.X, at.Y)
			}
			fmt.Fprintln(out)
		}
	case *report.Heat:
		fmt.Fprintf(out, "%s: %s; %s by %s and %s, columns %v\n", p.Name, p.Title, p.Unit, p.X, p.Y, p.Columns)
		for y, row := range p.Fields {
			fmt.Fprintf(out, "  %s:", p.Rows[y])
			for _, f := range row {
				fmt.Fprintf(out, " %.1f", f.Value)
				if f.Framed {
					out.WriteString("!")
				}
			}
			fmt.Fprintln(out)
		}
	}
}

// A policy as it is may not have the setting at all: then it is a line beside the curve, and no part of it.
func TestAPointBesideTheAxisIsALineOfItsOwn(t *testing.T) {
	s := handSweep(1)
	s.Points[6].Values[0] = Value{"-", math.NaN()}
	p := s.curves(&throughput)
	if len(p.X.Ticks) != 3 || len(p.Lines) != 3 || p.Lines[0].Label != "full as it is" || p.Lines[0].At[0] != (report.Point{X: 0, Y: 194.5}) || p.Lines[0].At[1] != (report.Point{X: 1, Y: 194.5}) || len(p.Lines[1].At) != 3 {
		t.Errorf("%+v, ticks %v", p.Lines, p.X.Ticks)
	}
	for i := range s.Points { // a list of words: none has a place
		s.Points[i].Values[0].Place = math.NaN()
	}
	if p := s.curves(&throughput); len(p.X.Ticks) != 4 || p.X.Ticks[3] != (report.Tick{At: 3, Label: "-"}) || len(p.Lines[0].At) != 4 {
		t.Errorf("%+v", p.X.Ticks)
	}
	two := handSweep(2)
	two.Points[18].Values[0] = Value{"-", math.NaN()}
	if h := two.surface(&throughput, "full"); h.Columns[3] != "-" {
		t.Errorf("columns %v", h.Columns)
	}
}

// The front is what is found by going through the points from the cheapest on and keeping those that gain more than all before.
func TestTheFrontIsWhatGoingUpInCostFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &Sweep{}
		for k := range rapid.IntRange(0, 12).Draw(t, "points") {
			p := Point{Number: k + 1, Means: map[string]Mean{"throughput_gain": {Value: float64(rapid.IntRange(0, 5).Draw(t, "gain"))}}}
			if rapid.IntRange(0, 9).Draw(t, "known") > 0 {
				p.Means["overdraft_cost"] = Mean{Value: float64(rapid.IntRange(0, 5).Draw(t, "cost"))}
			}
			s.Points = append(s.Points, p)
		}
		var order []Point
		for _, p := range s.Points {
			if _, ok := p.Means["overdraft_cost"]; ok {
				order = append(order, p)
			}
		}
		gain := func(p Point) float64 { return p.Means["throughput_gain"].Value }
		spent := func(p Point) float64 { return p.Means["overdraft_cost"].Value }
		slices.SortStableFunc(order, func(a, b Point) int { return cmp.Or(cmp.Compare(spent(a), spent(b)), cmp.Compare(gain(b), gain(a))) })
		var want []int
		last := Point{}
		for _, p := range order {
			equal := len(want) > 0 && gain(p) == gain(last) && spent(p) == spent(last)
			if len(want) == 0 || gain(p) > gain(last) || equal {
				want, last = append(want, p.Number), p
			}
		}
		var got []int
		for _, p := range s.front(&throughput, &cost) {
			got = append(got, p.Number)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("%v, want %v of %+v", got, want, s.Points)
		}
	})
}

func TestTheEndOfARangeIsNamedWhereTheBestIsThereAlone(t *testing.T) {
	s := handSweep(1)
	list := strings.Join(s.Warnings(), "\n")
	for _, want := range []string{"the best throughput gain is at the lower end of margin.share (0%, point 4): what lies beyond was not tried",
		"the best overdraft cost is at the upper end of margin.share (20%, point 3)", "the best cost efficiency is at the upper end"} {
		if !strings.Contains(list, want) {
			t.Errorf("it does not say %q:\n%s", want, list)
		}
	}
	s.Points[4].Means["throughput_gain"] = s.Points[3].Means["throughput_gain"] // as good, inside
	if list := strings.Join(s.Warnings(), "\n"); strings.Contains(list, "throughput gain") {
		t.Errorf("a point inside is as good:\n%s", list)
	}
	s = handSweep(1)
	s.Points = s.Points[:3]
	s.Points = append(s.Points[:1], s.Points[2]) // two values are both ends
	if list := s.Warnings(); len(list) != 0 {
		t.Errorf("of two values: %v", list)
	}
	s = handSweep(1)
	s.Points[0].Seeds = 0
	if list := s.Warnings(); list[0] != "1 of 7 points failed under every seed" {
		t.Errorf("%v", list)
	}
}

func TestTheVerdictCountsVerdicts(t *testing.T) {
	s := handSweep(1)
	if got := s.Verdict(); got != "Of 6 points against full as it is: 0 are better and 6 worse in work completed; 6 are better and 0 worse in overdraft cost." {
		t.Error(got)
	}
	for i := range s.Points {
		if s.Points[i].AsItIs {
			s.Points[i].Differences = map[string]Difference{}
		}
		s.Points[i].Differences["work_completed"] = Difference{Verdict: stats.NoEvidence.String()}
	}
	if got := s.Verdict(); got != "Of 6 points against full as it is: 6 are better and 0 worse in overdraft cost; none is shown to differ in work completed." {
		t.Error(got)
	}
	for i := range s.Points {
		s.Points[i].Differences["overdraft_cost"] = Difference{Verdict: stats.NoVerdict.String()}
	}
	if got := s.Verdict(); got != "Of 6 points against full as it is: none is shown to differ in work completed or overdraft cost." {
		t.Error(got)
	}
	for i := range s.Points {
		s.Points[i].Differences["work_completed"] = Difference{Verdict: stats.NoVerdict.String()}
	}
	if got := s.Verdict(); got != "Of 6 points against full as it is: no verdict on any; what is said of all points has the reason." {
		t.Error(got)
	}
	s.Points = s.Points[:2]
	if got := s.Verdict(); got != "2 points side by side; nothing is said about their differences." {
		t.Error(got)
	}
}

// Short of room the table keeps the points of a front and those as they are.
func TestTheTableOfPointsKeepsTheFront(t *testing.T) {
	s := handSweep(2)
	whole, short := s.Candidates(len(s.Points)), s.Candidates(6)
	if len(whole.Rows) != 19 || whole.More != "" || len(short.Rows) != 6 || !strings.HasPrefix(short.More, "6 of 19 points") {
		t.Fatalf("%d and %d rows, %q", len(whole.Rows), len(short.Rows), short.More)
	}
	front := s.frontOfAny()
	if len(front) < 3 {
		t.Fatalf("%d on the front", len(front))
	}
	kept := 0
	for _, row := range short.Rows {
		if strings.Contains(row.Cells[9].Text, "Pareto") || row.Class == "reference" {
			kept++
		}
	}
	if kept != 6 {
		t.Errorf("%d of the rows kept are of a front or as they are", kept)
	}
	first := whole.Rows[0]
	var texts []string
	for _, c := range first.Cells {
		texts = append(texts, c.Text)
	}
	if got := strings.Join(texts, "|"); got != "1|full|0%|0%|199.5 ± 1.5|980.00|90.05|worse: -0.5 [-1.0, 0.0]|better: -20.00 [-20.50, -19.50]|on a Pareto front|-|0.5|20.0|-" {
		t.Error(got)
	}
}

func TestNamesThatHoldHTMLStayNames(t *testing.T) {
	const hostile = `<script>alert("x")</script>'&`
	s := handSweep(2)
	s.Axes[0].Name = "policy." + hostile
	s.Notes = []string{hostile}
	for i := range s.Points {
		s.Points[i].Policy = hostile
		s.Points[i].Values[0].Text += hostile
	}
	d := document.Document{Title: hostile, Scope: []string{hostile}, Verdict: s.Verdict(), Warnings: s.Warnings(), Colours: document.NewColours()}
	d.Sections = s.Sections(d.Colours)
	var out bytes.Buffer
	if err := d.Write(&out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, "<script>alert") || strings.Contains(got, "ZgotmplZ") || strings.Count(got, "&lt;script&gt;alert(") < 30 {
		t.Errorf("%d times as text", strings.Count(got, "&lt;script&gt;alert("))
	}
}
