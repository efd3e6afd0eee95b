package sim

import (
	"io"
	"slices"

	"trough.internal/models"
	"trough.internal/models/random"
)

// batch hands over a whole list of jobs.
type batch struct{ jobs []models.Job }

func (b *batch) Next() ([]models.Job, error) {
	if b.jobs == nil {
		return nil, io.EOF
	}
	jobs := b.jobs
	b.jobs = nil
	return jobs, nil
}

// once hands over a whole capacity trace.
type once struct {
	window models.Capacity
	done   bool
}

func (o *once) Next() (models.Capacity, error) {
	if o.done {
		return models.Capacity{}, io.EOF
	}
	o.done = true
	return o.window, nil
}

// repeat plays a capacity trace again and again, shifted by its length each time.
type repeat struct {
	open        func() (CapacitySource, error)
	from, until models.Instant
	source      CapacitySource
	shift       models.Instant
	changes     []models.CapacityChange
}

func (r *repeat) Next() (models.Capacity, error) {
	for {
		if r.source == nil {
			var err error
			if r.source, err = r.open(); err != nil {
				return models.Capacity{}, err
			}
		}
		w, err := r.source.Next()
		if err == io.EOF {
			r.source, r.shift = nil, r.shift+r.until-r.from
			continue
		}
		if err != nil || r.shift == 0 {
			return w, err
		}
		r.changes = append(r.changes[:0], w.Changes...)
		for i := range r.changes {
			r.changes[i].At += r.shift
		}
		w.Changes = r.changes
		return w, nil
	}
}

// ending turns every pool unknown at the trace's end.
type ending struct {
	CapacitySource
	pools int
	until models.Instant
	ended bool
}

func (e *ending) Next() (models.Capacity, error) {
	w, err := e.CapacitySource.Next()
	if err != io.EOF || e.ended {
		return w, err
	}
	e.ended = true
	for p := range e.pools {
		w.Changes = append(w.Changes, models.CapacityChange{At: e.until, Pool: models.PoolID(p), InUse: models.Unknown})
	}
	return w, nil
}

// merge plays several job sources as one, in order of arrival; at one instant the source named first goes first.
// Groups and titles keep apart.
type merge struct {
	sources []JobSource
	heads   [][]models.Job
	out     []models.Job
}

func (m *merge) Next() ([]models.Job, error) {
	m.out = m.out[:0]
	for len(m.out) < 4096 {
		best := -1
		for i := range m.sources {
			if err := m.fill(i); err != nil {
				return nil, err
			}
			if len(m.heads[i]) > 0 && (best < 0 || m.heads[i][0].Arrival < m.heads[best][0].Arrival) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		m.out = append(m.out, m.apart(m.heads[best][0], best))
		m.heads[best] = m.heads[best][1:]
	}
	if len(m.out) == 0 {
		return nil, io.EOF
	}
	return m.out, nil
}

func (m *merge) fill(i int) error {
	for len(m.heads[i]) == 0 && m.sources[i] != nil {
		jobs, err := m.sources[i].Next()
		if err == io.EOF {
			m.sources[i] = nil
			return nil
		}
		if err != nil {
			return err
		}
		m.heads[i] = jobs
	}
	return nil
}

func (m *merge) apart(j models.Job, source int) models.Job {
	n := int32(len(m.sources))
	for _, number := range [...]*int32{&j.Title, &j.Group, &j.After} {
		if *number != 0 {
			*number = *number*n - int32(source)
		}
	}
	return j
}

// loaded scales a recorded jobs trace: each title's jobs are dropped or repeated together, by one draw of the title.
// What arrived before the scenario's start is left out.
type loaded struct {
	JobSource
	load float64
	from models.Instant
	luck random.Stream
	next models.JobID
	jobs []models.Job
}

func (l *loaded) Next() ([]models.Job, error) {
	for {
		batch, err := l.JobSource.Next()
		if err != nil {
			return nil, err
		}
		l.jobs = l.jobs[:0]
		for _, j := range batch {
			if j.Arrival >= l.from {
				l.repeat(j)
			}
		}
		if len(l.jobs) > 0 {
			return l.jobs, nil
		}
	}
}

func (l *loaded) repeat(j models.Job) {
	copies := int(l.load)
	if l.luck.Float64(uint64(j.Title), 0) < l.load-float64(copies) {
		copies++
	}
	for range copies {
		j.ID = l.next
		l.next++
		l.jobs = append(l.jobs, j)
	}
}

// sortSwitches puts switches in order of time; at one instant the one named first goes first.
func sortSwitches(all []models.Switch) {
	slices.SortStableFunc(all, func(a, b models.Switch) int { return int(a.At - b.At) })
}
