package browsertest

import (
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Over scrolls to an element and returns its left edge, the middle of its height, and its width, in CSS pixels of the window.
func (tab *Tab) Over(selector string) (x, y, wide float64) {
	tab.t.Helper()
	tab.Do(chromedp.ScrollIntoView(chromedp.CSS(selector)))
	tab.Settle()
	box := Eval[[3]float64](tab, `(b => [b.left, b.top + b.height / 2, b.width])(document.querySelector(`+Quote(selector)+`).getBoundingClientRect())`)
	return box[0], box[1], box[2]
}

// Point moves the mouse to a place of the window.
func (tab *Tab) Point(x, y float64) {
	tab.t.Helper()
	tab.Do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
	tab.Settle()
}

// Click clicks there.
func (tab *Tab) Click(x, y float64) {
	tab.t.Helper()
	tab.Do(chromedp.MouseClickXY(x, y))
	tab.Settle()
}

// Press clicks on an element.
func (tab *Tab) Press(selector string) {
	tab.t.Helper()
	tab.Do(chromedp.Click(chromedp.CSS(selector)))
	tab.Settle()
}

// Drag moves the mouse sideways with its button down, and a key if one is named.
func (tab *Tab) Drag(from, to, y float64, with chromedp.Modifier) {
	tab.t.Helper()
	mouse := func(kind input.DispatchMouseEventType, x float64) chromedp.Action[chromedp.Void] {
		return chromedp.MouseEvent(kind, x, y, chromedp.ButtonType(input.MouseButtonLeft), chromedp.ClickCount(1), chromedp.ButtonModifiers(with))
	}
	tab.Do(mouse(input.DispatchMouseEventTypeMouseMoved, from), mouse(input.DispatchMouseEventTypeMousePressed, from),
		mouse(input.DispatchMouseEventTypeMouseMoved, (from+to)/2), mouse(input.DispatchMouseEventTypeMouseMoved, to),
		mouse(input.DispatchMouseEventTypeMouseReleased, to))
	tab.Settle()
}
