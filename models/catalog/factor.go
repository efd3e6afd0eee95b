package catalog

import (
	"fmt"
	"strconv"
	"strings"
)

// sizes are the normalisation factors of the sizes with a name (EC2 user guide, "How Reserved Instances are applied").
// Nxlarge is 8 N.
var sizes = map[string]float64{"nano": 0.25, "micro": 0.5, "small": 1, "medium": 2, "large": 4, "xlarge": 8}

// metal are the factors of whole machines, by family (same source).
var metal = map[string]float64{"a1": 32, "m5zn": 96, "z1d": 96,
	"c6g": 128, "c6gd": 128, "i3": 128, "m6g": 128, "m6gd": 128, "r6g": 128, "r6gd": 128, "x2gd": 128, "c5n": 144,
	"c5": 192, "c5d": 192, "i3en": 192, "m5": 192, "m5d": 192, "m5dn": 192, "m5n": 192,
	"r5": 192, "r5b": 192, "r5d": 192, "r5dn": 192, "r5n": 192}

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
	if number, ok := strings.CutSuffix(size, "xlarge"); ok {
		n, err := strconv.Atoi(number)
		if err == nil && n >= 2 && n <= 1000 && strconv.Itoa(n) == number {
			return float64(8 * n), nil
		}
	}
	return 0, fmt.Errorf("type %q: %q is no known size", typeName, size)
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
