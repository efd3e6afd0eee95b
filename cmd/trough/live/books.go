package live

import (
	"cmp"
	"slices"

	"trough.internal/models"
)

// books turn a journal's events of instances into a ledger: instances are numbered anew from 0, since a driver counts on for years,
// and time does not run backwards.
type books struct {
	market *models.Market // after what was written
	events []models.Event
	now    models.Instant

	named   map[models.InstanceID]*instance // by the journal's number
	unnamed map[place][]*instance           // oldest first: those on order, and those of which only the number is known
	next    models.InstanceID
	jobs    models.JobID
	ended   []models.AttemptRow
	madeUp  map[models.InstanceID]bool
	seen    Seen
}

// instance is one that is there.
type instance struct {
	id   models.InstanceID
	name models.InstanceID // the journal's number; NoInstance where it has none yet
	at   place
	jobs []models.AttemptRow // that run on it
}

type place struct {
	cell  int
	state models.State
}

func newBooks() *books {
	return &books{named: map[models.InstanceID]*instance{}, unnamed: map[place][]*instance{}, madeUp: map[models.InstanceID]bool{}}
}

// take writes an event that the driver heard of at an evaluation.
func (b *books) take(e models.Event, heard models.Instant) {
	b.now = min(max(b.now, e.At), heard)
	e.At = b.now
	b.notice(&e)
	if e.Kind < models.Ordered {
		e.Instance = models.NoInstance
		b.write(e)
		return
	}
	cell := b.market.Cell(e.Pool, e.Borrower)
	i := b.find(&e, place{cell, e.From})
	b.job(i, &e)
	b.move(i, place{cell, e.To})
	e.Instance = i.id
	b.write(e)
}

func (b *books) notice(e *models.Event) {
	switch e.Kind {
	case models.Launched:
		b.seen.Launches = true
	case models.Arrived:
		// A driver that sees jobs on instances alone lets each arrive when it starts, without a number: that is no arrival.
		b.seen.Arrivals = b.seen.Arrivals || e.Job != models.NoJob
	case models.Started:
		b.seen.JobStarts = true
	case models.Completed, models.Interrupted:
		b.seen.JobEnds = true
		b.seen.Work = b.seen.Work || e.N > 0
	}
}

func (b *books) write(e models.Event) {
	b.market.Apply(&e)
	b.events = append(b.events, e)
}

// find returns the instance that an event is about. An order for launches has no number yet, and of what was there before the
// journal, or came while it could not be written, only the count is known: then it is the oldest of those without a name.
func (b *books) find(e *models.Event, at place) *instance {
	if at.state == models.Absent {
		i := &instance{id: b.next, name: e.Instance}
		b.next++
		if old := b.named[e.Instance]; old != nil {
			b.rename(old, models.NoInstance)
		}
		if e.Instance != models.NoInstance {
			b.named[e.Instance] = i
		}
		return i
	}
	if i := b.named[e.Instance]; i != nil && i.at == at {
		return i
	}
	if old := b.named[e.Instance]; old != nil {
		b.rename(old, models.NoInstance)
	}
	var i *instance
	if list := b.unnamed[at]; len(list) > 0 {
		i = list[0]
	} else {
		i = b.oldest(at)
		b.madeUp[i.id] = true // which of them it was nobody knows: neither has times
	}
	b.rename(i, e.Instance)
	return i
}

// oldest is the named instance with the smallest number at a place. There is one: the driver's books had it.
func (b *books) oldest(at place) (first *instance) {
	for _, i := range b.named {
		if i.at == at && (first == nil || i.id < first.id) {
			first = i
		}
	}
	return first
}

// rename gives an instance that is there another of the journal's numbers, or none.
func (b *books) rename(i *instance, name models.InstanceID) {
	b.remove(i)
	i.name = name
	b.put(i)
}

func (b *books) remove(i *instance) {
	if i.name != models.NoInstance {
		delete(b.named, i.name)
		return
	}
	list := b.unnamed[i.at]
	if k := slices.Index(list, i); k >= 0 {
		b.unnamed[i.at] = slices.Delete(list, k, k+1)
	}
}

func (b *books) put(i *instance) {
	if i.name != models.NoInstance {
		b.named[i.name] = i
		return
	}
	b.unnamed[i.at] = append(b.unnamed[i.at], i)
}

// move takes an instance to another place; Absent is nowhere.
func (b *books) move(i *instance, to place) {
	b.remove(i)
	if i.at = to; to.state != models.Absent {
		b.put(i)
		return
	}
	b.seen.UnendedJobs += int64(len(i.jobs)) // nobody saw them end, and nobody knows whether they did
}

