package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"trough.internal/cmd/trough-live/metrics"
	"trough.internal/models/settings"
)

func opsFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("ops", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// expressions are all of PromQL in the alerts and on the dashboard, by where they stand.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	list := map[string]string{}
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr         string
				For                 string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(opsFile(t, "alerts.yaml"), &rules); err != nil {
		t.Fatal(err)
	}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			list["alert "+r.Alert] = r.Expr
			if s := r.Labels["severity"]; s != "page" && s != "ticket" || r.Annotations["summary"] == "" || r.Annotations["action"] == "" {
				t.Errorf("%s: expected a severity, page or ticket, a summary and an action", r.Alert)
			}
		}
	}
	for _, p := range dashboard(t).Panels {
		for _, target := range p.Targets {
			list["panel "+p.Title+" "+target.RefID] = target.Expr
		}
	}
	return list
}

// grafana is a Grafana dashboard as far as it is looked at.
type grafana struct {
	UID, Title    string
	SchemaVersion int
	Panels        []struct {
		ID          int
		Type, Title string
		GridPos     struct{ X, Y, W, H int }
		Targets     []struct{ RefID, Expr string }
	}
	Templating struct{ List []struct{ Name, Type string } }
}

func dashboard(t *testing.T) (d grafana) {
	t.Helper()
	if err := json.Unmarshal(opsFile(t, "dashboard.json"), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

var (
	metricName = regexp.MustCompile(`\bism_[a-z_]+\b`)
	labelList  = regexp.MustCompile(`(?:by|on|ignoring) *\(([^)]*)\)|\{([^}]*)\}`)
	labelName  = regexp.MustCompile(`(?:^|,) *([a-z_]+) *(?:[=!]|,|$)`)
)

// TestAlertsAndDashboardNameMetricsThatThereAre, by all their names and labels, and every metric but information about itself is shown
// or watched.
func TestAlertsAndDashboardNameMetricsThatThereAre(t *testing.T) {
	table, labels := map[string]metrics.Kind{}, []string{"le", "instance"}
	for _, d := range metrics.Table {
		table[d.Name] = d.Kind
		labels = append(labels, d.Labels...)
	}
	used := map[string]bool{}
	for where, expr := range expressions(t) {
		names := metricName.FindAllString(expr, -1)
		if len(names) == 0 {
			t.Errorf("%s: no metric in %s", where, expr)
		}
		for _, name := range names {
			base := strings.TrimSuffix(name, "_bucket")
			kind, known := table[base]
			if !known || (kind == metrics.Timer) != (base != name) {
				t.Errorf("%s: there is no metric %s", where, name)
			}
			used[base] = true
		}
		for _, list := range labelList.FindAllStringSubmatch(expr, -1) {
			for _, label := range labelName.FindAllStringSubmatch(list[1]+list[2], -1) {
				if !slices.Contains(labels, label[1]) {
					t.Errorf("%s: there is no label %s: %s", where, label[1], expr)
				}
			}
		}
	}
	for name := range table {
		if !used[name] {
			t.Errorf("%s is neither shown nor watched", name)
		}
	}
}

// TestPrometheusTakesTheExpressions asks Prometheus' own promtool, which also runs the alerts' tests.
func TestPrometheusTakesTheExpressions(t *testing.T) {
	promtool := os.Getenv("PROMTOOL")
	if promtool == "" {
		promtool = "promtool"
	}
	if _, err := exec.LookPath(promtool); err != nil {
		t.Skip("there is no promtool: .ci/promtool fetches it, or name one with PROMTOOL=path")
	}
	type rule struct {
		Record string `yaml:"record"`
		Expr   string `yaml:"expr"`
	}
	var rules []rule
	for _, where := range sortedKeys(expressions(t)) {
		expr := expressions(t)[where]
		for from, to := range map[string]string{"$__rate_interval": "5m", "$az": ".*", "$instance_type": ".*"} { // as Grafana replaces them
			expr = strings.ReplaceAll(expr, from, to)
		}
		rules = append(rules, rule{fmt.Sprintf("rule:%d", len(rules)), expr})
	}
	text, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	all := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(all, text, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check", "rules", all}, {"check", "rules", "ops/alerts.yaml"}, {"test", "rules", "ops/alerts_test.yaml"}} {
		if out, err := exec.Command(promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %q: %v\n%s", args, err, out)
		}
	}
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// TestTheDashboardHasNoHoles: panels do not overlap, rows are full, ids are their own, and variables that expressions name are there.
func TestTheDashboardHasNoHoles(t *testing.T) {
	d := dashboard(t)
	if d.UID == "" || d.Title == "" || d.SchemaVersion < 36 || len(d.Panels) < 10 {
		t.Errorf("%+v", d)
	}
	taken := map[[2]int]string{}
	ids := map[int]bool{}
	for _, p := range d.Panels {
		if p.Title == "" || len(p.Targets) == 0 || ids[p.ID] || !slices.Contains([]string{"stat", "timeseries"}, p.Type) {
			t.Errorf("panel %d: %+v", p.ID, p)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x > 23 {
					t.Fatalf("%s overlaps %q, or is too wide", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
	if len(taken)%24 != 0 {
		t.Error("a row is not full")
	}
	variables := []string{"__rate_interval"}
	for _, v := range d.Templating.List {
		variables = append(variables, v.Name)
	}
	for where, expr := range expressions(t) {
		for _, v := range regexp.MustCompile(`\$(\w+)`).FindAllStringSubmatch(expr, -1) {
			if !slices.Contains(variables, v[1]) {
				t.Errorf("%s: there is no variable %s", where, v[0])
			}
		}
	}
}

// runs checks that a command line is one of this program: `run CONFIG` with flags that there are.
func runs(t *testing.T, args []string) (config string) {
	t.Helper()
	c, rest, err := newRoot(os.Stdout, os.Stderr).Find(args)
	if err == nil {
		err = c.ParseFlags(rest)
	}
	if err == nil {
		err = c.ValidateArgs(c.Flags().Args())
	}
	if err != nil || c.Name() != "run" {
		t.Fatalf("%q: %v", args, err)
	}
	if mode := c.Flag("mode").Value.String(); mode != "shadow" {
		t.Errorf("%q: mode %s: expected shadow, which acts on nothing, where nobody has looked yet", args, mode)
	}
	return c.Flags().Arg(0)
}

func TestTheUnitRunsTheDriver(t *testing.T) {
	text := string(opsFile(t, "trough-live.service"))
	line := regexp.MustCompile(`(?m)^ExecStart=(\S+) (.*)$`).FindStringSubmatch(text)
	if line == nil || path.Base(line[1]) != "trough-live" {
		t.Fatal("it does not start the driver")
	}
	if config := runs(t, strings.Fields(line[2])); path.Dir(config) != "/etc/trough" {
		t.Errorf("the configuration is %s", config)
	}
	for _, setting := range []string{"Type=notify", "WatchdogSec=", "Restart=always", "StateDirectory=trough", "NoNewPrivileges=yes", "ProtectSystem=strict", "DynamicUser=yes"} {
		if !strings.Contains(text, "\n"+setting) {
			t.Errorf("it does not say %s", setting)
		}
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze here: that the unit is understood was not checked")
	}
	self, err := os.Executable() // the program need not be installed where the unit has it
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "trough-live.service")
	if err := os.WriteFile(unit, []byte(strings.ReplaceAll(text, line[1], self)), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", "--man=no", unit).CombinedOutput(); err != nil || bytes.Contains(out, []byte("trough-live.service:")) {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	out, err := exec.Command(analyze, "security", "--offline=yes", "--no-pager", unit).CombinedOutput()
	level := regexp.MustCompile(`Overall exposure level for trough-live.service: ([0-9.]+)`).FindSubmatch(out)
	if level == nil {
		t.Skipf("this systemd-analyze cannot say how exposed a unit is: %v", err)
	}
	if exposed, _ := strconv.ParseFloat(string(level[1]), 64); exposed > 2 {
		t.Errorf("it is exposed to %s of 10, expected at most 2:\n%s", level[1], out)
	}
}

// manifest is a Kubernetes object as far as it is looked at.
type manifest struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct {
		Name   string
		Labels map[string]string
	}
	Data map[string]string
	Spec struct {
		Replicas int
		Strategy struct{ Type string }
		Selector map[string]any
		Ports    []struct{ Port int }
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     struct {
				TerminationGracePeriodSeconds int `yaml:"terminationGracePeriodSeconds"`
				Containers                    []container
				Volumes                       []map[string]any
			}
		}
	}
}

type container struct {
	Command, Args []string
	Ports         []struct {
		Name          string
		ContainerPort int `yaml:"containerPort"`
	}
	LivenessProbe  probe `yaml:"livenessProbe"`
	ReadinessProbe probe `yaml:"readinessProbe"`
	VolumeMounts   []struct {
		Name      string
		MountPath string `yaml:"mountPath"`
		ReadOnly  bool   `yaml:"readOnly"`
	} `yaml:"volumeMounts"`
}

type probe struct {
	HTTPGet struct{ Path, Port, Scheme string } `yaml:"httpGet"`
}

func TestTheManifestRunsOneDriverThatCanWriteItsJournal(t *testing.T) {
	objects := map[string]manifest{}
	for d := yaml.NewDecoder(bytes.NewReader(opsFile(t, "kubernetes.yaml"))); ; {
		var m manifest
		err := d.Decode(&m)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		objects[m.Kind] = m
	}
	deployment := objects["Deployment"]
	spec := &deployment.Spec
	if spec.Replicas != 1 || spec.Strategy.Type != "Recreate" || len(spec.Template.Spec.Containers) != 1 {
		t.Fatalf("expected one replica that is recreated: %+v", spec)
	}
	c := &spec.Template.Spec.Containers[0]
	if len(c.Command) != 1 || path.Base(c.Command[0]) != "trough-live" {
		t.Errorf("it runs %q", c.Command)
	}
	name := runs(t, c.Args)
	var config Config
	if err := settings.Decode(name, []byte(objects["ConfigMap"].Data[path.Base(name)]), &config); err != nil {
		t.Fatal(err)
	}
	mounted := func(file string, writable bool) {
		for _, m := range c.VolumeMounts {
			if strings.HasPrefix(file, m.MountPath+"/") && m.ReadOnly != writable {
				if !slices.ContainsFunc(spec.Template.Spec.Volumes, func(v map[string]any) bool { return v["name"] == m.Name }) {
					t.Errorf("there is no volume %s", m.Name)
				}
				return
			}
		}
		t.Errorf("%s is in no volume, or must be writable: %t", file, writable)
	}
	mounted(name, false)
	mounted(config.TLS.Certificate, false)
	mounted(config.TLS.Key, false)
	mounted(config.TokenFile, false)
	mounted(config.Journal, true)
	mounted(config.Stops, true)
	_, b := drill(t, 30)
	_, port, _ := strings.Cut(config.Listen, ":")
	for what, p := range map[string]probe{"liveness": c.LivenessProbe, "readiness": c.ReadinessProbe} {
		w := httptest.NewRecorder()
		b.handler().ServeHTTP(w, httptest.NewRequest("GET", p.HTTPGet.Path, nil))
		if w.Code != http.StatusOK || p.HTTPGet.Scheme != "HTTPS" || p.HTTPGet.Port != c.Ports[0].Name {
			t.Errorf("%s probe: %+v: %d", what, p, w.Code)
		}
	}
	if c.LivenessProbe.HTTPGet.Path != "/healthz" || c.ReadinessProbe.HTTPGet.Path != "/readyz" {
		t.Error("a driver that knows too little must not be ended for that")
	}
	if got := strconv.Itoa(c.Ports[0].ContainerPort); got != port || strconv.Itoa(objects["Service"].Spec.Ports[0].Port) != port {
		t.Errorf("the driver listens on %s, the container on %s", port, got)
	}
	if grace := time.Duration(spec.Template.Spec.TerminationGracePeriodSeconds) * time.Second; grace < 3*config.Patience {
		t.Errorf("it is killed after %s, and an evaluation waits for three answers for %s each", grace, config.Patience)
	}
}

// TestMetricsAreDocumented keeps the list of metrics in ops/README.md whole; -update writes it anew.
func TestMetricsAreDocumented(t *testing.T) {
	const from, to = "<!-- metrics -->\n", "<!-- end of metrics -->\n"
	text := string(opsFile(t, "README.md"))
	before, rest, ok := strings.Cut(text, from)
	_, after, also := strings.Cut(rest, to)
	if !ok || !also {
		t.Fatal("ops/README.md has no place for the metrics")
	}
	var table strings.Builder
	if err := metrics.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	want := before + from + table.String() + to + after
	if *update {
		if err := os.WriteFile("ops/README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text != want {
		t.Error("ops/README.md is not of these metrics: go test ./cmd/trough-live -run Documented -update")
	}
}
