// Package archtest holds what the architecture promises, as tests: which package may import what (this file), and what
// keeps a run the same bytes every time (determinism_test.go). It has no other code, so nothing can come to rest on it.
package archtest

// layers is the import table, lowest layer first. To change the architecture, change a row here and say why.
//
// Patterns are the go command's: "models/..." is models and everything below it. The most exact row that covers a
// package counts, and it alone: rows do not add up. A package that no row covers is an error.
var layers = []layer{
	// The vocabulary and the models of the world.
	{packages: "models"},
	{packages: "models/...", ours: []string{"models/..."}, theirs: []string{gonum}},
	{packages: "models/settings", ours: []string{"models/..."}, theirs: []string{gonum, yaml}},

	// Policies cannot tell whether they run live: they see no engine, no clock, no files.
	{packages: "policies/...", ours: []string{"models/...", "policies/...", "!policies/policytest"},
		theirs: []string{cron}, tests: []string{"policies/policytest"}},
	// The contract that every policy's tests call. Only tests may import it: it brings the testing package along.
	{packages: "policies/policytest", ours: []string{"models/...", "policies/..."},
		theirs: []string{rapid}, standard: []string{"testing"}},

	// The engine, and what runs it many times. sim may import no policy package but the one with the contract.
	{packages: "sim", ours: []string{"models/...", "policies"}, theirs: []string{gonum},
		tests: []string{"report/measure", "report/bill", "policies/...", "traces"}},
	// What could have been reached: it reads a scenario's inputs, and the plan that it makes is a policy for the engine.
	{packages: "sim/hindsight", ours: []string{"models/...", "policies", "sim"}, tests: []string{"report/measure", "report/bill", "policies/..."}},
	{packages: "sim/experiment", ours: []string{"models/...", "policies", "sim", "report/measure", "report/stats"},
		theirs: []string{gonum, sync}, tests: []string{"policies/..."}},

	{packages: "traces/...", ours: []string{"models/...", "traces/..."}, theirs: []string{parquet}, io: true},

	// Reports read what a run left, and never the engine. The arithmetic is apart from the plots and the files, so that
	// an experiment can have the one without the other.
	{packages: "report", ours: []string{"models/...", "report/...", "!report/page/...", "!report/document", "!report/study"}, theirs: []string{gonum, plot, image, pdf}, io: true},
	{packages: "report/document", ours: []string{"models/...", "report"}, tests: []string{"report/page/browsertest"}},
	{packages: "report/study", ours: []string{"report", "report/document", "report/stats"}},
	{packages: "report/page", ours: []string{"models/...", "report", "report/document", "report/measure", "report/stats", "report/bill"}},
	// What opens pages in a browser. Only tests may import it: it brings the testing package along.
	{packages: "report/page/browsertest", theirs: browser, io: true, standard: []string{"testing"}},
	{packages: "report/measure", ours: []string{"models/...", "report/stats", "report/bill"}, theirs: []string{gonum}},
	{packages: "report/bill", ours: []string{"models/..."}},
	{packages: "report/stats", ours: []string{"models/..."}, theirs: []string{gonum}},

	// The programs. None imports another, but for the driver's journal: the analyst's tool reads what the driver wrote with the driver's
	// own words for it.
	{packages: "cmd/...", ours: everything, theirs: terminal, io: true, tests: []string{"policies/..."}},
	{packages: "cmd/trough/...", ours: append([]string{"cmd/trough/...", "cmd/trough-live/drive", "cmd/trough-live/journal"}, everything...), theirs: terminal, io: true,
		tests: []string{"policies/...", "report/page/browsertest", "cmd/trough-live/source", "cmd/trough-live/livetest"}},
	// The one way of the analyst's tool to a network.
	{packages: "cmd/trough/bucket", theirs: []string{amazon, smithy}, io: true},
	// The driver reaches neither the engine nor, by way of the cloud that only its tests drive, what that is made of.
	{packages: "cmd/trough-live/...",
		ours: []string{"models/...", "policies/...", "!policies/policytest", "traces/...",
			"cmd/trough-live/...", "!cmd/trough-live/fakecloud", "!cmd/trough-live/livetest"},
		theirs: terminal, io: true, tests: []string{"policies/...", "cmd/trough-live/..."}},
	// Its tests run it beside a backtest: both must take the same decisions.
	{packages: "cmd/trough-live/drive", ours: []string{"models/...", "policies", "cmd/trough-live/journal"}, io: true,
		tests: []string{"sim", "traces", "cmd/trough-live/source", "cmd/trough-live/journal/memory", "cmd/trough-live/livetest"}},
	// What tests share that hold it against a backtest. Only tests may import it: it brings the engine and the testing package along.
	{packages: "cmd/trough-live/livetest", ours: []string{"models", "policies", "sim", "traces", "cmd/trough-live/drive"}, io: true, standard: []string{"testing"}},
	{packages: "cmd/trough-live/metrics", ours: []string{"models", "cmd/trough-live/drive"}, theirs: []string{prometheus}, io: true},
	// What the driver knows of its instances: without a cloud, a clock or a file. Its tests ask the simulator which ones it would take.
	{packages: "cmd/trough-live/fleet", ours: []string{"models/..."}, tests: []string{"sim", "policies"}},
	// The driver's one way to Amazon: no other package compiles the SDK's ec2, autoscaling and sqs.
	{packages: "cmd/trough-live/aws/...", ours: []string{"models/...", "cmd/trough-live/aws/...", "cmd/trough-live/drive", "cmd/trough-live/fleet", "cmd/trough-live/lease",
		"cmd/trough-live/source"}, theirs: []string{amazon, smithy}, io: true, tests: []string{"cmd/trough-live/fakecloud", "cmd/trough-live/journal", "policies"}},
	// The live demo: the driver and the fake cloud in one process, apart from the driver's own program, which must not reach the engine.
	{packages: "cmd/trough-live-demo", ours: append([]string{"cmd/trough-live/...", "!cmd/trough-live/livetest"}, everything...), theirs: terminal, io: true},
	{packages: "cmd/trough-live/fakecloud", ours: append([]string{"cmd/trough-live/...", "!cmd/trough-live/livetest"}, everything...), io: true,
		tests: []string{"cmd/trough-live/livetest"}},
}

