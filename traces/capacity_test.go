package traces

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
)

func TestCapacityIsReadAsItWasWritten(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCapacity(t)
		if rapid.Bool().Draw(t, "coarse") {
			c = drawSamples(t)
			c.Until = c.Changes[len(c.Changes)-1].At + models.Instant(rapid.IntRange(1, 20).Draw(t, "rest"))*10
		}
		meta := Meta{
			Window: time.Duration(rapid.SampledFrom([]int{0, 60, 600, 86400}).Draw(t, "window")) * time.Second,
			Hold:   time.Duration(rapid.SampledFrom([]int{0, 10, 60, 77, 120, 3600}).Draw(t, "hold")) * time.Second,
			Source: "a test", Other: map[string]string{"weather": "fair"},
		}
		for _, name := range []string{"c.parquet", "c.csv"} {
			path := filepath.Join(dir, name)
			if err := WriteCapacity(path, c, meta); err != nil {
				t.Fatal(err)
			}
			got, gotMeta, err := ReadCapacity(path)
			if err != nil {
				t.Fatal(err)
			}
			if want := plainSteps(c); !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: read\n%v\nwrote\n%v", name, got, want)
			}
			if gotMeta.Source != meta.Source || !reflect.DeepEqual(gotMeta.Other, meta.Other) {
				t.Fatalf("metadata %+v: expected %+v", gotMeta, meta)
			}
		}
	})
}

// drawCapacity draws a step function over at most three days.
func drawCapacity(t *rapid.T) *models.Capacity {
	zones := []string{"us-east-1a", "us-east-1b", "eu-west-1a"}
	types := []string{"r3.4xlarge", "m3.2xlarge"}
	c := &models.Capacity{}
	for _, z := range zones {
		for _, ty := range types {
			c.Pools = append(c.Pools, models.PoolKey{Region: models.RegionOfZone(z), Zone: z, Type: ty})
		}
	}
	perm := rapid.Permutation(c.Pools).Draw(t, "pools")
	c.Pools = perm[:rapid.IntRange(1, len(perm)).Draw(t, "count")]
	at := models.Instant(1443657600 + rapid.IntRange(0, 100000).Draw(t, "start"))
	n := rapid.IntRange(1, 40).Draw(t, "changes")
	last := map[models.PoolID]models.Instant{}
	for p := range c.Pools { // a CSV file knows no pool without rows
		c.Changes = append(c.Changes, models.CapacityChange{At: at, Pool: models.PoolID(p), InUse: int32(p) - 1})
		last[models.PoolID(p)] = at
	}
	for range n {
		p := models.PoolID(rapid.IntRange(0, len(c.Pools)-1).Draw(t, "pool"))
		if was, ok := last[p]; ok && was == at {
			continue
		}
		last[p] = at
		c.Changes = append(c.Changes, models.CapacityChange{At: at, Pool: p,
			Reserved: int32(rapid.IntRange(0, 3).Draw(t, "reserved")), InUse: int32(rapid.IntRange(-1, 3).Draw(t, "in use"))})
		at += models.Instant(rapid.SampledFrom([]int{0, 0, 1, 60, 60, 599, 4000}).Draw(t, "step"))
	}
	c.Until = at + models.Instant(rapid.IntRange(1, 5000).Draw(t, "rest"))
	return c
}

// plainSteps is what a reader makes of a step function: pools sorted, no change that changes nothing. The slow way.
func plainSteps(c *models.Capacity) *models.Capacity {
	out := &models.Capacity{Until: c.Until}
	ids := map[models.PoolID]models.PoolID{}
	for _, k := range c.Pools {
		at := 0
		for at < len(out.Pools) && comparePools(out.Pools[at], k) < 0 {
			at++
		}
		out.Pools = append(out.Pools[:at], append([]models.PoolKey{k}, out.Pools[at:]...)...)
	}
	for i, k := range c.Pools {
		for j, l := range out.Pools {
			if k == l {
				ids[models.PoolID(i)] = models.PoolID(j)
			}
		}
	}
	type value struct{ reserved, inUse int32 }
	state := map[models.PoolID]value{}
	for _, ch := range c.Changes {
		ch.Pool = ids[ch.Pool]
		v := value{ch.Reserved, ch.InUse}
		if was, ok := state[ch.Pool]; ok && was == v {
			continue
		}
		state[ch.Pool] = v
		at := len(out.Changes)
		for at > 0 && out.Changes[at-1].At == ch.At && out.Changes[at-1].Pool > ch.Pool {
			at--
		}
		out.Changes = append(out.Changes[:at], append([]models.CapacityChange{ch}, out.Changes[at:]...)...)
	}
	out.From = c.Changes[0].At
	return out
}
