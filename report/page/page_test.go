package page

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/document"
	"trough.internal/report/measure"
)

var update = flag.Bool("update", false, "write the golden files anew")

const from models.Instant = 1_444_003_200 // 2015-10-05 00:00 UTC

const hostile = `<script>alert("x")</script>'&`

// handPage is ten minutes of two pools that can be checked by hand, with a name in it.
func handPage(name string) *Page {
	s := &report.Series{Title: "small, policy " + name, From: from, Until: from + 600, Regions: []string{"us-east-1"}, Lendable: 2,
		Pools: []models.PoolKey{{Region: "us-east-1", Zone: "us-east-1a", Type: "r3.4xlarge"}, {Region: "us-east-1", Zone: "us-east-1b", Type: name}},
		Spans: []report.Span{{From: from + 300, Until: from + 420, Name: "curfew"}}}
	row := func(minute int, series models.SeriesID, key int16, value int64) {
		s.Rows = append(s.Rows, models.SeriesRow{At: from + models.Instant(60*minute), Series: series, Key: key, Value: value})
	}
	row(0, models.SeriesReserved, 0, 10)
	row(0, models.SeriesInUse, 0, 4)
	row(0, models.SeriesReserved, 1, 8)
	row(0, models.SeriesInUse, 1, int64(models.Unknown))
	row(1, models.SeriesBorrowed, 0, 3)
	row(1, models.SeriesQueued, 0, 7)
	row(2, models.SeriesBorrowed, 1, 2)
	row(3, models.SeriesInUse, 0, 8)
	row(3, models.SeriesOverdraft, 0, 1)
	row(4, models.SeriesCost, 0, 23_333)
	row(4, models.SeriesOverdraft, 0, 0)
	row(4, models.SeriesBorrowed, 0, 1)
	row(6, models.SeriesQueued, 0, 0)
	figure := func(key, name string, value float64, unit measure.Unit) measure.Figure {
		return measure.Figure{Key: key, Name: name, Group: measure.Headline, Value: value, Known: true, Unit: unit, Definition: "what " + name + " means"}
	}
	figures := []measure.Figure{figure("throughput_gain", "throughput gain", 208.94, measure.UnitPercent), figure("overdraft_cost", "overdraft cost", 1234.5, measure.UnitUSD),
		figure("cost_efficiency", "cost efficiency", 99.71, measure.UnitPercent), figure("borrowed_normalised_hours", "borrowed capacity, normalised", 127.2, measure.UnitNormalisedHours)}
	figures[1].Low, figures[1].High, figures[1].Interval, figures[1].Note = 1000, 2000, true, name
	before := append([]measure.Figure{}, figures...)
	before[1].Value = 1000.25
	result := &measure.Result{Episodes: []measure.Episode{{Pool: 0, Start: from + 180, End: from + 240, Deepest: 1, Seconds: 60, Cost: 23_333, Began: measure.BegunByOwners, Ended: measure.EndedByOwners}}}
	surplus := report.SurplusAgainstBorrowed(s)
	return &Page{Title: "Policy " + name, Scope: []string{name}, Warnings: []string{name}, Runs: []Run{{
		Name: name, Dir: "out/" + name, Figures: figures, Before: before, Series: s, Pools: []string{"us-east-1a/r3.4xlarge", "us-east-1b/" + name}, Result: result,
		Conditions: report.Conditions{Recorded: []string{name}, Assumed: []string{"all of it"}},
		Charts:     []report.Chart{report.BorrowedByType(s), surplus, report.QueueByClass(s), report.OverdraftCost(s), report.WaitsByClass(s, []report.WaitHour{{At: from, Started: [models.Classes]int64{2}, Waited: [models.Classes]int64{180}}})},
		Groups:     []Group{{Title: poolGroup, Uses: report.Utilisation(s, poolGroup, func(k models.PoolKey) string { return k.Zone + "/" + k.Type }, 300)}},
		Trails: []Trail{{
			{At: from + 120, Saw: []document.Item{{Name: "reserved", Text: "10"}, {Name: "in use", Text: "4 (reported 1m00s ago)"}}, Target: 3, Binding: "margin", Quiet: []string{"fair", name},
				Words: []StageWord{{"availability", "0 -> 6", "", "10 reserved - 4 in use = 6 available"}, {"margin", "6 -> 3", "", name}}},
			{At: from + 240, During: true, Target: 1, Binding: "overdraft", Ends: "overdraft", Words: []StageWord{{"overdraft", "3 -> 1", "all -> 2", "more is borrowed than the 2 available"}}}}},
		Stages:  []Stage{{Name: "margin", Bound: 450, Times: 3, Lowered: 1.5}, {Name: "fair", Bound: 150, Times: 1}},
		Reports: Reports{Seen: 4, AgeMax: 120, AgeSum: 400}, Manifest: []document.Item{{Name: "policy", Text: name}}, Scenario: "scenario: " + name, Warnings: []string{name}}}}
}

