package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trough.internal/cmd/trough-live/fakecloud"
	"trough.internal/models"
)

// TestCheckSaysWhatIsWrongAndChangesNothing: each thing that is wrong with what a configuration names is one line, which says what to do.
func TestCheckSaysWhatIsWrongAndChangesNothing(t *testing.T) {
	for name, test := range map[string]struct {
		change func(t *testing.T, w *killWorld)
		want   string // a line; empty: nothing is wrong
	}{
		"nothing": {func(*testing.T, *killWorld) {}, ""},
		"no group": {func(_ *testing.T, w *killWorld) {
			w.encode.Groups = slices.DeleteFunc(w.encode.Groups, func(g *fakecloud.Group) bool { return g.Name == "trough-us-east-1b-r3.4xlarge" })
		}, "# wrong: us-east-1b/r3.4xlarge: group trough-us-east-1b-r3.4xlarge: there is no such group"},
		"a group that rebalances": {func(_ *testing.T, w *killWorld) { w.lent(0).Zones = []string{"us-east-1a", "us-east-1d"} },
			`# wrong: us-east-1a/r3.4xlarge: group trough-us-east-1a-r3.4xlarge: it has zones ["us-east-1a" "us-east-1d"] and rebalances among them`},
		"a group of two zones": {func(_ *testing.T, w *killWorld) {
			w.lent(0).Zones, w.lent(0).Suspended = []string{"us-east-1a", "us-east-1d"}, []string{"AZRebalance"}
		}, `and launches in any of them: expected zone us-east-1a alone`},
		"a small group": {func(_ *testing.T, w *killWorld) { w.lent(1).Max = 11 }, "has a maximum of 11, and 12 are reserved there: raise it"},
		"no tags":       {func(_ *testing.T, w *killWorld) { w.lent(1).Tags[0].Propagate = false }, `it gives tag trough:borrower = "" to what it launches: expected "encoding"`},
		"another's": {func(_ *testing.T, w *killWorld) {
			w.encode.Add(w.lent(0), "us-east-1a", "r3.4xlarge", w.table.Now()).Tags = nil
		}, "without the driver's tags: it is somebody else's"},
		"no template":     {func(_ *testing.T, w *killWorld) { clear(w.encode.Templates) }, "# wrong: pool us-east-1c/r3.4xlarge: launch template trough-us-east-1c-r3.4xlarge: RunInstances: InvalidLaunchTemplateName"},
		"no rights":       {func(_ *testing.T, w *killWorld) { w.encode.Key = "another" }, "# wrong: fleet: "},
		"no such account": {func(_ *testing.T, w *killWorld) { w.prod.Name = "production" }, "# wrong: telemetry: "},
		"no work":         {func(_ *testing.T, w *killWorld) { w.table.Work("tests", fakecloud.BorrowerWork{}) }, "# wrong: workload: "},
		"no lease": {func(t *testing.T, w *killWorld) {
			if err := os.Mkdir(filepath.Join(w.path, "lease"), 0o755); err != nil {
				t.Fatal(err)
			}
		}, "# wrong: lease: "},
	} {
		t.Run(name, func(t *testing.T) {
			w := newKillWorld(t, 3, 1000)
			w.table.Lock()
			for _, zone := range killZones {
				w.use(zone, 4)
			}
			w.table.Unlock()
			test.change(t, w)
			before := w.sizes()
			config := filepath.Join(w.path, "live.yaml")
			text, err := os.ReadFile(config)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(config, append(text, "lease: {file: lease}\n"...), 0o644); err != nil {
				t.Fatal(err)
			}
			command := exec.Command("trough-live", "check", config, "--aws")
			command.Env = append(os.Environ(), amazon...)
			out, err := command.Output()
			said := string(out[strings.Index(string(out), "\n# as it is, asked in")+1:])
			wrong := strings.Count(said, "\n# wrong: ")
			if (err == nil) != (test.want == "") || (wrong == 0) != (test.want == "") || !strings.Contains(said, test.want) {
				t.Errorf("%v:\n%s", err, said)
			}
			last := said[strings.LastIndex(strings.TrimSpace(said), "\n")+1:]
			for _, did := range []string{"# checked: telemetry of 3 pools, work of 1 borrowers, ", ", the lease: "} {
				if !strings.Contains(last, did) {
					t.Errorf("it ends with %q", last)
				}
			}
			if !slices.Equal(w.sizes(), before) || w.changes > 1 { // one dry run
				t.Errorf("it changed something: %v, and was %v; %d calls", w.sizes(), before, w.changes)
			}
			if test.want == "" && last != "# checked: telemetry of 3 pools, work of 1 borrowers, 2 groups, 1 launches by EC2, as a dry run, the lease: 0 wrong\n" {
				t.Errorf("it ends with %q", last)
			}
		})
	}
}

// lent is a pool's group.
func (w *killWorld) lent(p models.PoolID) *fakecloud.Group {
	return w.encode.Group("trough-" + killZones[p] + "-r3.4xlarge")
}
