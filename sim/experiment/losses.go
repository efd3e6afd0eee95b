package experiment

import "math/bits"

// Losses splits what a policy misses of the best that could have been among the rules that it keeps. Values are of the policy
// with sets of its rules relaxed, by the set as bits: values[0] is the policy as it is, values[1<<i] without rule i, and the last
// one without any of them.
type Losses struct {
	Parts       []float64 // by rule: what relaxing it alone gains; negative where the rule pays
	Interaction float64   // what relaxing all of them gains beyond the sum of the parts
	Rest        float64   // what is missed without any of the rules: the future was not known
	Whole       float64   // the optimum less the policy's value: the sum of all of the above
}

// SplitLosses splits by relaxing one rule at a time. Of values, only those of no rule, of single ones, and of all are looked at.
func SplitLosses(values map[uint32]float64, rules int, optimum float64) Losses {
	all := uint32(1)<<rules - 1
	l := Losses{Parts: make([]float64, rules), Interaction: values[all] - values[0], Rest: optimum - values[all], Whole: optimum - values[0]}
	for i := range l.Parts {
		l.Parts[i] = values[1<<i] - values[0]
		l.Interaction -= l.Parts[i]
	}
	return l
}

// ShapleyLosses splits by each rule's mean contribution over all orders in which rules can be relaxed (Shapley: A value for
// n-person games, 1953), so that nothing is left over as interaction. It needs the values of all sets: 2^rules of them.
func ShapleyLosses(values map[uint32]float64, rules int, optimum float64) Losses {
	all := uint32(1)<<rules - 1
	l := Losses{Parts: make([]float64, rules), Rest: optimum - values[all], Whole: optimum - values[0]}
	weights := shapleyWeights(rules)
	for set := range all + 1 {
		for i := range l.Parts {
			if set>>i&1 == 0 {
				l.Parts[i] += weights[bits.OnesCount32(set)] * (values[set|1<<i] - values[set])
			}
		}
	}
	return l
}

// shapleyWeights are, by how many rules were relaxed before, the share of orders in which it is these: s! (n-s-1)! / n!.
func shapleyWeights(n int) []float64 {
	weights := make([]float64, n)
	for s := range weights {
		weights[s] = 1 / float64(n)
		for k := 1; k <= s; k++ { // 1 / (n * (n-1 over s))
			weights[s] *= float64(k) / float64(n-k)
		}
	}
	return weights
}

// SingleSets are the sets that SplitLosses looks at, and AllSets those of ShapleyLosses.
func SingleSets(rules int) []uint32 {
	sets := []uint32{0}
	for i := range rules {
		sets = append(sets, 1<<i)
	}
	if rules > 1 {
		sets = append(sets, 1<<rules-1)
	}
	return sets
}

// AllSets lists all sets of so many rules.
func AllSets(rules int) []uint32 {
	sets := make([]uint32, 1<<rules)
	for i := range sets {
		sets[i] = uint32(i)
	}
	return sets
}
