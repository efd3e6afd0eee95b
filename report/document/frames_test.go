package document_test

import (
	"fmt"
	"os"
	"testing"

	"trough.internal/report/page/browsertest"
)

// TestLongAMonthOfMinutesDoesNotStutter measures and says how long a page of a month of 60 pools takes to open, and how long its
// frames take while all charts zoom in and out; nothing of it is a condition. The page has each minute as it is, which
// pages of trough reduce to a thousandth: this is the worst case.
func TestLongAMonthOfMinutesDoesNotStutter(t *testing.T) {
	sizes := []struct{ steps, step int64 }{{1500, 1786}}
	if os.Getenv("TROUGH_LONG") != "" {
		sizes = append(sizes, struct{ steps, step int64 }{31 * 1440, 60})
	}
	for _, size := range sizes {
		t.Run(fmt.Sprint(size.steps), func(t *testing.T) {
			path := pageOf(t, market(60, int(size.steps), size.step))
			tab := browsertest.Open(t, path, desk)
			tab.Settle()
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			times := browsertest.Eval[[]float64](tab, `(async () => {
				const plot = document.querySelector(".chart-plot"), between = []
				plot.scrollIntoView()
				const frame = () => new Promise(requestAnimationFrame)
				performance.clearMeasures("charts")
				let last = await frame()
				for (let i = 0; i < 60; i++) {
					plot.dispatchEvent(new KeyboardEvent("keydown", {key: i % 12 < 6 ? "+" : "-"}))
					const now = await frame()
					between.push(now - last)
					last = now
				}
				const script = performance.getEntriesByName("charts").map(m => m.duration).sort((a, b) => a - b)
				between.sort((a, b) => a - b)
				const at = (list, q) => list[Math.min(list.length - 1, Math.floor(list.length * q))]
				return [at(script, 0.5), at(script, 0.95), script.at(-1), at(between, 0.5), at(between, 0.95), between.at(-1), script.length]
			})()`)
			t.Logf("60 pools of %d steps, %.1f MB: opens in %d ms; redrawing takes %.1f ms (median), %.1f (95 %%), %.1f (worst); frames follow each other after %.1f, %.1f, %.1f ms",
				size.steps, float64(info.Size())/1e6, tab.Opened.Milliseconds(), times[0], times[1], times[2], times[3], times[4], times[5])
			if times[6] < 55 {
				t.Errorf("%g of 60 steps were drawn", times[6])
			}
			noComplaints(t, tab)
		})
	}
}
