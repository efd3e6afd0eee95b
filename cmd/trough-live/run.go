package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/journal"
	"trough.internal/cmd/trough-live/metrics"
	"trough.internal/models"
)

func (a *app) run() *cobra.Command {
	var mode, path string
	var cycles int64
	c := &cobra.Command{
		Use:   "run CONFIG",
		Short: "Evaluate until interrupted, into the configuration's journal",
		Long: `Evaluates as often as the policy wants to, writes every evaluation into the journal before anything is done about it, and logs a
line for each and for each order. Goes on where the journal ends. An interrupt ends it after the evaluation that it is in; a drill ends with its trace.

In mode shadow it acts on nothing; in mode hold it ends instances and launches none; in mode run it does both. Modes hold and run need
the configuration's section fleet. With it, a driver in shadow sees the instances that there are, and orders what it would
order; without it, its orders are those of a borrower that holds nothing.`,
		Example: `  trough-live run live.yaml
  trough-live run live.yaml --journal out/hour --cycles 60 --json
  trough-live run live.yaml --mode run --cycles 60 --journal out/acting`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := drive.ParseMode(mode)
			if err != nil {
				return fmt.Errorf("--mode: %w", err)
			}
			config, err := loadConfig(args[0])
			if err != nil {
				return err
			}
			l, err := prepare(config)
			if err != nil {
				return err
			}
			defer l.close()
			l.setup.Mode = m
			if err := l.openFleet(m); err != nil {
				return err
			}
			if path == "" {
				path = config.path(config.Journal)
			}
			return a.drive(cmd.Context(), l, path, cycles)
		},
	}
	c.Flags().StringVar(&mode, "mode", "shadow", "shadow: act on nothing; hold: increase nothing; run")
	c.Flags().StringVar(&path, "journal", "", "folder of the journal, in the place of the configuration's")
	c.Flags().Int64Var(&cycles, "cycles", 0, "end after so many evaluations; 0 does not")
	return c
}

// drive runs a driver on its journal.
func (a *app) drive(ctx context.Context, l *live, path string, cycles int64) error {
	folder, unlock, err := journal.Lock(path)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer unlock()
	j, err := journal.Open(folder)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var d *drive.Driver
	defer func() {
		if d == nil || !d.Writing() {
			j.Close()
		}
	}()
	log := a.logger()
	l.setup.Journal = bounded{j, l.config.JournalMost << 20, log}
	giveBack, err := l.holdLease(ctx, log)
	if err != nil {
		return err
	}
	defer giveBack()
	var notes []string
	d, notes, err = drive.Resume(l.setup, folder)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	text, err := l.effective()
	if err != nil {
		return err
	}
	log.Info("begins", "live", l.config.Live, "mode", l.setup.Mode.String(), "after", d.Number(), "journal", path, "effective", text)
	for _, note := range notes {
		log.Warn(note)
	}
	var atlas *metrics.Spectatord
	if l.config.Spectatord != "" {
		if atlas, err = metrics.NewSpectatord(l.config.Spectatord, d.Every()); err != nil {
			return err
		}
	}
	board := newBoard(l, d.Every(), metrics.New(l.setup.Mode, atlas))
	if l.config.Listen != "" {
		stop, err := board.serve(log)
		if err != nil {
			return err
		}
		defer stop()
	}
	return loop(ctx, l, d, board, log, cycles)
}

// loop is one evaluation after another, each at a whole multiple of the policy's time.
func loop(ctx context.Context, l *live, d *drive.Driver, board *board, log *slog.Logger, cycles int64) error {
	every := int64(d.Every() / time.Second)
	manager := serviceManager()
	defer manager.tell("STOPPING=1")
	for n := int64(0); cycles == 0 || n < cycles; n++ {
		begun, stops := time.Now(), board.stops.stamp()
		// Note: an interrupt does not cut an evaluation short: it waits for no answer longer than its patience.
		c := d.Cycle(context.WithoutCancel(ctx))
		api := l.clients.api()
		board.cycle(d.Market(), c, api, time.Since(begun))
		manager.tell("READY=1\nWATCHDOG=1\nSTATUS=evaluation %d of %s", c.Number, c.Now)
		logCycle(log, c, time.Since(begun))
		l.logCalls(log, c, api)
		next := c.Now + 1
		for int64(next)%every != 0 {
			next++
		}
		if next >= l.until {
			log.Info("the trace has ended", "at", l.until.String())
			return nil
		}
		if n+1 == cycles {
			return nil
		}
		if err := wait(ctx, l.clock, next, func() bool { return board.stops.stamp() != stops }); err != nil {
			if errors.Is(err, context.Canceled) {
				log.Info("interrupted", "after", c.Number)
				return nil
			}
			return failure{err}
		}
	}
	return nil
}

// lookEvery is how often stop states are looked at between two evaluations.
const lookEvery = time.Second

// wait returns at an instant, or before it when stop states have changed: what is to be given back, such as a pool of which
// production gets no instance, is given back at once.
func wait(ctx context.Context, clock clock, until models.Instant, changed func() bool) error {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1) // the clock is one waiter's at a time
	go func() { ended <- clock.Wait(waiting, until) }()
	looks := time.NewTicker(lookEvery)
	defer looks.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-looks.C:
			if changed() {
				cancel()
				<-ended
				return ctx.Err()
			}
		}
	}
}

// logger writes to standard error: text, or a JSON document a line.
func (a *app) logger() *slog.Logger {
	if a.json {
		return slog.New(slog.NewJSONHandler(io.Writer(a.err), nil))
	}
	return slog.New(slog.NewTextHandler(io.Writer(a.err), nil))
}

// logCycle is one line for the evaluation, one for each order, and one for whatever is wrong.
func logCycle(log *slog.Logger, c *drive.Cycle, took time.Duration) {
	held, wanted, after := int64(0), int64(0), int64(0)
	for cell := range c.Decided.Target {
		held += int64(c.Obs.Held(cell))
		wanted += int64(c.Decided.Target[cell])
		after += int64(c.Guarded.Target[cell])
	}
	bound := ""
	for i, b := range c.Bound {
		if i > 0 {
			bound += ","
		}
		bound += b.Rule
	}
	log.Info("evaluation", "cycle", c.Number, "now", c.Now.String(), "held", held, "wanted", wanted, "after_rules", after, "rules", bound,
		"orders", len(c.Orders), "events", len(c.Events), "took", took.Round(time.Microsecond))
	for _, o := range c.Orders {
		log.Info("order", "cycle", c.Number, "kind", drive.OrderName(o.Kind), "pool", c.Obs.Pools[o.Pool].Name(), "borrower", c.Obs.Borrowers[o.Borrower],
			"instances", o.N, "because", o.Cause.String())
	}
	for _, note := range c.Notes {
		log.Warn(note, "cycle", c.Number)
	}
}
