package archtest

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	module     = "trough.internal"
	moduleRoot = "../.." // tests run in their package's folder
	seeTable   = " (see the table in cmd/archtest/layers_test.go)"
)

func TestImportsFollowTheTable(t *testing.T) {
	findings, err := checkImports(os.DirFS(moduleRoot), layers)
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range findings {
		t.Error(finding)
	}
}

// checkImports returns one line for every import in the tree that the table does not grant.
func checkImports(tree fs.FS, table []layer) ([]string, error) {
	fset := token.NewFileSet()
	sources, err := parseTree(fset, tree, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var findings []string
	uncovered := map[string]bool{}
	for _, s := range sources {
		row, ok := rowOf(table, s.dir)
		if !ok {
			if !uncovered[s.dir] {
				findings = append(findings, fmt.Sprintf("package %s has no row: add one that says what it may import%s", s.dir, seeTable))
			}
			uncovered[s.dir] = true
			continue
		}
		reasons := reasonsIn(s, "unsafe")
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, fmt.Errorf("%s: import %s: %w", s.path, spec.Path.Value, err)
			}
			if imported == "unsafe" && reasons.excuse(s.line(spec)) {
				continue
			}
			if why := row.forbids(table, s, imported); why != "" {
				findings = append(findings, fmt.Sprintf("%s imports %s: %s%s",
					s.path, strings.TrimPrefix(imported, module+"/"), why, seeTable))
			}
		}
		findings = append(findings, reasons.idle()...)
	}
	return findings, nil
}

// forbids says why a file of this row may not import a package, or nothing when it may.
func (row layer) forbids(table []layer, s source, imported string) string {
	ours, isOurs := strings.CutPrefix(imported, module+"/")
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case imported == "C":
		return "no package may: Trough is built with Go alone"
	case imported == "unsafe":
		return "no package may without a comment //unsafe: and a reason of at least three words beside or above it"
	case isOurs && (ours == s.dir || matches(row.ours, ours) || s.test && matches(row.tests, ours)):
		return ""
	case isOurs && matches(row.tests, ours):
		return "only the tests of " + row.packages + " may"
	case isOurs:
		return row.packages + " may import " + listed(row.ours, "nothing of ours")
	case imported == module:
		return "the module's root is no package"
	case strings.Contains(first, "."):
		if matches(row.theirs, imported) || s.test && matches(testHelpers, imported) {
			return ""
		}
		if matches(testHelpers, imported) {
			return "only test files may"
		}
		return "only " + listed(rowsWhere(table, func(l layer) bool { return matches(l.theirs, imported) }), "a new row") + " may"
	case s.test || matches(row.standard, imported):
		return ""
	case matches(testPackages, imported):
		return "only " + listed(append([]string{"test files"}, rowsWhere(table, func(l layer) bool { return matches(l.standard, imported) })...), "") + " may"
	case matches(ioPackages, imported) && !row.io:
		return row.packages + " does no I/O; only " + listed(rowsWhere(table, func(l layer) bool { return l.io }), "no package") + " may"
	}
	return ""
}

func rowsWhere(table []layer, holds func(layer) bool) []string {
	var rows []string
	for _, l := range table {
		if holds(l) {
			rows = append(rows, l.packages)
		}
	}
	return rows
}

func listed(patterns []string, none string) string {
	if len(patterns) == 0 {
		return none
	}
	return strings.Join(patterns, ", ")
}

// rowOf returns the most exact row that covers a package: the one that names it, else the one with the longest pattern.
func rowOf(table []layer, dir string) (layer, bool) {
	var best layer
	found := false
	for _, l := range table {
		if l.packages == dir {
			return l, true
		}
		if matches([]string{l.packages}, dir) && len(l.packages) > len(best.packages) {
			best, found = l, true
		}
	}
	return best, found
}

// matches reports whether the last pattern that says anything about a path says yes.
func matches(patterns []string, name string) bool {
	yes := false
	for _, pattern := range patterns {
		pattern, not := strings.CutPrefix(pattern, "!")
		base, below := strings.CutSuffix(pattern, "/...")
		if name == base || below && strings.HasPrefix(name, base+"/") {
			yes = !not
		}
	}
	return yes
}

