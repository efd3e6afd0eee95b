package experiment

// Front are the trials that no other one beats: none is at least as good in every goal and better in one. They are in the
// order of trials; of equal ones all are there. What it costs is the square of their number.
func Front(goals []DayFigure, trials []*Trial, days func([][]Day) [][]Day) []*Trial {
	values := make([][]float64, len(trials))
	for i, t := range trials {
		values[i] = goodness(goals, days(t.Days))
	}
	var front []*Trial
	for i, t := range trials {
		beaten := values[i] == nil
		for j := range trials {
			beaten = beaten || values[j] != nil && beats(values[j], values[i])
		}
		if !beaten {
			front = append(front, t)
		}
	}
	return front
}

// goodness has every goal so that more is better; nil where one is not known.
func goodness(goals []DayFigure, bySeed [][]Day) []float64 {
	list := make([]float64, len(goals))
	for i := range goals {
		v, known := goals[i].Value(bySeed)
		if !known {
			return nil
		}
		list[i] = float64(goals[i].Way) * v
	}
	return list
}

func beats(a, b []float64) bool {
	better := false
	for i := range a {
		if a[i] < b[i] {
			return false
		}
		better = better || a[i] > b[i]
	}
	return better
}
