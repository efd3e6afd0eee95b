package report

import "slices"

// insert adds a name to sorted names, once, in the order in which people sort instance types: r3.4xlarge before r3.16xlarge.
func insert(names []string, name string) []string {
	at, found := slices.BinarySearchFunc(names, name, natural)
	if found {
		return names
	}
	return slices.Insert(names, at, name)
}

func index(names []string, name string) int { return slices.Index(names, name) }

// sizes orders the words that EC2 uses for sizes. A word with a number in front counts above those without.
var sizes = []string{"nano", "micro", "small", "medium", "large", "xlarge"}

// natural compares instance types: family by letters, then size.
func natural(a, b string) int {
	familyA, sizeA := splitType(a)
	familyB, sizeB := splitType(b)
	switch {
	case familyA < familyB:
		return -1
	case familyA > familyB:
		return 1
	case sizeA != sizeB:
		return sizeA - sizeB
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func splitType(name string) (family string, size int) {
	i := 0
	for i < len(name) && name[i] != '.' {
		i++
	}
	if i == len(name) {
		return name, 0
	}
	number, j := 0, i+1
	for j < len(name) && name[j] >= '0' && name[j] <= '9' && number < 1000 {
		number = 10*number + int(name[j]-'0')
		j++
	}
	return name[:i], 1 + slices.Index(sizes, name[j:]) + 100*number
}