// TestTheImportTableFires proves on one-file packages what the table grants and what it refuses.
func TestTheImportTableFires(t *testing.T) {
	for _, test := range []struct {
		file    string
		imports string // separated by blanks; those that begin with "./" are ours
		want    string // a part of the one finding; none when empty
	}{
		// What the table grants.
		{"models/x.go", "fmt time embed net/url", ""},
		{"models/x_test.go", "os testing pgregory.net/rapid ./models", ""},
		{"models/billing/x.go", "./models ./models/settings ./models/random gonum.org/v1/gonum/stat", ""},
		{"models/settings/x.go", "./models go.yaml.in/yaml/v3", ""},
		{"policies/x.go", "./models/forecast ./policies/limits github.com/adhocore/gronx", ""},
		{"policies/x_test.go", "./policies/policytest", ""},
		{"policies/policytest/x.go", "testing ./policies pgregory.net/rapid", ""},
		{"sim/x.go", "./models/random ./policies gonum.org/v1/gonum/stat/distuv", ""},
		{"sim/x_test.go", "os ./report/measure ./policies/policytest github.com/rogpeppe/go-internal/testscript", ""},
		{"sim/experiment/x.go", "./sim ./report/measure ./report/stats golang.org/x/sync/errgroup gonum.org/v1/gonum/optimize", ""},
		{"traces/convert/x.go", "os ./traces ./models github.com/parquet-go/parquet-go/compress/zstd", ""},
		{"report/x.go", "os ./report/measure gonum.org/v1/plot gonum.org/v1/plot/plotter golang.org/x/image/font", ""},
		{"report/document/x_test.go", "./report/page/browsertest github.com/chromedp/chromedp", ""},
		{"report/page/browsertest/x.go", "os testing github.com/chromedp/chromedp github.com/chromedp/cdproto/log", ""},
		{"cmd/trough/x_test.go", "./report/page/browsertest", ""},
		{"report/measure/x.go", "./models ./report/stats gonum.org/v1/gonum/stat", ""},
		{"cmd/trough/x.go", "os ./sim/experiment ./report ./cmd/trough/progress github.com/spf13/cobra github.com/spf13/pflag", ""},
		{"cmd/other/x.go", "net/http ./sim golang.org/x/term", ""},
		{"cmd/trough-live/x.go", "net/http ./policies ./traces ./cmd/trough-live/safety", ""},
		{"cmd/trough-live/x_test.go", "./cmd/trough-live/fakecloud", ""},
		{"cmd/trough-live/drive/x_test.go", "./sim ./traces ./cmd/trough-live/source", ""},
		{"cmd/trough-live/fakecloud/x.go", "net/http/httptest ./sim ./report ./cmd/trough-live/safety", ""},
		{"cmd/trough-live/livetest/x.go", "os testing ./sim ./traces ./cmd/trough-live/drive", ""},
		{"cmd/trough-live/fakecloud/x_test.go", "./cmd/trough-live/livetest", ""},
		{"cmd/trough-live-demo/x.go", "net/http ./sim ./cmd/trough-live/drive ./cmd/trough-live/fakecloud", ""},

		// Imports point down only.
		{"models/x.go", "./models/random", "models/x.go imports models/random: models may import nothing of ours (see the table in cmd/archtest/layers_test.go)"},
		{"models/billing/x.go", "./policies", "models/... may import models/..."},
		{"models/billing/x_test.go", "./policies", "models/... may import models/..."},
		{"policies/x.go", "./sim", "policies/x.go imports sim: policies/... may import models/..., policies/..., !policies/policytest (see"},
		{"policies/x_test.go", "./sim", "policies/x_test.go imports sim:"},
		{"policies/x.go", "./traces", "policies/x.go imports traces:"},
		{"policies/x.go", "./policies/policytest", "only the tests of policies/... may"},
		{"sim/x.go", "./report/measure", "sim/x.go imports report/measure: only the tests of sim may"},
		{"sim/x_test.go", "./report", "sim/x_test.go imports report:"},
		{"sim/x.go", "./traces", "sim/x.go imports traces:"},
		{"sim/x.go", "./sim/experiment", "sim/x.go imports sim/experiment:"},
		{"sim/experiment/x.go", "./report", "sim/experiment/x.go imports report:"},
		{"traces/x.go", "./sim", "traces/x.go imports sim:"},
		{"report/x.go", "./sim", "report/x.go imports sim: report may import models/..., report/..., !report/page/..., !report/document, !report/study (see"},
		{"report/measure/x.go", "./report", "report/measure/x.go imports report:"},
		{"report/x.go", "./report/page", "report/x.go imports report/page:"},
		{"report/document/x.go", "./report/page/browsertest", "only the tests of report/document may"},
		{"report/document/x.go", "github.com/chromedp/chromedp", "only test files may"},
		{"cmd/trough/x.go", "./report/page/browsertest", "only the tests of cmd/trough/... may"},
		{"report/stats/x_test.go", "./sim", "report/stats/x_test.go imports sim:"},
		{"sim/experiment/x.go", "./cmd/trough", "sim/experiment/x.go imports cmd/trough:"},
		{"cmd/trough/x.go", "./cmd/trough-live", "cmd/trough/x.go imports cmd/trough-live:"},
		{"cmd/trough/x.go", "./policies/policytest", "only the tests of cmd/trough/... may"},
		{"cmd/trough-live/x.go", "./sim", "cmd/trough-live/x.go imports sim:"},
		{"cmd/trough-live/drive/x.go", "./sim", "only the tests of cmd/trough-live/drive may"},
		{"cmd/trough-live/drive/x.go", "./cmd/trough-live/source", "only the tests of cmd/trough-live/drive may"},
		{"cmd/trough-live/source/x_test.go", "./sim", "cmd/trough-live/source/x_test.go imports sim:"},
		{"cmd/trough-live/x.go", "github.com/prometheus/client_golang/prometheus", "only cmd/trough-live/metrics may"},
		{"cmd/trough-live/safety/x_test.go", "./report/measure", "cmd/trough-live/safety/x_test.go imports report/measure:"},
		{"cmd/trough-live/x.go", "./cmd/trough-live/fakecloud", "only the tests of cmd/trough-live/... may"},
		{"cmd/trough-live/fakecloud/x.go", "./cmd/trough-live/livetest", "only the tests of cmd/trough-live/fakecloud may"},

		// Each dependency has its place.
		{"sim/x.go", "github.com/parquet-go/parquet-go", "sim/x.go imports github.com/parquet-go/parquet-go: only traces/... may (see"},
		{"cmd/trough/x.go", "github.com/parquet-go/parquet-go", "only traces/... may"},
		{"models/x.go", "gonum.org/v1/gonum/stat", "models/x.go imports gonum.org/v1/gonum/stat: only models/..., "},
		{"policies/x.go", "go.yaml.in/yaml/v3", "only test files may"},
		{"models/catalog/x.go", "go.yaml.in/yaml/v3", "only test files may"},
		{"sim/experiment/x.go", "gonum.org/v1/plot", "only report may"},
		{"report/stats/x.go", "gonum.org/v1/plot", "only report may"},
		{"cmd/trough/x.go", "gonum.org/v1/plot/vg", "only report may"},
		{"report/x.go", "github.com/spf13/pflag", "only cmd/..., cmd/trough/..., cmd/trough-live/..., cmd/trough-live-demo may"},
		{"traces/x.go", "golang.org/x/term", "only cmd/..."},
		{"sim/x.go", "golang.org/x/sync/errgroup", "only sim/experiment may"},
		{"sim/x.go", "github.com/adhocore/gronx", "only policies/... may"},
		{"sim/x.go", "pgregory.net/rapid", "only test files may"},
		{"cmd/trough/x.go", "example.org/left/pad", "cmd/trough/x.go imports example.org/left/pad: only a new row may"},
		{"traces/x.go", "github.com/parquet-go/parquet-goose", "only a new row may"},

		// I/O, and packages that are for tests or for nobody.
		{"models/x.go", "os", "models/x.go imports os: models does no I/O; only traces/..., report, report/page/browsertest, cmd/..., "},
		{"models/spotmarket/x.go", "net/http", "models/... does no I/O"},
		{"policies/x.go", "os/exec", "policies/... does no I/O"},
		{"sim/x.go", "io/ioutil", "sim does no I/O"},
		{"sim/experiment/x.go", "log/slog", "sim/experiment does no I/O"},
		{"report/measure/x.go", "os", "report/measure does no I/O"},
		{"traces/x.go", "testing", "only test files, policies/policytest, report/page/browsertest, cmd/trough-live/livetest may"},
		{"cmd/trough/x.go", "testing/fstest", "only test files may"},
		{"traces/x.go", "C", "traces/x.go imports C: no package may"},
		{"traces/x_test.go", "C", "traces/x_test.go imports C: no package may"},
		{"models/x.go", "unsafe", "models/x.go imports unsafe: no package may without a comment //unsafe:"},
		{"cmd/trough/x.go", "unsafe", "cmd/trough/x.go imports unsafe: no package may without"},

		// Packages that nobody thought of.
		{"x.go", "fmt", "package . has no row: add one that says what it may import (see the table"},
		{"broker/x.go", "", "package broker has no row: add one"},
		{"sim/world/x.go", "", "package sim/world has no row: add one"},
		{"modelsque/x.go", "", "package modelsque has no row: add one"},
	} {
		t.Run(test.file+" "+test.imports, func(t *testing.T) {
			text := "package x\n"
			for _, name := range strings.Fields(test.imports) {
				if below, ok := strings.CutPrefix(name, "./"); ok {
					name = module + "/" + below
				}
				text += "import " + strconv.Quote(name) + "\n"
			}
			checkFake(t, test.file, text, test.want)
		})
	}
}

