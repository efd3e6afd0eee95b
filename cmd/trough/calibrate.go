package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/journal"
	"trough.internal/cmd/trough/live"
	"trough.internal/report/stats"
	"trough.internal/sim"
)

func (a *app) calibrate() *cobra.Command {
	var scenario string
	var yaml bool
	c := &cobra.Command{
		Use:   "calibrate JOURNAL",
		Short: "Set what happened live beside what a scenario's world predicts: boot, drain, refusals, reports",
		Long: `Measures what the world did in a journal of trough-live: how long launches, boots and yields took, which share of launches was
refused, how often reports came and how old they were when they were heard. With --scenario each is set beside what that scenario's
world draws, with the error, and a verdict where there is enough for an interval: as predicted if the 95 % interval holds the
prediction, else off. With --yaml it prints the settings of a scenario that fit instead.

Times are those that the cloud told. What is only found out by asking is known to the time between two evaluations, and the age of
reports always is.`,
		Example: `  trough calibrate journal
  trough calibrate journal --scenario netflix-realtime
  trough calibrate journal --yaml`,
		Args: oneArg("a journal"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if yaml && (scenario != "" || a.json) {
				return errors.New("calibrate: --yaml prints settings, which no scenario changes: expected it without --scenario and --json")
			}
			var world *sim.Scenario
			if scenario != "" {
				var err error
				if world, err = loadScenario(scenario); err != nil {
					return err
				}
			}
			if _, err := os.ReadDir(args[0]); err != nil {
				return fileError(args[0], err)
			}
			rec, err := live.Read(journal.Dir(args[0]), live.Options{Hold: time.Hour, Cycle: func(*drive.Cycle) error { return cmd.Context().Err() }})
			if cmd.Context().Err() != nil {
				return failure{cmd.Context().Err()}
			}
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			return a.writeCalibration(rec, world, yaml)
		},
	}
	c.Flags().StringVar(&scenario, "scenario", "", "scenario whose world predicts")
	c.Flags().BoolVar(&yaml, "yaml", false, "print the settings of a scenario that fit")
	c.RegisterFlagCompletionFunc("scenario", completeScenarios)
	return c
}

func (a *app) writeCalibration(rec *live.Recording, world *sim.Scenario, yaml bool) error {
	signals := rec.Signals()
	if yaml {
		_, err := fmt.Fprintf(a.out, "# fitted to %d launches and %d reports from %s to %s\n%s", signals.Launched+signals.Refused, len(signals.Lag), rec.From, rec.Until, fitted(signals))
		return err
	}
	rows := calibration(signals, world)
	if a.json {
		return encodeJSON(a.out, rows)
	}
	_, err := a.out.WriteString(calibrationText(rec, signals, rows, world))
	return err
}

// signalRow is one figure of one signal.
type signalRow struct {
	Signal    string   `json:"signal"`
	Unit      string   `json:"unit"`
	N         int      `json:"n"`
	Value     *float64 `json:"value"` // null where nothing was seen
	Low       *float64 `json:"low"`   // null where there is not enough for an interval
	High      *float64 `json:"high"`
	Predicted *float64 `json:"predicted"` // null where no scenario says
	Most      bool     `json:"at_most"`   // the prediction is a bound
	Error     *float64 `json:"error"`     // value less predicted
	Verdict   string   `json:"verdict"`   // as predicted, off, or not enough; empty where no scenario says
}

// The verdicts.
const (
	asPredicted = "as predicted"
	isOff       = "off"
	notEnough   = "not enough"
)

// calibration is every signal, beside what a world predicts; nil is no world.
func calibration(s *live.Signals, world *sim.Scenario) []signalRow {
	var w sim.Scenario
	if world != nil {
		w = *world
	}
	var rows []signalRow
	add := func(signal, unit string, of stats.Interval, predicted float64, slack float64) {
		rows = append(rows, signalBeside(signal, unit, of, predicted, slack, world != nil))
	}
	known := s.Known.Seconds()
	delay := func(signal string, seconds []float64, of sim.DelaySetting) {
		add(signal+", p50", "s", stats.QuantileOf(seconds, 0.5), of.Median.Seconds(), known)
		add(signal+", p95", "s", stats.QuantileOf(seconds, 0.95), max(of.P95, of.Median).Seconds(), known)
	}
	delay("launch latency", s.Latency, w.Launches.Latency)
	delay("boot", s.Boot, w.Launches.Boot)
	add("launches refused", "%", percent(stats.ShareOf(s.Refused, s.Refused+s.Launched)), 100*float64(w.Launches.Refused), 0)
	every := s.Every.Seconds() // a report is heard at an evaluation
	add("time between reports, p50", "s", stats.QuantileOf(s.Between, 0.5), w.Telemetry.Every.Seconds(), every)
	add("age of a report when heard, p50", "s", stats.QuantileOf(s.Lag, 0.5), w.Telemetry.Lag.Seconds(), every)
	rows = append(rows, worst("yield by notice, worst", s.Notice, w.Yields.Notice.Seconds()+known, world != nil), worst("after its deadline, worst", s.Beyond, known, true))
	for _, q := range []float64{0.5, 0.95} { // it takes as long as the job that the instance has: no setting predicts it
		rows = append(rows, signalBeside(fmt.Sprintf("yield when idle, p%.0f", 100*q), "s", stats.QuantileOf(s.Idle, q), 0, 0, false))
	}
	return rows
}

