package fakecloud

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/source"
	"trough.internal/models"
)

// TestTheDriversOwnParsersReadTheDocuments: in every shape of clouddriver's report, the borrower's instances are taken out of what the
// owners use.
func TestTheDriversOwnParsersReadTheDocuments(t *testing.T) {
	world, encode, prod := newTable(TableSettings{})
	server := New(world)
	c := client{t, server.Transport(), encode.Key}
	pool := models.Pool{Region: "us-east-1", Zone: "us-east-1c", Type: "r3.4xlarge"}
	asked := source.Asked{Pools: []models.Pool{pool}, OS: "LINUX", Borrower: "encode", Accounts: []string{"prod", "encode"}}
	get := func(path string) []byte {
		status, text, err := c.do("GET", "http://internal"+path, http.Header{}, "")
		if status != 200 || err != nil {
			t.Fatalf("%s: %d, %v", path, status, err)
		}
		return []byte(text)
	}
	if text := string(get(source.Path("v2"))); text != "[]" {
		t.Errorf("before the first look: %s", text)
	}
	prod.Reserved = []Reserved{{Zone: pool.Zone, Type: pool.Type, Count: 30, State: "active"}, {Zone: pool.Zone, Type: pool.Type, Count: 5, State: "retired"}}
	for range 12 {
		prod.Add(nil, pool.Zone, pool.Type, begin)
	}
	prod.Add(nil, pool.Zone, pool.Type, begin).State = Terminated
	c.form("as:SetDesiredCapacity", "AutoScalingGroupName", "encode-r3", "DesiredCapacity", "7")
	world.Advance(90 * time.Second)
	for _, name := range []string{"v1", "v2", "v2_5"} {
		report, err := asked.Parse(get(source.Path(name)))
		if err != nil || report.Reserved[0] != 30 || report.InUse[0] != 12 || report.OccurredAt != begin+60 || len(report.Notes) > 0 {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
	if text := string(get(source.Path("v4"))); text != "[]" {
		t.Errorf("a name that is not known: %s", text)
	}

	world.Work("encoding", BorrowerWork{Queued: map[string]int32{"high": 3}, Work: map[string]int64{"high": 5400}, Running: map[string]int32{"low": 1}, BaseBusy: 2})
	encode.Instances[0].Jobs, encode.Instances[0].Class = 1, models.Low
	into := make([]models.Workload, 1)
	instances, err := source.ParseWorkload(get("/workload"), []string{"encoding"}, world.Now(), into)
	if err != nil || into[0].Queued[models.High] != 3 || into[0].Running != 1 || into[0].BaseBusy != 2 || into[0].AsOf != world.Now() {
		t.Errorf("workload: %+v, %v", into[0], err)
	}
	if w := instances.Workers[encode.Instances[0].ID]; len(instances.Workers) != 7 || w.Jobs != 1 || w.Class != models.Low {
		t.Errorf("instances: %+v", instances)
	}

	server.Fail(1, Fault{Kind: Empty, Operation: "http:*", Share: 1})
	report, err := asked.Parse(get(source.Path("v2")))
	if err != nil || !slices.Equal(report.InUse, []int32{models.Unknown}) {
		t.Errorf("a report without rows: %+v, %v", report, err)
	}
}
