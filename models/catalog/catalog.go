// Package catalog knows instance types: their shape, their list prices and how fast they are.
//
// Prices and shapes are AWS's list, Linux, default tenancy; built in are the types that the scenarios use, as of August
// 2015, March 2017 and April 2019: among them all that Amazon rated of those whose spot prices are recorded. A whole list (or one of another day) is read with Parse.
package catalog

import (
	"cmp"
	"fmt"
	"slices"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// Type is one instance type in one region at one time.
type Type struct {
	Region    string
	Name      string // family.size
	VCPUs     int32
	MemoryMiB int32
	// ECU is Amazon's rating of the whole instance: 1 is about a 2007 Xeon of 1.0 to 1.2 GHz. 0 is not rated: burstable
	// types, and most of those since 2019.
	ECU      float64
	OnDemand models.MicroUSDPerHour // list price without a reservation; 0 is not offered
	// Reserved is the effective price by term: all that is paid, upfront payment included, over all hours of the term. 0 is
	// not offered.
	Reserved [Terms]models.MicroUSDPerHour
}

// Catalog is one list of types, sorted by region, then name.
type Catalog struct {
	Name  string         // where it came from, for messages
	Since models.Instant // prices are taken to hold from here on; whoever parses a list sets it
	types []Type
}

// Types are all types, by region, then name.
func (c *Catalog) Types() []Type { return slices.Clone(c.types) }

// Regions are the regions of the list, sorted.
func (c *Catalog) Regions() []string {
	var names []string
	for i := range c.types {
		if len(names) == 0 || names[len(names)-1] != c.types[i].Region {
			names = append(names, c.types[i].Region)
		}
	}
	return names
}

// Lookup returns a type of a region. Its error is one line and names the nearest known one. A type without an on-demand
// price is not known here: an overdraft of it would seem to be free.
func (c *Catalog) Lookup(region, name string) (Type, error) {
	i, found := slices.BinarySearchFunc(c.types, Type{Region: region, Name: name}, order)
	switch {
	case !found:
		return Type{}, fmt.Errorf("%s: no type %q in %s%s", c.Name, name, region, c.hint(region, name))
	case c.types[i].OnDemand == 0:
		return Type{}, fmt.Errorf("%s: %s in %s has no on-demand price", c.Name, name, region)
	}
	return c.types[i], nil
}

func order(a, b Type) int {
	return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Name, b.Name))
}

// hint names the nearest type of the region, or the regions where there is none of that name.
func (c *Catalog) hint(region, name string) string {
	regions := c.Regions()
	if !slices.Contains(regions, region) {
		return fmt.Sprintf(": it lists the regions %v", regions)
	}
	var names []string
	for i := range c.types {
		if c.types[i].Region == region && c.types[i].OnDemand > 0 {
			names = append(names, c.types[i].Name)
		}
	}
	if near, ok := settings.Nearest(name, names); ok {
		return fmt.Sprintf(": did you mean %s?", near)
	}
	if len(names) == 0 {
		return ": it lists no prices there"
	}
	return fmt.Sprintf(": it lists %d types, from %s to %s", len(names), names[0], names[len(names)-1])
}

// History is lists of several days, earliest first.
type History []*Catalog

// At returns the latest list that is not after the date.
func (h History) At(date models.Instant) (*Catalog, error) {
	for i := len(h) - 1; i >= 0; i-- {
		if h[i].Since <= date {
			return h[i], nil
		}
	}
	if len(h) == 0 {
		return nil, fmt.Errorf("no catalog of types and prices")
	}
	return nil, fmt.Errorf("no catalog of types and prices on %s: the first is of %s", date, h[0].Since)
}

// Lookup returns a type of a region as the latest list says that is not after the date.
func (h History) Lookup(date models.Instant, region, name string) (Type, error) {
	c, err := h.At(date)
	if err != nil {
		return Type{}, err
	}
	return c.Lookup(region, name)
}

// Lookup is History.Lookup of the built-in lists.
func Lookup(date models.Instant, region, name string) (Type, error) {
	return builtin.Lookup(date, region, name)
}
