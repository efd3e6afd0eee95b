package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/fakecloud"
	"trough.internal/models"
)

// TestEC2AndClouddriverSayTheSameOfOneCloud, and where one of them leaves something out, the other is what tells: one world behind
// both, with borrowed instances, spot instances and a queue in it.
func TestEC2AndClouddriverSayTheSameOfOneCloud(t *testing.T) {
	now := models.InstantOf(time.Now())
	encode := &fakecloud.Account{Number: "222222222222", Name: "encode", Key: "AKIAENCODE"}
	prod := &fakecloud.Account{Number: "111111111111", Name: "prod", Key: "AKIAPROD"}
	group := encode.AddGroup("encode-r3", "us-east-1a", "r3.4xlarge", 100, now)
	group.Tags = []fakecloud.GroupTag{{Key: "trough:driver", Value: "sources", Propagate: true}}
	for range 7 {
		encode.Add(group, "us-east-1a", "r3.4xlarge", now).State = fakecloud.Running
	}
	group.Desired = 7
	for range 60 {
		prod.Add(nil, "us-east-1a", "r3.4xlarge", now).State = fakecloud.Running
	}
	prod.Reserved = []fakecloud.Reserved{{ID: "ri-1", Zone: "us-east-1a", Type: "r3.4xlarge", Count: 100, Start: now - 1000, End: now + 1000, State: "active", Offering: "All Upfront", Product: "Linux/UNIX"}}
	encode.Queues = map[string]fakecloud.Queue{"jobs": {"ApproximateNumberOfMessages": "50", "ApproximateNumberOfMessagesNotVisible": "7"}}
	world := fakecloud.NewTable(fakecloud.TableSettings{}, now-60, encode, prod)
	world.Advance(time.Minute)
	cloud := fakecloud.New(world)
	listening := httptest.NewServer(cloud)
	defer listening.Close()

	folder := t.TempDir()
	for name, text := range map[string]string{
		"credentials": "[encode]\naws_access_key_id = AKIAENCODE\naws_secret_access_key = never-shown\n[prod]\naws_access_key_id = AKIAPROD\naws_secret_access_key = never-shown\n",
		"live.yaml": strings.ReplaceAll(`live: sources
policy: full
pools: [us-east-1a/r3.4xlarge]
prices: 2015-10-05T00:00:00Z
patience: 40s
telemetry:
  chain:
    - ec2:
        account: encode
        accounts:
          - {name: encode, aws: {profile: encode, endpoint: "URL", attempts: 2}}
          - {name: prod, aws: {profile: prod, endpoint: "URL", attempts: 2}}
    - spinnaker: {url: "URL", account: encode, accounts: [prod]}
workload:
  sqs:
    region: us-east-1
    aws: {profile: encode, endpoint: "URL", attempts: 2}
    borrowers: {encoding: [{url: "URL/222222222222/jobs", class: low, mean_work: 10m}]}
`, "URL", listening.URL)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]string{"AWS_SHARED_CREDENTIALS_FILE": filepath.Join(folder, "credentials"), "AWS_CONFIG_FILE": "none", "AWS_PROFILE": "",
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, value)
	}
	plan := func(what string, says, not []string) {
		t.Helper()
		text := runIn(t, folder, "plan", "live.yaml")
		text, _, _ = strings.Cut(text, "[encode]") // the file of credentials
		for _, want := range says {
			if !strings.Contains(text, want) {
				t.Errorf("%s: it does not say %q:\n%s", what, want, text)
			}
		}
		for _, word := range append(not, "never-shown") {
			if strings.Contains(text, word) {
				t.Errorf("%s: it says %q:\n%s", what, word, text)
			}
		}
	}
	const known = "us-east-1a/r3.4xlarge  encoding  100       60"
	plan("all is well", []string{known, "launch"}, []string{"note:"})
	cloud.Fail(1, fakecloud.Fault{Kind: fakecloud.Throttled, Operation: "ec2:DescribeInstances", Share: 1})
	plan("EC2 is called too often", []string{known, "ec2: region us-east-1 is not known: account encode: DescribeInstances: RequestLimitExceeded"}, []string{"disagree"})
	cloud.Fail(1, fakecloud.Fault{Kind: fakecloud.Empty, Operation: "ec2:DescribeInstances", Share: 1})
	plan("EC2 answers with nothing", []string{"note: sources disagree on pool us-east-1a/r3.4xlarge: ec2[0] has 0 of 100 in use, ", "spinnaker[1] 60 of 100, "}, nil)
	cloud.Fail(1, fakecloud.Fault{Kind: fakecloud.Empty, Operation: "http:reservations", Share: 1})
	plan("clouddriver answers with nothing", []string{known, "note: telemetry of spinnaker[1]: "}, nil)
	cloud.Fail(1, fakecloud.Fault{Kind: fakecloud.Unavailable, Operation: "sqs:*", Share: 1})
	plan("SQS does not answer", []string{known, fmt.Sprintf("note: what there is to do is not known: sqs: %s/222222222222/jobs: GetQueueAttributes: ", listening.URL)}, []string{" launch "})
	cloud.Fail(1, fakecloud.Fault{Kind: fakecloud.Skewed, Operation: "*", Share: 1, By: -time.Hour})
	plan("all clocks are wrong", []string{"us-east-1a/r3.4xlarge  encoding  0         unknown", "behind ours"}, []string{" launch "})
}
