package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"trough.internal/report/page"
	"trough.internal/report/page/browsertest"
)

// demoRuns leaves the demo's two runs, DIR/full and DIR/never: of its first two days, or with TROUGH_LONG=1 of all twelve.
func demoRuns(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	scenario := "netflix-realtime"
	if os.Getenv("TROUGH_LONG") == "" {
		scenario = shortDemo(t, dir, 2)
	}
	runs := filepath.Join(dir, "demo")
	quiet(t, nil, "compare", scenario, "-p", "full", "-p", "never", "-o", runs, "--no-plots")
	return runs
}

// shortDemoFile is the demo's scenario, cut short.
const shortDemoFile = "short-demo.yaml"

// shortDemo writes the demo's scenario of its first so many days, without the failover that comes later, into a folder.
func shortDemo(t *testing.T, dir string, days int) string {
	t.Helper()
	out := create(t, dir, shortDemoFile)
	quiet(t, out, "scenario", "show", demoScenario)
	text := regexp.MustCompile(`(?m)^length: 12d$`).ReplaceAllString(read(t, out), fmt.Sprintf("length: %dd", days))
	if err := os.WriteFile(out.Name(), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return out.Name()
}

// quiet runs a command that has to succeed; what it prints is kept in out, or lost.
func quiet(t *testing.T, out *os.File, args ...string) {
	t.Helper()
	if out == nil {
		out = create(t, t.TempDir(), "out.txt")
	}
	if code := run(context.Background(), args, out, os.Stderr); code != exitOK {
		t.Fatalf("trough %s: exit code %d", strings.Join(args, " "), code)
	}
}

// The page that the demo's run gives works for whoever reads it: charts move together, say their values, hide what is not
// asked for, and lead from an overdraft to its trail; and it does without scripts, on paper, on a phone, and in the dark.
func TestTheDemosPageWorks(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine for a long time: nothing for the race detector")
	}
	runs := demoRuns(t)
	full := filepath.Join(runs, "full")
	out := filepath.Join(t.TempDir(), "report")
	quiet(t, nil, "report", full, "-o", out, "--no-plots")
	path := filepath.Join(out, reportPage)
	desk := browsertest.Window{Width: 1280, Height: 900, Still: true}

	t.Run("the tiles say what the summary says", func(t *testing.T) {
		tab := browsertest.Open(t, path, desk)
		tab.Settle()
		tilesAreTheSummarys(t, tab, full)
		if n := browsertest.Eval[int](tab, `document.querySelectorAll("figure.is-live canvas").length`); n < 6 {
			t.Errorf("%d charts are live", n)
		}
		readsEverywhere(t, tab)
	})
	t.Run("charts zoom and pan together and hide what is not asked for", func(t *testing.T) {
		tab := browsertest.Open(t, path, desk)
		tab.Settle()
		span := func() string {
			return browsertest.Eval[string](tab, `document.querySelector(".chart-span").textContent`)
		}
		whole := span()
		if !strings.HasPrefix(whole, "Mon 5 Oct 2015 00:00 – ") || !strings.HasSuffix(whole, " Oct 2015 00:00 UTC") {
			t.Errorf("at first they show %q", whole)
		}
		x, y, wide := tab.Over("#chart-borrowed .u-over")
		tab.Drag(x+wide/4, x+wide/2, y, 0)
		zoomed := span()
		x, y, wide = tab.Over("#chart-cost .u-over")
		tab.Drag(x+wide/2, x+wide/4, y, kb.ModifierShift)
		if panned := span(); zoomed == whole || panned == zoomed {
			t.Errorf("%q, zoomed %q, panned %q", whole, zoomed, panned)
		}
		views := browsertest.Eval[[]string](tab, `(async () => {
			const seen = new Set()
			for (const f of document.querySelectorAll("figure.is-live")) {
				f.scrollIntoView({block: "center"})
				await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))
				seen.add(f.dataset.from + " " + f.dataset.to)
			}
			return [...seen]
		})()`)
		if len(views) != 1 {
			t.Errorf("the charts show different spans: %v", views)
		}
		shown := func() int {
			return browsertest.Eval[int](tab, `+document.querySelector("#chart-borrowed").dataset.shown`)
		}
		before := shown()
		browsertest.Eval[bool](tab, `(b => { b.click(); return true })(document.querySelector("input[name=types]"))`)
		tab.Settle()
		if after := shown(); after != before-1 {
			t.Errorf("%d types are shown, and %d without one", before, after)
		}
		for _, c := range tab.Complaints() {
			t.Error(c)
		}
	})
	t.Run("hovering says what was recorded", func(t *testing.T) {
		tab := browsertest.Open(t, path, desk)
		tab.Settle()
		x, y, wide := tab.Over("#chart-surplus .u-over")
		tab.Point(x+wide*0.6, y)
		// What the legend says against what the data beside the page's plot have there; the time is of the cursor, which points at whole
		// pixels: two of them to either side are as good.
		if wrong := browsertest.Eval[string](tab, fmt.Sprintf(`(() => {
			const data = JSON.parse(document.getElementById("data-surplus").textContent), f = document.querySelector("#chart-surplus")
			const at = +f.dataset.from + 0.6 * (f.dataset.to - f.dataset.from)
			const off = 2 * (f.dataset.to - f.dataset.from) / %g
			const first = data.time.findLastIndex(t => t <= at - off), last = data.time.findLastIndex(t => t <= at + off)
			const said = [...f.querySelectorAll(".chart-legend b")].map(b => b.textContent)
			const near = data.series.every((s, i) => s.values.slice(Math.max(0, first), last + 1).includes(Number(said[i].replaceAll(",", ""))))
			return near && f.querySelector(".chart-time").textContent.endsWith("UTC") ? "" : said.join(" ") + " at " + f.querySelector(".chart-time").textContent
		})()`, wide)); wrong != "" {
			t.Errorf("it says %s", wrong)
		}
	})
	t.Run("an overdraft leads to its trail", func(t *testing.T) {
		run := readReported(t, full, "")
		if len(run.explained) == 0 {
			t.Fatal("there was no overdraft")
		}
		tab := browsertest.Open(t, path, desk)
		tab.Settle()
		x, y, wide := tab.Over("#chart-surplus .u-over")
		at := browsertest.Eval[float64](tab, `(() => {
			const data = JSON.parse(document.getElementById("data-surplus").textContent), m = data.marks.filter(m => m.kind === "overdraft")[0]
			return ((m.from + m.to) / 2 - data.time[0]) / (data.until - data.time[0])
		})()`)
		tab.Click(x+wide*at, y)
		got := browsertest.Eval[string](tab, `(e => e ? (e.querySelector("details").open ? "" : "closed ") + (e.getBoundingClientRect().top >= 0 ? "" : "above ") + e.id : "nowhere")(document.querySelector(location.hash || "#none"))`)
		var k int
		if _, err := fmt.Sscanf(got, "episode-%d", &k); err != nil || k < 1 || k > len(run.explained) {
			t.Fatalf("the click leads to %q", got)
		}
		text := browsertest.Eval[string](tab, `document.querySelector(location.hash).innerText`)
		d := &run.explained[k-1][0]
		for _, s := range d.Words {
			if !strings.Contains(text, s.Words) {
				t.Errorf("the trail lacks %q of %s:\n%s", s.Words, s.Stage, text)
			}
		}
		e := page.Listed(run.result)[k-1]
		if command := page.Why(full, run.poolNames[e.Pool], &e); !strings.Contains(text, command) {
			t.Errorf("the trail lacks the command %s", command)
		}
		readsEverywhere(t, tab)
	})
	t.Run("it does without scripts, and on paper", func(t *testing.T) {
		without := desk
		without.NoScript = true
		tab := browsertest.Open(t, path, without)
		static := `[...document.querySelectorAll("figure .static")].filter(s => s.checkVisibility()).length + " " + [...document.querySelectorAll(".chart-live, .chart-controls")].filter(s => s.checkVisibility()).length`
		plots := browsertest.Eval[int](tab, `document.querySelectorAll("figure .static").length`)
		if got := browsertest.Eval[string](tab, static); got != fmt.Sprintf("%d 0", plots) || plots < 8 {
			t.Errorf("without scripts static plots and live parts are %s of %d", got, plots)
		}
		for _, o := range tab.Overflow() {
			t.Error(o)
		}
		tab = browsertest.Open(t, path, desk)
		tab.Settle()
		tab.Print()
		plots -= 2 * browsertest.Eval[int](tab, `document.querySelectorAll("figure > .static > p.static").length`) // what only scripts draw is no use there
		if got := browsertest.Eval[string](tab, static); got != fmt.Sprintf("%d 0", plots) {
			t.Errorf("on paper static plots and live parts are %s of %d", got, plots)
		}
		if !browsertest.Eval[bool](tab, `document.querySelector(".tile .definition").checkVisibility()`) {
			t.Error("on paper there is nothing to hover over, and no definition either")
		}
	})
	t.Run("several runs, and a week, read everywhere", func(t *testing.T) {
		both, week := filepath.Join(t.TempDir(), "both"), filepath.Join(t.TempDir(), "week")
		quiet(t, nil, "report", full, filepath.Join(runs, "never"), "-o", both, "--no-plots")
		quiet(t, nil, "report", full, "--week", "2015-W41", "-o", week, "--no-plots")
		for _, dir := range []string{both, week} {
			tab := browsertest.Open(t, filepath.Join(dir, reportPage), desk)
			tab.Settle()
			readsEverywhere(t, tab)
		}
	})
}

