package sim

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// Borrower is one of several that share what can be borrowed. Each has queues of its own, and an instance that it holds takes
// no other borrower's jobs.
type Borrower struct {
	Name    string       `set:"name" required:"true" doc:"Name of the borrower, as policies, ledgers and figures have it: small letters, digits and hyphens."`
	Origins []string     `set:"origins" required:"true" enum:"production|research|qa" doc:"Whose jobs it runs. Each origin has one borrower."`
	Home    settings.Raw `set:"home" doc:"Region where the data of its jobs lies; not given: the home of transfer."`
}

// Check refuses a name that files could not hold.
func (b *Borrower) Check() error {
	if b.Name == "" || strings.Trim(b.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return fmt.Errorf("name is %q: expected small letters, digits and hyphens", b.Name)
	}
	return nil
}

// BorrowerNames are the scenario's borrowers, by models.BorrowerID.
func (s *Scenario) BorrowerNames() []string {
	if len(s.Borrowers) == 0 {
		return []string{"encoding"}
	}
	names := make([]string, len(s.Borrowers))
	for i := range s.Borrowers {
		names[i] = s.Borrowers[i].Name
	}
	return names
}

// borrowersMost is what a models.BorrowerID can number.
const borrowersMost = math.MaxUint8

// checkBorrowers refuses origins that nobody or more than one would run.
func (s *Scenario) checkBorrowers() error {
	names := s.BorrowerNames()
	if len(names) > borrowersMost {
		return fmt.Errorf("there are %d borrowers: expected at most %d", len(names), borrowersMost)
	}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("borrowers[%d].name is %q, like that of another borrower: expected a name of its own", i, name)
		}
	}
	for i := range s.Base {
		if name := s.Base[i].Borrower; name != "" && !slices.Contains(names, name) {
			return fmt.Errorf("base[%d].borrower: %w", i, noBorrower(name, names))
		}
	}
	if len(s.Borrowers) == 0 {
		return nil
	}
	for _, origin := range models.OriginNames() {
		by := ""
		for i := range s.Borrowers {
			for _, own := range s.Borrowers[i].Origins {
				if own != origin {
					continue
				}
				if by != "" {
					return fmt.Errorf("borrowers[%d].origins: %s runs the jobs of %s already: expected one borrower for each origin", i, by, origin)
				}
				by = s.Borrowers[i].Name
			}
		}
		if by == "" {
			return fmt.Errorf("borrowers: nobody runs the jobs of origin %s: expected it among the origins of one of them", origin)
		}
	}
	return nil
}

// noBorrower says that there is none of a name.
func noBorrower(name string, names []string) error {
	if near, ok := settings.Nearest(name, names); ok {
		return fmt.Errorf("the scenario has no borrower %q: did you mean %q?", name, near)
	}
	return fmt.Errorf("the scenario has no borrower %q: expected one of %s", name, strings.Join(names, ", "))
}

// borrow tells the world who borrows, who runs whose jobs and whose the base fleets are.
func (s *Scenario) borrow(w *World) {
	w.Borrowers = s.BorrowerNames()
	for i := range s.Borrowers {
		for _, name := range s.Borrowers[i].Origins {
			w.BorrowerOf[slices.Index(models.OriginNames(), name)] = models.BorrowerID(i)
		}
	}
	for i := range s.Base {
		if name := s.Base[i].Borrower; name != "" {
			if w.BaseOf == nil {
				w.BaseOf = make([]models.BorrowerID, len(s.Base))
			}
			w.BaseOf[i] = models.BorrowerID(slices.Index(w.Borrowers, name))
		}
	}
}

// checkPolicyBorrowers refuses terms, in a policy that is written out in the scenario, of borrowers that the scenario has not.
func (s *Scenario) checkPolicyBorrowers() error {
	raw := s.Policy
	for _, key := range []string{"broker", "borrowers"} {
		var inner map[string]settings.Raw
		if raw.Kind() != "map" || raw.Decode(&inner) != nil {
			return nil // whoever makes the policy says what is wrong with it
		}
		raw = inner[key]
	}
	var terms []map[string]settings.Raw
	if raw.Kind() != "list" || raw.Decode(&terms) != nil {
		return nil
	}
	names := s.BorrowerNames()
	for _, t := range terms {
		if name := t["name"]; name.Kind() == "value" && !slices.Contains(names, name.String()) {
			return name.Wrong("a borrower of the scenario, one of " + strings.Join(names, ", "))
		}
	}
	return nil
}
