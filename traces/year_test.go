package traces

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A year of 600 pools at minute granularity is 315 million rows. An hour of it, and three days, are the short test; the
// memory is bounded by one window, so the days do not matter.
func TestAYearOf600PoolsStreamsInBoundedMemory(t *testing.T) {
	days := 3
	if os.Getenv("TROUGH_LONG") != "" {
		days = 365
	}
	path := filepath.Join(t.TempDir(), "year.parquet")
	begin := time.Now()
	rows := writeMinutes(t, path, 600, days, true)
	writing := time.Since(begin)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	written := residentPeak()
	runtime.GC()
	begin = time.Now()
	changes := decodeAll(t, path, false)
	t.Logf("%d rows in %d MB: written in %s with at most %d MB resident, read as %d changes in %s with at most %d MB",
		rows, info.Size()>>20, writing.Round(time.Millisecond), written, changes, time.Since(begin).Round(time.Millisecond), residentPeak())
	if peak := residentPeak(); peak > 400 {
		t.Errorf("%d MB resident: expected at most 400", peak)
	}
}

// residentPeak returns the largest resident set of the process so far in MB; 0 where the system does not say.
func residentPeak() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.Atoi(fields[0])
	return kb >> 10
}
