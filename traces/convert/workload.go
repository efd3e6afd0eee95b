package convert

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"trough.internal/models"
	"trough.internal/models/catalog"
	"trough.internal/models/encoding"
	"trough.internal/models/random"
)

// WorkOptions say how recorded jobs become titles and chunk jobs.
type WorkOptions struct {
	Load       float64       `set:"load" default:"1" min:"0.001" max:"1000" unit:"times" doc:"factor on the number of titles: 2 has each twice, at the same moment; 0.5 each with even odds"`
	Processors float64       `set:"processors" default:"16" min:"0.01" max:"1000000" unit:"processors" doc:"recorded processors that do one second of work a second; r3.4xlarge, the reference type, has 16 vCPUs"`
	Chunk      time.Duration `set:"chunk" default:"45m" min:"1m" max:"10h" doc:"length of video that a job encodes"`
	Min        time.Duration `set:"min" default:"5m" min:"1s" max:"24h" doc:"shortest job, on the reference type; a title with less work is lengthened to this"`
	Max        time.Duration `set:"max" default:"1h" min:"2s" max:"24h" doc:"longest job, on the reference type; at least twice the shortest"`
}

// Check is called after settings were read.
func (o *WorkOptions) Check() error {
	if o.Max < 2*o.Min {
		return fmt.Errorf("max is %s: expected at least twice min, %s", o.Max, o.Min)
	}
	return nil
}

func (o *WorkOptions) String() string {
	return fmt.Sprintf("load %v; %v processors to a reference instance; %s of video to a job, of %s to %s", o.Load, o.Processors, o.Chunk, o.Min, o.Max)
}

// workAssumed is how recorded jobs are read, in words.
const workAssumed = "a recorded job is a title of processors x run time of work on r3.4xlarge (16 processors to an instance), to one format, each of the measured HEVC formats as likely as the other; " +
	"a job encodes a chunk of the title, and takes the measured seconds for 2 s of video x the chunk's length, with one draw of how hard the title is from the fit to the measured times (c5.2xlarge's, taken to r3.4xlarge by Amazon's ECU ratings), cut to the stated bounds; " +
	"a title is as many equal jobs as it has work for, and a shorter one is lengthened to the shortest job."

// record is one recorded job.
type record struct {
	arrival models.Instant
	work    float64 // processor-seconds
	number  uint64  // in its file
	class   models.Class
}

// workload is records turned into jobs.
type workload struct {
	jobs       *models.Jobs
	titles     int
	lengthened int     // titles that were shorter than the shortest job
	recorded   float64 // seconds of work on the reference type, as recorded
	from       models.Instant
	until      models.Instant
}

// jobsMost bounds memory: a job takes 48 bytes.
const jobsMost = 1 << 24

// pace is a format's measured times.
type pace struct {
	name      string
	mu, sigma float64 // of the logarithm of seconds on the reference type for a second of video
}

// paces are the measured HEVC formats. The MPEG-4 ones are left out: at ten times the speed, their chunks would all be
// as short as a job may be.
func paces() ([]pace, error) {
	const machine, reference = "c5.2xlarge", "r3.4xlarge"
	// The list of April 2019 is the first that has c5, and the last before it r3; both ratings are Amazon's.
	date := models.InstantOf(time.Date(2019, 4, 5, 0, 0, 0, 0, time.UTC))
	fast, err := catalog.Lookup(date, "us-east-1", machine)
	if err != nil {
		return nil, err
	}
	slow, err := catalog.Lookup(models.InstantOf(time.Date(2015, 10, 5, 0, 0, 0, 0, time.UTC)), "us-east-1", reference)
	if err != nil {
		return nil, err
	}
	norm, _ := catalog.Norm(fast, slow, 0)
	var list []pace
	for _, p := range encoding.Fitted() {
		if p.Machine == machine && len(p.Format) > 5 && p.Format[:5] == "hevc-" {
			list = append(list, pace{p.Format, p.Mu + math.Log(float64(norm)/1000/encoding.SegmentSeconds), p.Sigma})
		}
	}
	if len(list) == 0 {
		return nil, errors.New("no measured HEVC format")
	}
	return list, nil
}

