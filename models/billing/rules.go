package billing

import (
	"fmt"
	"time"

	"trough.internal/models"
)

// Rules are those that Amazon's bill follows at a date.
type Rules struct {
	Date  models.Instant
	Hours Reading // of instance-hours that straddle a clock hour, where whole hours are billed
}

// RulesAt are the rules of a date, with our reading of straddling hours.
func RulesAt(date models.Instant) Rules { return Rules{Date: date} }

// Reading says in which clock hour a whole instance-hour counts. Amazon published no rule.
type Reading uint8

// The readings.
const (
	// Begun counts it in the clock hour in which it begins. It agrees with the user guide's example of four instances
	// that run for 15 minutes each, as it was before per-second billing.
	Begun Reading = iota
	// Touched counts a whole hour in every clock hour in which the instance runs at all.
	Touched
	// Concurrent counts the most instances that run at once in a clock hour. It is a reading of counts, not of runs, so
	// that only a run's marginal overdraft has it, not a Bill.
	Concurrent
	Readings // how many there are
)

var readingNames = [Readings]string{"begun", "touched", "concurrent"}

// String is the reading as files write it.
func (r Reading) String() string { return readingNames[r] }

// MarshalText writes the reading's name.
func (r Reading) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a reading's name.
func (r *Reading) UnmarshalText(text []byte) error {
	for i, name := range readingNames {
		if name == string(text) {
			*r = Reading(i)
			return nil
		}
	}
	return fmt.Errorf("expected %s", r.Want())
}

// Want says what a reader should have written.
func (Reading) Want() string { return "begun, touched or concurrent" }

// When the rules changed. Where only the month is known it is the month's first day.
var (
	regionalSince = date(2016, time.September, 1) // regional reserved instances (announced that month)
	flexibleSince = date(2017, time.March, 1)     // size flexibility (announced that month)
	secondsSince  = [Platforms]models.Instant{    // per-second billing (AWS What's New), by platform
		Linux:      date(2017, time.October, 2),
		Windows:    date(2021, time.June, 11),
		WindowsSQL: date(2021, time.June, 11),
		RHEL:       date(2024, time.April, 1),
		SUSE:       models.Never,
	}
)

func date(year int, month time.Month, day int) models.Instant {
	return models.InstantOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// Hourly says whether a platform is billed by whole instance-hours.
func (r Rules) Hourly(p Platform) bool { return r.Date < secondsSince[p] }

// Regional says whether there are regional reserved instances; before, they cover nothing.
func (r Rules) Regional() bool { return r.Date >= regionalSince }

// Flexible says whether a regional reservation covers other sizes of its family. It never did for other platforms than
// Linux, for dedicated instances, nor for some families (EC2 guide, "How Reserved Instances are applied").
func (r Rules) Flexible(family string, p Platform, t Tenancy) bool {
	switch family {
	case "g4ad", "g4dn", "g5", "g5g", "inf1":
		return false
	}
	return r.Date >= flexibleSince && p == Linux && t == Shared
}

// String says what the rules are, for Linux, as summaries print it.
func (r Rules) String() string {
	day := r.Date.UTC().Format(time.DateOnly)
	if !r.Hourly(Linux) {
		return "EC2's of " + day + ": by the second, at least 60"
	}
	return "EC2's of " + day + ": whole instance-hours, " + [Readings]string{
		Begun:      "each in the clock hour in which it begins",
		Touched:    "one in every clock hour that an instance touches",
		Concurrent: "as many in a clock hour as run at once",
	}[r.Hours]
}