func written(t *testing.T, p *Page) string {
	t.Helper()
	var out bytes.Buffer
	if err := p.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestThePageIsTheOneThatWasLookedAt(t *testing.T) {
	got := written(t, handPage("full"))
	got = got[strings.Index(got, "<body>"):strings.Index(got, "</main>")] // styles and scripts change for other reasons
	const path = "testdata/page.html"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the page is another one than %s; -update writes it anew:\n%s", path, got)
	}
}

func TestTheSamePageIsTheSameBytes(t *testing.T) {
	one := written(t, handPage("full"))
	if two := written(t, handPage("full")); one != two {
		t.Error("two pages differ")
	}
}

func TestNamesThatHoldHTMLStayNames(t *testing.T) {
	plain, got := written(t, handPage("full")), written(t, handPage(hostile))
	for _, tag := range []string{"<script", "<svg", "<span", "<td", "<path"} {
		if strings.Count(got, tag) != strings.Count(plain, tag) {
			t.Errorf("%d times %s, and %d with a plain name", strings.Count(got, tag), tag, strings.Count(plain, tag))
		}
	}
	if strings.Contains(got, `alert("x")`) || strings.Contains(got, "ZgotmplZ") {
		t.Error("the name is there as it is, or the template refused a value")
	}
	if n := strings.Count(got, "&lt;script&gt;alert("); n < 10 {
		t.Errorf("the name is there %d times", n)
	}
}

func TestAPageAsksNoNetwork(t *testing.T) {
	got := written(t, handPage("full"))
	got = got[:strings.Index(got, "</main>")] // what is live says so itself
	for _, pattern := range []string{`https?://`, `@import`, `\bsrc=`, `url\(`, `<link[^>]+href="[^d]`} {
		if found := regexp.MustCompile(pattern).FindString(got); found != "" {
			t.Errorf("the page has %s", found)
		}
	}
}

