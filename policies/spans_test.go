package policies

import (
	"testing"

	"trough.internal/models"
)

func TestSpansOfACurfewAreThoseInWhichItIsInForce(t *testing.T) {
	set, err := BuiltinSettings("full")
	if err != nil {
		t.Fatal(err)
	}
	from := models.Instant(1446336000) // 2015-11-01T00:00:00Z; New York's clocks go back that night
	spans := set.Curfew.Spans(from, from+2*86400)
	want := []Span{{1446350400, 1446357600}, {1446440400, 1446447600}} // midnight in New York is 04:00Z, then 05:00Z
	if len(spans) != len(want) || spans[0] != want[0] || spans[1] != want[1] {
		t.Errorf("%v, expected %v", spans, want)
	}
}
