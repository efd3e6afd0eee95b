package document_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"trough.internal/report/page/browsertest"
)

// TROUGH_SHOTS names a folder to leave screenshots in.
func shoot(t *testing.T, tab *browsertest.Tab, name string) {
	if dir := os.Getenv("TROUGH_SHOTS"); dir != "" {
		tab.Shoot(filepath.Join(dir, name+".png"))
	}
}

func TestNothingOverflowsAndNobodyIsShutOut(t *testing.T) {
	tab := open(t, desk)
	for _, dark := range []bool{false, true} {
		tab.Prefer(dark, true)
		for _, width := range []int64{390, 1024, 1920} {
			name := fmt.Sprintf("%d-dark-%v", width, dark)
			for _, opened := range []bool{false, true} {
				browsertest.Eval[bool](tab, fmt.Sprintf(`document.querySelector(".chart-choice").open = %v`, opened))
				tab.Resize(width, 900)
				tab.Settle()
				tab.Settle()
				for _, o := range tab.Overflow() {
					t.Errorf("%s: %s", name, o)
				}
				shoot(t, tab, fmt.Sprintf("%s-open-%v", name, opened))
			}
			if width == 1024 || width == 390 && !dark { // elsewhere axe sees nothing else
				for _, b := range tab.Barriers() {
					t.Errorf("%s: %s", name, b)
				}
			}
		}
	}
	noComplaints(t, tab)
}

func TestTheHarnessSeesBarriersAndOverflow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.html")
	text := `<!DOCTYPE html><html lang="en"><title>bad</title><body><main><h1>bad</h1><button></button>
<p style="width:2000px">wide</p><div style="overflow:hidden;width:50px">overdraftsandsurpluses</div></main>`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	tab := browsertest.Open(t, path, desk)
	if got := tab.Barriers(); len(got) != 1 {
		t.Errorf("barriers: %q, want the button without a name", got)
	}
	if got := tab.Overflow(); len(got) != 3 { // the page, the paragraph, the box
		t.Errorf("overflow: %q", got)
	}
}

func TestChartsFollowTheThemeWhileOpen(t *testing.T) {
	charts := market(1, 8, 900)[:1]
	charts[0].Series[0].Color = "#332288" // too dark for dark paper as it is
	for i := range charts[0].Series[0].Values {
		charts[0].Series[0].Values[i] = int64(10)
	}
	tab := browsertest.Open(t, pageOf(t, charts), desk)
	tab.Settle()
	light := pixel(tab, "borrowed", 0.5)
	swatch := `getComputedStyle(document.querySelector(".chart-legend i")).backgroundColor.replace(/[^0-9 ]/g, "")`
	if got := browsertest.Eval[string](tab, swatch); light != "51 34 136" || got != light {
		t.Errorf("in light it is %s, its swatch %s", light, got)
	}
	tab.Prefer(true, true)
	tab.Settle()
	dark := pixel(tab, "borrowed", 0.5)
	if got := browsertest.Eval[string](tab, swatch); dark == light || got != dark {
		t.Errorf("in dark it is %s, its swatch %s", dark, got)
	}
}

func TestChartsFollowTheWidthOfTheWindow(t *testing.T) {
	tab := open(t, desk)
	for _, width := range []int64{700, 1100} {
		tab.Resize(width, 900)
		tab.Settle()
		tab.Settle()
		widths := browsertest.Eval[[]float64](tab, `[...document.querySelectorAll(".chart-plot")].flatMap(p => [p.clientWidth, p.querySelector(".u-wrap").offsetWidth])`)
		if len(slices.Compact(widths)) != 1 || widths[0] < float64(width)*0.9 {
			t.Errorf("in a window %d wide, places and charts are %v", width, widths)
		}
	}
}

func TestAPeakOfAMinuteStaysInAMonth(t *testing.T) {
	charts := []chart{{name: "peak", Title: "A peak", Unit: "instances", Kind: "step",
		Series: []series{{Name: "one", Color: "#c1272d"}}}}
	const minutes, peak = 31 * 1440, 20000
	for i := range minutes {
		charts[0].Time = append(charts[0].Time, monday+int64(i)*60)
		charts[0].Series[0].Values = append(charts[0].Series[0].Values, int64(1))
	}
	charts[0].Series[0].Values[peak] = int64(100)
	tab := browsertest.Open(t, pageOf(t, charts), desk)
	tab.Settle()
	// A column of pixels has the peak's colour at three quarters of the height, and only one or two have.
	n := browsertest.Eval[int](tab, `(c => {
		const o = c.closest(".u-wrap").querySelector(".u-over"), s = c.width / c.clientWidth
		const d = c.getContext("2d").getImageData(o.offsetLeft * s, (o.offsetTop + o.clientHeight / 4) * s, o.clientWidth * s, 1).data
		let n = 0
		for (let i = 0; i < d.length; i += 4) if (d[i] - d[i + 1] > 60) n++
		return n
	})(document.querySelector("#chart-peak canvas"))`)
	if n < 1 || n > 4 {
		t.Errorf("%d columns of pixels show it", n)
	}
}
