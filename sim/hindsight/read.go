package hindsight

import (
	"fmt"
	"io"
	"math"
	"slices"

	"trough.internal/models"
	"trough.internal/sim"
)

// drained is how long after the last arrival a plan for a scenario that drains goes on, in seconds: two weeks. Its bound is all
// the work, however long that takes.
const drained = 14 * 86400

// Read makes a problem of a scenario's inputs, read from their beginning.
func Read(b *sim.Built) (Problem, error) {
	in, err := b.Inputs()
	if err != nil {
		return Problem{}, err
	}
	r := NewReader(b)
	in = r.Listen(in)
	for in.Jobs != nil && !r.jobsEnded && err == nil {
		_, err = in.Jobs.Next()
	}
	if err == io.EOF {
		err = nil
	}
	for in.Capacity != nil && !r.capacityEnded && err == nil {
		_, err = in.Capacity.Next()
	}
	if err != nil && err != io.EOF {
		return Problem{}, err
	}
	return r.Problem()
}

// Reader makes a problem of a scenario's inputs while a run reads them.
type Reader struct {
	world *sim.World
	pools int // lendable

	steps         [][]Step // by pool
	capacityEnded bool     // nothing more is needed

	jobs      []job
	groups    []int32 // by group: when its jobs so far can have completed
	last      int32   // arrival
	jobsEnded bool
	speeds    []int32 // by format: of the fastest instance that there is; 0 is not worked out yet
}

// job is a job's work, and the first second in which it can have completed.
type job struct {
	Release
	done int32
}

// NewReader returns a reader that has read nothing.
func NewReader(b *sim.Built) *Reader {
	return &Reader{world: &b.World, pools: b.Lendable(), steps: make([][]Step, b.Lendable())}
}

// Listen returns inputs that tell the reader what is read of them. The run that reads them must come to its end.
func (r *Reader) Listen(in sim.Inputs) sim.Inputs {
	if in.Capacity != nil {
		in.Capacity = &heardCapacity{in.Capacity, r}
	}
	if in.Jobs != nil {
		in.Jobs = &heardJobs{in.Jobs, r}
	}
	return in
}

type (
	heardCapacity struct {
		sim.CapacitySource
		reader *Reader
	}
	heardJobs struct {
		sim.JobSource
		reader *Reader
	}
)

func (h *heardCapacity) Next() (models.Capacity, error) {
	window, err := h.CapacitySource.Next()
	if err == nil {
		h.reader.capacity(window.Changes)
	}
	return window, err
}

func (h *heardJobs) Next() ([]models.Job, error) {
	jobs, err := h.JobSource.Next()
	if err == nil {
		h.reader.queue(jobs)
	}
	return jobs, err
}

// until is the first second, since the start, that is of no interest. Of a scenario that drains its jobs must have been read.
func (r *Reader) until() int64 {
	if r.world.Drain {
		return int64(r.last) + drained
	}
	return int64(r.world.Until - r.world.Start)
}

// Problem is what was read.
func (r *Reader) Problem() (Problem, error) {
	w, until := r.world, r.until()
	if until > math.MaxInt32/2 {
		return Problem{}, fmt.Errorf("the run is longer than %d days: expected a shorter one for a hindsight optimum", math.MaxInt32/2/86400)
	}
	p := Problem{Length: int32(until), First: w.Launch.Shortest(), Boot: w.Boot.Shortest(), WorkOnly: w.Drain || savesElsewhere(w)}
	p.Work = []Release{} // a scenario's work ends
	for _, j := range r.jobs {
		if w.Drain || j.done < p.Length {
			p.Work = append(p.Work, j.Release)
		}
	}
	for i := range r.pools {
		pool, steps := &w.Pools[i], r.steps[i]
		for _, o := range w.Outages {
			if o.Zone == pool.Zone {
				steps = shut(steps, int32(o.From-w.Start), int32(o.Until-w.Start))
			}
		}
		p.Pools = append(p.Pools, Pool{Norm: pool.Norm(), Speed: fastest(w, pool), Steps: steps})
	}
	return p, nil
}

