package experiment

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// laid are cells as a plan has them: some worlds and seeds, each with as many cells.
func laid(groups, each int) []Cell {
	var cells []Cell
	for g := range groups {
		for i := range each {
			cells = append(cells, Cell{Point: &Point{Number: i + 1, World: g / 2}, Seed: uint64(g % 2)})
		}
	}
	return cells
}

func TestShardsAreAllCellsOnceInEvenParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups, each := rapid.IntRange(1, 12).Draw(t, "groups"), rapid.IntRange(1, 12).Draw(t, "each")
		n := rapid.IntRange(1, 200).Draw(t, "shards")
		cells := laid(groups, each)
		var union []Cell
		prepared := 0
		for i := 1; i <= n; i++ {
			part := Shard{i, n}.Cells(cells)
			if small := len(cells) / n; len(part) != small && len(part) != small+1 {
				t.Fatalf("shard %d/%d has %d of %d cells", i, n, len(part), len(cells))
			}
			for j := range part {
				if of := ShardOf(len(union)+j, len(cells), n); of != i {
					t.Fatalf("cell %d of %d is in shard %d/%d, and ShardOf says %d", len(union)+j, len(cells), i, n, of)
				}
				if j == 0 || part[j].Point.World != part[j-1].Point.World || part[j].Seed != part[j-1].Seed {
					prepared++
				}
			}
			union = append(union, part...)
		}
		if !slices.Equal(union, cells) {
			t.Fatalf("%d shards are %d cells, or others, or in another order: there are %d", n, len(union), len(cells))
		}
		if prepared > groups+n-1 {
			t.Fatalf("%d worlds are prepared by %d shards, and there are %d", prepared, n, groups)
		}
	})
}

func TestWhatIsNoShardIsRefused(t *testing.T) {
	if s, err := ParseShard("3/16"); err != nil || s != (Shard{3, 16}) || s.String() != "3/16" {
		t.Errorf("%v, %v", s, err)
	}
	for _, text := range []string{"", "3", "/3", "3/", "0/3", "4/3", "-1/3", "1/0", "1/10001", "1/3/3", "a/3", "1/b", "1.5/3"} {
		if s, err := ParseShard(text); err == nil || !strings.Contains(err.Error(), "expected i/n such as 3/16") {
			t.Errorf("%q is %v, %v", text, s, err)
		}
	}
}

func TestAListOfShardsIsWhatAnArrayTakes(t *testing.T) {
	for want, list := range map[string][]int{"": nil, "7": {7, 7}, "1-2": {2, 1}, "1,3-5,9": {9, 4, 3, 1, 5, 3}} {
		if got := ShardList(list); got != want {
			t.Errorf("%v is %q, expected %q", list, got, want)
		}
	}
}
