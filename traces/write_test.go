package traces

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trough.internal/models"
)

func Example() {
	dir, err := os.MkdirTemp("", "trough")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "week.parquet")

	w, err := CreateCapacitySamples(path, Meta{Hold: 10 * time.Minute, Source: "an example", Assumed: "all of it"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	pool, _ := w.Pool(models.PoolKey{Region: "us-east-1", Zone: "us-east-1a", Type: "r3.4xlarge"})
	w.Append(models.CapacityChange{At: 1443657600, Pool: pool, Reserved: 10, InUse: 4})
	w.Append(models.CapacityChange{At: 1443657600 + 3600, Pool: pool, Reserved: 10, InUse: 9})
	if err := w.Close(); err != nil { // the first error of Append too
		fmt.Println(err)
		return
	}

	c, meta, err := ReadCapacity(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("hold", meta.Hold, "until", c.Until)
	for _, change := range c.Changes {
		fmt.Println(change.At, c.Pools[change.Pool].Name(), change.Reserved, change.InUse)
	}
	// Output:
	// hold 10m0s until 2015-10-01T01:10:00Z
	// 2015-10-01T00:00:00Z us-east-1a/r3.4xlarge 10 4
	// 2015-10-01T00:10:00Z us-east-1a/r3.4xlarge 10 -1
	// 2015-10-01T01:00:00Z us-east-1a/r3.4xlarge 10 9
}

func TestCapacityWritersRefuseWhatReadersWould(t *testing.T) {
	pools := []models.PoolKey{{Region: "us-east-1", Zone: "us-east-1a", Type: "a"}, {Region: "us-east-1", Zone: "us-east-1a", Type: "b"}}
	at := func(seconds models.Instant, pool models.PoolID, reserved, inUse int32) models.CapacityChange {
		return models.CapacityChange{At: goodTime + seconds, Pool: pool, Reserved: reserved, InUse: inUse}
	}
	for _, test := range []struct {
		want    string
		changes []models.CapacityChange
	}{
		{"", []models.CapacityChange{at(0, 0, 1, 1), at(0, 1, 1, -1), at(9, 0, 1, 2)}},
		{"no rows: expected at least one", nil},
		{"us-east-1a/a at 2015-10-01T00:00:01Z: the time before was 2015-10-01T00:00:05Z: expected the same or later", []models.CapacityChange{at(5, 1, 1, 1), at(1, 0, 1, 1)}},
		{"us-east-1a/a at 2015-10-01T00:00:05Z: expected one row for a pool and time", []models.CapacityChange{at(5, 0, 1, 1), at(5, 1, 1, 1), at(5, 0, 1, 1)}},
		{"us-east-1a/b at 2015-10-01T00:00:00Z: reserved is -1: expected 0 or more", []models.CapacityChange{at(0, 1, -1, 1)}},
		{"us-east-1a/b at 2015-10-01T00:00:00Z: in_use is -2: expected 0 or more, or -1 for unknown", []models.CapacityChange{at(0, 1, 1, -2)}},
		{"us-east-1a/b at 1969-12-31T23:59:59Z: time is -1: expected seconds from 1970 to 9999", []models.CapacityChange{at(-1-goodTime, 1, 1, 1)}},
		{"pool 2: expected one of 2", []models.CapacityChange{at(0, 2, 1, 1)}},
		{"more than 32767 windows: expected a longer window than 1m0s", []models.CapacityChange{at(0, 0, 1, 1), at(32768*60, 0, 2, 1)}},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "c.parquet")
		w, err := CreateCapacity(path, Meta{Window: time.Minute}, pools)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range test.changes {
			w.Append(c)
		}
		checkError(t, test.want, w.Close(), path+": ", test.want)
		if left, _ := os.ReadDir(dir); test.want != "" && len(left) != 0 {
			t.Errorf("%s: left behind: %v", test.want, left)
		}
	}
	_, err := CreateCapacity("c.csv", Meta{}, pools)
	checkError(t, "csv", err, "c.csv: ", "until is not stated: expected in the metadata of a CSV file, which come first")
	_, err = CreateCapacitySamples("c.parquet", Meta{}, pools)
	checkError(t, "samples", err, "c.parquet: ", "hold is 0s: expected how long a sample is trusted")
	_, err = CreateCapacity("c.parquet", Meta{}, append(pools, pools[0]))
	checkError(t, "twice", err, "c.parquet: ", "pool us-east-1a/a is there twice: expected once")
	_, err = CreateCapacity("c.parquet", Meta{Hold: time.Millisecond}, pools)
	checkError(t, "hold", err, "c.parquet: ", "hold or window is 1ms: expected whole seconds, not negative")
	_, err = CreateCapacity("c.parquet", Meta{Other: map[string]string{"hold_s": "5"}}, pools)
	checkError(t, "other", err, "c.parquet: ", `metadata "hold_s": expected another name`)
}

func TestEveryPoolIsRestatedWhereAWindowBegins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.parquet")
	c, err := ParseCapacity("start 2015-10-01T10:00:00Z; until 3d; us-east-1a/a reserved 5 in_use 1; us-east-1a/b reserved 7 in_use 2@1d")
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteCapacity(path, c, Meta{}); err != nil {
		t.Fatal(err)
	}
	p, err := openParquet(path, &CapacitySchema)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	got := ""
	for b := newBatch(&CapacitySchema); p.next(b) == nil; got += "\n" {
		for row := range b.n {
			got += fmt.Sprintf("%s %s %d %d; ", models.Instant(b.longs[capTime][row]), b.text(capType, row), b.counts[capReserved][row], b.counts[capInUse][row])
		}
	}
	const want = `2015-10-01T10:00:00Z a 5 1; 2015-10-01T10:00:00Z b 7 -1; 
2015-10-02T00:00:00Z a 5 1; 2015-10-02T00:00:00Z b 7 -1; 2015-10-02T10:00:00Z b 7 2; 
2015-10-03T00:00:00Z a 5 1; 2015-10-03T00:00:00Z b 7 2; 
2015-10-04T00:00:00Z a 5 1; 2015-10-04T00:00:00Z b 7 2; 
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
