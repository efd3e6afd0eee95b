package document

import (
	"bytes"
	"math"
	"regexp"
	"strings"
	"testing"

	"trough.internal/report"
)

const hostile = `<script>alert("x")</script>'&`

func written(t *testing.T, parts ...Part) string {
	t.Helper()
	var out bytes.Buffer
	d := Document{Title: "test", Sections: []Section{{ID: "s", Title: "S", Parts: parts}}}
	if err := d.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A plane's marks stand where its numbers are, say them when they are pointed at, and intervals and lines reach to their ends. Between
// places that only labels give a meaning, a mark has no number.
func TestAPlanesMarksStandAtTheirNumbers(t *testing.T) {
	p := &report.Plane{Name: "front", Title: "gain against cost", X: report.Scale{Label: "cost, USD", Ticks: []report.Tick{{At: 0, Label: "none"}, {At: 10, Label: hostile}}}, Y: report.Scale{Label: "gain, %"}, Zero: true,
		Lines: []report.Curve{{Label: "line", Colour: report.ColourFront, At: []report.Point{{X: 0, Y: -10}, {X: 10, Y: 10}}, Low: []float64{math.NaN(), 5}, High: []float64{math.NaN(), 15}}},
		Marks: []report.Marks{{Label: "all", Colour: report.ColourPoint, At: []report.Point{{X: 0, Y: -10}, {X: 10, Y: 10}}, Names: []string{hostile}}, {Label: "best", Kind: report.Ring, Colour: report.ColourBest, At: []report.Point{{X: 5, Y: 1234.5}}}}}
	p.Marks[1].At[0].Y = 0
	got := string(NewColours().plane(p))
	// The axes reach from -10 to 15 with 3 % of air, and from 0 to 10 with 2 %.
	for _, want := range []string{`left:1.92%;bottom:2.83%`, `left:98.08%;bottom:78.30%`, `class="mark ring" style="left:50.00%;bottom:40.57%`, `title="best: 0.00"`,
		`title="&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;&#39;&amp;: none, -10.00"`, `class="zero" d="M0 594H1000"`, `d="M19 972L981 217"`, `M981 406V28`} {
		if !strings.Contains(got, want) {
			t.Errorf("the plane lacks %s:\n%s", want, got)
		}
	}
	if strings.Contains(got, "NaN") || strings.Contains(got, "<script") {
		t.Error("it has NaN, or a name as it is")
	}
	if none := string(NewColours().plane(&report.Plane{Empty: hostile})); !strings.Contains(none, "&lt;script") {
		t.Errorf("nothing to see is %s", none)
	}
}

// A heat map is a table of its numbers, the first row lowest, each on its colour, with text that can be read on it.
func TestAHeatMapIsATableOfItsNumbers(t *testing.T) {
	h := &report.Heat{Name: "heat", Title: "gain", X: "margin", Y: hostile, Unit: "points", Places: 1, Columns: []string{"0%", hostile}, Rows: []string{"0s", "1h"},
		Fields: [][]report.Field{{{Value: 1}, {Value: math.NaN()}}, {{Value: 3, Crossed: true}, {Value: 5, Framed: true}}}}
	got := written(t, Part{Heat: HeatOf(h)})
	rows := regexp.MustCompile(`(?s)<tr><th scope="row">(.*?)</th>(.*?)</tr>`).FindAllStringSubmatch(got, -1)
	if len(rows) != 2 || rows[0][1] != "1h" || rows[1][1] != "0s" {
		t.Fatalf("%q", rows)
	}
	for _, want := range []string{`<td class="crossed" style="background:#21918c;color:#000000" title="a constraint is not kept">3.0</td>`, `<td class="framed" style="background:#fde725;color:#000000" title="the best">5.0</td>`} {
		if !strings.Contains(rows[0][2], want) {
			t.Errorf("the upper row lacks %s: %s", want, rows[0][2])
		}
	}
	if !strings.Contains(rows[1][2], `<td class="empty" title="no value"></td>`) || !strings.Contains(got, "points: 1.0 <i") || !strings.Contains(got, "</i> 5.0") ||
		!strings.Contains(got, "framed: the best; struck: a constraint is not kept") {
		t.Errorf("the lower row, or the scale: %s", rows[1][2])
	}
	if strings.Contains(got, "<script>alert") || strings.Contains(got, "ZgotmplZ") {
		t.Error("a name is there as it is, or a colour was refused")
	}
	// On every colour of the scale text has what WCAG 2.2 (1.4.3) wants.
	for k := range 101 {
		field, text := (&report.Heat{Rows: []string{""}, Fields: [][]report.Field{{{Value: 0}, {Value: 100}}}}).Shade(float64(k))
		if c := report.Contrast(field, text); c < 4.5 {
			t.Errorf("at %d %%: %.2f to 1", k, c)
		}
	}
}

func TestATableInMarkdownKeepsItsCells(t *testing.T) {
	table := NewTable("a | b", "name", "#value")
	table.Add("<i>x|y", "1,000")
	var out bytes.Buffer
	if err := table.WriteMarkdown(&out); err != nil {
		t.Fatal(err)
	}
	if want := "a \\| b\n\n| name | value |\n| --- | ---: |\n| &lt;i&gt;x\\|y | 1,000 |\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
