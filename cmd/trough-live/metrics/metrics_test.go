package metrics

import (
	"net/http/httptest"
	"strings"
	"testing"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
)

func TestTimeToYieldIsFromTheFirstOrderUntilItIsGone(t *testing.T) {
	m := New(drive.Run, nil)
	for _, e := range []models.Event{
		{Kind: models.Draining, Instance: 1, At: 100}, {Kind: models.Yielding, Instance: 1, At: 130}, {Kind: models.Gone, Instance: 1, At: 150, Cause: models.ByOverdraft},
		{Kind: models.Draining, Instance: 2, At: 100}, {Kind: models.Kept, Instance: 2, At: 110}, {Kind: models.Gone, Instance: 2, At: 500, Cause: models.ByCloud},
		{Kind: models.Gone, Instance: 3, At: 100, Cause: models.ByMargin}, // idle: at once
	} {
		m.event(nil, &e)
	}
	if text := served(m); !strings.Contains(text, "ism_reclaim_seconds_sum 50\n") || !strings.Contains(text, "ism_reclaim_seconds_count 2\n") {
		t.Error(text)
	}
	if len(m.yielding) > 0 {
		t.Errorf("%d instances are kept for ever", len(m.yielding))
	}
}

func TestWhatIsNotKnownIsAbsentAndNotZero(t *testing.T) {
	pools := []models.Pool{{Region: "us-east-1", Zone: "us-east-1a", Type: "r3.4xlarge"}}
	market := models.NewMarket(pools, []string{"encoding"})
	m := New(drive.Run, nil)
	c := &drive.Cycle{Now: 1000, Acted: true, Disagreements: 3, Obs: &models.Observation{Pools: pools, AsOf: []models.Instant{900}},
		Orders: []models.Order{{Kind: models.YieldByNotice, Cause: models.ByOverdraft, N: 4}, {Kind: models.Launch, Cause: models.ByFair, N: 9}}}
	market.Apply(&models.Event{Kind: models.OwnersChanged, N: 20, M: 12})
	m.Cycle(market, c, 0)
	text := served(m)
	for _, line := range []string{`ism_surplus_instances{az="us-east-1a",instance_type="r3.4xlarge"} 8`, `ism_reclaims_total{reason="overdraft"} 4`,
		`ism_orders_total{kind="launch"} 9`, `ism_orders_total{kind="yield-by-notice"} 4`, "ism_report_last_success_timestamp_seconds 900",
		"ism_source_disagreements_total 3"} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("there is no %s:\n%s", line, text)
		}
	}
	market.Apply(&models.Event{Kind: models.OwnersChanged, N: 20, M: models.Unknown})
	m.Cycle(market, c, 0)
	if text := served(m); strings.Contains(text, "ism_surplus_instances{") || !strings.Contains(text, "ism_report_last_success_timestamp_seconds 0\n") {
		t.Error(text)
	}
}

func served(m *Metrics) string {
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

func TestSumsOfOthersAreCountedOnce(t *testing.T) {
	m := New(drive.Run, nil)
	for _, n := range []int64{3, 3, 5} {
		m.Calls(API{Operations: []Operation{{"us-east-1", "EC2:DescribeInstances", n, n - 1}}})
	}
	if text := served(m); !strings.Contains(text, "EC2:DescribeInstances\",region=\"us-east-1\"} 5\n") || !strings.Contains(text, "ism_api_throttles_total{operation=\"EC2:DescribeInstances\",region=\"us-east-1\"} 4\n") {
		t.Error(text)
	}
}