// job follows the jobs on an instance. One without a number gets the next.
func (b *books) job(i *instance, e *models.Event) {
	switch e.Kind {
	case models.Started:
		if e.Job == models.NoJob {
			e.Job = b.jobs
		}
		b.jobs = max(b.jobs, e.Job+1)
		i.jobs = append(i.jobs, models.AttemptRow{Job: e.Job, Class: e.Class, Pool: e.Pool, Borrower: e.Borrower, Instance: i.id, Start: e.At, Waited: max(0, e.M)})
	case models.Completed:
		b.end(i, e, models.DidComplete, models.NoCause)
	case models.Interrupted:
		b.end(i, e, models.WasInterrupted, e.Cause)
	}
}

// end ends the job that an event names, or else the one that runs for longest.
func (b *books) end(i *instance, e *models.Event, outcome models.Outcome, cause models.Cause) {
	if len(i.jobs) == 0 {
		return // it began before the journal
	}
	k := max(0, slices.IndexFunc(i.jobs, func(row models.AttemptRow) bool { return row.Job == e.Job }))
	row := i.jobs[k]
	i.jobs = slices.Delete(i.jobs, k, k+1)
	e.Job = row.Job
	row.Outcome, row.Cause, row.End, row.Work = outcome, cause, e.At, max(0, e.N)
	b.ended = append(b.ended, row)
}

// scene says when that was which stood before the first evaluation: what it is was written when its segment began.
func (b *books) scene(at models.Instant) {
	for k := range b.events {
		b.events[k].At = at
	}
	b.now = at
	b.seen.ThereAtStart, b.seen.Holes, b.seen.MadeUp = int64(b.next), 0, 0
}

// agree makes up what is missing between what was written and a state that follows, and says whether something was: which instances
// they were nobody knows.
func (b *books) agree(with *models.Market, at models.Instant) bool {
	b.now = max(b.now, at)
	before := len(b.events)
	for cell := range b.market.Count[models.Idle] {
		for state := models.OnOrder; state < models.States; state++ {
			for b.market.Count[state][cell] > with.Count[state][cell] {
				b.lose(place{cell, state})
			}
		}
	}
	for cell := range b.market.Count[models.Idle] {
		for state := models.OnOrder; state < models.States; state++ {
			for b.market.Count[state][cell] < with.Count[state][cell] {
				b.make(place{cell, state})
			}
		}
	}
	for class := range with.Queued {
		for b.market.Queued[class] < with.Queued[class] {
			b.write(models.Event{At: b.now, Kind: models.Arrived, Pool: models.NoPool, Instance: models.NoInstance, Job: models.NoJob, Class: models.Class(class)})
		}
	}
	for region, on := range with.Evacuating {
		if on != b.market.Evacuating[region] {
			e := models.Event{At: b.now, Kind: models.Switched, Pool: models.NoPool, Instance: models.NoInstance, Job: models.NoJob, M: int32(region)}
			if on {
				e.N = 1
			}
			b.write(e)
		}
	}
	b.seen.MadeUp += int64(len(b.events) - before)
	return len(b.events) > before
}

// lose ends an instance of which nobody saw what became.
func (b *books) lose(at place) {
	i := b.oldest(at)
	if list := b.unnamed[at]; len(list) > 0 {
		i = list[0]
	}
	kind := models.Gone
	if at.state == models.OnOrder {
		kind = models.Cancelled
	}
	b.step(i, kind, models.Absent)
}

// make brings an instance to where one is, by the shortest way that a ledger knows.
func (b *books) make(at place) {
	i := &instance{id: b.next, name: models.NoInstance, at: place{at.cell, models.Absent}}
	b.next++
	b.step(i, models.Ordered, models.OnOrder)
	if at.state == models.OnOrder {
		return
	}
	b.step(i, models.Launched, models.Booting)
	switch at.state {
	case models.Idle, models.Busy:
		b.step(i, models.Ready, at.state)
	case models.Finishing:
		b.step(i, models.Draining, at.state)
	case models.Leaving:
		b.step(i, models.Yielding, at.state)
	}
}

func (b *books) step(i *instance, kind models.EventKind, to models.State) {
	borrowers := len(b.market.Borrowers)
	e := models.Event{At: b.now, Kind: kind, Instance: i.id, Job: models.NoJob, Pool: models.PoolID(i.at.cell / borrowers),
		Borrower: models.BorrowerID(i.at.cell % borrowers), From: i.at.state, To: to, Cause: models.ByCloud}
	b.madeUp[i.id] = true
	b.move(i, place{i.at.cell, to})
	b.write(e)
}

// finish returns the attempts, those that still run last, in order of start.
func (b *books) finish(until models.Instant) []models.AttemptRow {
	var left []models.AttemptRow
	for _, i := range b.named {
		left = append(left, i.jobs...)
	}
	for _, list := range b.unnamed {
		for _, i := range list {
			left = append(left, i.jobs...)
		}
	}
	slices.SortFunc(left, func(x, y models.AttemptRow) int {
		return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(x.Instance, y.Instance), cmp.Compare(x.Job, y.Job))
	})
	for k := range left {
		left[k].End = until
	}
	return append(b.ended, left...)
}
