package browsertest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Complaints are what a reader's console would show, errors and warnings, and every request but that for the page
// itself, in the order in which they came.
func (tab *Tab) Complaints() []string {
	tab.t.Helper()
	Eval[int](tab, "0") // whatever came before the answer has been heard
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return slices.Clone(tab.complaints)
}

func (tab *Tab) listen() error {
	return chromedp.Listen(tab.ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			tab.complain("exception: %s", (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
				var words []string
				for _, a := range e.Args {
					words = append(words, string(a.Value)+a.Description)
				}
				tab.complain("console %s: %s", e.Type, strings.Join(words, " "))
			}
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
				tab.complain("browser %s: %s", e.Entry.Level, e.Entry.Text)
			}
		case *network.EventRequestWillBeSent:
			to, _, _ := strings.Cut(e.Request.URL, "#")
			if to != tab.url && !strings.HasPrefix(to, "data:") && !strings.HasPrefix(to, "blob:") {
				tab.complain("request: %s", e.Request.URL)
			}
		}
	})
}

func (tab *Tab) complain(format string, args ...any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.complaints = append(tab.complaints, fmt.Sprintf(format, args...))
}
