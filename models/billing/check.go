package billing

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"trough.internal/models"
	"trough.internal/models/catalog"
)

// Check says in one line what is wrong with a run. It knows sizes, but not which families there are: Amazon adds some
// every year, so whoever reads a file asks catalog.Family about the types that its rates do not name.
func (r *Run) Check() error {
	if _, err := catalog.Factor(r.Type); err != nil {
		return err
	}
	switch {
	case r.Account == "":
		return errors.New("no account")
	case r.Instance == "":
		return errors.New("no instance")
	case r.End <= r.Start:
		return fmt.Errorf("end %s is not after start %s", r.End, r.Start)
	}
	return cmp.Or(checkZone(r.Zone), checkSystem(r.Platform, r.Tenancy))
}

// countMax keeps sums of units below 2^63; nobody holds as many.
const countMax = 1_000_000

// Check says in one line what is wrong with a holding. Like that of a run, it leaves out whether its family is known.
func (h *Holding) Check() error {
	switch {
	case h.ID == "":
		return errors.New("no id")
	case h.ID == onDemandName:
		return fmt.Errorf("id %q: that is what a bill calls usage which nothing covers", h.ID)
	case h.Account == "":
		return errors.New("no account")
	case h.Kind >= Kinds:
		return fmt.Errorf("kind %d: expected %s", h.Kind, h.Kind.Want())
	case h.End <= h.Start:
		return fmt.Errorf("end %s is not after start %s", h.End, h.Start)
	}
	return cmp.Or(h.checkType(), h.checkLocation(), h.checkSize(), checkSystem(h.Platform, h.Tenancy))
}

func (h *Holding) checkType() error {
	switch {
	case h.Kind == ComputePlan && h.Type != "":
		return fmt.Errorf("type %q: a Compute Savings Plan has none", h.Type)
	case h.Kind == ComputePlan:
		return nil
	case h.Kind == EC2Plan && (h.Type == "" || strings.Contains(h.Type, ".")):
		return fmt.Errorf("type %q: expected a family, such as m5", h.Type)
	case h.Kind == EC2Plan:
		return nil
	}
	_, err := catalog.Factor(h.Type)
	return err
}

func (h *Holding) checkLocation() error {
	switch h.Kind {
	case ComputePlan:
		if h.Location != "" {
			return fmt.Errorf("location %q: a Compute Savings Plan has none", h.Location)
		}
		return nil
	case RegionalRI, EC2Plan:
		if h.Location == "" || models.RegionOfZone(h.Location) != h.Location {
			return fmt.Errorf("location %q: expected a region, such as us-east-1", h.Location)
		}
		return nil
	}
	return checkZone(h.Location)
}

func (h *Holding) checkSize() error {
	plan := h.Kind == EC2Plan || h.Kind == ComputePlan
	switch {
	case plan && h.Commit <= 0:
		return fmt.Errorf("a commitment of %d micro-USD per hour: expected more than 0", h.Commit)
	case plan && h.Commit > rateMax:
		return fmt.Errorf("a commitment of %d micro-USD per hour: expected at most %d", h.Commit, rateMax)
	case !plan && (h.Count < 1 || h.Count > countMax):
		return fmt.Errorf("count %d: expected 1 to %d", h.Count, countMax)
	}
	return nil
}

// checkZone refuses the ids of zones too (use1-az1): their region cannot be seen from them.
func checkZone(zone string) error {
	if region := models.RegionOfZone(zone); region == "" || region == zone {
		return fmt.Errorf("zone %q: expected an availability zone, such as us-east-1a", zone)
	}
	return nil
}

func checkSystem(p Platform, t Tenancy) error {
	switch {
	case p >= Platforms:
		return fmt.Errorf("platform %d: expected %s", p, p.Want())
	case t >= Tenancies:
		return fmt.Errorf("tenancy %d: expected %s", t, t.Want())
	}
	return nil
}

// CheckHoldings refuses two terms of one id that overlap, or that would both count in a clock hour: an end of 11:59:59 is
// one of 12:00:00. It returns the index of the later one of the two. Terms that follow each other are one holding that
// was modified.
func CheckHoldings(hs []Holding) (index int, err error) {
	order := make([]int, len(hs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(hs[a].ID, hs[b].ID), cmp.Compare(hs[a].Start, hs[b].Start))
	})
	for k := 1; k < len(order); k++ {
		before, after := &hs[order[k-1]], &hs[order[k]]
		if before.ID == after.ID && after.Start < wholeEnd(before.End) {
			return order[k], fmt.Errorf("id %q: the term from %s overlaps that from %s to %s", after.ID, after.Start, before.Start, before.End)
		}
	}
	return 0, nil
}

// wholeEnd is an end for whoever counts whole hours: one second before the hour is the hour.
func wholeEnd(end models.Instant) models.Instant {
	if end == hourOf(end)+perHour-1 {
		return end + 1
	}
	return end
}
