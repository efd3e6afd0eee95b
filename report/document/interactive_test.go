package document_test

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"trough.internal/report/document"
	"trough.internal/report/page/browsertest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	browsertest.Close()
	os.Exit(code)
}

var desk = browsertest.Window{Width: 1024, Height: 900, Still: true}

// open opens a week of 20 pools in quarters of an hour.
func open(t *testing.T, w browsertest.Window) *browsertest.Tab {
	t.Helper()
	tab := browsertest.Open(t, pageOf(t, market(20, 7*96, 900)), w)
	tab.Settle()
	return tab
}

func TestNothingInTheScriptEndsIt(t *testing.T) {
	for _, bad := range []string{"</script", "<!--", "<script"} {
		if n := strings.Count(strings.ToLower(string(document.Interactive())), bad); n != map[string]int{"</script": 1, "<script": 1}[bad] {
			t.Errorf("%q occurs %d times", bad, n)
		}
	}
}

func TestChartsAreLiveWithoutComplaintOrNetwork(t *testing.T) {
	tab := open(t, desk)
	noComplaints(t, tab)
	if n := browsertest.Eval[int](tab, `document.querySelectorAll(".chart-live canvas").length`); n != 3 {
		t.Errorf("%d charts are live, want 3", n)
	}
	if n := browsertest.Eval[int](tab, `[...document.querySelectorAll("figure > svg")].filter(s => s.checkVisibility()).length`); n != 0 {
		t.Errorf("%d static plots are still to be seen", n)
	}
	for _, name := range []string{"borrowed", "surplus", "queue"} {
		if share := inked(tab, name); share < 0.002 {
			t.Errorf("%s: %.4f of its canvas is drawn on", name, share)
		}
	}
}

func TestTheHarnessHearsWhatAPageDoesWrong(t *testing.T) {
	charts := market(1, 4, 900)
	charts[1].Series[0].Values = charts[1].Series[0].Values[1:]
	tab := browsertest.Open(t, pageOf(t, charts), desk)
	browsertest.Eval[int](tab, `setTimeout(() => { throw new Error("thrown") }), new Image().src = "http://127.0.0.1:1/x.png", new Promise(r => setTimeout(() => r(0), 200))`)
	heard := strings.Join(tab.Complaints(), "\n")
	for _, want := range []string{"chart surplus stays as it is: reserved - in use has 3 values for 4 times", "thrown", "Content Security Policy"} {
		if !strings.Contains(heard, want) {
			t.Errorf("no complaint has %q:\n%s", want, heard)
		}
	}
}

func TestAChartWhoseDataAreWrongKeepsItsStaticPlot(t *testing.T) {
	sound := market(3, 20, 900)[1]
	charts := []chart{sound}
	for _, damage := range []func(*chart){
		func(c *chart) { c.Series[0].Values = c.Series[0].Values[1:] },
		func(c *chart) { c.Time = append([]int64{}, c.Time...); c.Time[2] = c.Time[0] },
		func(c *chart) { c.Time = nil },
		func(c *chart) { c.Series[1].Color = "salmon" },
	} {
		c := market(3, 20, 900)[1]
		damage(&c)
		c.name = fmt.Sprintf("damaged-%d", len(charts))
		charts = append(charts, c)
	}
	tab := browsertest.Open(t, pageOf(t, charts), desk)
	got := browsertest.Eval[string](tab, `[...document.querySelectorAll("figure")].map(f => f.querySelector("svg").checkVisibility() + " " + f.querySelectorAll("canvas").length).join(", ")`)
	if want := "false 1, true 0, true 0, true 0, true 0"; got != want {
		t.Errorf("static plots and live ones are %s, want %s", got, want)
	}
}

func TestWithoutScriptAndInPrintTheStaticPlotsStand(t *testing.T) {
	seen := `[...document.querySelectorAll("figure > svg")].filter(s => getComputedStyle(s).display !== "none").length +
		" " + [...document.querySelectorAll(".chart-live, .chart-controls")].filter(s => getComputedStyle(s).display !== "none").length`
	plain := desk
	plain.NoScript = true
	if got := browsertest.Eval[string](open2(t, plain), seen); got != "3 0" {
		t.Errorf("without script static plots and live parts are %s, want 3 0", got)
	}
	tab := open2(t, desk)
	tab.Print()
	if got := browsertest.Eval[string](tab, seen); got != "3 0" {
		t.Errorf("in print static plots and live parts are %s, want 3 0", got)
	}
}

