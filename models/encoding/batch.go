package encoding

import (
	"io"
	"math"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
)

// BatchSettings say what arrives at once beside everything else: sources that are inspected, split into chunks, encoded
// chunk by chunk, assembled and validated like any other title. How long inspection, assembly and validation take, and the
// bounds of a job's work, are those of Encode; Settings.Load does not scale a batch.
type BatchSettings struct {
	Name    string
	At      models.Instant // the arrival of its first title
	Titles  int            // sources, at least 1
	Outputs int            // outputs of all titles together, spread evenly over them; the first titles have one more
	Gap     time.Duration  // mean time between the arrivals of two titles, exponential; 0 is all at one instant
	Origin  models.Origin
	Classes [models.Classes]float64 // share of the outputs by class; the sum is 1

	Length       time.Duration // mean length of a title
	LengthSpread float64       // deviation of its logarithm
	Chunk        time.Duration // length of a chunk; a title is cut evenly into the nearest number of chunks
	Work         time.Duration // mean work of a chunk of that length, over the whole batch, before it is bounded
	WorkSpread   float64       // deviation of its logarithm
	SameTitle    float64       // share of the variance of that logarithm that a title's chunks have in common
}

// Batches returns the jobs of every batch, in the batches' order, as a stream numbers them that begins at from. It
// generates the workload up to the last of them. Batches that begin outside of [from, until) have no jobs.
func Batches(s Settings, seed uint64, from, until models.Instant, batches ...BatchSettings) ([]models.Batch, error) {
	w, err := New(s, seed, from, until, batches...)
	if err != nil {
		return nil, err
	}
	all := make([]models.Batch, len(batches))
	left := 0
	for i, b := range batches {
		all[i] = models.Batch{Name: b.Name, At: b.At}
		left += b.Titles
	}
	for left > 0 {
		jobs, err := w.Next()
		if err == io.EOF {
			break // titles that would arrive after the end
		}
		if w.current == 0 {
			continue
		}
		left--
		take(&all[w.current-1], jobs)
	}
	return all, nil
}

// take adds a title's jobs to its batch.
func take(b *models.Batch, jobs []models.Job) {
	first, n := jobs[0].ID, int32(len(jobs))
	if last := len(b.Jobs) - 1; last >= 0 && b.Jobs[last].First+models.JobID(b.Jobs[last].N) == first {
		b.Jobs[last].N += n
	} else {
		b.Jobs = append(b.Jobs, models.JobRange{First: first, N: n})
	}
	for i := range jobs {
		b.Work += int64(jobs[i].Work)
	}
}

// drop is a batch that a stream is to yield.
type drop struct {
	BatchSettings
	key   uint64  // of its draws: of its name and time, so that another batch moves none of them
	scale float64 // of the times drawn, so that the mean over the batch is Work
}

func newDrop(b BatchSettings, seed uint64) drop {
	key := random.New(seed, "encoding-batch-"+b.Name).Uint64(uint64(b.At), 0)
	return drop{BatchSettings: b, key: key}
}

// drops adds the titles of the batches that begin on a day.
func (w *Stream) drops(day int64) {
	for i := range w.batches {
		b := &w.batches[i]
		if dayOf(b.At) != day {
			continue
		}
		w.calibrate(b)
		gaps := 0.0
		for title := range b.Titles {
			e := random.Entity(b.key, uint64(title))
			w.pending = append(w.pending, head{at: b.At + models.Instant(gaps), entity: e, batch: int32(i + 1), number: int32(title), origin: b.Origin})
			gaps += w.draws.batches.Exp(e, drawGap, b.Gap.Seconds())
		}
	}
}

// calibrate chooses the scale with which a batch's chunks take Work in the mean. Few titles that have most of their variance
// in common would otherwise miss it widely.
func (w *Stream) calibrate(b *drop) {
	drawn, length := 0.0, 0.0
	for title := range b.Titles {
		h := head{entity: random.Entity(b.key, uint64(title))}
		seconds, content := w.source(h, b)
		weight := float64(b.outputs(title)) * seconds / float64(len(content))
		for _, c := range content {
			drawn += weight * math.Exp(b.WorkSpread*c)
		}
		length += float64(b.outputs(title)) * seconds
	}
	b.scale = length / drawn
}

// outputs is how many outputs a title has.
func (b *drop) outputs(title int) int {
	n := b.Outputs / b.Titles
	if title < b.Outputs%b.Titles {
		n++
	}
	return n
}

// source draws a title's length in seconds and how hard each of its chunks is.
func (w *Stream) source(h head, b *drop) (length float64, content []float64) {
	median := b.Length.Seconds() * math.Exp(-b.LengthSpread*b.LengthSpread/2)
	length = math.Max(1, w.draws.titles.LogNormal(h.entity, drawLength, median, b.LengthSpread))
	chunks := max(1, int(math.Round(length/b.Chunk.Seconds())))
	return length, w.contents(h, b.SameTitle, chunks)
}

// dropped adds the jobs of a batch's title.
func (w *Stream) dropped(h head) {
	b := &w.batches[h.batch-1]
	length, content := w.source(h, b)
	f := format{mu: math.Log(b.scale * b.Work.Seconds() / b.Chunk.Seconds()), sigma: b.WorkSpread}
	outputs := b.outputs(int(h.number))
	urgent := models.Low
	for o := range outputs {
		urgent = min(urgent, w.classOf(h, b, o))
	}
	inspected := w.inspection(h, urgent, length)
	for o := range outputs {
		f.class = w.classOf(h, b, o)
		id := w.draws.batches.Int(random.Entity(h.entity, uint64(o)), drawSize, len(w.formats))
		f.vcpus, f.memory = w.formats[id].vcpus, w.formats[id].memory
		w.output(h, models.FormatID(id), &f, length, content, inspected)
	}
}

// classOf draws the class of a title's output.
func (w *Stream) classOf(h head, b *drop, output int) models.Class {
	u := w.draws.batches.Float64(random.Entity(h.entity, uint64(output)), drawCount)
	last := models.High
	for c, share := range b.Classes {
		if share == 0 {
			continue
		}
		last = models.Class(c)
		if u < share {
			break
		}
		u -= share
	}
	return last
}
