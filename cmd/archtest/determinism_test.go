package archtest

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// deterministic are the packages in which the same input has to give the same bytes. Not sim/experiment: it has
// goroutines, and its own tests show that what comes of them does not depend on their number.
var deterministic = []string{"models/...", "policies/...", "sim", "sim/hindsight"}

// chancy are the imports whose every use differs from run to run.
var chancy = map[string]string{
	"crypto/rand":  "address chance through models/random",
	"hash/maphash": "its seed differs from process to process",
	"math/rand":    "address chance through models/random",
}

// wayward are the functions and variables that give a run what its input does not hold.
//
// Note: reflect's MapKeys is missing. It has a map's order too, but returns a slice, and whoever calls it sorts that.
var wayward = map[string]string{
	"time.After":     clock,
	"time.AfterFunc": clock,
	"time.NewTicker": clock,
	"time.NewTimer":  clock,
	"time.Now":       clock,
	"time.Since":     clock,
	"time.Sleep":     clock,
	"time.Tick":      clock,
	"time.Until":     clock,

	"(time.Time).Local": zone,
	"time.LoadLocation": zone,
	"time.Local":        zone,
	"time.Unix":         zone + "; call .UTC() or .In(zone) on it at once",
	"time.UnixMicro":    zone + "; call .UTC() or .In(zone) on it at once",
	"time.UnixMilli":    zone + "; call .UTC() or .In(zone) on it at once",

	"os.Environ":           machine,
	"os.Getenv":            machine,
	"os.LookupEnv":         machine,
	"runtime.GOMAXPROCS":   machine,
	"runtime.NumCPU":       machine,
	"runtime.NumGoroutine": machine,

	"(*sync.Map).Range":        unordered,
	"(*sync.WaitGroup).Go":     "starts a goroutine; only sim/experiment and cmd may",
	"(reflect.Value).MapRange": unordered,
	"maps.All":                 unordered,
	"maps.Keys":                unordered + "; hand them straight to slices.Sorted",
	"maps.Values":              unordered + "; hand them straight to slices.Sorted",
}

const (
	clock     = "reads the machine's clock; time is a field of the observation"
	machine   = "asks the machine; what a run depends on stands in its scenario"
	unordered = "a map's order differs from one run to the next"
	zone      = "has the machine's time zone; zones come from models/zoneinfo"
)

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	findings, err := checkDeterminism(os.DirFS(moduleRoot), deterministic)
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range findings {
		t.Error(finding)
	}
}

// checkDeterminism returns one line for every place in the files (not the tests) of some packages that could make two
// runs differ and is not excused by a comment "//determinism:" with a reason, and for every such comment gone idle.
func checkDeterminism(tree fs.FS, packages []string) ([]string, error) {
	checked, err := loadTyped(tree, func(dir string) bool { return matches(packages, dir) })
	if err != nil {
		return nil, err
	}
	var findings []string
	for _, s := range checked.sources {
		if checked.left[s.path] {
			findings = append(findings, s.path+": is left out of this build, so that nobody checks it: keep build constraints out of here")
			continue
		}
		reasons := reasonsIn(s, "determinism")
		report := func(n ast.Node, what string) {
			if !reasons.excuse(s.line(n)) {
				findings = append(findings, fmt.Sprintf("%s:%d: %s (or say why not: //determinism: and three words or more)", s.path, s.line(n), what))
			}
		}
		ast.PreorderStack(s.file, nil, func(n ast.Node, parents []ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				if imported, _ := strconv.Unquote(n.Path.Value); chancy[imported] != "" {
					report(n, "import of "+imported+": "+chancy[imported])
				}
			case *ast.GoStmt:
				report(n, "go statement: only sim/experiment and cmd may start goroutines")
			case *ast.SelectStmt:
				report(n, "select: picks any of the channels that are ready")
			case *ast.RangeStmt:
				if isMap(checked.info.TypeOf(n.X)) {
					report(n, "range over a map: its order differs from one run to the next; range over slices.Sorted(maps.Keys(m))")
				}
			case *ast.Ident:
				if name, why := use(checked.info.Uses[n]); why != "" && !tamed(name, parents) {
					report(n, name+": "+why)
				}
			}
			return true
		})
		findings = append(findings, reasons.idle()...)
	}
	return findings, nil
}

