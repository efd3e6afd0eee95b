package traces

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trough.internal/models"
)

func TestCheckFindsGapsStepsAndWhatIsAboveReserved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.parquet")
	w, err := CreateCapacitySamples(path, Meta{Hold: 10 * time.Minute, Source: "by hand", Recorded: "nothing", Other: map[string]string{"weather": "fair"}},
		[]models.PoolKey{{Region: "us-east-1", Zone: "us-east-1b", Type: "b"}, {Region: "us-east-1", Zone: "us-east-1a", Type: "a"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []models.CapacityChange{
		{At: goodTime, Pool: 0, Reserved: 10, InUse: 4},
		{At: goodTime + 300, Pool: 0, Reserved: 10, InUse: 12},
		{At: goodTime + 600, Pool: 0, Reserved: 10, InUse: 12},
		{At: goodTime + 600, Pool: 1, Reserved: 5, InUse: 5},
		{At: goodTime + 3600, Pool: 0, Reserved: 10, InUse: 1},
	} {
		if err := w.Append(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	report, err := Check(path, CheckLimits{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `kind:          capacity
rows:          5
row groups:    1
span:          2015-10-01T00:00:00Z to 2015-10-01T01:10:00Z (1h10m)
pools:         2 (regions 1, zones 2, types 2), us-east-1a/a to us-east-1b/b
hold:          10m
window:        1d
source:        by hand
recorded:      nothing
weather:       fair
step:          5m
changes:       6
at most:       15 reserved, 17 in use
unknown:       71.4286 % of pools x span, in 3 gaps
gap:           us-east-1a/a 2015-10-01T00:20:00Z to 2015-10-01T01:10:00Z (50m)
gap:           us-east-1b/b 2015-10-01T00:20:00Z to 2015-10-01T01:00:00Z (40m)
gap:           us-east-1a/a 2015-10-01T00:00:00Z to 2015-10-01T00:10:00Z (10m)
above:         more in use than reserved: rows 2, pools 1
in use steps:  us-east-1b/b 2015-10-01T01:00:00Z from 12 to 1
in use steps:  us-east-1b/b 2015-10-01T00:05:00Z from 4 to 12
`
	_, got, _ := strings.Cut(report.String(), "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	info, err := Info(path)
	if err != nil || info.Rows != 5 || len(info.Pools) != 2 || info.Until != goodTime+4200 || info.Capacity != nil || !info.Checksums {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestCheckListsSeveralErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.csv")
	text := "# hold_s: 600\ntime,region,zone,instance_type,reserved,in_use\n" + strings.Repeat("2015-10-01T00:00:00Z,us-east-1,us-east-1a,m3.2xlarge,-1,x\n", 20)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, most := range []int{1, 2, 5, 20} {
		report, err := Check(path, CheckLimits{Findings: most})
		if err != nil || len(report.Errors) != most {
			t.Fatalf("%d errors, %v: expected %d", len(report.Errors), err, most)
		}
		if want := path + `: line 3, column 54: reserved is "-1": expected a whole number: 0 or more`; report.Errors[0].Error() != want {
			t.Errorf("%v: expected %s", report.Errors[0], want)
		}
	}
	if _, err := Check(filepath.Join(t.TempDir(), "none.csv"), CheckLimits{}); !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
}

func TestCheckReadsEveryKindOfFile(t *testing.T) {
	for _, path := range smallFiles(t, t.TempDir()) {
		report, err := Check(path, CheckLimits{})
		if err != nil || len(report.Errors) > 0 || report.Rows == 0 || report.Until == 0 {
			t.Errorf("%s: %v\n%s", path, err, report.String())
		}
		if strings.HasSuffix(path, "/jobs.parquet") && (report.Jobs == nil || report.Jobs.ByClass[1] != 10 || report.Jobs.Waiting != 20) {
			t.Errorf("%s", report.String())
		}
		info, err := Info(path)
		if err != nil || info.Kind != report.Kind || info.Rows != report.Rows {
			t.Errorf("%v: %s", err, info.String())
		}
	}
}

// Check goes on after an error, so what it goes on with must never make it panic.
func TestCheckSurvivesEveryFlippedByte(t *testing.T) {
	dir := t.TempDir()
	for _, path := range append(smallFiles(t, dir), foreignCapacity(t, filepath.Join(dir, "plain.parquet"), nil)) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		step := 7
		if os.Getenv("TROUGH_LONG") != "" {
			step = 1
		}
		for at := 0; at < len(data); at += step {
			data[at] ^= 0x10
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
			if report, err := Check(path, CheckLimits{}); err != nil {
				t.Fatal(err, report)
			}
			data[at] ^= 0x10
		}
	}
}