// savesElsewhere says whether a job can be done in part where no borrowed instance does it, and complete on one.
func savesElsewhere(w *sim.World) bool {
	bought := slices.ContainsFunc(w.Pools, func(p models.Pool) bool { return p.Kind == models.Spot || p.Kind == models.OnDemand })
	return w.Checkpoint > 0 && (bought || len(w.Outages) > 0 && len(w.Base) > 0)
}

// fastest is how much work an instance does in a second at most, whatever the format. Where jobs are packed, many small ones do more
// together than one that has the instance to itself: by Amdahl's law n vCPUs are n/(serial x (n-1) + 1) times as fast as
// one, and each job's speed is rounded to the millionth.
func fastest(w *sim.World, p *models.Pool) float64 {
	speed := float64(max(p.Speed, slices.Max(append([]int32{0}, p.SpeedByFormat...)))) / 1000
	if w.Packing != nil {
		n := float64(p.VCPUs)
		speed *= w.Packing.Serial*(n-1) + 1 + n*1e-6
	}
	return speed
}

// queue takes jobs in order of arrival. Each is queued when it arrives, or when those that it waits for can have completed, whichever is
// later.
func (r *Reader) queue(jobs []models.Job) {
	for i := range jobs {
		j := &jobs[i]
		if !r.world.Drain && j.Arrival >= r.world.Until {
			r.jobsEnded = true
			return
		}
		for int(max(j.Group, j.After)) >= len(r.groups) {
			r.groups = append(r.groups, 0)
		}
		r.last = int32(max(j.Arrival-r.world.Start, 0))
		at := r.last
		if j.After > 0 {
			at = max(at, r.groups[j.After])
		}
		fastest := models.Pool{Speed: r.speed(j.Format)}
		done := at + fastest.Seconds(j.Work, j.Format)
		if j.Group > 0 {
			r.groups[j.Group] = max(r.groups[j.Group], done)
		}
		r.jobs = append(r.jobs, job{Release{at, float64(j.Work)}, done})
	}
}

// speed is that of the fastest instance that there is for a format, borrowed or not, in thousandths.
func (r *Reader) speed(format models.FormatID) int32 {
	for int(format) >= len(r.speeds) {
		r.speeds = append(r.speeds, 0)
	}
	if r.speeds[format] == 0 {
		for i := range r.world.Pools {
			r.speeds[format] = max(r.speeds[format], r.world.Pools[i].SpeedFor(format))
		}
	}
	return r.speeds[format]
}

// capacity takes what the owners leave. What is not borrowed but bought has no steps, so that nothing is had of it.
func (r *Reader) capacity(changes []models.CapacityChange) {
	w := r.world
	until := w.Start + models.Instant(r.until())
	for _, c := range changes {
		if c.At >= until {
			r.capacityEnded = true // a trace that repeats has no end
			return
		}
		if w.Pools[c.Pool].Kind == models.Surplus {
			r.steps[c.Pool] = add(r.steps[c.Pool], Step{int32(max(c.At-w.Start, 0)), free(c)})
		}
	}
}

// free is what a change leaves available. Of what nobody knows nothing is.
func free(c models.CapacityChange) int32 {
	if c.InUse == models.Unknown {
		return 0
	}
	return max(0, c.Reserved-c.InUse)
}

// add appends a step that changes something. Of several at one instant the last holds.
func add(steps []Step, s Step) []Step {
	if n := len(steps); n > 0 && steps[n-1].At == s.At {
		steps = steps[:n-1]
	}
	if n := len(steps); n > 0 && steps[n-1].Available == s.Available {
		return steps
	}
	return append(steps, s)
}

// shut closes a pool for a time.
func shut(steps []Step, from, until int32) []Step {
	var cut []Step
	after := int32(0) // what is available at until
	for _, s := range steps {
		if s.At <= until {
			after = s.Available
		}
		if s.At < from {
			cut = append(cut, s)
		}
	}
	cut = append(cut, Step{from, Closed}, Step{until, after})
	for _, s := range steps {
		if s.At > until {
			cut = append(cut, s)
		}
	}
	return cut
}