// use names what an identifier stands for when that is from outside, and says why it must not be used, if so.
func use(object types.Object) (name, why string) {
	if object == nil || object.Pkg() == nil {
		return "", ""
	}
	name = object.Pkg().Path() + "." + object.Name()
	if f, ok := object.(*types.Func); ok {
		name = f.FullName() // has the receiver
		if f.Pkg().Path() == "math/rand/v2" && f.Signature().Recv() == nil && !strings.HasPrefix(f.Name(), "New") {
			return name, "draws from the process's own generator; address chance through models/random"
		}
	}
	return name, wayward[name]
}

// tamed reports whether the call around a name at once takes away what was wrong with it: an order by sorting, a zone by
// naming another. parents lead from the file to the name: ... outer, call, selector.
func tamed(name string, parents []ast.Node) bool {
	if len(parents) < 3 {
		return false
	}
	outer, call := parents[len(parents)-3], parents[len(parents)-2]
	if call, ok := call.(*ast.CallExpr); !ok || call.Fun != parents[len(parents)-1] {
		return false
	}
	switch name {
	case "maps.Keys", "maps.Values":
		sort, ok := outer.(*ast.CallExpr)
		if !ok {
			return false
		}
		sorter, ok := sort.Fun.(*ast.SelectorExpr)
		return ok && strings.HasPrefix(types.ExprString(sorter), "slices.Sorted")
	case "time.Unix", "time.UnixMicro", "time.UnixMilli":
		then, ok := outer.(*ast.SelectorExpr)
		return ok && (then.Sel.Name == "UTC" || then.Sel.Name == "In")
	}
	return false
}

// isMap also looks into type parameters: one term that is a map suffices.
func isMap(t types.Type) bool {
	switch t := t.Underlying().(type) {
	case *types.Map:
		return true
	case *types.Interface: // of a type parameter: nothing else of this kind can be ranged over
		for i := range t.NumEmbeddeds() {
			if isMap(t.EmbeddedType(i)) {
				return true
			}
		}
	case *types.Union:
		for i := range t.Len() {
			if isMap(t.Term(i).Type()) {
				return true
			}
		}
	}
	return false
}

// typed are the sources of some packages with the types of their expressions.
type typed struct {
	sources []source
	left    map[string]bool // files that this build leaves out, by path
	info    *types.Info
}

// loadTyped type-checks the chosen packages, and what of ours they import, from source. What they import from elsewhere
// comes as the compiler's export data, which is there already when the packages have been built.
func loadTyped(tree fs.FS, chosen func(dir string) bool) (typed, error) {
	l := loader{
		fset:    token.NewFileSet(),
		files:   map[string][]*ast.File{},
		checked: map[string]*types.Package{},
		typed: typed{left: map[string]bool{}, info: &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{},
			Uses:  map[*ast.Ident]types.Object{},
		}},
	}
	sources, err := parseTree(l.fset, tree, parser.ParseComments)
	if err != nil {
		return typed{}, err
	}
	constraints := build.Default
	constraints.JoinPath = path.Join
	constraints.OpenFile = func(name string) (io.ReadCloser, error) { return tree.Open(name) }
	elsewhere := map[string]bool{}
	for _, s := range sources {
		if s.test {
			continue
		}
		if chosen(s.dir) {
			l.sources = append(l.sources, s)
		}
		match, err := constraints.MatchFile(s.dir, path.Base(s.path))
		if err != nil {
			return typed{}, err
		}
		if !match {
			l.left[s.path] = true
			continue
		}
		l.files[s.dir] = append(l.files[s.dir], s.file)
		for _, spec := range s.file.Imports {
			if imported, _ := strconv.Unquote(spec.Path.Value); chosen(s.dir) && !strings.HasPrefix(imported, module+"/") {
				elsewhere[imported] = true
			}
		}
	}
	if l.exports, err = exportFiles(slices.Sorted(maps.Keys(elsewhere))); err != nil {
		return typed{}, err
	}
	l.elsewhere = importer.ForCompiler(l.fset, "gc", l.openExport)
	for _, dir := range slices.Sorted(maps.Keys(l.files)) {
		if chosen(dir) {
			if _, err := l.Import(module + "/" + dir); err != nil {
				return typed{}, err
			}
		}
	}
	return l.typed, nil
}

