package experiment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Shard is one of several equal parts of a plan, each of which may be computed elsewhere. The zero value is no part.
type Shard struct {
	Index int // 1 to Of
	Of    int // 1 to ShardsMax
}

// ShardsMax is as many children as an array of AWS Batch has, which is fewer than Slurm and Kubernetes allow.
const ShardsMax = 10_000

// Cells are the shard's part of a plan's cells: those that stand together, so that a world is prepared in few shards. A shard
// has at most one cell more than another, and n shards prepare at most n-1 worlds more than one machine does.
//
// Note: whole worlds in one shard would save these, and leave shards idle wherever there are fewer worlds than shards; every
// nth cell would prepare each world in each shard.
func (s Shard) Cells(cells []Cell) []Cell {
	return cells[s.begin(len(cells)):Shard{s.Index + 1, s.Of}.begin(len(cells))]
}

func (s Shard) begin(cells int) int { return (s.Index - 1) * cells / s.Of }

// ShardOf is the index of that of so many shards which has a cell, by its place among the cells.
func ShardOf(place, cells, shards int) int {
	return ((place+1)*shards-1)/cells + 1
}

// String is a shard as --shard has it.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Of) }

// ParseShard reads i/n, such as 3/16.
func ParseShard(text string) (Shard, error) {
	index, of, _ := strings.Cut(text, "/")
	i, wrong := strconv.Atoi(index)
	n, also := strconv.Atoi(of)
	if wrong != nil || also != nil || n < 1 || n > ShardsMax || i < 1 || i > n {
		return Shard{}, fmt.Errorf("%q is no shard: expected i/n such as 3/16, with i from 1 to n and n up to %d", text, ShardsMax)
	}
	return Shard{i, n}, nil
}

// ShardList is a list of shards' indices as Slurm's --array takes it: 1,3-5.
func ShardList(indices []int) string {
	list := slices.Compact(slices.Sorted(slices.Values(indices)))
	var parts []string
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n] == list[0]+n {
			n++
		}
		part := strconv.Itoa(list[0])
		if n > 1 {
			part += "-" + strconv.Itoa(list[n-1])
		}
		parts = append(parts, part)
		list = list[n:]
	}
	return strings.Join(parts, ",")
}
