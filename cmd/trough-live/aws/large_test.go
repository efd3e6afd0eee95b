package aws

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/fakecloud"
	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
	"trough.internal/models/settings"
)

// large is a fleet of so many pools, one region, with so many instances each, that is called over what is made of the fake.
func large(t testing.TB, pools, instances int, over func(http.RoundTripper) http.RoundTripper) (*Cloud, *fakecloud.Server) {
	for _, pair := range [][2]string{{"AWS_ACCESS_KEY_ID", "test"}, {"AWS_SECRET_ACCESS_KEY", "never-shown"}, {"AWS_EC2_METADATA_DISABLED", "true"}} {
		t.Setenv(pair[0], pair[1])
	}
	account := &fakecloud.Account{Number: "222222222222", Name: "encode", Key: "test"}
	table := fakecloud.NewTable(fakecloud.TableSettings{}, begin, account)
	server := fakecloud.New(table)
	f := Fleet{Name: "night", Borrowers: []string{"encoding"}, Templates: make([]string, pools), Now: table.Now}
	settings.Defaults(&f.Rules)
	jobs := map[string]fleet.Job{}
	f.Work = func() fleet.Work { return fleet.Work{AsOf: begin, Instances: jobs} }
	for p := range pools {
		zone, typeName := fmt.Sprintf("us-east-1%c", 'a'+p%5), fmt.Sprintf("r%d.4xlarge", p/5)
		f.Pools = append(f.Pools, models.Pool{Region: "us-east-1", Zone: zone, Type: typeName})
		f.Places = append(f.Places, fleet.Place{Region: "us-east-1", Group: fmt.Sprintf("trough-%04d", p)})
		g := account.AddGroup(f.Places[p].Group, zone, typeName, 100, begin)
		g.Desired = int32(instances)
		for _, tag := range [][2]string{{fleet.TagBorrower, "encoding"}, {fleet.TagDriver, "night"}, {fleet.TagPool, zone + "/" + typeName}} {
			g.Tags = append(g.Tags, fakecloud.GroupTag{Key: tag[0], Value: tag[1], Propagate: true})
		}
		for range instances {
			i := account.Add(g, zone, typeName, begin)
			i.State, i.Registered, i.Jobs = fakecloud.Running, true, 1
			jobs[i.ID] = fleet.Job{Jobs: 1}
		}
	}
	client, err := Open(context.Background(), Settings{CallsPerMinute: 600_000, Attempts: 1, Timeout: time.Minute, Transport: over(server.Transport())})
	if err != nil {
		t.Fatal(err)
	}
	f.Client = client
	return NewCloud(f), server
}

// TestAThousandInstancesAndAHundredGroupsTakeOneCallEach: 3,000 pools with 12,000 instances are described in 30 and 12 calls.
func TestAThousandInstancesAndAHundredGroupsTakeOneCallEach(t *testing.T) {
	pools := 300
	if os.Getenv("TROUGH_LONG") != "" {
		pools = 3000
	}
	cloud, server := large(t, pools, 4, plainly)
	events, cursor, err := cloud.Since(context.Background(), 0)
	if err != nil || len(events) != 4*pools*5 || len(cloud.Notes()) > 0 {
		t.Fatalf("%d events, notes %q, %v", len(events), cloud.Notes(), err)
	}
	if events, _, err = cloud.Since(context.Background(), cursor); err != nil || len(events) != 0 {
		t.Fatalf("nothing happens, and %d events are told, %v", len(events), err)
	}
	calls := server.Calls()
	if calls["autoscaling:DescribeAutoScalingGroups"] != 2*pools/100 || calls["ec2:DescribeInstances"] != 2*((4*pools+999)/1000) || len(calls) != 2 {
		t.Errorf("%v", calls)
	}
}

func plainly(to http.RoundTripper) http.RoundTripper { return to }

// BenchmarkLook is one look at 3,000 pools with four instances each, as long as Amazon's answers are: what it costs to ask, to read
// the answers, and to take them into the ledger, and nothing of what it costs to answer.
func BenchmarkLook(b *testing.B) {
	cloud, _, answers := wordily(b)
	cursor := int64(0)
	before, used := answers.bytes, processorTime()
	for b.Loop() {
		_, next, err := cloud.Since(context.Background(), cursor)
		if err != nil {
			b.Fatal(err)
		}
		cursor = next
	}
	b.ReportMetric(float64((processorTime()-used).Milliseconds())/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(answers.bytes-before)/float64(b.N), "answer-B/op")
}

// wordily is a fleet of 3,000 pools that has been looked at once, over answers that are as long as Amazon's.
func wordily(b *testing.B) (*Cloud, *fleet.Look, *wordy) {
	answers := &wordy{answers: map[string][]byte{}}
	cloud, _ := large(b, 3000, 4, func(to http.RoundTripper) http.RoundTripper {
		answers.to = to
		return answers
	})
	look, _, err := cloud.look(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	return cloud, look, answers
}

// BenchmarkTake is the ledger's part of it.
func BenchmarkTake(b *testing.B) {
	cloud, look, _ := wordily(b)
	cursor := int64(0)
	var err error
	for b.Loop() {
		cloud.ledger.Take(look)
		if _, cursor, err = cloud.ledger.Since(cursor); err != nil {
			b.Fatal(err)
		}
		cloud.ledger.Tend(look.At, "us-east-1", look.Work, true)
	}
}
