// Package livetest is what tests share that hold the live driver against a backtest: a driver that is as trusting as a backtest is, and
// scenarios made ready with the traces of testdata. Only tests may import it: it brings the engine and the testing package along.
package livetest

import (
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
func Small(tb testing.TB, testdata string) *sim.Built {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(testdata, "scenarios/small.yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	built := Build(tb, testdata, "small.yaml", string(text))
	built.World.Refused = 0.1
	return built
}

// Build makes a scenario ready that is given as text; its name is for messages.
func Build(tb testing.TB, testdata, name, text string) *sim.Built {
	tb.Helper()
	scenario, err := sim.ParseScenario(name, []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	built, err := scenario.Build(files{filepath.Join(testdata, "traces")})
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
