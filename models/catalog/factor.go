package catalog

import (
	"fmt"
	"strconv"
	"strings"
)

// sizes are the normalisation factors of the sizes with a name (EC2 user guide, "How Reserved Instances are applied").
// Nxlarge is 8 N.
var sizes = map[string]float64{"nano": 0.25, "micro": 0.5, "small": 1, "medium": 2, "large": 4, "xlarge": 8}

// metal are the factors of whole machines, by family: the first block from the same source, the second derived as twice
// the machine's vCPUs, as every Nxlarge of these families has it. That gives the first block too, but for i3, whose
// machine has more vCPUs than the i3.16xlarge that the guide takes for its equal.
var metal = map[string]float64{"a1": 32, "m5zn": 96, "z1d": 96,
	"c6g": 128, "c6gd": 128, "i3": 128, "m6g": 128, "m6gd": 128, "r6g": 128, "r6gd": 128, "x2gd": 128, "c5n": 144,
	"c5": 192, "c5d": 192, "i3en": 192, "m5": 192, "m5d": 192, "m5dn": 192, "m5n": 192,
	"r5": 192, "r5b": 192, "r5d": 192, "r5dn": 192, "r5n": 192,

	"x2iezn": 96,
	"c7g":    128, "c7gd": 128, "c7gn": 128, "g5g": 128, "m7g": 128, "m7gd": 128, "r7g": 128, "r7gd": 128, "g4dn": 192,
	"c6i": 256, "c6id": 256, "c6in": 256, "i4i": 256, "m6i": 256, "m6id": 256, "m6idn": 256, "m6in": 256,
	"r6i": 256, "r6id": 256, "r6idn": 256, "r6in": 256, "x2idn": 256, "x2iedn": 256,
	"c6a": 384, "m6a": 384, "r6a": 384}

// Factor is the normalisation factor of a type's size: how many units of a reservation that is flexible in size (regional,
// Linux, since March 2017) an instance of it uses. A multiple of 1/4.
func Factor(typeName string) (float64, error) {
	family, size, ok := strings.Cut(typeName, ".")
	if !ok || family == "" {
		return 0, fmt.Errorf("type %q: expected family.size, such as r3.4xlarge", typeName)
	}
	if f, ok := sizes[size]; ok {
		return f, nil
	}
	if size == "metal" {
		return metalFactor(typeName, family)
	}
	if n, ok := multiple(size); ok {
		return float64(8 * n), nil
	}
	return 0, fmt.Errorf("type %q: %q is no known size", typeName, size)
}

// multiple is the N of Nxlarge and of metal-Nxl: a whole machine, or half of one, as large as the Nxlarge.
func multiple(size string) (int, bool) {
	number, ok := strings.CutSuffix(size, "xlarge")
	if whole, metal := strings.CutPrefix(size, "metal-"); metal {
		number, ok = strings.CutSuffix(whole, "xl")
	}
	n, err := strconv.Atoi(number)
	return n, ok && err == nil && n >= 2 && n <= 1000 && strconv.Itoa(n) == number
}

func metalFactor(typeName, family string) (float64, error) {
	if f, ok := metal[family]; ok {
		return f, nil
	}
	if strings.HasPrefix(family, "u-") {
		return 896, nil
	}
	return 0, fmt.Errorf("type %q: the factor of a whole %s machine is not known", typeName, family)
}
