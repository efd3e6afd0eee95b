package catalog

import "math"

// NormSource is what a norm rests on.
type NormSource uint8

// The sources of a norm, best first.
const (
	ByDefinition NormSource = iota // the reference type itself
	Measured                       // a scenario's measured speed
	ByECU                          // Amazon's rating over the reference type's
	ByVCPU                         // vCPUs over the reference type's: no rating is known
)

var normSourceNames = [...]string{"reference", "measured", "ECU", "vCPU"}

// String is the source as summaries write it.
func (s NormSource) String() string { return normSourceNames[s] }

// Assumed is true of a norm that nobody measured: a summary must say so.
func (s NormSource) Assumed() bool { return s == ByECU || s == ByVCPU }

// Norm is how fast the type is, in thousandths of the reference type's speed (as models.Pool.Speed), and what that rests
// on: the measured speed where there is one (as a multiple of the reference's; 0 is none), else the ratio of the ECU
// ratings (r3.4xlarge has 52), else that of the vCPUs (r3.4xlarge has 16). It is at least 1.
func Norm(t, reference Type, measured float64) (int32, NormSource) {
	ratio, by := 1.0, ByDefinition
	switch {
	case measured > 0:
		ratio, by = measured, Measured
	case t.Name == reference.Name:
	case t.ECU > 0 && reference.ECU > 0:
		ratio, by = t.ECU/reference.ECU, ByECU
	default:
		ratio, by = float64(t.VCPUs)/float64(reference.VCPUs), ByVCPU
	}
	return int32(max(1, math.Round(ratio*1000))), by
}
