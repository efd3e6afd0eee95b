package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"trough.internal/models"
)

// table is the answer for all pools.
func (w *whyAnswer) table() string {
	var b strings.Builder
	w.head(&b, "all pools")
	t := newTable("pool", "reserved", "in use", "held", "leaving", "target", "may stay", "binding", "since")
	t.right(1, 2, 3, 4, 5, 6)
	quiet, held, leaving, target := 0, int64(0), int64(0), int64(0)
	binding := map[string]int{}
	for i := range w.Pools {
		c := &w.Pools[i]
		held, leaving, target = held+int64(c.Held), leaving+int64(c.Leaving), target+int64(c.Target)
		binding[c.Binding]++
		if !w.all && c.Held == 0 && c.Target == 0 && c.Leaving == 0 {
			quiet++
			continue
		}
		name := c.Pool
		if w.shared {
			name += " " + c.Borrower
		}
		bound := c.Binding
		if c.Ends != "" && c.Ends != c.Binding {
			bound += ", " + c.Ends + " by notice"
		}
		t.add(name, count(c.Reserved), known(c.InUse), count(c.Held), count(c.Leaving), count(c.Target), limitText(c.Keep), bound, w.clock(c.Since))
	}
	t.add("all", "", "", count(held), count(leaving), count(target), "", boundBy(binding), "")
	b.WriteString(t.String())
	if quiet > 0 {
		fmt.Fprintf(&b, "%d pools held nothing and were to hold nothing; --all lists them too\n", quiet)
	}
	b.WriteString("in use, held and leaving are what the policy saw at the time under since\n")
	fmt.Fprintf(&b, "\nwhy one of them: trough why %s --at %s --pool %s\n", w.Run, w.At, w.Pools[0].Pool)
	return b.String()
}

// boundBy says how many pools each stage bound, the most first.
func boundBy(pools map[string]int) string {
	stages := slices.SortedFunc(maps.Keys(pools), func(a, b string) int {
		return cmp.Or(cmp.Compare(pools[b], pools[a]), cmp.Compare(a, b))
	})
	for i, stage := range stages {
		stages[i] = fmt.Sprintf("%s %d", stage, pools[stage])
	}
	return strings.Join(stages, ", ")
}

// pool is the answer for one pool.
func (w *whyAnswer) pool(c *whyCell) string {
	var b strings.Builder
	w.head(&b, c.Pool)
	fmt.Fprintf(&b, "to hold %s, because of %s; decided at %s", count(c.Target), c.Binding, w.clock(c.Since))
	if c.Since != w.At {
		b.WriteString(" and unchanged since")
	}
	b.WriteString("\n")
	if c.Ends != "" {
		fmt.Fprintf(&b, "%s may stay past the notice, because of %s\n", known(c.Keep), c.Ends)
	}
	fmt.Fprintf(&b, "\nWHAT THE POLICY SAW at %s\n", w.clock(c.Since))
	t := newTable("", "", "")
	t.right(1)
	age := "no report was trusted"
	if c.ReportAge != nil {
		age = "by the owners; the report is " + seconds(*c.ReportAge) + " old"
	}
	t.add("reserved", count(c.Reserved), "")
	t.add("in use", known(c.InUse), age)
	t.add("available", known(c.Available), "reserved - in use")
	t.add("held", count(c.Held), "on order, booting, idle and busy")
	t.add("idle", count(c.Idle), "of those held")
	t.add("leaving", count(c.Leaving), "told to go, and still there")
	t.add("demand", decimal(c.Demand), "slots that there is work for, of all pools, as the last stage took it")
	b.WriteString(t.String())
	fmt.Fprintf(&b, "\nWHAT ITS STAGES MADE OF IT, in their order; * is the binding one\n")
	t = newTable("", "target", "may stay", "")
	for i := range c.Stages {
		s := &c.Stages[i]
		name := "  " + s.Stage
		if s.Stage == c.Binding {
			name = "* " + s.Stage
		}
		target, keep := s.texts()
		t.add(name, target, keep, s.Words)
	}
	b.WriteString(t.String())
	if c.Now != nil {
		inUse := count(c.Now.InUse) + " in use by the owners"
		if c.Now.InUse == int64(models.Unknown) {
			inUse = "nobody knows how many in use by the owners"
		}
		fmt.Fprintf(&b, "\nAS IT WAS at %s: %s reserved, %s, %s borrowed\n", w.clock(w.At), count(c.Now.Reserved), inUse, count(c.Now.Borrowed))
	}
	return b.String()
}

// texts are a stage's target and how many may stay, with what they were before where the stage changed them.
func (s *whyStage) texts() (target, keep string) {
	target = count(s.Target)
	if s.Target != s.TargetBefore {
		target = count(s.TargetBefore) + " -> " + target
	}
	if !sameLimit(s.Keep, s.KeepBefore) {
		keep = limitText(s.KeepBefore) + " -> " + limitText(s.Keep)
	}
	return target, keep
}

// head says what the answer is about, and what was in force.
func (w *whyAnswer) head(b *strings.Builder, what string) {
	fmt.Fprintf(b, "%s at %s (+%s)\npolicy %s on scenario %s\n", what, w.At, short(w.At.Sub(w.files.manifest.From)), w.Policy, w.Scenario)
	for _, region := range w.Evacuating {
		fmt.Fprintf(b, "evacuation: the switch of %s is on\n", region)
	}
	for _, c := range w.Curfews {
		phase := "in force"
		if c.Phase == "lead" {
			phase = "comes"
		}
		fmt.Fprintf(b, "curfew %s: at most %s in %d pools; %s\n", phase, c.Keep, len(c.Pools), c.Window)
	}
	b.WriteString("\n")
}

// clock leaves out the day where it is the asked one.
func (w *whyAnswer) clock(t models.Instant) string {
	if t.UTC().YearDay() == w.At.UTC().YearDay() && t.UTC().Year() == w.At.UTC().Year() {
		return t.UTC().Format("15:04:05Z")
	}
	return t.String()
}

func limitText(keep *int32) string {
	if keep == nil {
		return "all"
	}
	return count(*keep)
}