// open2 opens the page without waiting for frames, which a page without scripts cannot tell of.
func open2(t *testing.T, w browsertest.Window) *browsertest.Tab {
	return browsertest.Open(t, pageOf(t, market(3, 20, 900)), w)
}

func TestChartsZoomAndPanTogether(t *testing.T) {
	tab := open(t, desk)
	full := views(t, tab)
	if want := (view{monday, monday + 7*86400 - 900}); full != want {
		t.Fatalf("at first they show %v, want %v", full, want)
	}
	x, y, wide := over(tab, "borrowed")

	tab.Drag(x+wide/4, x+wide/2, y, 0)
	zoomed := views(t, tab)
	width := float64(full.to - full.from)
	if from, to := float64(full.from)+width/4, float64(full.from)+width/2; math.Abs(float64(zoomed.from)-from) > width/200 || math.Abs(float64(zoomed.to)-to) > width/200 {
		t.Errorf("after a drag over the second quarter they show %v of %v", zoomed, full)
	}

	tab.Drag(x+wide/2, x+wide/4, y, kb.ModifierShift)
	panned := views(t, tab)
	if by := float64(panned.from - zoomed.from); math.Abs(by-width/16) > width/400 || math.Abs(float64(panned.to-panned.from-zoomed.to+zoomed.from)) > 1 {
		t.Errorf("shift and a drag by a quarter to the left move %v to %v", zoomed, panned)
	}

	tab.Do(wheel(x+wide/2, y, 0.01, -100, kb.ModifierCtrl))
	tab.Settle()
	if closer := views(t, tab); closer.to-closer.from >= panned.to-panned.from || closer.from <= panned.from {
		t.Errorf("the wheel with control makes %v of %v", closer, panned)
	}
	before := views(t, tab)
	tab.Do(wheel(x+wide/2, y, 60, 0.01, 0))
	tab.Settle()
	if after := views(t, tab); after.from <= before.from {
		t.Errorf("a wheel sideways moves %v to %v", before, after)
	}

	tab.Do(chromedp.MouseClickXY(x+wide/2, y), chromedp.MouseClickXY(x+wide/2, y, chromedp.ClickCount(2)))
	tab.Settle()
	if got := views(t, tab); got != full {
		t.Errorf("a double click shows %v, not %v", got, full)
	}
	tab.Press(`button[aria-label="Zoom in"]`)
	if got := views(t, tab); got.to-got.from >= full.to-full.from {
		t.Errorf("the button zooms to %v", got)
	}
	tab.Press(`button[aria-label="Later"]`)
	tab.Press(`button[aria-label="Show all"]`)
	if got := views(t, tab); got != full {
		t.Errorf("the button resets to %v", got)
	}
	noComplaints(t, tab)
}

func TestAPlainWheelScrollsThePage(t *testing.T) {
	tab := open(t, desk)
	full := views(t, tab)
	x, y, wide := over(tab, "borrowed")
	tab.Do(wheel(x+wide/2, y, 0.01, 300, 0))
	browsertest.Eval[int](tab, `new Promise(r => setTimeout(() => r(0), 150))`)
	if at := browsertest.Eval[float64](tab, `scrollY`); at == 0 {
		t.Error("the page stays where it is")
	}
	if got := views(t, tab); got != full {
		t.Errorf("the charts show %v", got)
	}
}

func TestViewsStayWithinTheSpan(t *testing.T) {
	tab := open(t, desk)
	full := views(t, tab)
	focus(tab, "borrowed")
	for _, keys := range []string{"+++", "", "----------", "++++++++++++++++++++"} {
		tab.Do(chromedp.KeyEvent(keys))
		for range 30 {
			tab.Do(chromedp.KeyEvent(kb.ArrowRight, chromedp.KeyModifiers(kb.ModifierShift)))
		}
		tab.Settle()
		if got := views(t, tab); got.from < full.from || got.to > full.to || got.to-got.from < 299 {
			t.Errorf("after %q they show %v of %v", keys, got, full)
		}
	}
	if got := views(t, tab); got.to-got.from > 301 {
		t.Errorf("at the closest they show %d s, want 300", got.to-got.from)
	}
	tab.Do(chromedp.KeyEvent("0"))
	tab.Settle()
	if got := views(t, tab); got != full {
		t.Errorf("0 shows %v", got)
	}
}

