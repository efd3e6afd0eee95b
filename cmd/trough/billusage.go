package main

import (
	"bufio"
	"context"
	"fmt"
	"slices"

	"trough.internal/models"
	"trough.internal/models/billing"
	"trough.internal/models/catalog"
	"trough.internal/traces/usage"
)

// usageBill is a bill of files, with what it was made of.
type usageBill struct {
	*billing.Bill
	in    billing.Input
	notes []string // the bill's own and those of its span and rules, sorted
}

// billUsage bills files.
func (a *app) billUsage(ctx context.Context, f *billFlags) error {
	var b *usageBill
	err := until(ctx, func() (err error) {
		b, err = f.bill()
		return err
	})
	if err != nil {
		return err
	}
	to := bufio.NewWriterSize(a.out, 64<<10)
	switch {
	case a.json:
		b.writeJSON(to)
	case f.csv:
		b.writeCSV(to)
	default:
		to.WriteString(b.text())
	}
	if err := to.Flush(); err != nil {
		return failure{err}
	}
	return nil
}

// bill reads the files and makes the bill.
func (f *billFlags) bill() (*usageBill, error) {
	b := new(usageBill)
	if err := b.read(f); err != nil {
		return nil, err
	}
	if err := b.rule(f); err != nil {
		return nil, err
	}
	bill, err := billing.Make(b.in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.usage, err)
	}
	b.Bill = bill
	b.notes = append(b.notes, bill.Notes...)
	b.leaveOut(f.rates != "")
	slices.Sort(b.notes)
	return b, nil
}

// leaveOut notes what the total has no part of.
func (b *usageBill) leaveOut(rates bool) {
	var held [billing.Kinds]bool
	for i := range b.in.Holdings {
		held[b.in.Holdings[i].Kind] = true
	}
	if held[billing.ZonalRI] || held[billing.RegionalRI] {
		b.notes = append(b.notes, "what reserved instances cost is not in the total: they are paid for whether used or not")
	}
	if (held[billing.EC2Plan] || held[billing.ComputePlan]) && !rates {
		b.notes = append(b.notes, "Savings Plans cover nothing here: no built-in list has their rates, --rates can")
	}
	if len(b.Unpriced) > 0 {
		b.notes = append(b.notes, "what has no known rate is not in the total: --rates can name it")
	}
}

// read reads the files, and the span from them and the flags.
func (b *usageBill) read(f *billFlags) error {
	b.in.Rates = billing.CatalogRates(catalog.Builtin())
	var list billing.List
	var err error
	if f.rates != "" {
		if list, err = usage.ReadRates(f.rates); err != nil {
			return err
		}
		b.in.Rates = list
	}
	u, err := usage.ReadUsage(f.usage, list)
	if err != nil {
		return err
	}
	b.in.Runs = u.Runs
	if f.holdings != "" {
		if b.in.Holdings, err = usage.ReadHoldings(f.holdings, list); err != nil {
			return err
		}
	}
	return b.span(f, u)
}

// shortTerm: what is held for less was not bought for a year or three, but is part of what is asked.
const shortTerm = 31 * 24 * 3600

// span is that of the usage and of short holdings, unless flags say otherwise.
func (b *usageBill) span(f *billFlags, u *usage.Usage) error {
	from, until := u.From, u.Until
	var widened []string
	for i := range b.in.Holdings {
		h := &b.in.Holdings[i]
		if h.End-h.Start >= shortTerm {
			continue
		}
		first, last := h.Start-h.Start%3600, h.End+(3600-h.End%3600)%3600
		if until == 0 {
			from, until = first, last
		}
		if first < from || last > until {
			widened = append(widened, h.ID)
		}
		from, until = min(from, first), max(until, last)
	}
	if len(widened) > 0 && (f.from == "" || f.until == "") {
		b.notes = append(b.notes, fmt.Sprintf("the span is wider than the usage by the term of %s, which is shorter than 31 days: --from and --until say otherwise",
			andMore(widened)))
	}
	if until == 0 && (f.from == "" || f.until == "") {
		return fmt.Errorf("%s: no rows: expected at least one, be it of 0 seconds, or --from and --until", f.usage)
	}
	if err := clockHour("--from", f.from, &from); err != nil {
		return err
	}
	if err := clockHour("--until", f.until, &until); err != nil {
		return err
	}
	if from >= until {
		return fmt.Errorf("bill: the span is from %s to %s: expected --from before --until", from, until)
	}
	b.in.From, b.in.Until = from, until
	return nil
}

// andMore names the first of some holdings.
func andMore(ids []string) string {
	if len(ids) == 1 {
		return ids[0]
	}
	return fmt.Sprintf("%s (and %d more)", ids[0], len(ids)-1)
}

func clockHour(flag, text string, to *models.Instant) error {
	if text == "" {
		return nil
	}
	var at models.Instant
	if err := at.UnmarshalText([]byte(text)); err != nil {
		return fmt.Errorf("%s is %q: %w", flag, text, err)
	}
	if at%3600 != 0 || at < 0 {
		return fmt.Errorf("%s is %q: expected the start of a clock hour, such as 2017-10-02T00:00:00Z", flag, text)
	}
	*to = at
	return nil
}
