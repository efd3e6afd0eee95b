package sim

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
	"trough.internal/policies"
)

// Queueing theory is an oracle from outside: where the engine is used as a plain queue it must give the textbook's
// waits. Services last 1,000 s or more on average, so that whole seconds bias less than the interval shows.

// stream describes one class's Poisson arrivals and its service times.
type stream struct {
	class   models.Class
	rate    float64 // a second
	service func(luck random.Stream, job uint64) float64
}

func exponential(mean float64) func(random.Stream, uint64) float64 {
	return func(luck random.Stream, job uint64) float64 { return luck.Exp(job, 1, mean) }
}

// poisson draws the jobs of several streams over a span, in order of arrival.
func poisson(seed uint64, span float64, streams ...stream) []models.Job {
	var jobs []models.Job
	for i, s := range streams {
		luck := random.New(seed, fmt.Sprint("stream", i))
		at := 0.0
		for n := uint64(0); ; n++ {
			at += luck.Exp(n, 0, 1/s.rate)
			if at >= span {
				break
			}
			work := math.Max(1, math.Round(s.service(luck, n)))
			jobs = append(jobs, models.Job{Arrival: models.Instant(at), Work: int32(work), Class: s.class})
		}
	}
	slices.SortStableFunc(jobs, func(a, b models.Job) int { return int(a.Arrival - b.Arrival) })
	for i := range jobs {
		jobs[i].ID = models.JobID(i)
	}
	return jobs
}

// waits sums first waits and times to completion by class, after a warm-up.
type waits struct {
	after           models.Instant
	wait, completed [models.Classes]float64
	n, done         [models.Classes]float64
}

func (w *waits) Event(e models.Event) {
	if e.At < w.after {
		return
	}
	switch {
	case e.Kind == models.Started && e.Cause == models.NoCause:
		w.wait[e.Class] += float64(e.M)
		w.n[e.Class]++
	case e.Kind == models.Completed:
		w.completed[e.Class] += float64(e.M)
		w.done[e.Class]++
	}
}

// agree fails unless theory lies in the replications' 99.9 % interval, and the interval is narrow enough to mean something.
func agree(t *testing.T, what string, theory float64, replications []float64) {
	t.Helper()
	mean, sd := 0.0, 0.0
	for _, x := range replications {
		mean += x / float64(len(replications))
	}
	for _, x := range replications {
		sd += (x - mean) * (x - mean) / float64(len(replications)-1)
	}
	half := 3.65 * math.Sqrt(sd/float64(len(replications))) // Student, 29 degrees of freedom
	t.Logf("%s: %.1f s ± %.1f, theory %.1f", what, mean, half, theory)
	if half > 0.06*theory {
		t.Errorf("%s: the interval ±%.1f is too wide to say anything about %.1f", what, half, theory)
	}
	if math.Abs(mean-theory) > half {
		t.Errorf("%s: %.1f s ± %.1f, theory says %.1f", what, mean, half, theory)
	}
}

const replications = 30

// base runs jobs on a base fleet of so many instances.
func base(t *testing.T, instances int32, jobs []models.Job, span float64) *waits {
	t.Helper()
	sink := &waits{after: models.Instant(span / 10)}
	w := World{Until: models.Instant(span), Borrowers: []string{"encoding"}, TelemetryEvery: 1 << 20,
		Pools: []models.Pool{{Region: "r", Zone: "ra", Type: "x", Kind: models.Base, Speed: 1000}}, Base: []int32{instances}}
	policy := policies.NewPipeline(1<<20*time.Second, policies.Limits{})
	if _, err := New(w, Inputs{Jobs: &batch{jobs: jobs}}, policy, Options{Sink: sink}).Run(); err != nil {
		t.Fatal(err)
	}
	return sink
}

func TestWaitsOfManyServersFollowErlangC(t *testing.T) {
	const mean, span, rho = 1500.0, 2.0e7, 0.7
	for _, c := range []int32{1, 3, 20} {
		rate := rho * float64(c) / mean
		var got []float64
		for seed := range uint64(replications) {
			w := base(t, c, poisson(seed, span, stream{rate: rate, service: exponential(mean)}), span)
			got = append(got, w.wait[0]/w.n[0])
		}
		agree(t, fmt.Sprintf("M/M/%d", c), erlangC(int(c), rate*mean)*mean/(float64(c)*(1-rho)), got)
	}
}

