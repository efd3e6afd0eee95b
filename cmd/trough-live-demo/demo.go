package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fakecloud"
	"trough.internal/cmd/trough-live/journal"
	"trough.internal/cmd/trough-live/metrics"
	"trough.internal/models"
	"trough.internal/policies"
	"trough.internal/report/measure"
	"trough.internal/sim"
)

//go:embed demo.yaml
var scenarioText []byte

// demo is a day of the driver in the fake cloud.
type demo struct {
	flags
	ctx     context.Context
	begun   time.Time
	world   *sim.World
	cloud   *fakecloud.Backtest
	server  *fakecloud.Server
	driver  *drive.Driver
	metrics *metrics.Metrics
	told    *progress
	tally   tally
}

// play runs a demo and says what came of it.
func play(ctx context.Context, f flags, set *policies.Settings, stdout, stderr *os.File) error {
	built, err := scenario(f.hours)
	if err != nil {
		return failure{err}
	}
	if err := makeFolder(f.out, f.force); err != nil {
		return err
	}
	folder, unlock, err := journal.Lock(filepath.Join(f.out, journalName))
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer unlock()
	disk, err := journal.Open(folder)
	if err != nil {
		return failure{err}
	}
	defer disk.Close()
	d := &demo{flags: f, ctx: ctx, begun: time.Now(), world: &built.World, metrics: metrics.New(drive.Run, nil), told: newProgress(stderr)}
	stop, err := d.start(built, set, disk)
	if err != nil {
		return err
	}
	defer stop()
	result, err := d.run(built)
	if err != nil {
		return failure{err}
	}
	verdict, err := drive.Verify(folder)
	if err != nil {
		return failure{fmt.Errorf("%s: %w", f.out, err)}
	}
	text := d.summary(result, verdict)
	fmt.Fprint(stdout, text)
	if err := writeFile(filepath.Join(f.out, summaryName), text); err != nil {
		return failure{err}
	}
	if verdict.First != nil {
		return failure{fmt.Errorf("%s: cycle %d decides otherwise than its journal says", f.out, verdict.First.Cycle)}
	}
	if ctx.Err() != nil {
		return failure{fmt.Errorf("%s: interrupted after %d evaluations", f.out, d.tally.cycles)}
	}
	return nil
}

func scenario(hours int) (*sim.Built, error) {
	s, err := sim.ParseScenario("demo.yaml", scenarioText)
	if err != nil {
		return nil, err
	}
	built, err := s.Build(nil) // Note: it names no files
	if err != nil {
		return nil, err
	}
	built.World.Until = built.World.Start.Add(time.Duration(hours) * time.Hour)
	return built, nil
}

// start brings up the servers, and a driver that knows nothing but where they are.
func (d *demo) start(built *sim.Built, set *policies.Settings, disk *journal.Journal) (stop func(), err error) {
	policy, err := policies.New(set)
	if err != nil {
		return nil, err
	}
	d.cloud = fakecloud.NewBacktest(d.world, built.Lendable(), policy)
	d.cloud.Lenient, d.cloud.Cycle = true, d.cycle
	d.server = fakecloud.New(d.cloud)
	address, stopCloud, err := serve("127.0.0.1:0", d.server)
	if err != nil {
		return nil, failure{err}
	}
	stopMetrics := func() {}
	if d.listen != "" {
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", d.metrics.Handler())
		var at string
		if at, stopMetrics, err = serve(d.listen, mux); err != nil {
			stopCloud()
			return nil, fmt.Errorf("--listen: %w", err)
		}
		d.told.say("metrics at http://%s/metrics, the fake cloud at http://%s", at, address)
	}
	if d.driver, err = d.newDriver(built, set, disk, "http://"+address); err != nil {
		err = failure{err}
	}
	return func() { stopMetrics(); stopCloud() }, err
}

// run lets the day pass.
func (d *demo) run(built *sim.Built) (*measure.Result, error) {
	in, err := built.Inputs()
	if err != nil {
		return nil, err
	}
	figures := measure.New(measure.Setup{Pools: d.world.Pools, Borrowers: d.world.Borrowers, From: d.world.Start, Until: d.world.Until, Base: d.world.Base})
	if _, err := d.cloud.Run(in, sim.Options{Sink: figures}); err != nil && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	result := figures.Finish(d.cloud.Now())
	return &result, nil
}

// cycle is the driver's turn, at the time for it.
func (d *demo) cycle(obs *models.Observation) error {
	if d.speed > 0 {
		at := d.begun.Add(time.Duration(float64(obs.Now.Sub(d.world.Start)) / d.speed))
		timer := time.NewTimer(time.Until(at))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-d.ctx.Done():
		}
	}
	if err := d.ctx.Err(); err != nil {
		return err
	}
	begun := time.Now()
	c := d.driver.Cycle(context.WithoutCancel(d.ctx)) // an interrupt cuts no evaluation short
	d.metrics.Cycle(d.driver.Market(), c, time.Since(begun))
	d.tally.take(c)
	d.told.cycle(c)
	return nil
}

// serve listens until the function that it returns is called.
func serve(address string, handler http.Handler) (at string, stop func(), err error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(listener)
	return listener.Addr().String(), func() { server.Close() }, nil
}
