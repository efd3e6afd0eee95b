package document_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"trough.internal/report/page/browsertest"
)

// A view is the span of time that charts show, in Unix seconds.
type view struct{ from, to int64 }

// views is the one that all charts show; each is scrolled to first, because a chart out of sight waits with drawing.
func views(t *testing.T, tab *browsertest.Tab) view {
	t.Helper()
	got := browsertest.Eval[[][2]int64](tab, `(async () => {
		const out = [], before = scrollY
		for (const f of document.querySelectorAll("figure.chart")) {
			f.scrollIntoView({block: "center"})
			await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))
			out.push([+f.dataset.from, +f.dataset.to])
		}
		scrollTo(0, before)
		await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
		return out
	})()`)
	for _, v := range got {
		if v != got[0] {
			t.Errorf("the charts show different spans: %v", got)
		}
	}
	return view{got[0][0], got[0][1]}
}

// over is the plotting area of a chart.
func over(tab *browsertest.Tab, name string) (x, y, wide float64) {
	return tab.Over("#chart-" + name + " .u-over")
}

// wheel turns the wheel; neither way may be zero, which would be left out of the message.
func wheel(x, y, sideways, down float64, with chromedp.Modifier) chromedp.Action[chromedp.Void] {
	return chromedp.MouseEvent(input.DispatchMouseEventTypeMouseWheel, x, y, chromedp.ButtonModifiers(with),
		func(p *input.DispatchMouseEventParams) { p.DeltaX, p.DeltaY = sideways, down })
}

func focus(tab *browsertest.Tab, name string) {
	tab.Do(chromedp.Focus(chromedp.CSS("#chart-" + name + " .chart-plot")))
}

// shown is how many series each chart shows, in the order of the page.
func shown(tab *browsertest.Tab) string {
	return browsertest.Eval[string](tab, `[...document.querySelectorAll("figure")].map(f => f.dataset.shown).join(" ")`)
}

// values are those in the legend of a chart.
func values(tab *browsertest.Tab, name string) string {
	return browsertest.Eval[string](tab, fmt.Sprintf(`[...document.querySelectorAll("#chart-%s li b")].map(b => b.textContent).join(" ").trim()`, name))
}

// pixel is the colour of a chart at a share of its height from the bottom, in the middle of its width.
func pixel(tab *browsertest.Tab, name string, height float64) string {
	return browsertest.Eval[string](tab, fmt.Sprintf(`(c => {
		const o = c.closest(".u-wrap").querySelector(".u-over"), s = c.width / c.clientWidth
		return [...c.getContext("2d").getImageData((o.offsetLeft + o.clientWidth / 2) * s, (o.offsetTop + o.clientHeight * (1 - %g)) * s, 1, 1).data.slice(0, 3)].join(" ")
	})(document.querySelector("#chart-%s canvas"))`, height, name))
}

// inked is the share of a chart's canvas with any colour on it that is not grey: its series and marks.
func inked(tab *browsertest.Tab, name string) float64 {
	return browsertest.Eval[float64](tab, fmt.Sprintf(`(c => {
		const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data
		let n = 0
		for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 100 && Math.max(d[i], d[i + 1], d[i + 2]) - Math.min(d[i], d[i + 1], d[i + 2]) > 40) n++
		return n / (d.length / 4)
	})(document.querySelector("#chart-%s canvas"))`, name))
}

func noComplaints(t *testing.T, tab *browsertest.Tab) {
	t.Helper()
	for _, c := range tab.Complaints() {
		t.Error(c)
	}
}
