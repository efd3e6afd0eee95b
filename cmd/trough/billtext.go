package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trough.internal/models"
	"trough.internal/models/billing"
)

// billRows is how long the tables of a bill are that could be endless.
const billRows = 20

// text is the bill for people: what covered the usage, what of the holdings was in vain, and where the money went.
func (b *usageBill) text() string {
	parts := []string{b.heading(), b.coverage(), b.holdings(), b.onDemand(), b.unpriced(), b.remarks()}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return strings.Join(parts, "\n")
}

func (b *usageBill) heading() string {
	accounts, runs := map[string]bool{}, 0
	for i := range b.in.Runs {
		r := &b.in.Runs[i]
		if r.End > b.in.From && r.Start < b.in.Until {
			accounts[r.Account] = true
			runs++
		}
	}
	t := newTable("", "")
	t.add("rules", b.in.Rules.String())
	t.add("span", fmt.Sprintf("%s to %s, %s", b.in.From, b.in.Until, counted(int((b.in.Until-b.in.From)/3600), "clock hour")))
	t.add("usage", fmt.Sprintf("%s of %s", counted(runs, "run"), counted(len(accounts), "account")))
	t.add("held", counted(len(b.Holdings), "holding"))
	t.add("total", b.money(b.Total)+" USD")
	return t.String()
}

// cover is what covers usage, in the order in which it does; then what is not covered.
type cover int

const (
	coverNobody  = cover(billing.Kinds)
	coverUnknown = coverNobody + 1 // and no rate is known
	covers       = coverUnknown + 1
)

var coverNames = [covers]string{
	billing.ZonalRI: "zonal reserved instances", billing.RegionalRI: "regional reserved instances",
	billing.EC2Plan: "EC2 Instance Savings Plans", billing.ComputePlan: "Compute Savings Plans",
	coverNobody: "on-demand", coverUnknown: "on-demand, no rate known",
}

func (b *usageBill) coverOf(l *billing.Line) cover {
	switch {
	case l.Unpriced:
		return coverUnknown
	case l.Holding == billing.OnDemand:
		return coverNobody
	}
	return cover(b.in.Holdings[l.Holding].Kind)
}

// coverage is the usage by what covers it, and the way to the total.
func (b *usageBill) coverage() string {
	var hours [covers]float64
	var usd [covers]models.MicroUSD
	all := 0.0
	for i := range b.Lines {
		l := &b.Lines[i]
		c := b.coverOf(l)
		hours[c] += instanceHours(l)
		all += instanceHours(l)
		usd[c] += l.USD
	}
	t := newTable("covered by", "instance-hours", "share", "USD")
	t.right(1, 2, 3)
	for c, name := range coverNames {
		if hours[c] == 0 {
			continue
		}
		money := ""
		if cover(c) == coverNobody {
			money = b.money(usd[c])
		}
		t.add(name, grouped(hours[c], 2), shareOf(hours[c], all), money)
	}
	t.add("all usage", grouped(all, 2), shareOf(all, all), "")
	b.charges(t)
	t.add("total", "", "", b.money(b.Total))
	return t.String()
}

// charges are those of the holdings themselves.
func (b *usageBill) charges(t *table) {
	var usd [billing.Kinds]models.MicroUSD
	var unused float64
	for i := range b.Holdings {
		l := &b.Holdings[i]
		kind := b.in.Holdings[l.Holding].Kind
		usd[kind] += l.USD
		if kind == billing.CapacityReservation {
			unused += l.Unused
		}
	}
	if unused > 0 {
		t.add("capacity reservations, unused", grouped(unused, 2), "", b.money(usd[billing.CapacityReservation]))
	}
	if plans := usd[billing.EC2Plan] + usd[billing.ComputePlan]; plans > 0 {
		t.add("Savings Plans, commitment", "", "", b.money(plans))
	}
}

// holdings are those of which most was in vain first, if there are too many for all.
func (b *usageBill) holdings() string {
	if len(b.Holdings) == 0 {
		return ""
	}
	list := slices.Clone(b.Holdings)
	rest := ""
	if len(list) > billRows {
		slices.SortStableFunc(list, func(x, y billing.HoldingLine) int { return cmp.Compare(y.Unused, x.Unused) })
		rest = fmt.Sprintf("and %s with no more unused hours each: --json has all\n", counted(len(list)-billRows, "other"))
		list = list[:billRows]
	}
	t := newTable("holding", "kind", "account", "of", "count", "held h", "unused h", "used", "USD")
	t.right(4, 5, 6, 7, 8)
	for i := range list {
		l := &list[i]
		h := &b.in.Holdings[l.Holding]
		held := b.heldHours(h)
		money := b.money(l.USD)
		switch {
		case l.Unpriced:
			money = "unknown"
		case h.Kind == billing.ZonalRI || h.Kind == billing.RegionalRI:
			money = ""
		}
		t.add(h.ID, h.Kind.String(), h.Account, heldText(h), heldCount(h), grouped(held, 2), grouped(l.Unused, 2), shareOf(held-l.Unused, held), money)
	}
	return t.String() + rest
}