func percent(i stats.Interval) stats.Interval {
	i.Value, i.Low, i.High = 100*i.Value, 100*i.Low, 100*i.High
	return i
}

// signalBeside sets an estimate beside a prediction. Slack is by how much what was measured may be off.
func signalBeside(signal, unit string, of stats.Interval, predicted, slack float64, predicts bool) signalRow {
	c := signalRow{Signal: signal, Unit: unit, N: of.N}
	if of.N > 0 {
		c.Value = &of.Value
	}
	if of.Known {
		c.Low, c.High = &of.Low, &of.High
	}
	if !predicts {
		return c
	}
	c.Predicted = &predicted
	if c.Value != nil {
		off := of.Value - predicted
		c.Error = &off
	}
	switch {
	case !of.Known:
		c.Verdict = notEnough
	case of.Low-slack <= predicted && predicted <= of.High+slack:
		c.Verdict = asPredicted
	default:
		c.Verdict = isOff
	}
	return c
}

// worst sets the largest of ascending values beside a bound.
func worst(signal string, values []float64, most float64, predicts bool) signalRow {
	c := signalRow{Signal: signal, Unit: "s", N: len(values), Most: true}
	if n := len(values); n > 0 {
		c.Value = &values[n-1]
	}
	if !predicts {
		return c
	}
	c.Predicted = &most
	switch {
	case c.Value == nil:
		c.Verdict = notEnough
	default:
		off := *c.Value - most
		c.Error, c.Verdict = &off, asPredicted
		if off > 0 {
			c.Verdict = isOff
		}
	}
	return c
}

func calibrationText(rec *live.Recording, signals *live.Signals, rows []signalRow, world *sim.Scenario) string {
	var b strings.Builder
	against := "no scenario: name one with --scenario to set a prediction beside it"
	if world != nil {
		against = "scenario " + world.Name
	}
	fmt.Fprintf(&b, "%s to %s, against %s\n\n", rec.From, rec.Until, against)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "signal\tn\tlive\t95 % interval\tpredicted\terror\tverdict")
	for i := range rows {
		c := &rows[i]
		interval, predicted := "-", "-"
		if c.Low != nil {
			interval = fmt.Sprintf("%s to %s", short1(c.Low), short1(c.High))
		} else if !c.Most {
			interval = notEnough
		}
		if c.Predicted != nil {
			if predicted = short1(c.Predicted); c.Most {
				predicted = "at most " + predicted
			}
		}
		off := short1(c.Error)
		if c.Error != nil && *c.Error > 0 {
			off = "+" + off
		}
		fmt.Fprintf(t, "%s, %s\t%d\t%s\t%s\t%s\t%s\t%s\n", c.Signal, c.Unit, c.N, short1(c.Value), interval, predicted, off, c.Verdict)
	}
	t.Flush()
	if world != nil && signals.Every > 0 {
		fmt.Fprintf(&b, "\nReports are heard at evaluations, %s apart: a prediction as far off is as predicted.\n", short(signals.Every))
	}
	if signals.Known > 0 {
		fmt.Fprintf(&b, "\nThe times of instances were found out by asking, and are known to %s: a prediction as far off is as predicted.\n", short(signals.Known))
	}
	return trailing.ReplaceAllString(b.String(), "")
}

// trailing are the spaces that a table has behind its empty cells.
var trailing = regexp.MustCompile(`(?m) +$`)

// short1 is a number with one decimal where it has any; a dash where there is none.
func short1(x *float64) string {
	switch {
	case x == nil:
		return "-"
	case *x == float64(int64(*x)):
		return fmt.Sprint(int64(*x))
	}
	return fmt.Sprintf("%.1f", *x)
}

// fitted are the settings of a scenario under which its world does what was seen. What was seen too rarely is left out, with a line
// that says so; what took no time at all is.
func fitted(s *live.Signals) string {
	var b, launches strings.Builder
	if len(s.Between) > 0 {
		every, lag := stats.Quantile(s.Between, 0.5), stats.Quantile(s.Lag, 0.5)
		fmt.Fprintf(&b, "telemetry: {every: %s, lag: %s}\n", wholeSeconds(every), wholeSeconds(lag))
	} else {
		b.WriteString("# telemetry: not enough reports\n")
	}
	for _, of := range []struct {
		name    string
		seconds []float64
	}{{"latency", s.Latency}, {"boot", s.Boot}} {
		median := stats.QuantileOf(of.seconds, 0.5)
		if !median.Known {
			fmt.Fprintf(&b, "# launches: %s: not enough: %d\n", of.name, median.N)
			continue
		}
		p95 := max(median.Value, stats.Quantile(of.seconds, 0.95))
		fmt.Fprintf(&launches, "  %s: {median: %s, p95: %s}\n", of.name, wholeSeconds(median.Value), wholeSeconds(p95))
	}
	if refused := stats.ShareOf(s.Refused, s.Refused+s.Launched); refused.Known {
		fmt.Fprintf(&launches, "  refused: %.4g%%\n", 100*refused.Value)
	} else {
		fmt.Fprintf(&b, "# launches: refused: not enough: %d\n", refused.N)
	}
	if launches.Len() > 0 {
		b.WriteString("launches:\n" + launches.String())
	}
	if s.Told > 0 {
		fmt.Fprintf(&b, "yields: {notice: %s}\n", s.Told)
	}
	return b.String()
}

func wholeSeconds(seconds float64) time.Duration { return time.Duration(seconds) * time.Second }
