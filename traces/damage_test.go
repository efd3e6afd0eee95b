package traces

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"trough.internal/models"
)

// smallFiles writes a small valid file of every kind, with our checksums, and two without.
func smallFiles(t testing.TB, dir string) []string {
	path := func(name string) string { return filepath.Join(dir, name) }
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const start = 1443657600
	pools := []models.PoolKey{{Region: "us-east-1", Zone: "us-east-1a", Type: "r3.4xlarge"}, {Region: "us-east-1", Zone: "us-east-1b", Type: "m3.2xlarge"}}
	c := &models.Capacity{Pools: pools, Until: start + 9000}
	for i := range 40 {
		c.Changes = append(c.Changes, models.CapacityChange{At: start + models.Instant(i)*200, Pool: models.PoolID(i % 2), Reserved: 10, InUse: int32(i % 7 * i % 5)})
	}
	check(WriteCapacity(path("capacity.parquet"), c, Meta{Window: time.Hour, Source: "test", Assumed: "all of it"}))
	jobs := &models.Jobs{Formats: []string{"hd", "4k"}}
	for i := range 30 {
		jobs.Jobs = append(jobs.Jobs, models.Job{ID: models.JobID(i), Arrival: start + models.Instant(i*i), Work: int32(60 + i), Class: models.Class(i % 3),
			Origin: models.Origin(i % 2), Format: models.FormatID(i % 2), Title: int32(i / 3), VCPUs: 4, Memory: 512, Deadline: 3600, Group: int32(i/10 + 1), After: int32(i / 10)})
	}
	check(WriteJobs(path("jobs.parquet"), jobs, Meta{}))
	prices := &models.Prices{Pools: pools}
	for i := range 30 {
		prices.Changes = append(prices.Changes, models.PriceChange{At: start + models.Instant(i), Pool: models.PoolID(i % 2), Price: models.MicroUSDPerHour(i * 1000)})
	}
	check(WritePrices(path("prices.parquet"), prices, Meta{}))
	check(WriteSwitches(path("switches.parquet"), []models.Switch{{At: start, On: true, Note: "failover"}, {At: start + 60, Region: "us-east-1"}}, Meta{}))
	run := smallRun()
	series, err := CreateSeries(path("series.parquet"), run)
	check(err)
	for _, row := range smallSeries() {
		series.Append(row)
	}
	check(series.Close())
	decisions, err := CreateDecisions(path("decisions.parquet"), run)
	check(err)
	for _, row := range smallDecisions() {
		decisions.Append(row)
	}
	check(decisions.Close())
	attempts, err := CreateAttempts(path("attempts.parquet"), run)
	check(err)
	for _, row := range smallAttempts() {
		attempts.Append(row)
	}
	check(attempts.Close())
	ledger, err := CreateLedger(path("ledger.parquet"), run, true)
	check(err)
	for _, e := range smallEvents() {
		ledger.Event(e)
	}
	check(ledger.Close())
	names := []string{"capacity", "jobs", "prices", "switches", "series", "decisions", "attempts", "ledger"}
	for i := range names {
		names[i] = path(names[i] + ".parquet")
	}
	return append(names, foreignCapacity(t, path("foreign-snappy.parquet"), &parquet.Snappy), foreignCapacity(t, path("foreign-zstd.parquet"), &parquet.Zstd))
}

