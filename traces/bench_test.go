package traces

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"trough.internal/models"
)

// BenchmarkDecodeCapacity decodes a capacity file of ours on one core: 60 pools, 28 days, a row a minute and pool
// (2,419,200 rows). In "noisy" in_use is a daily wave of 20 to 2000 instances with jitter of 1 % each minute, so that
// nearly every row is a change; in "calm" it changes once in ten minutes, which is what autoscaled groups do.
//
// "columns" is all columns decoded, ranges, words and order checked; "changes" is the same and the changes in order
// of time, as a backtest takes them.
func BenchmarkDecodeCapacity(b *testing.B) {
	for _, kind := range []string{"calm", "noisy"} {
		path := filepath.Join(b.TempDir(), kind+".parquet")
		rows := writeMinutes(b, path, 60, 28, kind == "noisy")
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		for _, how := range []string{"columns", "changes"} {
			b.Run(kind+"/"+how, func(b *testing.B) {
				changes, cpu := 0, cpuSeconds(b)
				for b.Loop() {
					changes += decodeAll(b, path, how == "columns")
				}
				b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
				b.ReportMetric(float64(rows)*float64(b.N)/(cpuSeconds(b)-cpu)/1e6, "Mrows/cpu-s")
				b.ReportMetric(float64(info.Size())/float64(rows), "B/row")
				b.ReportMetric(float64(changes)/float64(b.N)/float64(rows), "changes/row")
			})
		}
	}
}

// cpuSeconds is the processor time that the process has used: a busy machine does not change it much.
func cpuSeconds(t testing.TB) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func decodeAll(t testing.TB, path string, columnsOnly bool) (changes int) {
	r, err := OpenCapacity(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.columnsOnly = columnsOnly
	for {
		c, err := r.Next()
		if err == io.EOF {
			return changes
		}
		if err != nil {
			t.Fatal(err)
		}
		changes += len(c.Changes)
	}
}

// writeMinutes writes a row a minute and pool and returns how many.
func writeMinutes(t testing.TB, path string, pools, days int, noisy bool) int {
	keys := make([]models.PoolKey, pools)
	types := []string{"r3.4xlarge", "m3.2xlarge", "c3.8xlarge", "m4.xlarge", "r3.2xlarge", "i2.xlarge", "c4.4xlarge", "m4.10xlarge", "r3.8xlarge", "g2.2xlarge"}
	for p := range keys {
		zone := fmt.Sprintf("us-%s-1%c", []string{"east", "west"}[p/len(types)/6%2], 'a'+p/len(types)%6)
		keys[p] = models.PoolKey{Region: models.RegionOfZone(zone), Zone: zone, Type: types[p%len(types)]}
		if p >= 2*6*len(types) {
			keys[p].Type += fmt.Sprint(p)
		}
	}
	w, err := CreateCapacitySamples(path, Meta{Hold: 10 * time.Minute}, keys)
	if err != nil {
		t.Fatal(err)
	}
	draw := rand.New(rand.NewPCG(1, 2))
	inUse := make([]int32, pools)
	const start = 1443657600 // 2015-10-01T00:00:00Z
	for minute := range days * 1440 {
		for p := range keys {
			size := 20 + float64(p*37%1980)
			if noisy || minute == 0 || draw.IntN(10) == 0 {
				wave := 0.6 + 0.3*math.Sin(2*math.Pi*(float64(minute)/1440+float64(p)/100))
				inUse[p] = int32(size * wave * (1 + 0.01*draw.NormFloat64()))
			}
			if err := w.Append(models.CapacityChange{At: start + models.Instant(minute)*60, Pool: models.PoolID(p),
				Reserved: int32(size), InUse: inUse[p]}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return pools * days * 1440
}

// BenchmarkReadManyPools is the same for 600 pools and three days (2,592,000 rows), whose windows do not fit in a
// core's own cache.
func BenchmarkReadManyPools(b *testing.B) {
	path := filepath.Join(b.TempDir(), "many.parquet")
	rows := writeMinutes(b, path, 600, 3, true)
	for _, how := range []string{"columns", "changes"} {
		b.Run(how, func(b *testing.B) {
			cpu := cpuSeconds(b)
			for b.Loop() {
				decodeAll(b, path, how == "columns")
			}
			b.ReportMetric(float64(rows)*float64(b.N)/(cpuSeconds(b)-cpu)/1e6, "Mrows/cpu-s")
		})
	}
}
