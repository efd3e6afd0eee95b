package browsertest

import (
	_ "embed"
	"encoding/json"
	"os"

	"github.com/chromedp/chromedp"
)

// axe-core tells what keeps people with disabilities from reading a page; see testdata/axe-core.
//
//go:embed testdata/axe-core/axe.min.js
var axe string

// Barriers are the violations that axe-core calls serious or critical, by its rules for WCAG 2.2 A and AA and its best
// practices: one line each, with the first element that it found.
func (tab *Tab) Barriers() []string {
	tab.t.Helper()
	Eval[bool](tab, axe+"\n;true")
	return Eval[[]string](tab, `axe.run(document).then(r => r.violations
		.filter(v => v.impact === "serious" || v.impact === "critical")
		.map(v => v.id + ": " + v.help + ", " + v.nodes.length + " times, first " + v.nodes[0].html.slice(0, 150) + " " + (v.nodes[0].any[0]?.message ?? "")))`)
}

// Overflow lists the elements that reach beyond the right or left edge of the page without a box around them that
// scrolls, and those whose own text is wider than they are and cut off: at most five.
func (tab *Tab) Overflow() []string {
	tab.t.Helper()
	return Eval[[]string](tab, `(() => {
		const wide = document.documentElement.clientWidth, found = []
		const scrolls = e => { for (let p = e.parentElement; p; p = p.parentElement) if (getComputedStyle(p).overflowX !== "visible") return true; return false }
		const name = e => e.tagName.toLowerCase() + (e.id && "#" + e.id) + (e.className && typeof e.className === "string" ? "." + e.className.replaceAll(" ", ".") : "") + " " + e.textContent.trim().slice(0, 40)
		if (document.documentElement.scrollWidth > wide) found.push("the page is " + document.documentElement.scrollWidth + " wide, the window " + wide)
		for (const e of document.body.querySelectorAll("*")) {
			const box = e.getBoundingClientRect(), style = getComputedStyle(e)
			if (box.width < 2 || box.height < 2 || box.right <= 0 || style.visibility === "hidden" || e.closest("svg, .u-wrap")) continue // a skip link waits to the left of the page
			if ((box.right > wide + 0.5 || box.left < -0.5) && !scrolls(e)) found.push(name(e) + " reaches from " + Math.round(box.left) + " to " + Math.round(box.right) + " of " + wide)
			else if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth && style.overflowX === "hidden" && style.whiteSpace !== "nowrap" && e.textContent.trim()) found.push(name(e) + " cuts its text off")
		}
		return found.slice(0, 5)
	})()`)
}

// Shoot writes a PNG of the whole page, to be looked at.
func (tab *Tab) Shoot(path string) {
	tab.t.Helper()
	png, err := chromedp.Run(tab.ctx, chromedp.FullScreenshot(100))
	tab.must(err)
	tab.must(os.WriteFile(path, png, 0o644))
}

// Quote is a text as a literal of JavaScript.
func Quote(text string) string {
	literal, _ := json.Marshal(text)
	return string(literal)
}
