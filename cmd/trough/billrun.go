package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"trough.internal/models"
	"trough.internal/report/bill"
)

// billChanges are rules to bill a run by, instead of its scenario's own.
type billChanges struct {
	rules     string // a date; empty is the scenario's
	hours     string
	ownerEnds string
}

func (c *billChanges) add(to *pflag.FlagSet) {
	to.StringVar(&c.rules, "rules", "", "date whose rules bill it, as 2017-10-02 (default: the scenario's; of usage, its first hour's)")
	to.StringVar(&c.hours, "hours", "", "before per-second billing, where a straddling instance-hour counts: begun, touched or, of a run, concurrent (default: the scenario's; of usage, begun)")
	to.StringVar(&c.ownerEnds, "owner-ends", "", "of a run, which of the owners' instances ends when their count falls: random, oldest, newest or hour-end (default: the scenario's)")
}

// apply changes a setup.
func (c *billChanges) apply(s *bill.Setup) error {
	if c.rules != "" {
		at, err := rulesDate(c.rules)
		if err != nil {
			return err
		}
		s.Rules.Date = at
	}
	if c.hours != "" {
		if err := s.Rules.Hours.UnmarshalText([]byte(c.hours)); err != nil {
			return fmt.Errorf("--hours is %q: %w", c.hours, err)
		}
	}
	if c.ownerEnds != "" {
		if err := s.OwnerEnds.UnmarshalText([]byte(c.ownerEnds)); err != nil {
			return fmt.Errorf("--owner-ends is %q: %w", c.ownerEnds, err)
		}
	}
	return nil
}

// billRun prints a run's bill.
func (a *app) billRun(ctx context.Context, dir string, f *billFlags) error {
	files, err := openRun(dir)
	if err != nil {
		return err
	}
	b, ledger, err := files.openBill()
	if err != nil {
		return err
	}
	defer ledger.Close()
	if err := f.apply(&b.setup); err != nil {
		return err
	}
	if f.csv {
		out := bufio.NewWriter(a.out)
		lines := newBillLines(out, b)
		b.setup.Line = lines.line
		if err := b.read(ctx, ledger, files.manifest.Until); err != nil {
			return err
		}
		return lines.close(out)
	}
	tally := newBillTally()
	b.setup.Line = tally.line
	if err := b.read(ctx, ledger, files.manifest.Until); err != nil {
		return err
	}
	answer := b.answer(tally)
	if a.json {
		return encodeJSON(a.out, answer)
	}
	_, err = io.WriteString(a.out, answer.text())
	return err
}

// billLines writes a run's charges as CSV: one row for each instance and clock hour that a reservation did not reach.
type billLines struct {
	csv *csv.Writer
	b   *runBill
}

func newBillLines(to io.Writer, b *runBill) *billLines {
	l := &billLines{csv.NewWriter(to), b}
	l.csv.Write([]string{"hour", "pool", "borrower", "instance", "start", "begins", "decided", "stage", "instance_hours", "usd"})
	return l
}

func (l *billLines) line(c bill.Line) {
	instance, start, decided := "", "", ""
	if c.Instance != models.NoInstance {
		instance, start, decided = strconv.Itoa(int(c.Instance)), c.Start.String(), c.Ordered.String()
	}
	l.csv.Write([]string{c.Hour.String(), l.b.names[c.Pool], l.b.setup.Borrowers[c.Borrower], instance, start, c.Begins.String(), decided,
		stageName(c.Cause), strconv.FormatFloat(hoursOf(c.Seconds), 'f', -1, 64), usd(c.Cost).String()})
}

func (l *billLines) close(out *bufio.Writer) error {
	l.csv.Flush()
	if err := l.csv.Error(); err != nil {
		return failure{err}
	}
	if err := out.Flush(); err != nil {
		return failure{err}
	}
	return nil
}