// A layer is one row: what the packages that a pattern names may import. What it does not grant is forbidden, but for
// the standard library without I/O, the package's own path (in package x_test) and, in test files, testHelpers and I/O.
type layer struct {
	packages string   // pattern, below the module
	ours     []string // patterns, below the module; "!pattern" takes away what came before it
	theirs   []string // patterns of other modules' packages
	io       bool     // whether it may reach files, processes, the network or the log
	standard []string // standard packages that are otherwise forbidden outside of tests
	tests    []string // as ours, for its test files only
}

const (
	amazon   = "github.com/aws/aws-sdk-go-v2/..."
	buckets  = "github.com/johannesboyne/gofakes3/..." // a store like S3 in memory
	cdproto  = "github.com/chromedp/cdproto/..."       // the words of chromedp
	chromedp = "github.com/chromedp/chromedp/..."
	cobra    = "github.com/spf13/cobra/..."
	cron     = "github.com/adhocore/gronx/..."
	gonum    = "gonum.org/v1/gonum/..."
	image    = "golang.org/x/image/..." // fonts and encoders for plot
	parquet  = "github.com/parquet-go/parquet-go/..."
	pdf      = "codeberg.org/go-pdf/fpdf/..." // what plot writes PDF with: its dates are set here
	pflag    = "github.com/spf13/pflag/..."
	plot     = "gonum.org/v1/plot/..."
	rapid    = "pgregory.net/rapid/..."
	scripts  = "github.com/rogpeppe/go-internal/..."
	smithy   = "github.com/aws/smithy-go/..."
	sync     = "golang.org/x/sync/..."
	term     = "golang.org/x/term/..."
	yaml     = "go.yaml.in/yaml/v3/..."

	prometheus = "github.com/prometheus/client_golang/..."
)

var (
	everything  = []string{"models/...", "policies/...", "!policies/policytest", "sim/...", "traces/...", "report/...", "!report/page/browsertest"}
	browser     = []string{cdproto, chromedp}
	terminal    = []string{cobra, pflag, term}
	testHelpers = []string{rapid, scripts, buckets, cdproto, chromedp, yaml}

	// ioPackages reach files, processes, the network or the log, all of which differ between two runs. What only
	// handles their names (net/url, net/netip, path) or has been read at build time (embed, io/fs) does not.
	ioPackages = []string{"os/...", "io/ioutil", "net/...", "!net/url", "!net/netip", "syscall/...", "log/...",
		"database/...", "expvar", "plugin"}

	// testPackages register flags and pull in what a shipped program has no use for.
	testPackages = []string{"testing/..."}
)
