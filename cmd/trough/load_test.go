package main

import (
	"strings"
	"testing"

	"trough.internal/report"
	"trough.internal/traces"
)

// Somebody's own trace most often says nothing of itself: that is no reason to call it made up.
func TestATraceThatSaysNothingDoesNotPassForSynthetic(t *testing.T) {
	for _, test := range []struct {
		meta traces.Meta
		want string
	}{
		{traces.Meta{}, "own.csv does not say"},
		{traces.Meta{Assumed: "everything"}, "all of it is synthetic"},
		{traces.Meta{Recorded: "counts | prices", Assumed: "zones"}, "counts; prices"},
	} {
		said := notes("own.csv", test.meta)
		c := report.Conditions{Recorded: said.Recorded, Assumed: append(said.Assumed, "boot")}
		if got := strings.Join(c.RecordedTexts(), "; "); !strings.Contains(got, test.want) {
			t.Errorf("%+v: %s", test.meta, got)
		}
	}
}
