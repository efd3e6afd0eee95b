package traces

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"trough.internal/models"
)

func smallRun() Run {
	return Run{
		Pools: []models.Pool{{Region: "us-east-1", Zone: "us-east-1b", Type: "r3.4xlarge"}, {Region: "us-east-1", Zone: "us-east-1a", Type: "m3.2xlarge"},
			{Region: "us-east-1", Zone: "us-east-1a", Type: "m3.2xlarge", Kind: models.Base}, {Region: "us-east-1", Zone: "us-east-1a", Type: "m3.2xlarge", Kind: models.Base}},
		Borrowers: []string{"encoding", "research"}, Regions: []string{"us-east-1"}, Meta: Meta{Source: "test"},
	}
}

func smallSeries() []models.SeriesRow {
	return []models.SeriesRow{{At: 1443657600, Series: models.SeriesReserved, Key: 0, Value: 10}, {At: 1443657600, Series: models.SeriesInUse, Key: 3, Value: -1},
		{At: 1443657660, Series: models.SeriesQueued, Key: int16(models.Low), Value: 5}, {At: 1443657660, Series: models.SeriesEvacuating, Value: 1},
		{At: 1443657661, Series: models.SeriesCost, Key: 2, Value: 1 << 40}}
}

func smallDecisions() []models.DecisionRow {
	return []models.DecisionRow{{At: 1443657600, Pool: 1, Borrower: 1, Stage: models.ByMargin, Binding: true, Target: 4, Keep: models.NoLimit, Reserved: 9, InUse: models.Unknown, Age: 60, Held: 3, Idle: 1, Leaving: 2, Demand: 7.25},
		{At: 1443657660, Keep: 3, Demand: 0}}
}

func smallAttempts() []models.AttemptRow {
	return []models.AttemptRow{{Job: 7, Class: models.Low, Outcome: models.WasInterrupted, Cause: models.ByCurfew, Pool: 3, Borrower: 1, Instance: 9, Start: 1443657600, End: 1443657700, Waited: 5, Work: 99},
		{Job: 2, Start: 1443657600, End: 1443657600}}
}

func smallEvents() []models.Event {
	const at = 1443657600
	return []models.Event{
		{At: at, Kind: models.OwnersChanged, Pool: 0, N: 10, M: 4, Instance: models.NoInstance, Job: models.NoJob},
		{At: at, Kind: models.OwnersChanged, Pool: 1, N: 6, M: models.Unknown, Instance: models.NoInstance, Job: models.NoJob},
		{At: at, Kind: models.Arrived, Pool: models.NoPool, N: 600, Instance: models.NoInstance, Class: models.Low},
		{At: at, Kind: models.Ordered, Instance: 0, Job: models.NoJob, Borrower: 1, From: models.Absent, To: models.OnOrder, Cause: models.ByDemand},
		{At: at + 60, Kind: models.Launched, Instance: 0, Job: models.NoJob, Borrower: 1, From: models.OnOrder, To: models.Booting},
		{At: at + 90, Kind: models.Ready, Instance: 0, Job: models.NoJob, Borrower: 1, From: models.Booting, To: models.Idle},
		{At: at + 90, Kind: models.Started, Instance: 0, Borrower: 1, N: 600, M: 90, From: models.Idle, To: models.Busy, Class: models.Low},
		{At: at + 95, Kind: models.Switched, Pool: models.NoPool, N: 1, M: -1, Instance: models.NoInstance, Job: models.NoJob},
		{At: at + 99, Kind: models.Draining, Instance: 0, Job: models.NoJob, Borrower: 1, From: models.Busy, To: models.Finishing, Cause: models.ByEvacuation},
	}
}

func TestRunFilesAreReadAsTheyWereWritten(t *testing.T) {
	dir := t.TempDir()
	smallFiles(t, dir)
	check := func(name string, got, want any, run Run, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: read\n%v\nwrote\n%v", name, got, want)
		}
		run.Meta = smallRun().Meta
		if !reflect.DeepEqual(run, smallRun()) {
			t.Errorf("%s: run %+v: expected %+v", name, run, smallRun())
		}
	}
	series, run, err := ReadSeries(filepath.Join(dir, "series.parquet"))
	check("series", series, smallSeries(), run, err)
	decisions, run, err := ReadDecisions(filepath.Join(dir, "decisions.parquet"))
	check("decisions", decisions, smallDecisions(), run, err)
	attempts, run, err := ReadAttempts(filepath.Join(dir, "attempts.parquet"))
	check("attempts", attempts, smallAttempts(), run, err)
	events, run, err := ReadLedger(filepath.Join(dir, "ledger.parquet"))
	check("ledger", events, smallEvents(), run, err)
}

func TestAFullLedgerReplaysToTheSameMarket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.parquet")
	want := models.NewMarket(smallRun().Pools, smallRun().Borrowers)
	w, err := CreateLedger(path, RunOf(want, Meta{}), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range smallEvents() {
		want.Apply(&e)
		w.Event(e)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := OpenLedger(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := models.NewMarket(r.Run().Pools, r.Run().Borrowers)
	events, err := gather(r.Next)
	if err != nil || !r.Full() {
		t.Fatal(err, r.Full())
	}
	for _, e := range events {
		got.Apply(&e)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("replayed\n%+v\nran\n%+v", got, want)
	}
}

func TestTheSameRowsGiveTheSameBytes(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	smallFiles(t, b)
	for _, path := range smallFiles(t, a) {
		name := filepath.Base(path)
		x, err := os.ReadFile(path)
		y, err2 := os.ReadFile(filepath.Join(b, name))
		if err != nil || err2 != nil || string(x) != string(y) {
			t.Errorf("%s: %d and %d bytes differ (%v, %v)", name, len(x), len(y), err, err2)
		}
	}
}

func TestAFailedWriterLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	d, err := CreateDecisions(filepath.Join(dir, "decisions.parquet"), smallRun())
	if err != nil {
		t.Fatal(err)
	}
	d.Append(models.DecisionRow{At: 5, Pool: 99})
	d.Append(models.DecisionRow{At: 6})
	if err := d.Close(); err == nil {
		t.Error("no error")
	} else if want := filepath.Join(dir, "decisions.parquet") + ": row 1: pool 99: expected one of 4"; err.Error() != want {
		t.Errorf("%v: expected %s", err, want)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
