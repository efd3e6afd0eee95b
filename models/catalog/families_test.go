package catalog

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFamiliesAreKnownByNameAndTheNearestIsNamed(t *testing.T) {
	if !slices.IsSorted(families) || len(slices.Compact(slices.Clone(families))) != len(families) {
		t.Error("the families are not sorted, or one stands twice")
	}
	for name, want := range map[string]string{"m4.large": "m4", "r3": "r3", "u-6tb1.metal": "u-6tb1", "c7i-flex.large": "c7i-flex"} {
		if got, err := Family(name); err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{
		"m44.large": `type "m44.large": no family "m44" is known: did you mean m4?`,
		"":          `type "": no family "" is known`,
		"zzzzzz":    `type "zzzzzz": no family "zzzzzz" is known`,
		".large":    `no family "" is known`,
		"a\nb":      `type "a\nb": no family "a\nb" is known`,
	} {
		if got, err := Family(name); err == nil || got != "" || !strings.HasPrefix(err.Error(), want) && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
}

// TestEveryTypeOfTheRecordedListsIsKnown asks for the family and the size of each. Macs stand only on dedicated hosts,
// which nothing here bills.
func TestEveryTypeOfTheRecordedListsIsKnown(t *testing.T) {
	lists, err := filepath.Glob(filepath.Join(sharedData(t), "ec2-*", "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	types := 0
	for _, name := range lists {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		column := -1
		for lines := bufio.NewScanner(file); lines.Scan(); {
			words := strings.Split(lines.Text(), ",")
			if column < 0 {
				column = slices.IndexFunc(words, func(w string) bool {
					return w == "instance_type" || w == "InstanceType" || w == "Instance type"
				})
				if column < 0 {
					break // of something else
				}
				continue
			}
			types++
			_, unknownFamily := Family(words[column])
			_, unknownSize := Factor(words[column])
			if unknownFamily != nil || unknownSize != nil && !strings.HasPrefix(words[column], "mac") {
				t.Errorf("%s: %v, %v", name, unknownFamily, unknownSize)
			}
		}
	}
	if types < 1000 {
		t.Errorf("only %d types read from %v", types, lists)
	}
}