// foreignCapacity writes a capacity trace as other programs do: without our checksums and metadata but hold_s.
func foreignCapacity(t testing.TB, path string, codec compress.Codec) string {
	var buf bytes.Buffer
	w := parquet.NewGenericWriter[capacityRow](&buf, parquet.Compression(codec), parquet.KeyValueMetadata("hold_s", "600"))
	for i := range 60 {
		row := capacityRow{Time: 1443657600 + int64(i%30)*60, Region: "us-east-1", Zone: "us-east-1a", Type: "m3.2xlarge", Reserved: 10, InUse: int32(i % 4)}
		if i >= 30 {
			row.Type = "r3.4xlarge"
		}
		if _, err := w.Write([]capacityRow{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// capacityRow is a row for parquet-go's own reader and writer.
type capacityRow struct {
	Time     int64  `parquet:"time,delta"`
	Region   string `parquet:"region,dict"`
	Zone     string `parquet:"zone,dict"`
	Type     string `parquet:"instance_type,dict"`
	Reserved int32  `parquet:"reserved"`
	InUse    int32  `parquet:"in_use,delta"`
}

// readAny reads a whole Parquet file of any kind from memory.
func readAny(path string, data []byte) (value any, err error) {
	p, err := newParquetFile(path, bytes.NewReader(data), int64(len(data)), Schemas...)
	if err != nil {
		return nil, err
	}
	return readSource(path, p, p.schema, p.kv, &findings{path: path})
}

func TestAFlippedByteIsAnErrorOrChangesNothing(t *testing.T) {
	flips, harmless := 0, 0
	for _, path := range smallFiles(t, t.TempDir()) {
		name := filepath.Base(path)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := readAny(name, data)
		if err != nil {
			t.Fatal(err)
		}
		foreign, wrong := strings.HasPrefix(name, "foreign"), 0
		for at := range data {
			for _, mask := range masks(at) {
				damaged := bytes.Clone(data)
				damaged[at] ^= mask
				got, err := readMeasured(t, name, damaged)
				flips++
				switch {
				case err != nil:
					oneLineError(t, name, err)
				case reflect.DeepEqual(got, want):
					harmless++
				case foreign: // nothing protects the footer and page headers of a file that is not ours
					wrong++
				default:
					t.Fatalf("%s: byte %d ^ %#x gives another value without an error:\n%v\n%v", name, at, mask, got, want)
				}
			}
		}
		if foreign {
			t.Logf("%s: %d flips of %d bytes gave another value", name, wrong, len(data))
		}
	}
	t.Logf("%d flips, %d of them harmless", flips, harmless)
}

// masks are the flips of a byte: one bit, another from byte to byte, and everything; in long tests all bits.
func masks(at int) []byte {
	if os.Getenv("TROUGH_LONG") != "" {
		return []byte{0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff}
	}
	return []byte{1 << (at % 8), 0xff}
}

// readMeasured fails the test when reading panics or allocates more than a file of this size can need.
func readMeasured(t testing.TB, name string, data []byte) (value any, err error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	value, err = readAny(name, data)
	runtime.ReadMemStats(&after)
	// What parquet-go and zstd need for any file is about 2 MB.
	if most := uint64(16<<20 + 100*len(data)); after.TotalAlloc-before.TotalAlloc > most {
		t.Fatalf("%s: %d bytes allocated for %d: expected at most %d (%v)", name, after.TotalAlloc-before.TotalAlloc, len(data), most, err)
	}
	return value, err
}

func oneLineError(t testing.TB, name string, err error) {
	t.Helper()
	if text := err.Error(); strings.ContainsAny(text, "\n\r") || !strings.HasPrefix(text, name+": ") {
		t.Fatalf("%q: expected one line that begins with the file's name", text)
	}
}

func TestATruncatedFileIsAnError(t *testing.T) {
	for _, path := range smallFiles(t, t.TempDir()) {
		name := filepath.Base(path)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for n := range data {
			if _, err := readMeasured(t, name, data[:n]); err == nil {
				t.Fatalf("%s: %d of %d bytes are read without an error", name, n, len(data))
			} else {
				oneLineError(t, name, err)
			}
		}
	}
}

func TestAnImpossibleFooterLengthAllocatesNothing(t *testing.T) {
	data := append([]byte("PAR1"), make([]byte, 100)...)
	data = append(data, 0xff, 0xff, 0xff, 0x7f)
	data = append(data, "PAR1"...)
	_, err := readMeasured(t, "x.parquet", data)
	want := fmt.Sprintf("x.parquet: footer of %d bytes in a file of %d: expected at most %d", 0x7fffffff, len(data), len(data)-12)
	if err == nil || err.Error() != want {
		t.Fatalf("%v: expected %s", err, want)
	}
}