func TestTilesShowTheFiguresWithIntervalTrendAndDefinition(t *testing.T) {
	got := written(t, handPage("full"))
	for _, want := range []string{"<data>&#43;208.9</data>", "<data>1,234.50</data>", "<data>99.7</data>", "95 % interval [1,000.00, 2,000.00]",
		"▲ &#43;234.25 USD; the week before: 1,000.25", "the week before: the same", `aria-describedby="tile-overdraft_cost-definition"`,
		`id="tile-overdraft_cost-definition" role="tooltip">what overdraft cost means<`, "308.9\u00a0% of the base fleet&#39;s"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

var dataPattern = regexp.MustCompile(`(?s)<script type="application/json" id="data-([a-z-]+)">(.*?)</script>`)

// The numbers behind a plot are the run's; a mark of an overdraft leads to the row that tells of it.
func TestDataBehindPlotsAreTheRunsNumbers(t *testing.T) {
	got := written(t, handPage("full"))
	data := map[string]chartRead{}
	for _, match := range dataPattern.FindAllStringSubmatch(got, -1) {
		var d chartRead
		if err := json.Unmarshal([]byte(match[2]), &d); err != nil {
			t.Fatalf("%s: %v", match[1], err)
		}
		if !strings.Contains(got, `<figure class="chart`) || !strings.Contains(got, `data-chart="`+match[1]+`"`) {
			t.Errorf("no figure for %s", match[1])
		}
		data[match[1]] = d
	}
	borrowed := data["borrowed"]
	if len(borrowed.Series) != 2 || borrowed.Kind != "stacked" || len(borrowed.Time) != 10 || borrowed.Time[0] != int64(from) {
		t.Fatalf("%+v", borrowed)
	}
	// Columns of two minutes: 0 and 3 in the first, then 3 alone, then 1.
	if v := borrowed.of("r3.4xlarge"); *v[0] != 0 || *v[1] != 3 || *v[2] != 3 || *v[3] != 3 || *v[4] != 1 || *v[9] != 1 {
		t.Errorf("%v", v)
	}
	surplus := data["by-pool"]
	if v := surplus.of("us-east-1a/r3.4xlarge"); *v[0] != 6 || *v[1] != 3 || *v[3] != -1 || *v[4] != 1 {
		t.Errorf("%v", v)
	}
	if v := surplus.of("us-east-1b/full"); v[0] != nil || v[9] != nil {
		t.Errorf("nobody knew the surplus: %v", v)
	}
	marked := false
	for _, m := range surplus.Marks {
		if m.Kind == "overdraft" {
			marked = m.From == int64(from)+180 && m.To == int64(from)+240 && strings.Contains(got, `id="`+m.Href[1:]+`"`)
		}
	}
	if !marked {
		t.Errorf("marks %+v", surplus.Marks)
	}
	if v := data["cost"].Series[0].Values; *v[len(v)-1] != 0.02 {
		t.Errorf("cost ends with %v", *v[len(v)-1])
	}
}

type chartRead struct {
	Kind   string
	Time   []int64
	Series []struct {
		Name   string
		Values []*float64
	}
	Marks []struct {
		From, To   int64
		Kind, Href string
	}
}

func (d *chartRead) of(name string) []*float64 {
	for _, s := range d.Series {
		if s.Name == name {
			return s.Values
		}
	}
	return make([]*float64, 10)
}

func TestCommandsAreQuotedForAShell(t *testing.T) {
	e := &measure.Episode{Start: from}
	for want, got := range map[string]string{
		"trough why out/full --at 2015-10-05T00:00:00Z --pool us-east-1a/r3.4xlarge": Why("out/full", "us-east-1a/r3.4xlarge", e),
		`trough why 'my run' --at 2015-10-05T00:00:00Z --pool 'a/b'\''c; d'`:         Why("my run", "a/b'c; d", e),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Evidence decides the words: without a verdict nothing is called better.
func TestTheVerdictOfAComparisonSaysNoMoreThanItsIntervals(t *testing.T) {
	p := handPage("full")
	p.Runs = append(p.Runs, handPage("never").Runs[0])
	difference := func(v string, value float64) measure.Figure {
		f := measure.Figure{Key: "work_completed", Name: "work completed", Known: true, Value: value, Unit: measure.UnitNormalisedHours, Evidence: &measure.Evidence{}}
		for f.Evidence.Verdict.String() != v {
			f.Evidence.Verdict++
		}
		return f
	}
	for verdict, want := range map[string]string{
		"better": "full against never: better in work completed (+98.7 normalised hours).", "worse": "full against never: worse in work completed (+98.7 normalised hours).",
		"no evidence": "full against never: not shown to differ in work completed (+98.7 normalised hours).",
		"no verdict":  "full against never: without a verdict on work completed (+98.7 normalised hours).",
	} {
		p.Differences = []report.Difference{{Policy: "full", Reference: "never", Figures: []measure.Figure{difference(verdict, 98.7)}}}
		if got := p.verdict(); got != want {
			t.Errorf("got %s", got)
		}
		// A verdict of two words would be two classes, one of them that of the sentence above.
		for _, class := range regexp.MustCompile(`<tr class="([^"]*)"`).FindAllStringSubmatch(written(t, p), -1) {
			if !slices.Contains([]string{"better", "worse", "trail", "binding"}, class[1]) {
				t.Errorf("%s: a row has class %q", verdict, class[1])
			}
		}
	}
	got := written(t, p)
	ids := regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(got, -1)
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id[1]] {
			t.Errorf("two elements have the id %s", id[1])
		}
		seen[id[1]] = true
	}
	for _, link := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(got, -1) {
		if !seen[link[1]] {
			t.Errorf("a link leads to %s, which is not there", link[1])
		}
	}
}

// Whoever reads the page of a shadow run must not take it for a policy that had nothing to borrow.
func TestAShadowRunSaysThatItLaunchedNothingOnPurpose(t *testing.T) {
	p := handPage("full")
	p.Runs[0].Live = &Live{Orders: 2032, Shadow: true}
	if text := written(t, p); !strings.Contains(text, "ran in shadow: 2,032 orders were written down, and nothing was launched.") {
		t.Errorf("%s", text[strings.Index(text, `class="verdict"`):][:300])
	}
	p.Runs[0].Live.Shadow = false
	if text := written(t, p); strings.Contains(text, "in shadow") {
		t.Error("a run that acted is called a shadow")
	}
}

// What a run lacks is one command away, and that command must be one that can be run.
func TestTheCommandForRegretNamesTheScenarioOfALiveRun(t *testing.T) {
	p := handPage("full")
	p.Runs[0].Dir, p.Runs[0].Live = "out/of live", &Live{}
	if text := written(t, p); !strings.Contains(text, "<code>trough compare &#39;out/of live/scenario.yaml&#39; --data &#39;out/of live&#39; -p POLICY -p never -o OUT</code>") {
		t.Errorf("%s", text[strings.Index(text, "Not computed"):][:300])
	}
}

func TestInterventionsStandInOrderOfTime(t *testing.T) {
	p := handPage("full")
	s := p.Runs[0].Series
	s.Spans = []report.Span{{From: s.From + 300, Until: s.From + 420, Name: "curfew"}, {From: s.From + 60, Until: s.From + 120, Name: "curfew"}}
	text := written(t, p)
	text = text[strings.Index(text, "In order of time"):]
	early, late := strings.Index(text, minute(s.From+60)), strings.Index(text, minute(s.From+300))
	if early < 0 || late < 0 || early > late {
		t.Errorf("%.900s", text)
	}
}
