package convert

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"trough.internal/models"
)

// Rename says what a name of the data set becomes: 48=m4.2xlarge.
type Rename struct{ From, To string }

// UnmarshalText reads from=to.
func (r *Rename) UnmarshalText(text []byte) error {
	from, to, ok := strings.Cut(string(text), "=")
	if !ok || from == "" || to == "" || strings.ContainsAny(to, "=/ ,\"") {
		return errors.New("expected what becomes what, such as 48=m4.2xlarge")
	}
	r.From, r.To = from, to
	return nil
}

// MarshalText writes from=to.
func (r Rename) MarshalText() ([]byte, error) { return []byte(r.From + "=" + r.To), nil }

// types gives every kind of machine of a data set the number of its EC2 type among the sorted types.
type types struct {
	names []string
	of    map[string]int
}

func newTypes(renames []Rename) types {
	t := types{of: map[string]int{}}
	for _, r := range renames {
		if !slices.Contains(t.names, r.To) {
			t.names = append(t.names, r.To)
		}
	}
	slices.Sort(t.names)
	for _, r := range renames {
		t.of[r.From], _ = slices.BinarySearch(t.names, r.To)
	}
	return t
}

// checkPlaces is what the options of every capacity trace have to hold.
func checkPlaces(zones []string, renames []Rename, from, until models.Instant) error {
	if len(zones) == 0 {
		return errors.New("zones: expected at least one")
	}
	for i, zone := range zones {
		if models.RegionOfZone(zone) == zone || models.RegionOfZone(zone) == "" {
			return fmt.Errorf("zone %q: expected a region and a letter, such as us-east-1a", zone)
		}
		if slices.Contains(zones[:i], zone) {
			return fmt.Errorf("zone %q is there twice", zone)
		}
	}
	for i, r := range renames {
		for _, other := range renames[:i] {
			if other.From == r.From {
				return fmt.Errorf("types: %q is there twice", r.From)
			}
		}
	}
	if from%60 != 0 || until%60 != 0 || from >= until {
		return fmt.Errorf("from %s until %s: expected whole minutes, and the first before the second", from, until)
	}
	return nil
}

func listed(renames []Rename) string {
	var parts []string
	for _, r := range renames {
		parts = append(parts, r.From+" -> "+r.To)
	}
	return strings.Join(parts, ", ")
}
