package browsertest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/chromedp/chromedp"
)

var browser struct {
	once   sync.Once
	ctx    context.Context
	cancel context.CancelFunc
	home   string
	err    error
}

// start starts the one browser, or says why it cannot.
func start() (context.Context, error) {
	browser.once.Do(func() {
		path, err := find()
		if err != nil {
			browser.err = err
			return
		}
		if browser.home, browser.err = os.MkdirTemp("", "trough-chromium-"); browser.err != nil {
			return
		}
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path), chromedp.UserDataDir(browser.home),
			chromedp.NoSandbox, // as root, and in containers, Chromium has none
			chromedp.DisableGPU,
			chromedp.Flag("disable-component-update", true),
			chromedp.Flag("disable-quic", true),
			chromedp.Flag("hide-scrollbars", true),
			chromedp.WSURLReadTimeout(time.Minute)) // a first start on a busy machine takes long
		allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, cancel := chromedp.NewContext(allocator)
		browser.ctx, browser.cancel = ctx, func() { cancel(); cancelAllocator() }
		browser.err = chromedp.Do(ctx)
	})
	return browser.ctx, browser.err
}

// find returns the Chromium that CHROMIUM names, else the one of the system.
func find() (string, error) {
	if named := os.Getenv("CHROMIUM"); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", errors.New("CHROMIUM=" + named + " is no program: name the path of a Chromium")
		}
		return path, nil
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		return "", errors.New("there is no chromium to open pages in: install it (.ci/chromium does, as root on Debian), or name one with CHROMIUM=path")
	}
	return path, nil
}

// Close ends the browser and removes what it left. Call it once, after the last test: in TestMain.
func Close() {
	if browser.cancel != nil {
		browser.cancel()
	}
	if browser.home == "" {
		return
	}
	// The browser's own processes may still write for a moment.
	for range 50 {
		if os.RemoveAll(browser.home) == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}
