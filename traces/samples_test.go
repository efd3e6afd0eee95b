package traces

import (
	"cmp"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"trough.internal/models"
)

// slowChanges is what samples say, pool by pool and second by second in thought: the plain old way.
func slowChanges(samples []models.CapacityChange, pools int, hold, until models.Instant) []models.CapacityChange {
	var changes []models.CapacityChange
	for p := range pools {
		var own []models.CapacityChange
		for _, s := range samples {
			if int(s.Pool) == p {
				own = append(own, s)
			}
		}
		for i, s := range own {
			if i == 0 || own[i-1].Reserved != s.Reserved || changes[len(changes)-1].InUse != s.InUse {
				changes = append(changes, s)
			}
			next := until
			if i+1 < len(own) {
				next = own[i+1].At
			}
			if s.InUse != models.Unknown && s.At+hold < next {
				changes = append(changes, models.CapacityChange{At: s.At + hold, Pool: s.Pool, Reserved: s.Reserved, InUse: models.Unknown})
			}
		}
	}
	slices.SortStableFunc(changes, func(a, b models.CapacityChange) int { return cmp.Compare(a.At, b.At) })
	return changes
}

func TestSamplesAreUnknownOnceTheyAreNoLongerTrusted(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		c := drawSamples(t)
		hold := models.Instant(rapid.SampledFrom([]int{5, 10, 30, 50, 60, 100, 150, 500}).Draw(t, "hold"))
		window := rapid.SampledFrom([]int{60, 120, 86400}).Draw(t, "window")
		meta := Meta{Hold: time.Duration(hold) * time.Second, Window: time.Duration(window) * time.Second}
		until := c.Changes[len(c.Changes)-1].At + hold
		want := slowChanges(c.Changes, len(c.Pools), hold, until)
		for _, name := range []string{"s.parquet", "s.csv"} {
			path := filepath.Join(dir, name)
			w, err := CreateCapacitySamples(path, meta, c.Pools)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range c.Changes {
				if err := w.Append(s); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			got, _, err := ReadCapacity(path)
			if err != nil {
				t.Fatal(err)
			}
			if got.Until != until || !reflect.DeepEqual(got.Changes, want) {
				t.Fatalf("%s: read until %s\n%v\nexpected until %s\n%v", name, got.Until, got.Changes, until, want)
			}
			wholeWindows(t, path, got)
		}
	})
}

// drawSamples draws few samples on a coarse grid, so that trust often ends where a window or a row begins.
func drawSamples(t *rapid.T) *models.Capacity {
	c := &models.Capacity{}
	for p := range rapid.IntRange(1, 3).Draw(t, "pools") {
		c.Pools = append(c.Pools, models.PoolKey{Region: "us-east-1", Zone: "us-east-1a", Type: string(rune('a' + p))})
		const grid = 30
		n := rapid.IntRange(1, 4).Draw(t, "samples")
		for _, at := range rapid.SliceOfNDistinct(rapid.IntRange(0, grid), n, n, rapid.ID[int]).Draw(t, "at") {
			c.Changes = append(c.Changes, models.CapacityChange{At: goodTime + models.Instant(at)*10, Pool: models.PoolID(p), Reserved: 5,
				InUse: int32(rapid.SampledFrom([]int{3, 4, 4, 4, -1}).Draw(t, "in use"))})
		}
	}
	slices.SortFunc(c.Changes, func(a, b models.CapacityChange) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Pool, b.Pool))
	})
	return c
}

// A sample whose trust ended with its window was once trusted for longer, if the next windows had no rows.
func TestASampleThatEndsWithItsWindowIsNotTrustedLonger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.parquet")
	w, err := CreateCapacitySamples(path, Meta{Hold: 100 * time.Second, Window: time.Minute}, []models.PoolKey{{Region: "us-east-1", Zone: "us-east-1a", Type: "a"}, {Region: "us-east-1", Zone: "us-east-1a", Type: "b"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []models.CapacityChange{{At: goodTime + 10, Pool: 1, Reserved: 5, InUse: 3}, {At: goodTime + 20, Reserved: 5, InUse: 3}, {At: goodTime + 180, Pool: 1, Reserved: 5, InUse: 3}} {
		if err := w.Append(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	c, _, err := ReadCapacity(path)
	want := models.CapacityChange{At: goodTime + 120, Pool: 0, Reserved: 5, InUse: models.Unknown}
	if err != nil || !slices.Contains(c.Changes, want) {
		t.Errorf("%v, %v: expected %v", c, err, want)
	}
}

// wholeWindows checks that windows say everything about the instants before their Until, and nothing twice.
func wholeWindows(t *rapid.T, path string, whole *models.Capacity) {
	r, err := OpenCapacity(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	at := 0
	for {
		w, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for range w.Changes {
			at++
		}
		if at > 0 && whole.Changes[at-1].At >= w.Until || at < len(whole.Changes) && whole.Changes[at].At < w.Until {
			t.Fatalf("a window until %s ends at change %d of %v", w.Until, at, whole.Changes)
		}
	}
	if at != len(whole.Changes) {
		t.Fatalf("%d changes in windows, %d in all", at, len(whole.Changes))
	}
}

func TestTheFastReaderAgreesWithParquetGosOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.parquet")
	writeMinutes(t, path, 130, 3, true)
	data, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	rows := parquet.NewGenericReader[capacityRow](data)
	got, meta, err := ReadCapacity(path)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[models.PoolKey]models.PoolID{}
	for id, k := range got.Pools {
		ids[k] = models.PoolID(id)
	}
	var samples []models.CapacityChange
	buffer := make([]capacityRow, 1000)
	for {
		n, err := rows.Read(buffer)
		for _, row := range buffer[:n] {
			samples = append(samples, models.CapacityChange{At: models.Instant(row.Time), Pool: ids[models.PoolKey{Region: row.Region, Zone: row.Zone, Type: row.Type}],
				Reserved: row.Reserved, InUse: row.InUse})
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(samples) != 130*3*1440 {
		t.Fatalf("%d rows", len(samples))
	}
	want := slowChanges(samples, len(got.Pools), models.Instant(meta.Hold/time.Second), got.Until)
	if !slices.Equal(got.Changes, want) {
		t.Errorf("the fast reader found %d changes, the slow one %d, or others", len(got.Changes), len(want))
	}
}

// The counting sort takes one pass over short spans and several over long ones.
func TestTimeSortIsStableOverAnySpan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		span := rapid.SampledFrom([]int64{1, 100, 65535, spanMost - 1, spanMost, 1 << 33, 1 << 50}).Draw(t, "span")
		var changes []models.CapacityChange
		for range rapid.IntRange(0, 60).Draw(t, "n") {
			changes = append(changes, models.CapacityChange{At: models.Instant(rapid.Int64Range(0, span).Draw(t, "at")), Reserved: int32(len(changes))})
		}
		want := slices.Clone(changes)
		slices.SortStableFunc(want, func(a, b models.CapacityChange) int { return cmp.Compare(a.At, b.At) })
		var s timeSort
		for range 2 {
			if got := s.byTime(changes); !slices.Equal(got, want) {
				t.Fatalf("%v: expected %v", got, want)
			}
		}
	})
}
