package usage

import (
	"trough.internal/models"
	"trough.internal/models/billing"
)

// place puts a run in time, from its rows in order of time. A run without a second stays without a place.
//
// The file says how long an instance ran in each hour, and not when. That it ran without a break says the rest, but for
// a run within one hour: that one begins with the hour.
func place(path string, run *billing.Run, rows []usageRow) error {
	for i := 1; i < len(rows); i++ {
		if a, b := rows[i-1], rows[i]; a.hour == b.hour {
			return at(path, int(max(a.line, b.line)), "instance %s has a second row of the hour %s: expected one (the other is line %d)",
				quoted(run.Instance), b.start(), min(a.line, b.line))
		}
	}
	rows = trim(rows)
	if len(rows) == 0 {
		return nil
	}
	for i := 1; i < len(rows); i++ {
		if a, b := rows[i-1], rows[i]; b.hour != a.hour+1 {
			return at(path, int(b.line), "instance %s ran in the hour %s and not in the one before, but in that of line %d: "+
				"expected seconds without a gap; a restart has a new value of instance", quoted(run.Instance), b.start(), a.line)
		}
	}
	for i := 1; i < len(rows)-1; i++ {
		if rows[i].seconds != 3600 {
			return at(path, int(rows[i].line), "seconds of instance %s is %d in the hour %s, and it ran before and after: "+
				"expected 3600; a restart has a new value of instance", quoted(run.Instance), rows[i].seconds, rows[i].start())
		}
	}
	first, last := rows[0], rows[len(rows)-1]
	run.Start = first.start()
	if len(rows) > 1 {
		run.Start += models.Instant(3600 - first.seconds)
	}
	run.End = last.start() + models.Instant(last.seconds)
	return nil
}

// trim leaves out rows without seconds before the first and after the last second.
func trim(rows []usageRow) []usageRow {
	for len(rows) > 0 && rows[0].seconds == 0 {
		rows = rows[1:]
	}
	for len(rows) > 0 && rows[len(rows)-1].seconds == 0 {
		rows = rows[:len(rows)-1]
	}
	return rows
}

func (r usageRow) start() models.Instant { return models.Instant(r.hour) * 3600 }
