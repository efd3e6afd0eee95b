package stats

import "fmt"

// Verdict is what a difference says about a candidate.
type Verdict uint8

// The verdicts.
const (
	NoVerdict  Verdict = iota // too little to say anything
	NoEvidence                // the interval holds zero
	Better
	Worse
	Verdicts // how many there are
)

var verdictWords = [Verdicts]string{"no verdict", "no evidence", "better", "worse"}

// String is the verdict as tables and files write it.
func (v Verdict) String() string { return verdictWords[v] }

// Direction says which way a figure should go.
type Direction int8

// The directions.
const (
	LessIsBetter Direction = -1
	MoreIsBetter Direction = 1
)

// Verdict judges the difference of a figure that should go one way: better or worse where the whole interval is on one
// side of zero. Of fewer than DaysMin days there is none, and why says so.
func (d Difference) Verdict(way Direction) (v Verdict, why string) {
	switch {
	case d.N < DaysMin:
		return NoVerdict, fmt.Sprintf("no verdict: %d of the at least %d days that it takes", d.N, DaysMin)
	case !d.Known:
		return NoVerdict, "no verdict: " + d.Note
	case d.Low <= 0 && d.High >= 0:
		return NoEvidence, ""
	case (d.Low > 0) == (way == MoreIsBetter):
		return Better, ""
	}
	return Worse, ""
}