// text is the bill for people.
func (a *billAnswer) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "what borrowing adds to the bill: policy %s on %s, %s to %s, seed %d\n", a.Policy, a.Scenario, a.From, a.Until, a.Seed)
	for _, line := range wrap("rules: "+a.Rules+"; the owners' counts became runs: which instance ends is "+a.OwnerEnds, tableWidth) {
		fmt.Fprintln(&b, line)
	}
	section(&b, "by day", "day", a.Days, &a.Total)
	var costly []billRow
	for _, p := range a.Pools {
		if p.Cost > 0 {
			costly = append(costly, p)
		}
	}
	title := fmt.Sprintf("by pool (%d of %d had an overdraft)", len(costly), len(a.Pools))
	if len(costly) > listedMost {
		title = fmt.Sprintf("by pool (the dearest %d of %d with an overdraft, of %d; all: --json)", listedMost, len(costly), len(a.Pools))
		slices.SortStableFunc(costly, func(x, y billRow) int { return cmp.Compare(y.Cost, x.Cost) })
		costly = costly[:listedMost]
	}
	section(&b, title, "pool", costly, nil)
	a.causes(&b)
	a.readings(&b)
	fmt.Fprintf(&b, "\nThe owners' own use beyond their reservations, %s USD, is not in it: it would be billed without borrowing, too.\n", money(a.Total.OwnersOverUSD))
	fmt.Fprintf(&b, "one hour of one pool, instance by instance: trough bill explain %s --hour HOUR --pool POOL; every charge: --csv\n", a.Run)
	return b.String()
}

func section(b *strings.Builder, title, head string, rows []billRow, total *billRow) {
	fmt.Fprintf(b, "\n%s\n", title)
	t := newTable(head, "borrowed h", "on-demand h", "USD", "efficiency", "instantaneous USD", "efficiency")
	t.right(1, 2, 3, 4, 5, 6)
	for i := range rows {
		rows[i].addTo(t)
	}
	if total != nil {
		total.addTo(t)
	}
	b.WriteString(t.String())
}

func (r *billRow) addTo(t *table) {
	name := strings.TrimSuffix(r.Name, "T00:00:00Z")
	t.add(name, grouped(r.Borrowed, 0), grouped(r.Overdraft, 1), money(r.Cost), shareText(r.Efficiency), money(r.Instant), shareText(r.InstantShare))
}

// causes says whose decisions the overdraft was.
func (a *billAnswer) causes(b *strings.Builder) {
	if len(a.Borrowers) > 1 {
		fmt.Fprint(b, "\nby borrower\n")
		t := newTable("borrower", "borrowed h", "on-demand h", "USD")
		t.right(1, 2, 3)
		for _, r := range a.Borrowers {
			t.add(r.Borrower, grouped(r.Borrowed, 0), grouped(r.Overdraft, 1), money(r.Cost))
		}
		b.WriteString(t.String())
	}
	if len(a.Stages) == 0 {
		return
	}
	fmt.Fprint(b, "\nby what caused it\n")
	t := newTable("stage that borrowed the instance", "charged for", "on-demand h", "USD")
	t.right(2, 3)
	for _, r := range a.Stages {
		t.add(r.Stage, chargedFor(r), grouped(r.Overdraft, 1), money(r.Cost))
	}
	b.WriteString(t.String())
	if len(a.Decisions) == 0 {
		return
	}
	fmt.Fprintf(b, "\nthe dearest decisions (`trough why %s --at AT --pool POOL` tells more)\n", a.Run)
	t = newTable("at", "pool", "stage", "on-demand h", "USD")
	t.right(3, 4)
	for _, r := range a.Decisions {
		t.add(r.At.String(), r.Pool, r.Stage, grouped(r.Overdraft, 1), money(r.Cost))
	}
	b.WriteString(t.String())
}

func chargedFor(r stageRow) string {
	switch {
	case r.Stage == stageName(models.NoCause):
		return "the most at once"
	case r.First:
		return "its first hour"
	}
	return "a later hour: it was kept, and the owners came back"
}

// readings says how much it matters how use is counted.
func (a *billAnswer) readings(b *strings.Builder) {
	fmt.Fprint(b, "\nthe same run, counted otherwise\n")
	t := newTable("", "on-demand h", "USD", "efficiency", "")
	t.right(1, 2, 3)
	for _, r := range a.Readings {
		mark := ""
		if r.Main {
			mark = "<- this bill"
		}
		t.add(r.Basis, grouped(r.Overdraft, 1), money(r.Cost), shareText(r.Efficiency), mark)
	}
	b.WriteString(t.String())
}
