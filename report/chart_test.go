package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
	"trough.internal/models"
)

// handSeries is ten minutes of two pools that can be checked by hand.
func handSeries() *Series {
	s := &Series{Title: `<run> & "policy"`, From: testFrom, Until: testFrom + 600, Regions: []string{"eu-west-1", "us-east-1"},
		Lendable: 3, Pools: []models.PoolKey{{Region: "us-east-1", Zone: "us-east-1a", Type: "r3.4xlarge"},
			{Region: "us-east-1", Zone: "us-east-1b", Type: "r3.4xlarge"}, {Region: "us-east-1", Zone: "us-east-1a", Type: "m3.<b>"}},
		Spans: []Span{{testFrom + 300, testFrom + 420, "curfew"}, {testFrom - 900, testFrom - 60, "curfew"}, {testFrom + 9000, testFrom + 9060, "later"}}}
	row := func(minute int, series models.SeriesID, key int16, value int64) {
		s.Rows = append(s.Rows, models.SeriesRow{At: testFrom + models.Instant(60*minute), Series: series, Key: key, Value: value})
	}
	row(0, models.SeriesReserved, 0, 10)
	row(0, models.SeriesInUse, 0, 4)
	row(0, models.SeriesReserved, 1, 5)
	row(0, models.SeriesInUse, 1, int64(models.Unknown))
	row(0, models.SeriesReserved, 2, 8)
	row(0, models.SeriesInUse, 2, 9) // the owners' own overdraft: nothing to borrow
	row(1, models.SeriesBorrowed, 0, 3)
	row(1, models.SeriesQueued, 0, 7)
	row(1, models.SeriesQueued, 1, 20)
	row(1, models.SeriesQueued, 2, 300)
	row(2, models.SeriesBorrowed, 2, 2)
	row(2, models.SeriesOverdraft, 2, 2)
	row(3, models.SeriesInUse, 0, 8)
	row(3, models.SeriesOverdraft, 0, 1)
	row(3, models.SeriesCost, 0, 23_333)
	row(3, models.SeriesCost, 2, 1_500_000)
	row(4, models.SeriesInUse, 1, 0)
	row(4, models.SeriesBorrowed, 0, 1)
	row(4, models.SeriesOverdraft, 0, 0)
	row(4, models.SeriesEvacuating, 1, 1)
	row(5, models.SeriesQueued, 2, 0)
	row(6, models.SeriesBorrowed, 2, 0)
	row(6, models.SeriesOverdraft, 2, 0)
	row(6, models.SeriesEvacuating, 0, 1)
	row(6, models.SeriesEvacuating, 1, 0)
	row(8, models.SeriesEvacuating, 0, 0)
	row(11, models.SeriesBorrowed, 0, 99) // after the span
	return s
}

func TestChartsPlotTheseNumbers(t *testing.T) {
	var out bytes.Buffer
	for _, c := range Charts(handSeries()) {
		fmt.Fprintf(&out, "%s: %s\n%s\n", c.Name, c.Title, c.Subtitle)
		layers := c.Layers
		if c.Below != nil {
			layers = append(layers, *c.Below)
		}
		for _, l := range layers {
			fmt.Fprintf(&out, "  %s %s:", l.Label, l.Second)
			for _, s := range l.Steps {
				fmt.Fprintf(&out, " %d=%d", (s.At-testFrom)/60, s.Value)
			}
			fmt.Fprintln(&out)
		}
		for _, shade := range c.Shades {
			for _, span := range shade.Spans {
				fmt.Fprintf(&out, "  %s: %d to %d\n", shade.Label, (span.From-testFrom)/60, (span.Until-testFrom)/60)
			}
		}
	}
	golden(t, "charts.txt", out.Bytes())
}

func TestTheSameSeriesGivesTheSameBytes(t *testing.T) {
	draw := func() []byte {
		var out bytes.Buffer
		for _, c := range Charts(synthetic(1, manyTypes)) {
			if err := c.WriteSVG(&out); err != nil {
				t.Fatal(err)
			}
			if err := c.WritePNG(&out); err != nil {
				t.Fatal(err)
			}
		}
		return out.Bytes()
	}
	if !bytes.Equal(draw(), draw()) {
		t.Error("two drawings differ")
	}
}

