package encoding

import (
	"math"

	"trough.internal/models"
	"trough.internal/models/random"
)

// pipeline adds the jobs of a title: one inspection; once it is complete the chunks of every output; once an output's
// chunks are complete its assembly, and then its validation. All arrive with the title and wait for their groups.
func (w *Stream) pipeline(h head) {
	length := w.length(h)
	chunks := max(1, int(math.Round(length/w.s.Encode.Chunk.Seconds())))
	content := w.contents(h, float64(w.s.Encode.SameTitle), chunks)
	inspected := w.inspection(h, w.mostUrgent(), length)
	for f := range w.formats {
		for range w.formats[f].bitrates {
			w.output(h, models.FormatID(f), &w.formats[f], length, content, inspected)
		}
	}
}

// inspection adds the inspection of a title, and returns the group that the rest of the title waits for.
func (w *Stream) inspection(h head, class models.Class, length float64) int32 {
	inspected := w.nextGroup()
	w.job(h, models.Job{Format: w.stage(0), Class: class, Group: inspected, Work: w.bounded(w.s.Encode.Inspect.Seconds() * length / 3600)})
	return inspected
}

// output adds the jobs of one output of a title.
func (w *Stream) output(h head, id models.FormatID, f *format, length float64, content []float64, inspected int32) {
	chunk := length / float64(len(content))
	encoded, assembled := w.nextGroup(), w.nextGroup()
	for _, c := range content {
		w.job(h, models.Job{Format: id, Class: f.class, After: inspected, Group: encoded, Work: w.encode(f, chunk, c), VCPUs: f.vcpus, Memory: f.memory})
	}
	w.job(h, models.Job{Format: w.stage(1), Class: f.class, After: encoded, Group: assembled, Work: w.bounded(w.s.Encode.Assemble.Seconds() * length / 3600)})
	w.job(h, models.Job{Format: w.stage(2), Class: f.class, After: assembled, Work: w.bounded(w.s.Encode.Final.Seconds() * length / 3600)})
}

// batch adds the jobs of an experiment, a batch or a suite: each a chunk of its own to an even draw of the formats. Nothing waits.
func (w *Stream) batch(h head) {
	for i := range h.jobs {
		e := random.Entity(h.entity, uint64(h.origin), uint64(i))
		id := w.draws.batches.Int(e, drawSize, len(w.formats))
		f := &w.formats[id]
		work := w.encode(f, w.s.Encode.Chunk.Seconds(), w.draws.batches.Normal(e, drawContent))
		w.job(h, models.Job{Format: models.FormatID(id), Class: h.class, Work: work, VCPUs: f.vcpus, Memory: f.memory})
	}
}

// length of a title in seconds; at least a second.
func (w *Stream) length(h head) float64 {
	median, spread, entity := w.s.Production.Film, w.s.Production.FilmSpread, h.entity
	if h.season != 0 {
		median, spread, entity = w.s.Production.Episode, w.s.Production.EpisodeSpread, h.season
	}
	return math.Max(1, w.draws.titles.LogNormal(entity, drawLength, median.Seconds(), spread))
}

// contents draws how hard each chunk is to encode, in deviations of the logarithm of time: a part that the title (a season's
// episodes alike) has in common, which is the share same of the variance, and a part of each chunk. A hard chunk is hard in
// every format.
func (w *Stream) contents(h head, same float64, chunks int) []float64 {
	common := h.entity
	if h.season != 0 {
		common = h.season
	}
	title := math.Sqrt(same) * w.draws.titles.Normal(common, drawContent)
	content := make([]float64, chunks)
	for i := range content {
		content[i] = title + math.Sqrt(1-same)*w.draws.chunks.Normal(h.entity, uint64(i))
	}
	return content
}

// encode is the work of a chunk of so many seconds of video.
func (w *Stream) encode(f *format, chunk, content float64) int32 {
	exact := math.Exp(f.mu+f.sigma*content) * chunk
	work := w.bounded(exact)
	w.encodes++
	if float64(work) < math.Floor(exact) || float64(work) > math.Ceil(exact) {
		w.clamped++
	}
	return work
}

// bounded keeps work within the settings' bounds.
func (w *Stream) bounded(seconds float64) int32 {
	return int32(math.Round(min(max(seconds, w.s.Encode.WorkMin.Seconds()), w.s.Encode.WorkMax.Seconds())))
}

// job adds a job of a title.
func (w *Stream) job(h head, j models.Job) {
	j.Arrival, j.ID, j.Title, j.Origin = h.at, w.id, w.title, h.origin
	w.id++
	w.jobs = append(w.jobs, j)
}

func (w *Stream) nextGroup() int32 {
	w.group++
	return w.group
}

func (w *Stream) stage(i int) models.FormatID { return models.FormatID(len(w.formats) + i) }

// mostUrgent is the class of a title's inspection: that of its most urgent format.
func (w *Stream) mostUrgent() models.Class {
	class := w.formats[0].class
	for i := range w.formats {
		class = min(class, w.formats[i].class)
	}
	return class
}
