package encoding

import (
	"math"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
)

// What a draw of a day or a title is for: the index within its entity.
const (
	drawCount = iota
	drawTime
	drawSize
	drawGap
	drawLength
	drawContent
)

// draw adds what arrives on one day.
func (w *Stream) draw(day int64) {
	w.deliveries(day)
	date := startOf(day).UTC()
	switch date.Weekday() {
	case time.Saturday, time.Sunday:
	default:
		w.experiments(day, date)
		w.suites(day, date)
	}
	w.weekly(day, date)
	w.drops(day)
}

// deliveries draws how many there are, then each by itself at an even time: a Poisson process.
func (w *Stream) deliveries(day int64) {
	p := &w.s.Production
	share := float64(p.SeasonShare)
	titles := share*float64(p.SeasonMin+p.SeasonMax)/2 + (1 - share) // a delivery's mean
	d := w.draws.deliveries
	n := d.Poisson(uint64(day), drawCount, w.s.Load*p.TitlesPerDay/titles)
	for i := range n {
		e := random.Entity(uint64(day), uint64(i))
		at := startOf(day) + models.Instant(d.Int(e, drawTime, daySeconds))
		if d.Float64(e, drawCount) >= share {
			w.pending = append(w.pending, head{at: at, entity: e})
			continue
		}
		gaps := 0.0
		for episode := range p.SeasonMin + d.Int(e, drawSize, p.SeasonMax-p.SeasonMin+1) {
			own := random.Entity(e, uint64(episode))
			w.pending = append(w.pending, head{at: at + models.Instant(gaps), entity: own, season: e})
			gaps += d.Exp(own, drawGap, p.SeasonGap.Seconds())
		}
	}
}

// experimentSpread is the deviation of the logarithm of an experiment's jobs: the largest of forty is about four medians.
const experimentSpread = 0.7

func (w *Stream) experiments(day int64, date time.Time) {
	r := &w.s.Research
	d := w.draws.experiments
	for i := range d.Poisson(uint64(day), drawCount, w.s.Load*r.ExperimentsPerDay) {
		e := random.Entity(uint64(day), uint64(i))
		at := w.local(date, 9*time.Hour+time.Duration(d.Int(e, drawTime, 9*3600))*time.Second)
		jobs := d.LogNormal(e, drawSize, r.ExperimentJobs, experimentSpread)
		w.pending = append(w.pending, head{at: at, entity: e, jobs: int(math.Max(1, math.Round(jobs))), origin: models.Research, class: classOf(r.Class)})
	}
}

func (w *Stream) weekly(day int64, date time.Time) {
	r := &w.s.Research
	if weekdays[date.Weekday()] == r.BatchDay {
		w.add(w.local(date, r.BatchAt), random.Entity(uint64(day)), r.BatchJobs, models.Research, r.Class)
	}
}

func (w *Stream) suites(day int64, date time.Time) {
	for i, at := range w.s.QA.At {
		w.add(w.local(date, at), random.Entity(uint64(day), uint64(i), 1), w.s.QA.Jobs, models.QA, w.s.QA.Class)
	}
}

// add adds a batch of a stated size, scaled by the load.
func (w *Stream) add(at models.Instant, entity uint64, jobs int, origin models.Origin, class string) {
	if n := int(math.Round(float64(jobs) * w.s.Load)); n > 0 {
		w.pending = append(w.pending, head{at: at, entity: entity, jobs: n, origin: origin, class: classOf(class)})
	}
}

var weekdays = [...]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// local is a time of day on a date in the workload's time zone.
func (w *Stream) local(date time.Time, at time.Duration) models.Instant {
	s := int(at / time.Second)
	return models.InstantOf(time.Date(date.Year(), date.Month(), date.Day(), 0, 0, s, 0, w.zone))
}
