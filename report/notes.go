package report

import (
	"strings"

	"trough.internal/report/measure"
)

// notesOn are what the runs say about a figure, each once, with the names of those that say it. A run that borrowed
// nothing does not explain what that leaves it without.
func notesOn(runs []PolicyRun, key string) []string {
	type said struct{ who, what string }
	var list []said
	say := func(who, what string) {
		for i := range list {
			if list[i].what == what {
				list[i].who += ", " + who
				return
			}
		}
		list = append(list, said{who, what})
	}
	for _, run := range runs {
		f, ok := measure.Find(run.Figures, key)
		interval := IntervalText(f)
		switch {
		case f.Bounds:
			f.Note = interval + ": " + f.Note
		case interval != "":
			say(run.Policy, "95 % interval "+interval)
		}
		if ok && f.Note != "" && (f.Known || !borrowedNothing(run)) {
			say(run.Policy, f.Note)
		}
	}
	notes := make([]string, len(list))
	for i, n := range list {
		notes[i] = n.who + ": " + n.what
		if len(runs) == 1 {
			notes[i] = n.what
		}
	}
	return notes
}

// notes are what the differences say besides numbers, each once, with the names of the figures that it is about unless
// it is about all that have a value.
func (d *Difference) notes() []string {
	var list []string
	for i, f := range d.Figures {
		var who []string
		all := true
		for at, other := range d.Figures {
			if other.Note == f.Note {
				if at < i {
					who = nil
					break
				}
				who = append(who, other.Name)
			} else if other.Known {
				all = false
			}
		}
		switch {
		case f.Note == "" || who == nil:
		case all && f.Known:
			list = append(list, f.Note)
		default:
			list = append(list, strings.Join(who, ", ")+": "+f.Note)
		}
	}
	return list
}

func borrowedNothing(run PolicyRun) bool {
	f, ok := measure.Find(run.Figures, "borrowed_hours")
	return ok && f.Value == 0
}

// missingInAll is why no run has a figure, if they agree.
func missingInAll(runs []PolicyRun, key string) (why string, ok bool) {
	for i, run := range runs {
		f, found := measure.Find(run.Figures, key)
		if !found || f.Known || i > 0 && f.Note != why {
			return "", false
		}
		why = f.Note
	}
	return why, len(runs) > 0
}
