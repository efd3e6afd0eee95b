package measure

import "trough.internal/report/stats"

// Figure is one named number, with what it means.
type Figure struct {
	Key        string  // as files name it: capacity_gain
	Name       string  // as tables name it: capacity gain
	Group      Group   //
	Value      float64 // in Unit; meaningless unless Known
	Known      bool    // false where it cannot be given; Note says why
	Unit       Unit    //
	Low, High  float64 // of the interval, if Interval
	Interval   bool    //
	Bounds     bool    // the interval is no matter of chance: it is bounds, and Note says of what
	Definition string  // one sentence
	Note       string  // what the reader should know about this value; may be empty

	Evidence *Evidence // of a difference of two policies; nil for every other figure
}

// Evidence is what the interval of a difference rests on, and what it says. Stats.Comparison has the method.
type Evidence struct {
	Verdict    stats.Verdict
	Days       int     // of both policies, under all seeds
	Blocks     int     // independent blocks of consecutive days
	BlockDays  int     // days in a block
	Candidates int     // that the interval and the verdict are corrected for
	P          float64 // how often chance alone makes so large a difference of some candidate; 1 where that is not known
}

// Unit is what a figure counts.
type Unit string

// The units.
const (
	UnitPercent         Unit = "%"
	UnitPoints          Unit = "percentage points"
	UnitUSD             Unit = "USD"
	UnitInstanceHours   Unit = "instance-hours"
	UnitNormalisedHours Unit = "normalised hours"
	UnitInstanceSeconds Unit = "instance-seconds"
	UnitPoolHours       Unit = "pool-hours"
	UnitSeconds         Unit = "s"
	UnitInstances       Unit = "instances"
	UnitJobs            Unit = "jobs"
	UnitAttempts        Unit = "attempts"
	UnitEpisodes        Unit = "episodes"
	UnitPerHour         Unit = "per borrowed hour"
	UnitIndex           Unit = "index, 0 to 1"
)

// Group is where a figure stands in a report.
type Group string

// The groups, in the order of a report.
const (
	Headline    Group = "headline"
	Capacity    Group = "capacity"
	Exposure    Group = "exposure"
	Billed      Group = "billing"
	Waits       Group = "waits"
	Citizenship Group = "citizenship"
	ByBorrower  Group = "by borrower"
	Unknowns    Group = "what nobody knew"
)

// Groups lists them in the order of a report.
func Groups() []Group {
	return []Group{Headline, Capacity, Exposure, Billed, Waits, Citizenship, ByBorrower, Unknowns}
}

// Find returns the figure with a key; false if there is none.
func Find(figures []Figure, key string) (Figure, bool) {
	for _, f := range figures {
		if f.Key == key {
			return f, true
		}
	}
	return Figure{}, false
}

// Defined is a figure's name, unit and definition, without a value. A key that no run has is a fault of the program.
func Defined(key string) Figure {
	f, there := Find(new(Result).Figures(), key)
	if !there {
		panic("measure: no figure is called " + key)
	}
	return Figure{Key: f.Key, Name: f.Name, Group: f.Group, Unit: f.Unit, Definition: f.Definition}
}