type loader struct {
	typed
	fset      *token.FileSet
	files     map[string][]*ast.File    // by folder
	checked   map[string]*types.Package // by import path; nil while being checked
	exports   map[string]string         // file of export data by import path
	elsewhere types.Importer
}

// Import makes the loader a types.Importer.
func (l *loader) Import(name string) (*types.Package, error) {
	dir, ours := strings.CutPrefix(name, module+"/")
	if !ours {
		return l.elsewhere.Import(name)
	}
	if done, begun := l.checked[name]; begun {
		if done == nil {
			return nil, fmt.Errorf("%s imports itself", dir)
		}
		return done, nil
	}
	l.checked[name] = nil
	config := types.Config{Importer: l, Sizes: types.SizesFor("gc", runtime.GOARCH)}
	done, err := config.Check(name, l.fset, l.files[dir], l.info)
	if err != nil {
		return nil, fmt.Errorf("%s does not compile: %w", dir, err)
	}
	l.checked[name] = done
	return done, nil
}

func (l *loader) openExport(name string) (io.ReadCloser, error) {
	file := l.exports[name]
	if file == "" {
		return nil, fmt.Errorf("no export data of %s", name)
	}
	return os.Open(file)
}

// exportFiles asks the go command where the compiled form of some packages lies; it builds those that are not.
func exportFiles(packages []string) (map[string]string, error) {
	files := map[string]string{}
	packages = slices.DeleteFunc(packages, func(name string) bool { return name == "unsafe" || name == "C" })
	if len(packages) == 0 {
		return files, nil
	}
	list := exec.Command("go", append([]string{"list", "-export", "-f", "{{.ImportPath}}\t{{.Export}}", "--"}, packages...)...)
	list.Dir = moduleRoot
	out, err := list.Output()
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		return nil, fmt.Errorf("go list: %s", bytes.TrimSpace(failed.Stderr))
	case err != nil:
		return nil, err
	}
	for line := range strings.Lines(string(out)) {
		name, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		files[name] = file
	}
	return files, nil
}