// heldHours is how many hours of its own a holding has in the span: of instances, and of a Savings Plan of the clock.
// A capacity reservation counts by the second, everything else in the clock hours in whose last second it is held.
func (b *usageBill) heldHours(h *billing.Holding) float64 {
	start, end := h.Start, h.End
	count := h.Count
	if h.Kind != billing.CapacityReservation {
		start -= start % 3600
		end++
		end -= end % 3600
	}
	if h.Kind == billing.EC2Plan || h.Kind == billing.ComputePlan {
		count = 1
	}
	seconds := min(end, b.in.Until) - max(start, b.in.From)
	return float64(max(0, int64(seconds))*count) / 3600
}

// heldText is what a holding is of.
func heldText(h *billing.Holding) string {
	words := []string{h.Type, h.Location}
	switch {
	case h.Kind == billing.ComputePlan:
		words = []string{"any type and region"}
	case h.Kind == billing.EC2Plan:
		words[0] += ".*"
	default:
		words = append(words, system(h.Platform, h.Tenancy))
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

// system is platform and tenancy, where they are not the usual ones.
func system(p billing.Platform, t billing.Tenancy) string {
	var words []string
	if p != billing.Linux {
		words = append(words, p.String())
	}
	if t != billing.Shared {
		words = append(words, t.String())
	}
	return strings.Join(words, " ")
}

func heldCount(h *billing.Holding) string {
	if h.Kind == billing.EC2Plan || h.Kind == billing.ComputePlan {
		return strconv.FormatFloat(models.MicroUSD(h.Commit).USD(), 'f', -1, 64) + " USD/h"
	}
	return count(h.Count)
}

// onDemandKey is what on-demand usage is summed by.
type onDemandKey struct {
	account, typeName, zone string
	platform                billing.Platform
	tenancy                 billing.Tenancy
}

type onDemandSum struct {
	onDemandKey
	hours    float64
	usd      models.MicroUSD
	unpriced bool
}

// onDemand is what was on-demand, by pool and account, the dearest first.
func (b *usageBill) onDemand() string {
	list, all := b.onDemandSums()
	if len(list) == 0 {
		return ""
	}
	rest := ""
	if len(list) > billRows {
		var hours float64
		var usd models.MicroUSD
		for _, s := range list[billRows:] {
			hours, usd = hours+s.hours, usd+s.usd
		}
		rest = fmt.Sprintf("and %s: %s instance-hours, %s USD\n", counted(len(list)-billRows, "other"), grouped(hours, 2), b.money(usd))
		list = list[:billRows]
	}
	t := newTable("on-demand", "zone", "account", "instance-hours", "USD", "share")
	t.right(3, 4, 5)
	for _, s := range list {
		money, part := b.money(s.usd), shareOf(float64(s.usd), float64(all))
		if s.unpriced {
			money, part = "unknown", ""
		}
		name := strings.TrimSpace(s.typeName + " " + system(s.platform, s.tenancy))
		t.add(name, s.zone, s.account, grouped(s.hours, 2), money, part)
	}
	return t.String() + rest
}

func (b *usageBill) onDemandSums() (list []onDemandSum, all models.MicroUSD) {
	at := map[onDemandKey]int{}
	for i := range b.Lines {
		l := &b.Lines[i]
		if l.Holding != billing.OnDemand {
			continue
		}
		r := &b.in.Runs[l.Run]
		key := onDemandKey{r.Account, r.Type, r.Zone, r.Platform, r.Tenancy}
		k, known := at[key]
		if !known {
			k = len(list)
			at[key] = k
			list = append(list, onDemandSum{onDemandKey: key})
		}
		s := &list[k]
		s.hours += instanceHours(l)
		s.usd += l.USD
		s.unpriced = s.unpriced || l.Unpriced
		all += l.USD
	}
	slices.SortFunc(list, func(x, y onDemandSum) int {
		return cmp.Or(cmp.Compare(y.usd, x.usd), cmp.Compare(y.hours, x.hours), cmp.Compare(x.typeName, y.typeName), cmp.Compare(x.zone, y.zone),
			cmp.Compare(x.account, y.account), cmp.Compare(x.platform, y.platform), cmp.Compare(x.tenancy, y.tenancy))
	})
	return list, all
}

// unpriced says what has no rate.
func (b *usageBill) unpriced() string {
	if len(b.Unpriced) == 0 {
		return ""
	}
	t := newTable("no rate known", "region", "platform", "tenancy")
	for _, key := range b.Unpriced {
		t.add(key.Type, key.Region, key.Platform.String(), key.Tenancy.String())
	}
	return t.String()
}

// remarks are the notes.
func (b *usageBill) remarks() string {
	text := ""
	for _, note := range b.notes {
		for i, line := range wrap(note, tableWidth-2) {
			text += []string{"- ", "  "}[min(i, 1)] + line + "\n"
		}
	}
	return text
}

// money writes an amount as exactly as the bill is large.
func (b *usageBill) money(amount models.MicroUSD) string {
	if b.Total < 1000*1e6 {
		return grouped(amount.USD(), 4)
	}
	return grouped(amount.USD(), 2)
}

func shareOf(part, all float64) string {
	if all == 0 {
		return ""
	}
	return strconv.FormatFloat(100*part/all, 'f', 1, 64) + " %"
}

// counted is a number of things in words.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return count(n) + " " + thing + "s"
}
