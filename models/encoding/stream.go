package encoding

import (
	"cmp"
	"io"
	"math"
	"slices"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
	"trough.internal/models/zoneinfo"
)

// Stream yields a workload title by title, in order of arrival. What arrives at a time depends on settings, seed and that
// time alone, not on where the stream begins; only the numbers of jobs, titles and groups count from its beginning. Memory
// is bounded by the jobs of the largest title and the titles of some days. At one instant a batch's titles come last, together.
type Stream struct {
	s     Settings
	zone  *time.Location
	from  models.Instant
	until models.Instant

	formats []format
	names   []string
	batches []drop
	draws   struct{ deliveries, titles, chunks, experiments, batches random.Stream }

	day     int64  // the next day whose arrivals are to be drawn: days since 1970 in UTC, taken as a date where local time counts
	pending []head // drawn, latest first
	jobs    []models.Job
	id      models.JobID
	title   int32
	group   int32
	current int32 // the batch that the title yielded last belongs to, as head has it

	encodes, clamped int64
}

// format is a Format with what it needs for a draw.
type format struct {
	class    models.Class
	bitrates int
	mu       float64 // of the logarithm of seconds on the reference type for a second of video
	sigma    float64
	vcpus    int16 // of an encode; 0 is not stated
	memory   int32 // likewise, MiB
}

// The jobs of a title beside the encodes have formats of their own, after those of the settings.
var stages = []string{"inspect", "assemble", "validate"}

// head is what is known to arrive: a title, or jobs that do not wait for each other.
type head struct {
	at     models.Instant
	entity uint64 // of its draws
	season uint64 // of the draws that it has in common with its season; 0 is none
	jobs   int    // of an experiment, the weekly batch or a suite; 0 is a title
	batch  int32  // that it is a title of: 1 is the first of the stream's batches; 0 is none
	number int32  // of a batch's title, from 0
	origin models.Origin
	class  models.Class
}

// New returns the stream of arrivals in [from, until), those of batches included.
func New(s Settings, seed uint64, from, until models.Instant, batches ...BatchSettings) (*Stream, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	zone, err := zoneinfo.Load(s.TimeZone)
	if err != nil {
		return nil, err
	}
	w := &Stream{s: s, zone: zone, from: from, until: until, day: dayOf(from) - 2}
	for _, f := range s.formats() {
		p, err := fitOf(f.Name)
		if err != nil {
			return nil, err
		}
		w.formats = append(w.formats, format{class: classOf(f.Class), bitrates: f.Bitrates, mu: p.Mu + math.Log(s.effort(f)), sigma: p.Sigma, vcpus: f.VCPUs, memory: f.Memory})
		w.names = append(w.names, f.Name)
	}
	w.names = append(w.names, stages...)
	for _, b := range batches {
		w.batches = append(w.batches, newDrop(b, seed))
	}
	w.draws.deliveries = random.New(seed, "encoding-deliveries")
	w.draws.titles = random.New(seed, "encoding-titles")
	w.draws.chunks = random.New(seed, "encoding-chunks")
	w.draws.experiments = random.New(seed, "encoding-experiments")
	w.draws.batches = random.New(seed, "encoding-batches")
	return w, nil
}

// Formats are the names by FormatID: those of the settings, then inspect, assemble and validate.
func (w *Stream) Formats() []string { return slices.Clone(w.names) }

// Groups is the largest group so far.
func (w *Stream) Groups() int32 { return w.group }

// Clamped is how many encodes so far were lengthened or cut to keep to the bounds of work, and how many there were.
func (w *Stream) Clamped() (clamped, encodes int64) { return w.clamped, w.encodes }

// Next returns the jobs of the next title, experiment, batch or suite, valid until the next call; io.EOF ends the stream.
func (w *Stream) Next() ([]models.Job, error) {
	for {
		h, ok := w.pop()
		if !ok {
			return nil, io.EOF
		}
		if h.at < w.from {
			continue
		}
		w.jobs = w.jobs[:0]
		w.title++
		w.current = h.batch
		switch {
		case h.batch > 0:
			w.dropped(h)
		case h.jobs > 0:
			w.batch(h)
		default:
			w.pipeline(h)
		}
		return w.jobs, nil
	}
}

// Generate is a whole stream in memory.
func Generate(s Settings, seed uint64, from, until models.Instant) (*models.Jobs, error) {
	w, err := New(s, seed, from, until)
	if err != nil {
		return nil, err
	}
	all := &models.Jobs{Formats: w.Formats()}
	for {
		jobs, err := w.Next()
		if err == io.EOF {
			break
		}
		all.Jobs = append(all.Jobs, jobs...)
	}
	all.Groups = w.group
	return all, nil
}

// pop returns the earliest title that is yet to come.
func (w *Stream) pop() (head, bool) {
	for {
		// What is drawn for a date lies, in UTC, no earlier than 14 hours before it: the easternmost time zone. So what
		// lies before the date drawn last is settled.
		settled := len(w.pending) > 0 && w.pending[len(w.pending)-1].at < startOf(w.day-1)
		if settled {
			h := w.pending[len(w.pending)-1]
			w.pending = w.pending[:len(w.pending)-1]
			return h, h.at < w.until
		}
		if startOf(w.day-1) >= w.until {
			return head{}, false
		}
		w.draw(w.day)
		w.day++
		slices.SortFunc(w.pending, func(a, b head) int {
			return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(b.batch, a.batch), cmp.Compare(b.number, a.number),
				cmp.Compare(b.origin, a.origin), cmp.Compare(b.entity, a.entity))
		})
	}
}

const daySeconds = 86400

func startOf(day int64) models.Instant { return models.Instant(day * daySeconds) }

func dayOf(t models.Instant) int64 {
	day := int64(t) / daySeconds
	if int64(t)%daySeconds < 0 {
		day--
	}
	return day
}