// TestTheDeterminismCheckFires proves every rule, and that reasons work, on one package for each case.
func TestTheDeterminismCheckFires(t *testing.T) {
	cases := []struct {
		uses string   // packages to import, in line 1 with the package clause
		text string   // the file from line 2
		want []string // findings: a prefix of each, without the path
	}{
		// The clock.
		{"time", "var x = time.Now()", []string{"2: time.Now: reads the machine's clock"}},
		{"time", "var x = time.Since(time.Time{})", []string{"2: time.Since"}},
		{"time", "var x = time.Until(time.Time{})", []string{"2: time.Until"}},
		{"time", "func f() {\n\ttime.Sleep(1)\n}", []string{"3: time.Sleep"}},
		{"time", "var x = time.After(1)", []string{"2: time.After"}},
		{"time", "var x = time.AfterFunc(1, nil)", []string{"2: time.AfterFunc"}},
		{"time", "var x = time.Tick(1)", []string{"2: time.Tick"}},
		{"time", "var x = time.NewTimer(1)", []string{"2: time.NewTimer"}},
		{"time", "var x = time.NewTicker(1)", []string{"2: time.NewTicker"}},
		{"time", "var now = time.Now // not called, but handed on", []string{"2: time.Now"}},
		{"", "import clock \"time\"\nvar x = clock.Now()", []string{"3: time.Now"}},
		{"", "import . \"time\"\nvar x = Now()", []string{"3: time.Now"}},

		// The machine's zone, environment and size.
		{"time", "var x, err = time.LoadLocation(`UTC`)", []string{"2: time.LoadLocation: has the machine's time zone"}},
		{"time", "var x = time.Date(2017, 10, 2, 0, 0, 0, 0, time.Local)", []string{"2: time.Local"}},
		{"time", "func f(x time.Time) int { return x.Local().Hour() }", []string{"2: (time.Time).Local"}},
		{"time", "var x = time.Unix(1, 0)", []string{"2: time.Unix"}},
		{"time", "var x = time.UnixMilli(1)\nvar y = time.UnixMicro(1)", []string{"2: time.UnixMilli", "3: time.UnixMicro"}},
		{"time", "var x, y = time.Unix(1, 0).UTC(), time.UnixMilli(1).In(time.UTC)", nil},
		{"os", "var x = os.Getenv(`HOME`)", []string{"2: os.Getenv: asks the machine"}},
		{"os", "var x, ok = os.LookupEnv(`HOME`)\nvar y = os.Environ()", []string{"2: os.LookupEnv", "3: os.Environ"}},
		{"runtime", "var x = runtime.NumGoroutine() + runtime.NumCPU()", []string{"2: runtime.NumGoroutine", "2: runtime.NumCPU"}},
		{"runtime", "var x = runtime.GOMAXPROCS(0)", []string{"2: runtime.GOMAXPROCS"}},

		// Chance without an address.
		{"", "import \"math/rand\"\nvar x = rand.New(rand.NewSource(1))", []string{"2: import of math/rand: address chance"}},
		{"", "import _ \"crypto/rand\"", []string{"2: import of crypto/rand"}},
		{"", "import _ \"hash/maphash\"", []string{"2: import of hash/maphash"}},
		{"", "import \"math/rand/v2\"\nvar x = rand.IntN(6)", []string{"3: math/rand/v2.IntN: draws from"}},
		{"", "import \"math/rand/v2\"\nfunc f(x []int) {\n\trand.Shuffle(len(x), nil)\n}", []string{"4: math/rand/v2.Shuffle"}},
		{"", "import \"math/rand/v2\"\nvar x = rand.New(rand.NewPCG(1, 2)).IntN(6)", nil},

		// Concurrency.
		{"", "func f() {\n\tgo f()\n}", []string{"3: go statement"}},
		{"", "func f() {\n\tselect {}\n}", []string{"3: select"}},
		{"sync", "func f(w *sync.WaitGroup) { w.Go(nil) }", []string{"2: (*sync.WaitGroup).Go"}},

		// A map's order.
		{"", "func f(m map[int]int) {\n\tfor range m {\n\t}\n}", []string{"3: range over a map"}},
		{"", "type M map[int]int\nfunc f(m struct{ M }) {\n\tfor k := range m.M {\n\t\t_ = k\n\t}\n}", []string{"4: range over a map"}},
		{"", "func f[M ~map[K]int, K comparable](m M) {\n\tfor range m {\n\t}\n}", []string{"3: range over a map"}},
		{"maps", "func f(m map[int]int) {\n\tfor range maps.Keys(m) {\n\t}\n}", []string{"3: maps.Keys: a map's order"}},
		{"maps slices", "func f(m map[int]int) []int { return slices.Collect(maps.Values(m)) }", []string{"2: maps.Values"}},
		{"maps", "func f(m map[int]int) {\n\tfor range maps.All(m) {\n\t}\n}", []string{"3: maps.All"}},
		{"sync", "func f(m *sync.Map) { m.Range(nil) }", []string{"2: (*sync.Map).Range"}},
		{"reflect", "func f(m reflect.Value) any { return m.MapRange() }", []string{"2: (reflect.Value).MapRange"}},
		{"maps slices", "func f(m map[int]int) {\n\tfor range slices.Sorted(maps.Keys(m)) {\n\t}\n}", nil},
		{"maps slices", "func f(m map[int]int) []int { return slices.SortedFunc(maps.Values(m), nil) }", nil},
		{"", "func f(s []int, c chan int, i func(func(int) bool)) {\n\tfor range s {\n\t}\n\tfor range c {\n\t}\n\tfor range i {\n\t}\n\tfor range 3 {\n\t}\n}", nil},

		// What is neither.
		{"", "type t struct{ Now int }\nfunc (t) Sleep() {}\nfunc f(x t) int { x.Sleep(); return x.Now }", nil},
		{"time", "var x = time.Duration(3) * time.Second\nvar y time.Month = time.March", nil},
		{"", "// time.Now, select and go f() in a comment\nvar x = `time.Now()`", nil},

		// Reasons.
		{"time", "var x = time.Now() //determinism: only for the test", nil},
		{"time", "//determinism: only for the test\nvar x = time.Now()", nil},
		{"time", "// determinism: only for the test,\n// as is said elsewhere\nvar x = time.Now()", nil},
		{"", "import \"math/rand\" //determinism: the old generator is addressed\nvar x = rand.NewSource(1)", nil},
		{"", "func f(m map[int]int) (sum int) {\n\tfor _, v := range m { //determinism: sums of integers commute\n\t\tsum += v\n\t}\n\treturn sum\n}", nil},
		{"time", "func f() {\n\t//determinism: one reason suffices here\n\tgo time.Sleep(1)\n}", nil},
		{"time", "var x = time.Now() //determinism: because", []string{"2: //determinism: takes a reason of at least three words"}},
		{"time", "var x = time.Now() //determinism:", []string{"2: //determinism: takes a reason"}},
		{"", "var x = 3 //determinism: only for the test", []string{"2: //determinism: excuses nothing any more"}},
		{"time", "//determinism: only for the test\n\nvar x = time.Now()", []string{"4: time.Now", "2: //determinism: excuses nothing"}},
		{"time", "var x = time.Now() //determinism: only for the test\nvar y = time.Now()", []string{"3: time.Now"}},
		{"", "// Determinism is kept: see design.\nvar x = 3", nil},
	}
	tree := fstest.MapFS{}
	dirOf := func(i int) string { return fmt.Sprintf("models/case%d", i) }
	for i, test := range cases {
		text := "package x"
		for _, name := range strings.Fields(test.uses) {
			text += "; import " + strconv.Quote(name)
		}
		tree[dirOf(i)+"/x.go"] = &fstest.MapFile{Data: []byte(text + "\n" + test.text + "\n")}
	}
	findings, err := checkDeterminism(tree, deterministic)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, finding := range findings {
		file, what, _ := strings.Cut(finding, ":")
		got[path.Dir(file)] = append(got[path.Dir(file)], what)
	}
	for i, test := range cases {
		if !slices.EqualFunc(got[dirOf(i)], test.want, strings.HasPrefix) {
			t.Errorf("%s\ngives %q, want %q", test.text, got[dirOf(i)], test.want)
		}
	}
	for name := range wayward {
		fires := func(finding string) bool { return strings.Contains(finding, ": "+name+": ") }
		if !slices.ContainsFunc(findings, fires) {
			t.Errorf("no case shows that %s is found", name)
		}
	}
}