func TestTogglesHideSeriesInEveryChart(t *testing.T) {
	tab := open(t, desk)
	if got := shown(tab); got != "20 2 2" {
		t.Fatalf("at first %s series are shown", got)
	}
	for _, step := range []struct{ do, want string }{
		{`input[name=regions][value="eu-west-1"]`, "10 2 2"},
		{`input[name=types][value="r3.4xlarge"]`, "8 2 2"},
		{`input[name=zones][value="us-east-1a"]`, "4 2 2"},
		{`input[name=regions][value="eu-west-1"]`, "12 2 2"},
	} {
		browsertest.Eval[string](tab, fmt.Sprintf(`(e => { e.closest("details").open = true; e.click(); return "" })(document.querySelector(%s))`, browsertest.Quote(step.do)))
		tab.Settle()
		if got := shown(tab); got != step.want {
			t.Errorf("after %s %s series are shown, want %s", step.do, got, step.want)
		}
	}
	if got := browsertest.Eval[int](tab, `[...document.querySelectorAll("#chart-borrowed li")].filter(li => li.checkVisibility()).length`); got != 12 {
		t.Errorf("the legend has %d entries, want 12", got)
	}
	if got := browsertest.Eval[string](tab, `[...document.querySelectorAll(".chart-choice summary")].map(s => s.textContent).join("; ")`); got != "Regions: all 2; Zones: 3 of 4; Types: 4 of 5" {
		t.Errorf("the bar says %q", got)
	}
	noComplaints(t, tab)
}

func TestHiddenSeriesAreNotDrawnAndStacksCloseUp(t *testing.T) {
	charts := market(2, 8, 900)[:1]
	for i := range 8 { // in the middle of the chart, 5 stand on 10
		charts[0].Series[0].Values[i], charts[0].Series[1].Values[i] = int64(5), int64(10)
	}
	charts[0].Series[0].Values[0] = int64(10)
	tab := browsertest.Open(t, pageOf(t, charts), desk)
	tab.Settle()
	first, second, none := "51 34 136", "136 204 238", "0 0 0" // #332288 on top of #88ccee
	if high, low := pixel(tab, "borrowed", 0.6), pixel(tab, "borrowed", 0.25); high != first || low != second {
		t.Errorf("colours from the top are %s and %s, want %s and %s", high, low, first, second)
	}
	browsertest.Eval[bool](tab, fmt.Sprintf(`document.querySelector("input[value='%s']").click() ?? true`, someTypes[1]))
	tab.Settle()
	if high, low := pixel(tab, "borrowed", 0.6), pixel(tab, "borrowed", 0.25); high != none || low != first {
		t.Errorf("without the lower one they are %s and %s, want %s and %s", high, low, none, first)
	}
}

func TestMarksAreDrawnWhereTheyAre(t *testing.T) {
	charts := market(1, 8, 900)[1:2]
	for k := range charts[0].Series {
		for i := range charts[0].Series[k].Values {
			charts[0].Series[k].Values[i] = int64(0)
		}
	}
	seen := map[string]bool{}
	for _, m := range []mark{{}, {monday, monday + 2*900, "", "curfew", ""}, // to the left of the middle
		{monday, monday + 6300, "", "curfew", ""}, {monday, monday + 6300, "", "evacuation", ""}, {monday, monday + 6300, "", "overdraft", ""}} {
		charts[0].Marks = []mark{m}
		tab := browsertest.Open(t, pageOf(t, charts), desk)
		tab.Settle()
		colour := pixel(tab, "surplus", 0.63)
		if beside := m.To < monday+3150; beside != (colour == "0 0 0") || !beside && seen[colour] {
			t.Errorf("with a mark %+v the middle is %s", m, colour)
		}
		seen[colour] = true
	}
}

func TestHoverSaysWhatWasRecorded(t *testing.T) {
	charts := market(20, 7*96, 900)
	charts[0].Series[3].Values[200] = nil
	tab := browsertest.Open(t, pageOf(t, charts), desk)
	tab.Settle()
	x, y, wide := over(tab, "surplus")
	at := 200.5 / (7*96 - 1) // in the middle of the 200th quarter of an hour
	tab.Do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x+wide*at, y))
	tab.Settle()
	want := func(k int) string { return fmt.Sprint(charts[1].Series[k].Values[200]) }
	if got := values(tab, "surplus"); got != want(0)+" "+want(1) {
		t.Errorf("under the cursor are %s, want %s %s", got, want(0), want(1))
	}
	told := strings.Fields(values(tab, "borrowed"))
	if len(told) != 20 || told[3] != "unknown" || told[4] != fmt.Sprint(charts[0].Series[4].Values[200]) {
		t.Errorf("another chart says %s at that time", told)
	}
	if got := browsertest.Eval[string](tab, `document.querySelector("#chart-queue .chart-time").textContent`); !strings.HasPrefix(got, "Wed 7 Oct 2015 02:0") || !strings.HasSuffix(got, " UTC") {
		t.Errorf("the time is %q", got)
	}
	tab.Do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, 5, 5))
	tab.Settle()
	if got := values(tab, "surplus"); got != "" {
		t.Errorf("away from the chart %q stays", got)
	}
}

