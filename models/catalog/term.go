package catalog

import (
	"fmt"
	"strings"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// Term is how a reservation is bought: for how long, how much of it is paid at once, and whether it may be exchanged.
type Term uint8

// The terms. The zero value is what a company without cash to spare would take, and the dearest.
const (
	OneYearNoUpfront Term = iota
	OneYearPartialUpfront
	OneYearAllUpfront
	ThreeYearNoUpfront // since 2017
	ThreeYearPartialUpfront
	ThreeYearAllUpfront
	OneYearConvertibleNoUpfront // since 2018
	OneYearConvertiblePartialUpfront
	OneYearConvertibleAllUpfront
	ThreeYearConvertibleNoUpfront // since 2016
	ThreeYearConvertiblePartialUpfront
	ThreeYearConvertibleAllUpfront
	Terms // how many there are
)

var termNames = [Terms]string{"1y-no-upfront", "1y-partial-upfront", "1y-all-upfront",
	"3y-no-upfront", "3y-partial-upfront", "3y-all-upfront",
	"1y-convertible-no-upfront", "1y-convertible-partial-upfront", "1y-convertible-all-upfront",
	"3y-convertible-no-upfront", "3y-convertible-partial-upfront", "3y-convertible-all-upfront"}

// String is the term as files write it.
func (t Term) String() string { return termNames[t] }

// MarshalText writes the term's name.
func (t Term) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads a term's name.
func (t *Term) UnmarshalText(text []byte) error {
	for i, name := range termNames {
		if name == string(text) {
			*t = Term(i)
			return nil
		}
	}
	if near, ok := settings.Nearest(string(text), termNames[:]); ok {
		return fmt.Errorf("expected a term of a reservation: did you mean %q?", near)
	}
	return fmt.Errorf("expected a term of a reservation, one of %s", strings.Join(termNames[:], ", "))
}

// Want says what a reader should have written.
func (Term) Want() string { return "a term of a reservation such as 1y-no-upfront" }

// Price is the effective price of a reservation; an error where the type was not offered so.
func (t Type) Price(term Term) (models.MicroUSDPerHour, error) {
	if p := t.Reserved[term]; p > 0 {
		return p, nil
	}
	var offered []string
	for i, p := range t.Reserved {
		if p > 0 {
			offered = append(offered, termNames[i])
		}
	}
	if len(offered) == 0 {
		return 0, fmt.Errorf("%s in %s: no reservation was offered", t.Name, t.Region)
	}
	return 0, fmt.Errorf("%s in %s: no %s reservation was offered, only %s", t.Name, t.Region, term, strings.Join(offered, ", "))
}
