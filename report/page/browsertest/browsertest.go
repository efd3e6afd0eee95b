// Package browsertest opens pages in a real headless Chromium, for tests alone: what a page says on its console, what it
// asks the network for, what sticks out of it, and what axe-core has against it. One browser serves all tests of a binary.
package browsertest

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// A Window says what a page is opened in. The zero value of each field but the two first is what most readers have.
type Window struct {
	Width, Height int64 // CSS pixels
	Dark          bool  // prefers-color-scheme
	Still         bool  // prefers-reduced-motion
	NoScript      bool
}

// A Tab is a page that is open.
type Tab struct {
	Opened time.Duration // from asking for the page to the end of its load event

	t          testing.TB
	ctx        context.Context
	url        string
	mu         sync.Mutex
	complaints []string
}

// lasts is how long a tab may be open: a test that hangs ends, and a busy machine is none that hangs.
const lasts = 2 * time.Minute

// Open opens a file in a tab of its own, which is closed when the test ends. Without a Chromium the test fails, in one
// line that says how to get one.
func Open(t testing.TB, path string, w Window) *Tab {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return Visit(t, (&url.URL{Scheme: "file", Path: path}).String(), w)
}

// Visit opens an address likewise.
func Visit(t testing.TB, address string, w Window) *Tab {
	t.Helper()
	browser, err := start()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	tab := &Tab{t: t, ctx: ctx, url: address}
	tab.must(chromedp.Do(ctx)) // opens the tab, with a context that lasts as long as it does
	limited, stop := context.WithTimeout(ctx, lasts)
	t.Cleanup(stop)
	tab.ctx = limited
	tab.must(tab.listen())
	tab.must(chromedp.Do(limited, chromedp.EmulateViewport(w.Width, w.Height)))
	tab.Prefer(w.Dark, w.Still)
	if w.NoScript {
		_, err := chromedp.Call(limited, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		tab.must(err)
	}
	began := time.Now()
	tab.must(chromedp.Do(limited, chromedp.Navigate(tab.url)))
	tab.Opened = time.Since(began)
	return tab
}

// Do runs steps of chromedp in the tab; the test ends where one fails.
func (tab *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	tab.must(chromedp.Do(tab.ctx, steps...))
}

// Eval is what an expression of JavaScript gives in a tab; of a promise, what it resolves to.
func Eval[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	value, err := chromedp.Run(tab.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		tab.t.Fatalf("%.200s: %v", expression, err)
	}
	return value
}

// Prefer tells the page what its reader prefers, as the browser's settings would, also once it is open.
func (tab *Tab) Prefer(dark, still bool) {
	tab.t.Helper()
	features := []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: "light"}, {Name: "prefers-reduced-motion", Value: "no-preference"}}
	if dark {
		features[0].Value = "dark"
	}
	if still {
		features[1].Value = "reduce"
	}
	_, err := chromedp.Call(tab.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
	tab.must(err)
}

// Settle waits until the page has drawn two more frames: what was asked for is then on the screen.
func (tab *Tab) Settle() {
	tab.t.Helper()
	Eval[int](tab, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))`)
}

func (tab *Tab) must(err error) {
	tab.t.Helper()
	if err != nil {
		tab.t.Fatal(fmt.Errorf("%s: %w", tab.url, err))
	}
}

// Print shows the page as it would be printed, from here on.
func (tab *Tab) Print() {
	tab.t.Helper()
	_, err := chromedp.Call(tab.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	tab.must(err)
}

// Resize makes the window another size, in CSS pixels.
func (tab *Tab) Resize(width, height int64) {
	tab.t.Helper()
	tab.Do(chromedp.EmulateViewport(width, height))
}
