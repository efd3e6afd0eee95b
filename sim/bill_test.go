package sim

import (
	"io"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/models/billing"
	"trough.internal/models/random"
	"trough.internal/models/synth"
	"trough.internal/policies"
	"trough.internal/report/bill"
)

// dayByDay is the market of W for as long as one likes, without holding more of it than a day.
type dayByDay struct {
	w        synth.W
	reserved int32
	day, end int
	changes  []models.CapacityChange
}

func (d *dayByDay) Next() (models.Capacity, error) {
	if d.day == d.end {
		return models.Capacity{}, io.EOF
	}
	d.changes = d.changes[:0]
	for m := d.day * 1440; m < (d.day+1)*1440; m++ {
		for p := range d.w.Pools {
			if m == 0 || d.w.Cap(p, m) != d.w.Cap(p, m-1) {
				d.changes = append(d.changes, models.CapacityChange{At: d.w.Start + models.Instant(m)*60, Pool: models.PoolID(p),
					Reserved: d.reserved, InUse: d.reserved - d.w.Cap(p, m)})
			}
		}
	}
	d.day++
	return models.Capacity{Changes: d.changes, From: d.w.Start, Until: d.w.Start + models.Instant(d.end)*86400}, nil
}

// workDayByDay is jobs for 9,230 instances, at even times, with the lengths of W.
type workDayByDay struct {
	from     models.Instant
	day, end int
	batch    []models.Job
}

const jobsPerDay = 409_000

func (d *workDayByDay) Next() ([]models.Job, error) {
	if d.day == d.end {
		return nil, io.EOF
	}
	d.batch = d.batch[:0]
	for i := range jobsPerDay {
		id := d.day*jobsPerDay + i
		d.batch = append(d.batch, models.Job{ID: models.JobID(id), Work: int32(300 + random.Mix(uint64(id))%3301),
			Arrival: d.from + models.Instant(d.day*86400+i*86400/jobsPerDay)})
	}
	d.day++
	return d.batch, nil
}

// A year of 60 pools of which 12,000 instances are borrowed: what the bill takes beside the run itself, with work for them
// and without. The bill passes over the events of jobs, so that without them it looks dearer.
func TestLongYearsBillBesideItsRun(t *testing.T) {
	days := 364
	switch os.Getenv("TROUGH_LONG") {
	case "year":
	case "":
		days = 7
	default:
		days = 42
	}
	if days < 364 {
		t.Logf("only %d of 364 days: TROUGH_LONG=year runs all of them", days)
	}
	w := synth.W{Pools: 60, Days: 28, Jobs: 28 * jobsPerDay, Seed: 1, Start: 1_444_003_200}
	_, netflix := builtin(t, "netflix-realtime", nil)
	world := netflix.World
	world.Start, world.Until, world.Base, world.Pools = w.Start, w.Start+models.Instant(days)*86400, nil, nil
	for _, k := range w.Capacity(1).Pools {
		world.Pools = append(world.Pools, models.Pool{Region: k.Region, Zone: k.Zone, Type: k.Type, Speed: 1000, OnDemand: 1_400_000})
	}
	set, err := policies.Parse("hold.yaml", []byte("policy: hold\navailability: {hold: surplus}\n"))
	if err != nil {
		t.Fatal(err)
	}
	run := func(jobs JobSource, sink models.Sink) time.Duration {
		policy, err := policies.New(set)
		if err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		began := processTime(t)
		in := Inputs{Capacity: &dayByDay{w: w, reserved: 2000, end: days}, Jobs: jobs}
		if _, err := New(world, in, policy, Options{Sink: sink}).Run(); err != nil {
			t.Fatal(err)
		}
		return processTime(t) - began
	}
	for _, work := range []bool{true, false} {
		if !work {
			days = min(days, 28)
			world.Until = world.Start + models.Instant(days)*86400
		}
		jobs := func() JobSource {
			if work {
				return &workDayByDay{from: w.Start, end: days}
			}
			return noJobs{}
		}
		alone := run(jobs(), &counter{}) // no backtest is without a sink
		m := bill.New(bill.Setup{Pools: world.Pools, Borrowers: world.Borrowers, From: world.Start, Rules: billing.RulesAt(world.Start), Seed: 1})
		billed := run(jobs(), m)
		r := m.Finish(world.Until)
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		mean := float64(r.Total[bill.Instantaneous].Borrowed) / float64(days*86400)
		t.Logf("%d days, %d pools, %.0f instances borrowed on average, work %t: the run takes %s of processor time, with its bill %s (%+.0f %%), %d MB", days,
			len(world.Pools), mean, work, alone.Round(time.Millisecond), billed.Round(time.Millisecond), 100*(billed.Seconds()/alone.Seconds()-1), memory.Sys>>20)
		if mean < 11_000 {
			t.Errorf("only %.0f instances were borrowed on average, expected about 12,000", mean)
		}
	}
}

// processTime is what the process has worked so far: other processes' work is not in it.
func processTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

type noJobs struct{}

func (noJobs) Next() ([]models.Job, error) { return nil, io.EOF }
