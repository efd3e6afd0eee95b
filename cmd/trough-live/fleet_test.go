package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"trough.internal/cmd/trough-live/fakecloud"
	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
	"trough.internal/policies"
)

// testCloud is a fake cloud with what testdata/live/fleet.yaml names.
type testCloud struct {
	account *fakecloud.Account
	table   *fakecloud.Table
	server  *httptest.Server
}

func newTestCloud(begin models.Instant) *testCloud {
	a := &fakecloud.Account{Number: "222222222222", Name: "encode", Key: "test",
		Templates: map[string]fakecloud.Template{"trough-us-east-1a-m3.2xlarge": {Zone: "us-east-1a", Type: "m3.2xlarge"}}}
	for _, zone := range []string{"us-east-1a", "us-east-1c"} {
		g := a.AddGroup("trough-"+zone+"-r3.4xlarge", zone, "r3.4xlarge", 100, begin)
		for _, tag := range [][2]string{{fleet.TagBorrower, "encoding"}, {fleet.TagDriver, "night"}, {fleet.TagPool, zone + "/r3.4xlarge"}} {
			g.Tags = append(g.Tags, fakecloud.GroupTag{Key: tag[0], Value: tag[1], Propagate: true})
		}
	}
	c := &testCloud{account: a, table: fakecloud.NewTable(fakecloud.TableSettings{}, begin, a)}
	c.server = httptest.NewServer(fakecloud.New(c.table))
	return c
}

// amazon is what the program finds its credentials in.
var amazon = []string{"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=never-shown", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=none",
	"AWS_SHARED_CREDENTIALS_FILE=none", "AWS_PROFILE="}

// cloud is a script's cloud: `cloud start CONFIG COPY` begins one and writes a copy of a configuration that has its address,
// `cloud pass DURATION` lets its time pass, `cloud multizone` gives a group a second zone, and `cloud show FILE` writes what there is.
func cloud(ts *testscript.TestScript, _ bool, args []string) {
	switch args[0] {
	case "start":
		var begin models.Instant
		ts.Check(begin.UnmarshalText([]byte("2015-10-05T06:00:00Z")))
		c := newTestCloud(begin)
		ts.Defer(c.server.Close)
		clouds[ts.Name()] = c
		text := strings.Replace(ts.ReadFile(args[1]), "http://127.0.0.1:9462", c.server.URL, 1)
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(text), 0o644))
		for _, pair := range amazon {
			name, value, _ := strings.Cut(pair, "=")
			ts.Setenv(name, value)
		}
	case "pass":
		d, err := time.ParseDuration(args[1])
		ts.Check(err)
		clouds[ts.Name()].table.Advance(d)
	case "multizone":
		c := clouds[ts.Name()]
		c.table.Lock()
		defer c.table.Unlock()
		g := c.account.Groups[0]
		g.Zones = append(g.Zones, "us-east-1b")
	case "show":
		var b strings.Builder
		c := clouds[ts.Name()]
		c.table.Lock()
		defer c.table.Unlock()
		for _, g := range c.account.Groups {
			fmt.Fprintf(&b, "%s wants %d, has %d\n", g.Name, g.Desired, c.account.Count(g))
		}
		alone := 0
		for _, i := range c.account.Instances {
			if i.There() && i.Group == "" {
				alone++
			}
		}
		fmt.Fprintf(&b, "%d in no group\n", alone)
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o644))
	default:
		ts.Fatalf("cloud %q", args)
	}
}

var clouds = map[string]*testCloud{} // by script

func TestOwnersGroupsCannotBeNamed(t *testing.T) {
	pools := []models.Pool{{Region: "us-east-1", Zone: "us-east-1a", Type: "r3.4xlarge"}, {Region: "us-east-1", Zone: "us-east-1b", Type: "r3.4xlarge"}}
	for name, test := range map[string]struct {
		set  FleetConfig
		want string
	}{
		"good":            {FleetConfig{Groups: "trough-{zone}-{type}-{borrower}", Owners: []string{"checkout*"}}, ""},
		"an owner's":      {FleetConfig{Groups: "checkout-{zone}", Owners: []string{"checkout*"}}, "group checkout-us-east-1a of pool us-east-1a/r3.4xlarge is one of owners (checkout*)"},
		"named":           {FleetConfig{Groups: "{zone}-{borrower}", Named: map[string]string{"us-east-1b/r3.4xlarge": "web-v042"}, Owners: []string{"*-v[0-9]*"}}, "group web-v042 of pool us-east-1b/r3.4xlarge is one of owners"},
		"two pools":       {FleetConfig{Groups: "trough-{type}-{borrower}"}, "is that of us-east-1a/r3.4xlarge of encoding and of us-east-1b/r3.4xlarge of encoding"},
		"two borrowers":   {FleetConfig{Groups: "trough-{zone}"}, "is that of us-east-1a/r3.4xlarge of encoding and of us-east-1a/r3.4xlarge of tests"},
		"no such pool":    {FleetConfig{Groups: "{zone}-{borrower}", Named: map[string]string{"us-east-1z/r3.4xlarge": "x"}}, `there is no pool "us-east-1z/r3.4xlarge" in a group`},
		"launched by EC2": {FleetConfig{Groups: "checkout", EC2: &EC2Config{Pools: []policies.Pattern{"*/*"}, Template: "{zone}"}, Owners: []string{"checkout"}}, ""},
	} {
		places, templates, err := test.set.places(pools, []string{"encoding", "tests"})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (len(places) != 4 || len(templates) != 4 || (places[3].Group == "") != (templates[3] != "")) {
			t.Errorf("%s: %v, %v", name, places, templates)
		}
	}
	if err := (&FleetConfig{Owners: []string{"[a"}}).Check(); err == nil {
		t.Error("a pattern that cannot be read matches nothing")
	}
}
