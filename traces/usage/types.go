package usage

import (
	"fmt"
	"strings"

	"trough.internal/models"
	"trough.internal/models/billing"
	"trough.internal/models/catalog"
)

// types knows which instance types there are: those of Amazon's price lists, and those that a list of rates names.
type types struct{ families map[string]bool }

func typesOf(rates billing.List) types {
	t := types{map[string]bool{}}
	for key := range rates {
		family, _, _ := strings.Cut(key.Type, ".")
		t.families[family] = true
	}
	return t
}

// check is an error where a type's size or family is not known.
func (t types) check(name string) error {
	if _, err := catalog.Factor(name); err != nil {
		return within(name, err)
	}
	family, _, _ := strings.Cut(name, ".")
	return t.checkFamily(family, name)
}

// checkFamily is an error where a family is not known; name is what the file says.
func (t types) checkFamily(family, name string) error {
	if t.families[family] {
		return nil
	}
	if _, err := catalog.Family(name); err != nil {
		return within(name, err)
	}
	return nil
}

// within takes off what names the type: an error about a cell shows it already.
func within(name string, err error) error {
	return fmt.Errorf("%s", strings.TrimPrefix(err.Error(), fmt.Sprintf("type %q: ", name)))
}

// isZone says whether a zone is of the form us-east-1a, so that its region is known.
func isZone(zone string) bool {
	region := models.RegionOfZone(zone)
	return len(zone) == len(region)+1 && isRegion(region)
}

// isRegion says whether a region is of the form us-east-1 or us-gov-west-1.
func isRegion(region string) bool {
	words := strings.Split(region, "-")
	last := len(words) - 1
	for _, word := range words[:last] {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") != "" {
			return false
		}
	}
	return last >= 2 && words[last] != "" && strings.Trim(words[last], "0123456789") == ""
}
