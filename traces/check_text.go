package traces

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"trough.internal/models"
)

// WriteText renders the report as lines of "what: value".
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	line := func(name, format string, values ...any) {
		fmt.Fprintf(&b, "%-14s %s\n", name+":", fmt.Sprintf(format, values...))
	}
	line("file", "%s", r.Path)
	line("kind", "%s", r.Kind)
	if r.Rows >= 0 {
		line("rows", "%d", r.Rows)
	}
	if r.Groups > 0 {
		line("row groups", "%d", r.Groups)
	}
	if len(r.Missing) > 0 {
		line("not there", "%s", strings.Join(r.Missing, ", "))
	}
	if r.Until > 0 {
		line("span", "%s to %s (%s)", r.From, r.Until, duration(r.Until-r.From))
	}
	if len(r.Pools) > 0 {
		line("pools", "%s", poolsText(r.Pools))
	}
	r.metaText(line)
	if r.Capacity != nil {
		r.Capacity.text(line)
	}
	if r.Jobs != nil {
		r.Jobs.text(line)
	}
	for _, err := range r.Errors {
		line("error", "%v", err)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// String is the report as WriteText renders it.
func (r *Report) String() string {
	var b strings.Builder
	r.WriteText(&b)
	return b.String()
}

func poolsText(pools []models.PoolKey) string {
	var regions, zones, types []string
	for _, p := range pools {
		regions, zones, types = append(regions, p.Region), append(zones, p.Zone), append(types, p.Type)
	}
	distinct := func(words []string) int {
		slices.Sort(words)
		return len(slices.Compact(words))
	}
	return fmt.Sprintf("%d (regions %d, zones %d, types %d), %s to %s", len(pools), distinct(regions), distinct(zones), distinct(types),
		pools[0].Name(), pools[len(pools)-1].Name())
}

func (r *Report) metaText(line func(name, format string, values ...any)) {
	m := &r.Meta
	if m.Hold > 0 {
		line("hold", "%s", duration(models.Instant(m.Hold/time.Second)))
	}
	if m.Window > 0 {
		line("window", "%s", duration(models.Instant(m.Window/time.Second)))
	}
	for _, p := range []pair{{"source", m.Source}, {"recorded", m.Recorded}, {"assumed", m.Assumed}} {
		if p.value != "" {
			line(p.key, "%s", p.value)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(m.Other)) {
		line(key, "%s", oneLine(m.Other[key]))
	}
}

func (c *CapacityReport) text(line func(name, format string, values ...any)) {
	line("step", "%s", duration(models.Instant(c.Step/time.Second)))
	line("changes", "%d", c.Changes)
	line("at most", "%d reserved, %d in use", c.ReservedMax, c.InUseMax)
	line("unknown", "%.4f %% of pools x span, in %d gaps", 100*c.UnknownShare, c.GapCount)
	for _, g := range c.Gaps {
		line("gap", "%s %s to %s (%s)", g.Pool.Name(), g.From, g.Until, duration(g.Until-g.From))
	}
	line("above", "more in use than reserved: rows %d, pools %d", c.Above, c.AbovePools)
	for _, s := range c.Steps {
		line("in use steps", "%s %s from %d to %d", s.Pool.Name(), s.At, s.Was, s.Is)
	}
}

func (j *JobsReport) text(line func(name, format string, values ...any)) {
	counts := func(names []string, numbers []int64) string {
		var parts []string
		for i, name := range names {
			parts = append(parts, fmt.Sprintf("%s %d", name, numbers[i]))
		}
		return strings.Join(parts, ", ")
	}
	line("classes", "%s", counts(models.ClassNames(), j.ByClass[:]))
	line("origins", "%s", counts(models.OriginNames(), j.ByOrigin[:]))
	line("formats", "%s", strings.Join(j.Formats, ", "))
	line("work", "%d s on the reference type, %d s to %d s a job", j.Work, j.WorkMin, j.WorkMax)
	line("groups", "%d, %d jobs wait for one", j.Groups, j.Waiting)
	line("deadlines", "%d jobs have one", j.Deadline)
}

// duration writes seconds as days, hours, minutes and seconds: 28d 1h30m.
func duration(seconds models.Instant) string {
	days, rest := seconds/86400, time.Duration(seconds%86400)*time.Second
	text := rest.String()
	switch {
	case rest%time.Hour == 0:
		text = fmt.Sprintf("%dh", rest/time.Hour)
	case rest%time.Minute == 0:
		text = strings.TrimSuffix(text, "0s")
	}
	switch {
	case seconds == 0:
		return "0s"
	case days == 0:
		return text
	case rest == 0:
		return fmt.Sprintf("%dd", days)
	}
	return fmt.Sprintf("%dd %s", days, text)
}
