package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trough.internal/models"
	"trough.internal/models/settings"
)

func (a *app) why() *cobra.Command {
	var at, pool string
	var all bool
	c := &cobra.Command{
		Use:   "why DIR --at TIME [--pool POOL]",
		Short: "Say why a run held what it held at an instant",
		Long: `Reads a run directory, and nothing else, and says what its policy wanted at an instant and how it came to it: what
it saw, and what each of its stages made of it. Without --pool it lists all pools, those with most to tell first.

A target is how many instances to hold; what is beyond it goes when idle. Where a stage says how many may stay, what is
beyond that goes by notice. The binding stage is the last that changed the target.

TIME is RFC 3339, or an offset from the run's beginning such as +28h10m or +1d4h.`,
		Example: `  trough why out/demo/full --at 2015-10-06T03:15:00Z
  trough why out/demo/full --at 2015-10-06T03:15:00Z --pool us-east-1a/r3.4xlarge
  trough why out/demo/full --at +1d3h15m --pool us-east-1a/r3.4xlarge --json`,
		Args: oneArg("a run directory"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := openRun(args[0])
			if err != nil {
				return err
			}
			when, err := r.instant("at", at)
			if err != nil {
				return err
			}
			w, err := r.why(when, pool)
			if err != nil {
				return err
			}
			w.all = all
			return a.writeWhy(w)
		},
	}
	c.Flags().StringVar(&at, "at", "", "instant: RFC 3339, or +offset from the run's beginning")
	c.Flags().StringVar(&pool, "pool", "", "pool as zone/type (default: a table of all)")
	c.Flags().BoolVar(&all, "all", false, "list pools that hold nothing and want nothing too")
	return c
}

// instant reads a flag's time, and refuses what is outside of the run's span.
func (r *runFiles) instant(flag, text string) (models.Instant, error) {
	m := &r.manifest
	span := fmt.Sprintf("the run covers %s to %s", m.From, m.Until)
	var at models.Instant
	if text == "" {
		return 0, fmt.Errorf("expected --%s TIME, RFC 3339 or an offset such as +28h10m; %s", flag, span)
	}
	if offset, ok := strings.CutPrefix(text, "+"); ok {
		var d time.Duration
		if err := settings.Decode("", []byte(offset), &d); err != nil || d < 0 || d%time.Second != 0 {
			return 0, fmt.Errorf("--%s is %q: expected an offset such as +28h10m; %s", flag, text, span)
		}
		at = m.From.Add(d)
	} else if err := at.UnmarshalText([]byte(text)); err != nil {
		return 0, fmt.Errorf("--%s is %q: expected a time such as %s, or an offset such as +28h10m", flag, text, m.From)
	}
	if at < m.From || at >= m.Until {
		return 0, fmt.Errorf("--%s is %s: %s", flag, at, span)
	}
	return at, nil
}

func (a *app) writeWhy(w *whyAnswer) error {
	if a.json {
		return encodeJSON(a.out, w)
	}
	text := w.table()
	if w.asked {
		text = w.pool(&w.Pools[0])
	}
	_, err := io.WriteString(a.out, text)
	return err
}

// encodeJSON writes a value for machines to read, indented for people who look.
func encodeJSON(to io.Writer, v any) error {
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
