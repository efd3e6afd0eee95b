// Package livetest is what tests share that hold the live driver against a backtest: a driver that is as trusting as a backtest is, and
// scenarios made ready with the traces of testdata. Only tests may import it: it brings the engine and the testing package along.
package livetest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
	"trough.internal/sim"
	"trough.internal/traces"
)

// Believing are the settings of safety with which a driver decides as a backtest does: they believe the first report, as the
// simulator does, trust a policy that has no rule for old reports with old ones, and ration nothing. What is left of the rules is what
// a backtest has no word for: a clock that was set, a lease, events that do not fit, losses.
func Believing() drive.Safety {
	s := drive.DefaultSafety()
	s.AgreeingReads, s.FallMax = 1, 1
	s.TelemetryAgeMax, s.TelemetryAgeRamp = 24*time.Hour, 24*time.Hour
	s.IncreaseLeast, s.LaunchesPerHour, s.ReclaimMax = 1_000_000, 10_000_000, 1
	s.LaunchWithin, s.FlapMost = 24*time.Hour, 1_000_000
	return s
}

// Small is the recorded day of three pools in which one launch of ten is refused, so that refusals are heard of, too.
func Small(tb testing.TB, testdata string) *sim.Built { return smallFrom(tb, testdata, 0) }

// smallFrom is the rest of that day from so long after midnight on.
func smallFrom(tb testing.TB, testdata string, after time.Duration) *sim.Built {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(testdata, "scenarios/small.yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	s := parse(tb, "small.yaml", string(text))
	s.From, s.Length = s.From.Add(after), s.Length-after
	built := build(tb, testdata, s)
	built.World.Refused = 0.1
	return built
}

// Week is a market of sixteen pools in which every stage of policy full has something to say, from so long after the beginning of
// Monday, 2015-10-05 on, for so long.
func Week(tb testing.TB, after, length time.Duration) *sim.Built {
	tb.Helper()
	from := models.Instant(1_444_003_200).Add(after)
	return build(tb, "", parse(tb, "week.yaml", fmt.Sprintf("from: %s\nlength: %s\n%s", from, length, week)))
}

const week = `
scenario: week
about: Days of a fiftieth of the built-in market.
seed: 3
market:
  scale: 0.02
  surges: {per_day: 60, size_min: 20, size_max: 200}
  failover: {at: 100d}
encoding: {load: 0.04}
base:
  - {pool: us-east-1a/r3.4xlarge, instances: 8}
telemetry: {every: 5m, lag: 2m}
launches:
  latency: {median: 45s, p95: 90s, most: 10m}
  boot: {median: 4m, p95: 8m, most: 30m}
  refused: 1%
yields: {notice: 2m}
policy: full
assumed:
  - all of it
`

func parse(tb testing.TB, name, text string) *sim.Scenario {
	tb.Helper()
	s, err := sim.ParseScenario(name, []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func build(tb testing.TB, testdata string, s *sim.Scenario) *sim.Built {
	tb.Helper()
	built, err := s.Build(files{filepath.Join(testdata, "traces")})
	if err != nil {
		tb.Fatal(err)
	}
	return built
}

// files opens the traces of a folder.
type files struct{ folder string }

func (f files) Capacity(name string) (sim.CapacitySource, sim.CapacityInfo, error) {
	r, err := traces.OpenCapacity(filepath.Join(f.folder, name))
	if err != nil {
		return nil, sim.CapacityInfo{}, err
	}
	from, until := r.Span()
	return r, sim.CapacityInfo{Pools: r.Pools(), From: from, Until: until}, nil
}

func (f files) Jobs(name string) (sim.JobSource, sim.Notes, error) {
	r, err := traces.OpenJobs(filepath.Join(f.folder, name))
	return r, sim.Notes{}, err
}

func (f files) Prices(name string) (*models.Prices, sim.Notes, error) {
	prices, _, err := traces.ReadPrices(filepath.Join(f.folder, name))
	return prices, sim.Notes{}, err
}