// workload turns records that arrive in [from, until) into jobs, in order of arrival. Name is that of the draws.
func (o *WorkOptions) workload(name string, records []record, from, until models.Instant) (*workload, error) {
	formats, err := paces()
	if err != nil {
		return nil, err
	}
	w := &workload{jobs: &models.Jobs{}, from: from, until: until}
	for _, f := range formats {
		w.jobs.Formats = append(w.jobs.Formats, f.name)
	}
	draws := random.New(seed, name)
	records = slices.Clone(records)
	slices.SortStableFunc(records, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.arrival, b.arrival), cmp.Compare(a.number, b.number))
	})
	for _, r := range records {
		if r.arrival < from || r.arrival >= until {
			continue
		}
		whole, part := math.Modf(o.Load)
		if draws.Float64(r.number, 0) < part {
			whole++
		}
		for k := range int(whole) {
			entity := random.Entity(r.number, uint64(k))
			id := draws.Int(entity, 1, len(formats))
			f := formats[id]
			chunk := math.Exp(f.mu+f.sigma*draws.Normal(entity, 2)) * o.Chunk.Seconds()
			if err := w.title(o, r, models.FormatID(id), chunk); err != nil {
				return nil, err
			}
		}
	}
	if len(w.jobs.Jobs) == 0 {
		return nil, fmt.Errorf("%s: no job arrives from %s to %s", name, from, until)
	}
	return w, nil
}

// title adds a title as equal jobs of about a chunk's seconds. Whatever a division leaves over goes to its first jobs.
func (w *workload) title(o *WorkOptions, r record, format models.FormatID, chunk float64) error {
	low, high := o.Min.Seconds(), o.Max.Seconds()
	exact := r.work / o.Processors
	w.recorded += exact
	w.titles++
	work := int64(math.Round(exact))
	if float64(work) < low {
		work = int64(low)
		w.lengthened++
	}
	chunk = math.Min(math.Max(chunk, low), high)
	// Rarely one job fewer: of 1.2 shortest jobs, halves would be too short, and one is not too long since the longest is
	// at least twice the shortest.
	n := min(int64(math.Ceil(float64(work)/chunk-1e-9)), work/int64(low))
	if int64(len(w.jobs.Jobs))+n > jobsMost {
		return fmt.Errorf("recorded job %d: more than %d jobs: lower the load", r.number, jobsMost)
	}
	for k := range n {
		part := work / n
		if k < work%n {
			part++
		}
		w.jobs.Jobs = append(w.jobs.Jobs, models.Job{Arrival: r.arrival, ID: models.JobID(len(w.jobs.Jobs)), Title: int32(w.titles), Work: int32(part), Class: r.class, Format: format})
	}
	return nil
}

// merge puts workloads together, in order of arrival; of one instant, in the order given.
func merge(parts ...*workload) *workload {
	if len(parts) == 1 {
		return parts[0]
	}
	all := &workload{jobs: &models.Jobs{Formats: parts[0].jobs.Formats}, from: parts[0].from, until: parts[0].until}
	for _, p := range parts {
		for _, j := range p.jobs.Jobs {
			j.Title += int32(all.titles)
			all.jobs.Jobs = append(all.jobs.Jobs, j)
		}
		all.titles += p.titles
		all.lengthened += p.lengthened
		all.recorded += p.recorded
		all.from, all.until = min(all.from, p.from), max(all.until, p.until)
	}
	slices.SortStableFunc(all.jobs.Jobs, func(a, b models.Job) int { return cmp.Compare(a.Arrival, b.Arrival) })
	for i := range all.jobs.Jobs {
		all.jobs.Jobs[i].ID = models.JobID(i)
	}
	return all
}

func (w *workload) summary() string {
	work := 0.0
	for i := range w.jobs.Jobs {
		work += float64(w.jobs.Jobs[i].Work)
	}
	return fmt.Sprintf("%d jobs of %d titles (%d lengthened), %.0f hours of work (%.0f recorded), %.0f instances busy on average, %s to %s",
		len(w.jobs.Jobs), w.titles, w.lengthened, work/3600, w.recorded/3600, work/float64(w.until-w.from), w.jobs.Jobs[0].Arrival, w.jobs.Jobs[len(w.jobs.Jobs)-1].Arrival)
}

// checkSpan is what the options of every jobs trace have to hold.
func checkSpan(from, until models.Instant) error {
	if from >= until {
		return fmt.Errorf("from %s until %s: expected the first before the second", from, until)
	}
	return nil
}