func TestTheSVGIsTheOneThatWasLookedAt(t *testing.T) {
	for _, c := range Charts(handSeries()) {
		var out bytes.Buffer
		if err := c.WriteSVG(&out); err != nil {
			t.Fatal(err)
		}
		golden(t, c.Name+".svg", out.Bytes())
	}
}

func TestNamesAreEscapedInSVG(t *testing.T) {
	for _, c := range Charts(handSeries()) {
		var out bytes.Buffer
		if err := c.WriteSVG(&out); err != nil {
			t.Fatal(err)
		}
		text := ""
		for d := xml.NewDecoder(&out); ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s is not well-formed: %v", c.Name, err)
			}
			if element, ok := token.(xml.StartElement); ok && (element.Name.Local == "run" || element.Name.Local == "b") {
				t.Errorf("%s: a name became the element %s", c.Name, element.Name.Local)
			}
			if data, ok := token.(xml.CharData); ok {
				text += string(data)
			}
		}
		if !strings.Contains(text, `<run> & "policy"`) || c.Name == "borrowed" && !strings.Contains(text, "m3.<b>") {
			t.Errorf("%s lacks a name: %s", c.Name, text)
		}
	}
}

func TestChartsAreWrittenAsFilesOfTheStatedSize(t *testing.T) {
	dir := t.TempDir()
	if err := WriteCharts(dir, Charts(handSeries())); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"borrowed", "surplus", "queue", "cost"} {
		f, err := os.Open(dir + "/" + name + ".png")
		if err != nil {
			t.Fatal(err)
		}
		config, err := png.DecodeConfig(f)
		f.Close()
		if err != nil || config.Width != 1200 || config.Height != 600 {
			t.Errorf("%s: %d x %d, %v", name, config.Width, config.Height, err)
		}
		if _, err := os.Stat(dir + "/" + name + ".svg"); err != nil {
			t.Error(err)
		}
	}
	if err := WriteCharts(dir+"/none", Charts(handSeries())); err == nil {
		t.Error("a directory that is not there was written into")
	}
}

func TestWithoutRowsEveryChartSaysSo(t *testing.T) {
	for _, s := range []*Series{{}, {From: testFrom, Until: testFrom}, {From: testFrom, Until: testFrom + 86400, Pools: handSeries().Pools}} {
		for _, c := range Charts(s) {
			var out bytes.Buffer
			if err := c.WriteSVG(&out); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), ">"+c.Empty+"<") || strings.Contains(out.String(), "NaN") {
				t.Errorf("%s does not say %q", c.Name, c.Empty)
			}
		}
	}
}

// What a reduction shows in each column is what the whole series would: the same largest and smallest values, and
// the same value at the column's end.
func TestReductionKeepsPeaksAndValleys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		span := models.Instant(rapid.IntRange(1, 20_000).Draw(t, "span"))
		r := newReducer(testFrom, testFrom+span)
		var whole []Step
		at := testFrom
		for range rapid.IntRange(0, 300).Draw(t, "changes") {
			at += models.Instant(rapid.IntRange(0, int(span)/20+1).Draw(t, "gap"))
			if at > testFrom+span {
				break
			}
			value := int64(rapid.IntRange(0, 9).Draw(t, "value"))
			if n := len(whole); n > 0 && whole[n-1].At == at {
				continue
			}
			whole = append(whole, Step{at, value})
			r.add(at, value)
		}
		thin := r.steps()
		for from := testFrom; from <= testFrom+span; from += r.width {
			a, b := seen(whole, from, from+r.width), seen(thin, from, from+r.width)
			if a != b {
				t.Fatalf("from %d: the whole shows %v, the reduction %v", from-testFrom, a, b)
			}
		}
		if len(whole) > 0 && thin[0] != whole[0] {
			t.Fatalf("it starts with %v, not with %v", thin[0], whole[0])
		}
		if len(thin) > 3*(int(span/r.width)+1)+1 {
			t.Fatalf("%d steps are left", len(thin))
		}
	})
}

// seen is the smallest, largest and last value that changes within a stretch show.
func seen(steps []Step, from, until models.Instant) [3]int64 {
	view := [3]int64{99, -1, 0}
	for _, s := range steps {
		if s.At < until {
			view[2] = s.Value
		}
		if s.At < from {
			view[0], view[1] = s.Value, s.Value
		} else if s.At < until {
			view[0], view[1] = min(view[0], s.Value), max(view[1], s.Value)
		}
	}
	return view
}

