package billing

import (
	"errors"
	"fmt"
	"strings"

	"trough.internal/models"
	"trough.internal/models/catalog"
)

// CheckModification says in one line why Amazon would refuse to turn some reserved instances into others; nil if it would
// not. Zone and scope may change within a region, and sizes within a family if the platform is Linux, as long as the
// footprint stays the same; reservations may be split and merged that way. All must end in the same clock hour. (EC2
// guide, "Modify Reserved Instances".) What a Holding does not say is not checked: whether a reservation is active, listed
// for sale or convertible, and whether Amazon has the capacity for zonal ones.
func CheckModification(from, to []Holding) error {
	if len(from) == 0 || len(to) == 0 {
		return errors.New("a modification needs reserved instances to turn from and into")
	}
	var before, after float64
	for i := range from {
		units, err := modifiable(&from[i], &from[0])
		if err != nil {
			return fmt.Errorf("from %q: %w", from[i].ID, err)
		}
		before += units
	}
	for i := range to {
		units, err := modifiable(&to[i], &from[0])
		if err != nil {
			return fmt.Errorf("to %q: %w", to[i].ID, err)
		}
		after += units
	}
	if before != after {
		return fmt.Errorf("a footprint of %v units cannot become one of %v", before, after)
	}
	if !oneType(from, to) && from[0].Platform != Linux {
		return fmt.Errorf("the size of reserved instances for %s cannot change", from[0].Platform)
	}
	return nil
}

// Footprint is how much usage some reserved instances of a type cover, in units of normalisation factor: exact, as
// factors are multiples of a quarter. The error is of one line.
func Footprint(typeName string, count int64) (float64, error) {
	if count < 1 || count > countMax {
		return 0, fmt.Errorf("count %d: expected 1 to %d", count, countMax)
	}
	factor, err := catalog.Factor(typeName)
	if err != nil {
		return 0, err
	}
	return float64(factor * float64(count)), nil
}

// BenefitFrom is from when on a modification counts that Amazon made at an instant: the clock hour that it lies in, whole
// (EC2 guide: made at 21:15, its benefit moves from 21:00 on). Make follows by counting what is held in an hour's last
// second, so that holdings state the instant itself.
func BenefitFrom(at models.Instant) models.Instant { return hourOf(at) }

// modifiable says why a holding cannot be part of a modification that another one is part of; else it returns the
// footprint.
func modifiable(h, like *Holding) (float64, error) {
	if err := h.Check(); err != nil {
		return 0, err
	}
	switch {
	case h.Kind != ZonalRI && h.Kind != RegionalRI:
		return 0, fmt.Errorf("%s is no reserved instance", h.Kind)
	case h.Account != like.Account:
		return 0, fmt.Errorf("account %q: expected %q, as of the first", h.Account, like.Account)
	case familyOf(h.Type) != familyOf(like.Type):
		return 0, fmt.Errorf("family %q: expected %q, as of the first", familyOf(h.Type), familyOf(like.Type))
	case models.RegionOfZone(h.Location) != models.RegionOfZone(like.Location):
		return 0, fmt.Errorf("region %q: expected %q, as of the first", models.RegionOfZone(h.Location), models.RegionOfZone(like.Location))
	case h.Platform != like.Platform:
		return 0, fmt.Errorf("platform %s: expected %s, as of the first", h.Platform, like.Platform)
	case h.Tenancy != like.Tenancy:
		return 0, fmt.Errorf("tenancy %s: expected %s, as of the first", h.Tenancy, like.Tenancy)
	case hourOf(h.End) != hourOf(like.End):
		return 0, fmt.Errorf("end %s: expected one in the clock hour of %s, as of the first", h.End, like.End)
	}
	return Footprint(h.Type, h.Count)
}

func oneType(from, to []Holding) bool {
	for _, hs := range [][]Holding{from, to} {
		for i := range hs {
			if hs[i].Type != from[0].Type {
				return false
			}
		}
	}
	return true
}

func familyOf(typeName string) string {
	family, _, _ := strings.Cut(typeName, ".")
	return family
}