// A month of 60 pools, of minutes: the page stays small, whatever is in it.
func TestLongThePageOfAMonthStaysSmall(t *testing.T) {
	if os.Getenv("TROUGH_LONG") == "" {
		t.Skip("TROUGH_LONG=1 runs four weeks of 64 pools")
	}
	dir, out := runInto(t, filepath.Join(shared, "scenarios", "sixty-four-pools.yaml")), filepath.Join(t.TempDir(), "report")
	quiet(t, nil, "report", dir, "-o", out, "--no-plots")
	info, err := os.Stat(filepath.Join(out, reportPage))
	if err != nil || info.Size() >= 5<<20 {
		t.Errorf("the page has %d bytes: 5 MB are the most, %v", info.Size(), err)
	}
	tab := browsertest.Open(t, filepath.Join(out, reportPage), browsertest.Window{Width: 1280, Height: 900, Still: true})
	tab.Settle()
	t.Logf("%d bytes; opens in %d ms, of which %.0f until it can be read", info.Size(), tab.Opened.Milliseconds(),
		browsertest.Eval[float64](tab, `performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd`))
}

// In a browser, served runs are listed, set side by side, and explored with other parameters.
func TestServedPagesWorkInABrowser(t *testing.T) {
	s := served(t, "")
	h := httptest.NewServer(s.handler())
	defer h.Close()
	desk := browsertest.Window{Width: 1024, Height: 900, Still: true}

	list := browsertest.Visit(t, h.URL+"/", desk)
	list.Settle()
	readsEverywhere(t, list)
	list.Press(`input[value="one"]`)
	browsertest.Eval[bool](list, `(document.querySelectorAll("input[type=checkbox]")[0].click(), true)`) // the other one has HTML as its name
	browsertest.Eval[bool](list, `(document.querySelector("button").click(), true)`)
	for range 100 {
		if browsertest.Eval[bool](list, `document.readyState === "complete" && location.pathname === "/report"`) {
			break
		}
		list.Settle()
	}
	if got := browsertest.Eval[string](list, `document.querySelector("h1").textContent + " " + document.querySelectorAll("figure.is-live").length`); !strings.HasPrefix(got, "2 policies on small ") || strings.HasSuffix(got, " 0") {
		t.Errorf("the comparison is %q", got)
	}

	explore := browsertest.Visit(t, h.URL+"/explore", desk)
	explore.Settle()
	readsEverywhere(t, explore)
	said := browsertest.Eval[string](explore, `(async () => {
		const s = document.querySelector("input[type=range]")
		s.value = 50
		s.dispatchEvent(new Event("input", { bubbles: true }))
		document.querySelector("button").click()
		const table = document.getElementById("answer")
		while (table.hidden && document.getElementById("state").textContent === "running…") await new Promise(done => setTimeout(done, 20))
		return s.nextElementSibling.textContent + "|" + document.getElementById("basis").textContent + "|" + table.tBodies[0].rows.length + "|" + document.getElementById("state").textContent
	})()`)
	parts := strings.Split(said, "|")
	if parts[0] != "50 %" || !strings.HasPrefix(parts[1], "margin.share=50%; ") || parts[2] == "0" || parts[3] != "" {
		t.Errorf("moving the slider says %q", said)
	}
	for _, o := range explore.Overflow() {
		t.Errorf("after a run: %s", o)
	}
	for _, b := range explore.Barriers() {
		t.Errorf("after a run: %s", b)
	}
}
