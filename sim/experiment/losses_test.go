package experiment

import (
	"math"
	"math/bits"
	"testing"

	"pgregory.net/rapid"
)

func sum(l *Losses) float64 {
	total := l.Interaction + l.Rest
	for _, part := range l.Parts {
		total += part
	}
	return total
}

// Shapley's value by its definition: every order in which the rules can be relaxed, one after another.
func slowShapley(values map[uint32]float64, rules int) []float64 {
	parts, orders := make([]float64, rules), 0
	var relax func(set uint32, order []int)
	relax = func(set uint32, order []int) {
		if len(order) == rules {
			orders++
			set = 0
			for _, i := range order {
				parts[i] += values[set|1<<i] - values[set]
				set |= 1 << i
			}
			return
		}
		for i := range rules {
			if set>>i&1 == 0 {
				relax(set|1<<i, append(order[:len(order):len(order)], i))
			}
		}
	}
	relax(0, nil)
	for i := range parts {
		parts[i] /= float64(orders)
	}
	return parts
}

func TestPartsAndRestAreTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.IntRange(0, 6).Draw(t, "rules")
		values := map[uint32]float64{}
		for _, set := range AllSets(rules) {
			values[set] = rapid.Float64Range(-100, 100).Draw(t, "value")
		}
		optimum := rapid.Float64Range(100, 200).Draw(t, "optimum")
		single, shapley := SplitLosses(values, rules, optimum), ShapleyLosses(values, rules, optimum)
		for _, l := range []Losses{single, shapley} {
			if math.Abs(sum(&l)-l.Whole) > 1e-9 || l.Whole != optimum-values[0] {
				t.Fatalf("%+v adds up to %v", l, sum(&l))
			}
		}
		if shapley.Interaction != 0 {
			t.Fatalf("Shapley leaves an interaction of %v", shapley.Interaction)
		}
		for i, want := range slowShapley(values, rules) {
			if math.Abs(shapley.Parts[i]-want) > 1e-9 {
				t.Fatalf("rule %d: %v, by all orders %v", i, shapley.Parts[i], want)
			}
		}
	})
}

// Rules whose effects add up have no interaction, and both ways give each its own effect.
func TestRulesThatDoNotMeetHaveTheirOwnEffects(t *testing.T) {
	effects := []float64{3, -1, 0, 10}
	values := map[uint32]float64{}
	for _, set := range AllSets(len(effects)) {
		for i, e := range effects {
			values[set] += e * float64(set>>i&1)
		}
	}
	for name, l := range map[string]Losses{"single": SplitLosses(values, 4, 20), "Shapley": ShapleyLosses(values, 4, 20)} {
		for i, e := range effects {
			if math.Abs(l.Parts[i]-e) > 1e-12 {
				t.Errorf("%s: rule %d has %v, want %v", name, i, l.Parts[i], e)
			}
		}
		if math.Abs(l.Interaction) > 1e-12 || l.Rest != 8 || l.Whole != 20 {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

func TestSingleSetsAreThoseThatAreLookedAt(t *testing.T) {
	for rules, want := range map[int]int{0: 1, 1: 2, 2: 4, 7: 9} {
		sets := SingleSets(rules)
		if len(sets) != want || bits.OnesCount32(sets[len(sets)-1]) != rules {
			t.Errorf("%d rules: %v", rules, sets)
		}
	}
}
