package main

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"trough.internal/models"
	"trough.internal/models/billing"
)

// rule picks the rules: those of a date that a flag names, or of the span's first hour. Where the rules change within the
// span a note says so.
func (b *usageBill) rule(f *billFlags) error {
	b.in.Rules = billing.RulesAt(b.in.From)
	if f.rules != "" {
		at, err := rulesDate(f.rules)
		if err != nil {
			return err
		}
		b.in.Rules = billing.RulesAt(at)
	} else {
		b.notes = append(b.notes, b.ruleChanges()...)
	}
	if f.hours == "" {
		return nil
	}
	reading := &b.in.Rules.Hours
	if err := reading.UnmarshalText([]byte(f.hours)); err != nil || *reading == billing.Concurrent {
		return fmt.Errorf("--hours is %q: expected begun or touched: usage has runs, and concurrent is a reading of counts", f.hours)
	}
	if !b.hourly() {
		b.notes = append(b.notes, "--hours changes nothing: under these rules all of this usage is billed by the second")
	}
	return nil
}

// rulesDate reads a day or a time.
func rulesDate(text string) (models.Instant, error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return models.InstantOf(day), nil
	}
	var at models.Instant
	if err := at.UnmarshalText([]byte(text)); err != nil {
		return 0, fmt.Errorf("--rules is %q: expected a date such as 2017-10-02, or a time such as 2017-10-02T00:00:00Z", text)
	}
	return at, nil
}

// hourly says whether anything is billed by whole instance-hours.
func (b *usageBill) hourly() bool {
	for _, p := range b.platforms() {
		if b.in.Rules.Hourly(p) {
			return true
		}
	}
	return false
}

// platforms are those in use.
func (b *usageBill) platforms() []billing.Platform {
	var used [billing.Platforms]bool
	for i := range b.in.Runs {
		used[b.in.Runs[i].Platform] = true
	}
	var list []billing.Platform
	for p, is := range used {
		if is {
			list = append(list, billing.Platform(p))
		}
	}
	return list
}

// ruleChanges says which rules that matter here change within the span. Rules only ever change from one side to the
// other, so that its ends show all of it.
func (b *usageBill) ruleChanges() []string {
	var notes []string
	change := func(what string, is func(billing.Rules) bool) {
		if at, changes := b.changeOf(is); changes {
			notes = append(notes, fmt.Sprintf("the rules change within the span: from %s on, %s; all of it is billed by those of %s (--rules names another date)",
				at.UTC().Format(time.DateOnly), what, b.in.Rules.Date.UTC().Format(time.DateOnly)))
		}
	}
	for _, p := range b.platforms() {
		change(p.String()+" is billed by the second", func(r billing.Rules) bool { return !r.Hourly(p) })
	}
	regional, flexible := false, map[string]bool{}
	for i := range b.in.Holdings {
		h := &b.in.Holdings[i]
		if h.Kind != billing.RegionalRI {
			continue
		}
		if !regional {
			change("there are regional reserved instances", billing.Rules.Regional)
			regional = true
		}
		family, _, _ := strings.Cut(h.Type, ".")
		if !flexible[family] && h.Platform == billing.Linux && h.Tenancy == billing.Shared {
			flexible[family] = true
			change("regional reserved instances of "+family+" cover other sizes of it", func(r billing.Rules) bool {
				return r.Flexible(family, billing.Linux, billing.Shared)
			})
		}
	}
	return notes
}

// changeOf is the first clock hour of the span in which something is so, if it is not in the first and is in the last one.
func (b *usageBill) changeOf(is func(billing.Rules) bool) (models.Instant, bool) {
	hours := int((b.in.Until - b.in.From) / 3600)
	hour := func(i int) models.Instant { return b.in.From + models.Instant(i)*3600 }
	first := sort.Search(hours, func(i int) bool { return is(billing.RulesAt(hour(i))) })
	return hour(first), first > 0 && first < hours
}