func TestUnsafeNeedsAReason(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"package x\nimport \"unsafe\" //unsafe: views bytes as columns\n", ""},
		{"package x\nimport (\n//unsafe: views bytes as columns,\n// which halves reading\n\"unsafe\"\n)\n", ""},
		{"package x\nimport \"unsafe\" //unsafe: for speed\n", "traces/x.go:2: //unsafe: takes a reason of at least three words"},
		{"package x\n\n//unsafe: views bytes as columns\nimport \"os\"\n", "traces/x.go:3: //unsafe: excuses nothing"},
	} {
		checkFake(t, "traces/x.go", test.text, test.want)
	}
}

func TestWhatIsNoPackageOfTheModuleIsLeftAlone(t *testing.T) {
	bad := &fstest.MapFile{Data: []byte("package x\nimport \"os\"\n")}
	findings, err := checkImports(fstest.MapFS{
		"models/testdata/x.go": bad, "models/_old/x.go": bad, ".cache/x.go": bad, "models/.x.go": bad,
		"tools/go.mod": {}, "tools/x.go": bad,
		"go.mod": {}, "sim/x.go": bad, // the only one that counts
	}, layers)
	if err != nil || len(findings) != 1 {
		t.Errorf("findings %q, error %v, want the one of sim/x.go", findings, err)
	}
	if _, err := checkImports(fstest.MapFS{"README.md": {}}, layers); err == nil {
		t.Error("a tree without Go files passes")
	}
}

func TestProgramsThatAreRunByFileNameAreNoPartOfTheirPackage(t *testing.T) {
	ignored := "//go:build ignore\n\npackage main\nimport \"os\"\n"
	findings, err := checkImports(fstest.MapFS{"models/generate.go": {Data: []byte(ignored)}, "models/x.go": {Data: []byte("package models")}}, layers)
	if err != nil || len(findings) > 0 {
		t.Errorf("findings %q, error %v", findings, err)
	}
	checkFake(t, "models/windows.go", "//go:build windows\n\npackage models\nimport \"os\"\n", "models does no I/O")
}

// checkFake checks a tree of one file, and wants one finding that contains want, or none where want is empty.
func checkFake(t *testing.T, name, text, want string) {
	t.Helper()
	findings, err := checkImports(fstest.MapFS{name: {Data: []byte(text)}}, layers)
	switch {
	case err != nil:
		t.Fatal(err)
	case want == "" && len(findings) > 0:
		t.Errorf("%s is sound, but: %q", name, findings)
	case want != "" && (len(findings) != 1 || !strings.Contains(findings[0], want)):
		t.Errorf("%s gives %q, want only %q", name, findings, want)
	}
}
