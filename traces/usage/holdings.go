package usage

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"trough.internal/models/billing"
)

var holdingColumns = []string{"id", "account", "kind", "instance_type", "location", "platform", "tenancy", "count", "start", "end"}

const (
	holdingID = iota
	holdingAccount
	holdingKind
	holdingType
	holdingLocation
	holdingPlatform
	holdingTenancy
	holdingCount
	holdingStart
	holdingEnd
)

// ReadHoldings reads a file of holdings, in its order. Types that the rates name (which may be nil) are known whatever
// their family.
func ReadHoldings(path string, rates billing.List) ([]billing.Holding, error) {
	return fromFile(path, func(r io.Reader) ([]billing.Holding, error) { return readHoldings(path, r, rates) })
}

func readHoldings(path string, r io.Reader, rates billing.List) ([]billing.Holding, error) {
	known := typesOf(rates)
	var list []billing.Holding
	var lines []int
	err := rows(path, r, holdingColumns, func(t *table) error {
		h, err := t.holding(known)
		list, lines = append(list, h), append(lines, t.line())
		return err
	})
	if err != nil {
		return nil, err
	}
	if i, err := billing.CheckHoldings(list); err != nil {
		return nil, at(path, lines[i], "%v, in line %d", err, lines[overlapped(list, i)])
	}
	return list, nil
}

// overlapped is the holding whose term a later one of the same id overlaps.
func overlapped(list []billing.Holding, later int) int {
	h := &list[later]
	for i := range list {
		// A term that ends in the last second of a clock hour counts as if it ended with the hour.
		if o := &list[i]; i != later && o.ID == h.ID && o.Start <= h.Start && h.Start <= o.End {
			return i
		}
	}
	return later
}

// holding reads a row.
func (t *table) holding(known types) (h billing.Holding, err error) {
	if h.ID, err = t.name(holdingID); err != nil {
		return h, err
	}
	if h.Account, err = t.name(holdingAccount); err != nil {
		return h, err
	}
	if err := h.Kind.UnmarshalText([]byte(t.field(holdingKind))); err != nil {
		return h, t.wrong(holdingKind, err.Error())
	}
	for _, read := range []func(*billing.Holding) error{
		func(h *billing.Holding) error { return t.holdingType(h, known) }, t.holdingLocation, t.holdingSystem, t.holdingCount, t.holdingTerm,
	} {
		if err := read(&h); err != nil {
			return h, err
		}
	}
	if err := h.Check(); err != nil {
		return h, at(t.path, t.line(), "%v", err)
	}
	return h, nil
}

func (t *table) holdingType(h *billing.Holding, known types) error {
	text := t.field(holdingType)
	var err error
	switch h.Kind {
	case billing.ComputePlan:
		if text != "" && text != "*" {
			err = fmt.Errorf("expected nothing, or *: a Compute Savings Plan covers all types, and an sp-ec2 one family")
		}
		text = ""
	case billing.EC2Plan:
		if strings.Contains(text, ".") || text == "" {
			err = fmt.Errorf("expected a family such as m5: an EC2 Instance Savings Plan covers all of its sizes")
		} else {
			err = known.checkFamily(text, text)
		}
	default:
		err = known.check(text)
	}
	if err != nil {
		return t.wrong(holdingType, err.Error())
	}
	h.Type = strings.Clone(text)
	return nil
}

func (t *table) holdingLocation(h *billing.Holding) error {
	text := t.field(holdingLocation)
	switch h.Kind {
	case billing.ComputePlan:
		if text != "" && text != "*" && !isRegion(text) {
			return t.wrong(holdingLocation, "expected nothing, or *: a Compute Savings Plan covers all regions")
		}
		text = "" // that of a region where it was bought says nothing
	case billing.EC2Plan, billing.RegionalRI:
		if !isRegion(text) {
			return t.wrong(holdingLocation, "expected a region such as us-east-1, as it is of kind "+h.Kind.String())
		}
	default:
		if !isZone(text) {
			return t.wrong(holdingLocation, "expected a zone such as us-east-1a, as it is of kind "+h.Kind.String())
		}
	}
	h.Location = strings.Clone(text)
	return nil
}

// holdingSystem reads platform and tenancy. Savings Plans cover all of both: what they say is checked and left.
func (t *table) holdingSystem(h *billing.Holding) error {
	if text := t.field(holdingPlatform); text != "" || !isPlan(h.Kind) {
		if err := h.Platform.UnmarshalText([]byte(text)); err != nil {
			return t.wrong(holdingPlatform, err.Error())
		}
	}
	if text := t.field(holdingTenancy); text != "" || !isPlan(h.Kind) {
		if err := h.Tenancy.UnmarshalText([]byte(text)); err != nil {
			return t.wrong(holdingTenancy, err.Error())
		}
	}
	if isPlan(h.Kind) {
		h.Platform, h.Tenancy = 0, 0
	}
	return nil
}

func (t *table) holdingCount(h *billing.Holding) (err error) {
	text := t.field(holdingCount)
	if isPlan(h.Kind) {
		if h.Commit, err = usd(text); err != nil || h.Commit == 0 {
			return t.wrong(holdingCount, "expected a Savings Plan's commitment in USD per hour, more than 0, such as 12.5")
		}
		return nil
	}
	if h.Count, err = strconv.ParseInt(text, 10, 64); err != nil || h.Count < 1 || text[0] == '+' {
		return t.wrong(holdingCount, "expected a whole number of instances, 1 or more")
	}
	return nil
}

func (t *table) holdingTerm(h *billing.Holding) (err error) {
	if h.Start, err = t.time(holdingStart); err != nil {
		return err
	}
	if h.End, err = t.time(holdingEnd); err != nil {
		return err
	}
	if h.End <= h.Start {
		return t.wrong(holdingEnd, "expected a time after the start, "+h.Start.String())
	}
	return nil
}

func isPlan(k billing.Kind) bool { return k == billing.EC2Plan || k == billing.ComputePlan }