func TestAnOverdraftLeadsToItsDecisionTrail(t *testing.T) {
	tab := open(t, desk)
	x, y, wide := over(tab, "surplus")
	span := float64(7*86400 - 900)
	tab.Do(chromedp.MouseClickXY(x+wide*(3*86400+11*3600+120)/span, y))
	tab.Settle()
	if got := browsertest.Eval[string](tab, `location.hash + " " + document.activeElement.id + " " + document.querySelectorAll("details[open]").length + " " + document.querySelector("#episode-3 details").open`); got != "#episode-3 episode-3 1 true" {
		t.Errorf("the click leads to %s", got)
	}
	if !browsertest.Eval[bool](tab, `(b => b.top >= 0 && b.bottom <= innerHeight)(document.querySelector("#episode-3").getBoundingClientRect())`) {
		t.Error("the row is not on the screen")
	}
	noComplaints(t, tab)

	// A click where none is near leads nowhere, nor does the end of a drag on one.
	tab = open(t, desk)
	x, y, wide = over(tab, "surplus")
	tab.Do(chromedp.MouseClickXY(x+wide*(3*86400+20*3600)/span, y))
	tab.Drag(x+wide*3*86400/span, x+wide*(3*86400+11*3600+120)/span, y, kb.ModifierShift)
	tab.Press(`button[aria-label="Show all"]`)
	tab.Drag(x+wide*3*86400/span, x+wide*(3*86400+11*3600+120)/span, y, 0)
	if got := browsertest.Eval[string](tab, `location.hash`); got != "" {
		t.Errorf("the address has %s", got)
	}
}

func TestKeysReadFindAndOpen(t *testing.T) {
	tab := open(t, desk)
	focus(tab, "surplus")
	said := func() string {
		return browsertest.Eval[string](tab, `document.querySelector(".chart-voice").textContent`)
	}
	tab.Do(chromedp.KeyEvent(kb.ArrowRight))
	first := said()
	tab.Do(chromedp.KeyEvent(kb.ArrowRight))
	if second := said(); first == second || !strings.Contains(second, "reserved - in use ") || !strings.HasPrefix(second, "Thu 8 Oct 2015 ") {
		t.Errorf("arrows say %q, then %q", first, second)
	}
	tab.Do(chromedp.KeyEvent("p"))
	if got := said(); !strings.Contains(got, "curfew, overdraft of 4 in us-east-1a/r3.4xlarge") {
		t.Errorf("the overdraft before that is %q", got)
	}
	tab.Do(chromedp.KeyEvent("n"))
	if got := said(); !strings.Contains(got, "overdraft of 5 in us-east-1a/r3.4xlarge") {
		t.Errorf("the overdraft after it is %q", got)
	}
	tab.Do(chromedp.KeyEvent(kb.Enter))
	tab.Settle()
	if got := browsertest.Eval[string](tab, `location.hash + document.querySelector("#episode-4 details").open`); got != "#episode-4true" {
		t.Errorf("enter leads to %s", got)
	}
	noComplaints(t, tab)
}

func TestAnAddressWithAnEpisodeOpensIt(t *testing.T) {
	tab := open(t, desk)
	browsertest.Eval[int](tab, `(location.hash = "#episode-7", 0)`)
	tab.Settle()
	if !browsertest.Eval[bool](tab, `document.querySelector("#episode-7 details").open`) {
		t.Error("it stays closed")
	}
}

func TestNamesAreTextAndNotHTML(t *testing.T) {
	const name = `<img src=x onerror=alert(1)></script><b>`
	charts := market(2, 20, 900)
	charts[1].Title, charts[1].Unit, charts[1].Series[0].Name = name, name, name
	charts[0].Series[0].Group.Type = name
	charts[1].Marks[0].Label = name
	tab := browsertest.Open(t, pageOf(t, charts), desk)
	tab.Settle()
	if got := browsertest.Eval[string](tab, `document.querySelector("#chart-surplus .chart-title").textContent`); got != name {
		t.Errorf("the title is %q", got)
	}
	if n := browsertest.Eval[int](tab, `document.querySelectorAll("main img, main figure b:not(li > b), label b").length`); n != 0 {
		t.Errorf("%d elements were made of a name", n)
	}
	noComplaints(t, tab)
}