// erlangC is the probability of waiting with c servers and an offered load in erlangs.
func erlangC(c int, load float64) float64 {
	b := 1.0
	for k := 1; k <= c; k++ {
		b = load * b / (float64(k) + load*b)
	}
	rho := load / float64(c)
	return b / (1 - rho*(1-b))
}

func TestWaitsWithAnyServiceTimesFollowPollaczekKhinchine(t *testing.T) {
	const mean, span, rho = 2000.0, 3.0e7, 0.6
	services := map[string]func(random.Stream, uint64) float64{
		"M/D/1": func(random.Stream, uint64) float64 { return mean },
		"M/G/1 of 500 s or 6500 s": func(luck random.Stream, job uint64) float64 {
			if luck.Float64(job, 1) < 0.75 {
				return 500
			}
			return 6500
		},
	}
	squares := map[string]float64{"M/D/1": mean * mean, "M/G/1 of 500 s or 6500 s": 0.75*500*500 + 0.25*6500*6500}
	for name, service := range services {
		var got []float64
		for seed := range uint64(replications) {
			w := base(t, 1, poisson(seed, span, stream{rate: rho / mean, service: service}), span)
			got = append(got, w.wait[0]/w.n[0])
		}
		agree(t, name, rho/mean*squares[name]/(2*(1-rho)), got)
	}
}

func TestWaitsWithPrioritiesFollowCobham(t *testing.T) {
	const span = 4.0e7
	means, loads := [3]float64{1000, 2000, 3000}, [3]float64{0.15, 0.2, 0.2}
	var got [3][]float64
	for seed := range uint64(replications) {
		var streams []stream
		for k := range means {
			streams = append(streams, stream{models.Class(k), loads[k] / means[k], exponential(means[k])})
		}
		w := base(t, 1, poisson(seed, span, streams...), span)
		for k := range got {
			got[k] = append(got[k], w.wait[k]/w.n[k])
		}
	}
	residual := 0.0
	for k := range means {
		residual += loads[k] * means[k] // λ E[S²] / 2 of an exponential service is ρ E[S]
	}
	above := 0.0
	for k := range means {
		agree(t, models.Class(k).String(), residual/((1-above)*(1-above-loads[k])), got[k])
		above += loads[k]
	}
}

// The owners of a one-instance pool are the urgent class, their use is an M/M/1 queue of their own, and a borrower with
// checkpoints every second is preempted and resumes.
func TestABorrowerWithCheckpointsIsAPreemptiveResumeQueue(t *testing.T) {
	// Two minutes between evaluations are little beside services of seven and of three and a half hours.
	const span, ownersMean, ownersLoad, mean, load = 1.2e8, 24000.0, 0.2, 12000.0, 0.3
	var got []float64
	for seed := range uint64(replications) {
		owners := poisson(seed+1000, span, stream{rate: ownersLoad / ownersMean, service: exponential(ownersMean)})
		changes := []models.CapacityChange{{Reserved: 1}}
		free := models.Instant(0) // when the owners' server is free again
		for _, j := range owners {
			if j.Arrival > free {
				changes = append(changes, models.CapacityChange{At: free, Reserved: 1}, models.CapacityChange{At: j.Arrival, Reserved: 1, InUse: 1})
				free = j.Arrival
			}
			free += models.Instant(j.Work)
		}
		jobs := poisson(seed, span, stream{rate: load / mean, service: exponential(mean)})
		sink := &waits{after: span / 10}
		w := World{Until: span, Borrowers: []string{"encoding"}, TelemetryEvery: 120, Checkpoint: 1,
			Pools: []models.Pool{{Region: "r", Zone: "ra", Type: "x", Speed: 1000}}}
		policy := policies.NewPipeline(2*time.Minute, policies.Limits{}, &policies.Availability{Hold: policies.HoldSurplus})
		in := Inputs{Capacity: &once{window: models.Capacity{Changes: changes}}, Jobs: &batch{jobs: jobs}}
		if _, err := New(w, in, policy, Options{Sink: sink}).Run(); err != nil {
			t.Fatal(err)
		}
		got = append(got, sink.completed[0]/sink.done[0])
	}
	residual := ownersLoad*ownersMean + load*mean
	agree(t, "time in the system", mean/(1-ownersLoad)+residual/((1-ownersLoad)*(1-ownersLoad-load)), got)
}
