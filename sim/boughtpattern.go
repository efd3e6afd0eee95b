package sim

import (
	"fmt"
	"slices"
	"strings"

	"trough.internal/models"
	"trough.internal/models/spotmarket"
	"trough.internal/policies"
)

// This file is the compact form of bought: a pattern over the pools of a recorded price trace.

// isPattern says whether one entry of bought stands for several pools.
func (p *Bought) isPattern() bool { return strings.Contains(p.Pool, "*") }

// checkPattern refuses what could not be meant for several pools.
func (p *Bought) checkPattern() error {
	var pattern policies.Pattern
	switch {
	case !p.isPattern():
		return nil
	case pattern.UnmarshalText([]byte(p.Pool)) != nil:
		return fmt.Errorf("pool is %q: expected %s", p.Pool, pattern.Want())
	case p.PriceTrace == "":
		return fmt.Errorf("pool is %q, a pattern: expected a price_trace, whose pools it names", p.Pool)
	case p.Bid != nil || p.OnDemand != nil:
		return fmt.Errorf("pool is %q, a pattern: expected neither bid nor on_demand beside it, since each type has its own on-demand price, which is its bid", p.Pool)
	}
	return nil
}

// expand returns an entry for each pool that a pattern names; any other entry is itself. Pools that cannot be played are left
// out, which the notes say: types of which no price list gives the on-demand price, and so the bid, and histories that begin
// after the scenario does.
func (s *Scenario) expand(b *Built, set *Bought, files Files) ([]Bought, error) {
	if !set.isPattern() {
		return []Bought{*set}, nil
	}
	all, err := s.openPrices(b, set.PriceTrace, files)
	if err != nil {
		return nil, err
	}
	var found []Bought
	var unpriced, late []string
	named, pattern, byPool := 0, policies.Pattern(set.Pool), spotmarket.ByPool(all)
	for id, key := range all.Pools {
		if !pattern.Names(&models.Pool{Zone: key.Zone, Type: key.Type}) {
			continue
		}
		named++
		if _, err := s.Pool(key); err != nil {
			if len(unpriced) == 0 || unpriced[len(unpriced)-1] != key.Type {
				unpriced = append(unpriced, key.Type)
			}
			continue
		}
		if prices := byPool[id]; prices[0].At > s.From {
			late = append(late, key.Name())
			continue
		}
		one := *set
		one.Pool, one.recorded = key.Name(), byPool[id]
		found = append(found, one)
	}
	switch {
	case named == 0:
		return nil, fmt.Errorf("%s has no such pool: expected a pattern that names one such as %s", set.PriceTrace, all.Pools[0].Name())
	case len(found) == 0:
		return nil, fmt.Errorf("of the %d pools that it names in %s no price list has the type, or their prices begin after the scenario", named, set.PriceTrace)
	}
	slices.Sort(unpriced)
	unpriced = slices.Compact(unpriced)
	if len(unpriced) > 0 {
		b.Notes.Assumed = append(b.Notes.Assumed, fmt.Sprintf("of %s are left out, for want of a rating or of a list price: %s", set.PriceTrace, strings.Join(unpriced, ", ")))
	}
	if len(late) > 0 {
		b.Notes.Assumed = append(b.Notes.Assumed, fmt.Sprintf("of %s are left out, since their prices begin later than the scenario: %s", set.PriceTrace, strings.Join(late, ", ")))
	}
	return found, nil
}

// openPrices reads a price trace that must reach the scenario's end.
func (s *Scenario) openPrices(b *Built, name string, files Files) (*models.Prices, error) {
	if s.Drain {
		return nil, fmt.Errorf("%s: a scenario with recorded prices needs a length, not drain: nobody knows what they are later", name)
	}
	if files == nil {
		return nil, fmt.Errorf("%s cannot be read here", name)
	}
	all, notes, err := files.Prices(name)
	if err != nil {
		return nil, err
	}
	if err := spotmarket.Covers(all, s.end()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	b.Notes.add(notes)
	return all, nil
}