func TestTheDeterminismCheckKnowsItsPackages(t *testing.T) {
	clock := &fstest.MapFile{Data: []byte("package x\nimport \"time\"\nvar X = time.Now()\n")}
	findings, err := checkDeterminism(fstest.MapFS{
		"models/x.go": clock, "models/random/x.go": clock, "policies/x.go": clock, "policies/limits/x.go": clock, "sim/x.go": clock,
		"models/x_test.go": clock, "sim/experiment/x.go": clock, "traces/x.go": clock, "report/x.go": clock, "cmd/trough/x.go": clock,
	}, deterministic)
	if err != nil || len(findings) != 5 {
		t.Errorf("findings %q, error %v, want one of each: models, models/random, policies, policies/limits, sim", findings, err)
	}
}

func TestTheDeterminismCheckSeesThroughOurPackages(t *testing.T) {
	findings, err := checkDeterminism(fstest.MapFS{
		"models/x.go": {Data: []byte("package models\ntype Pools struct{ ByName map[string]int }\n")},
		"sim/x.go": {Data: []byte("package sim\nimport \"" + module + "/models\"\n" +
			"func f(p models.Pools) {\nfor range p.ByName {\n}\n}\n")},
	}, deterministic)
	if err != nil || len(findings) != 1 || !strings.HasPrefix(findings[0], "sim/x.go:4: range over a map") {
		t.Errorf("findings %q, error %v", findings, err)
	}
}

func TestTheDeterminismCheckPassesNothingUnseen(t *testing.T) {
	findings, err := checkDeterminism(fstest.MapFS{
		"models/x.go":                    {Data: []byte("package models\n")},
		"models/x_plan9.go":              {Data: []byte("package models\n")},
		"models/tagged.go":               {Data: []byte("//go:build plan9\n\npackage models\n")},
		"models/generate.go":             {Data: []byte("//go:build ignore\n\npackage main\n")},
		"sim/experiment/x_plan9_test.go": {Data: []byte("package experiment\n")},
	}, deterministic)
	if err != nil || len(findings) != 2 {
		t.Errorf("findings %q, error %v, want the two files that only plan9 builds", findings, err)
	}
	if _, err := checkDeterminism(fstest.MapFS{"sim/x.go": {Data: []byte("package sim\nvar x = y\n")}}, deterministic); err == nil {
		t.Error("a package that does not compile passes")
	}
}