func TestTicksOfTime(t *testing.T) {
	labels := func(from string, span time.Duration) string {
		var at models.Instant
		if err := at.UnmarshalText([]byte(from)); err != nil {
			t.Fatal(err)
		}
		ticks, _ := timeTicks(at, at.Add(span), 700)
		var words []string
		for _, tick := range ticks {
			words = append(words, tick.label)
		}
		return strings.Join(words, "|")
	}
	for want, got := range map[string]string{
		"Mon 5 Oct|00:05|00:10|00:15|00:20|00:25|00:30":                                       labels("2015-10-05T00:00:00Z", 30*time.Minute),
		"22:00|Tue 6 Oct|02:00|04:00|06:00|08:00|10:00|12:00|14:00":                           labels("2015-10-05T21:00:00Z", 18*time.Hour),
		"Mon 5 Oct|12:00|Tue 6 Oct|12:00|Wed 7 Oct|12:00|Thu 8 Oct":                           labels("2015-10-05T00:00:00Z", 72*time.Hour),
		"3 Oct|4 Oct|5 Oct|6 Oct|7 Oct|8 Oct|9 Oct|10 Oct|11 Oct|12 Oct|13 Oct|14 Oct|15 Oct": labels("2015-10-03T00:00:00Z", 12*24*time.Hour),
		"3 Oct|5 Oct|7 Oct|9 Oct|11 Oct|13 Oct|15 Oct|17 Oct":                                 labels("2015-10-02T06:00:00Z", 16*24*time.Hour),
		"5 Oct|12 Oct|19 Oct|26 Oct":                                                          labels("2015-10-01T00:00:00Z", 31*24*time.Hour),
		"Jan 2015|Apr 2015|Jul 2015|Oct 2015|Jan 2016":                                        labels("2015-01-01T00:00:00Z", 365*24*time.Hour),
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestTicksOfValues(t *testing.T) {
	labels := func(top float64, whole bool) string {
		var words []string
		for _, tick := range valueTicks(top, whole, 6) {
			words = append(words, tick.label)
		}
		return strings.Join(words, "|")
	}
	for want, got := range map[string]string{
		"0|1|2|3|4":                           labels(4, true),
		"0|5,000|10,000|15,000":               labels(12_345, true),
		"0.000|0.001|0.002|0.003|0.004|0.005": labels(0.005, false),
		"0|50|100|150|200":                    labels(155, false),
		"0.0|0.2|0.4|0.6|0.8|1.0":             labels(1, false),
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestATypeHasOneColourWhateverWasBorrowed(t *testing.T) {
	colours := map[string]any{}
	for _, days := range []int{1, 3} {
		s := synthetic(days, manyTypes)
		names, typeOf := s.types()
		list, _ := bands(s, names, typeOf, "other types")
		for _, b := range list {
			if was, ok := colours[b.name]; ok && was != b.colour {
				t.Errorf("%s has two colours", b.name)
			}
			colours[b.name] = b.colour
		}
		if list[len(list)-1].name != "other types" || len(list) != bandsMost+1 {
			t.Errorf("%d bands", len(list))
		}
	}
	seen := map[any]int{}
	for k := range 27 {
		if j, ok := seen[typeColour(k)]; ok {
			t.Errorf("types %d and %d look the same", j, k)
		}
		seen[typeColour(k)] = k
	}
}

func BenchmarkChartsOfAMonth(b *testing.B) {
	s := synthetic(28, fewTypes)
	b.ReportMetric(float64(len(s.Rows)), "rows")
	for b.Loop() {
		for _, c := range Charts(s) {
			if err := c.WritePNG(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// The other region's pool is last: what was borrowed there is on top of the first's.
func TestBorrowedByRegionStacksRegions(t *testing.T) {
	s := handSeries()
	s.Pools[2].Region = "eu-west-1"
	c := BorrowedByRegion(s)
	if len(c.Layers) != 2 || c.Layers[0].Label != "us-east-1" || c.Layers[1].Label != "eu-west-1" || c.Layers[0].top() != 5 || c.Layers[1].top() != 2 {
		t.Errorf("%+v", c.Layers)
	}
	// Pool 0 has 3 for three minutes and 1 for six, pool 2 has 2 for four: 15 and 8 instance-minutes.
	if c.Layers[0].Second != "65 %" || c.Layers[1].Second != "35 %" {
		t.Errorf("shares are %s and %s", c.Layers[0].Second, c.Layers[1].Second)
	}
}
