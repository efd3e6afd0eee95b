package fleet

import (
	"cmp"
	"slices"

	"trough.internal/models"
)

// Look is what descriptions say at one instant.
type Look struct {
	At        models.Instant
	Groups    []Group     // by cell
	Instances []Described // those with the driver's name, whatever their state, and those without it that are in its groups
	Failures  []Failure   // launches that failed, oldest first
	Work      Work
}

// Group is a cell's Auto Scaling group as described. Of a cell without one only Known counts.
type Group struct {
	Known      bool // false: it could not be asked for, or not completely
	Absent     bool // there is no such group
	Desired    int32
	Min, Max   int32
	Members    []Member
	Zones      []string
	Rebalances bool              // AZRebalance is not suspended
	Protects   bool              // new instances are protected from scale-in
	Tags       map[string]string // that it gives to what it launches
}

// Member is an instance in a group.
type Member struct {
	ID     string
	Ending bool // the group has begun to end it
}

// Described is an instance as described.
type Described struct {
	ID, Zone, Type         string
	Running, Ending        bool   // neither: it is pending
	Driver, Pool, Borrower string // tags
	Yield                  string
	Until                  models.Instant // 0: it has no such tag
	Group                  string         // aws:autoscaling:groupName
	Launched               models.Instant
}

// Failure is a launch that a group failed in.
type Failure struct {
	Cell    int
	At      models.Instant
	Lacks   bool // the pool has no capacity; only that is a reason to leave it alone
	Final   bool // it will fail again, so that what is on order is refused
	Message string
}

// Work is what runs on instances, as the encoding system says.
type Work struct {
	AsOf      models.Instant
	Instances map[string]Job // those that have registered; nil: it does not say
	Running   []int32        // by borrower, where it does not say: how many have a job
}

// Job is what a registered instance does.
type Job struct {
	Jobs  int32          // that it has; 0 is idle
	Class models.Class   // of its jobs; of no meaning without one
	Began models.Instant // when the last of them began; 0: it is not said
}

// Take compares a look with what is known, and makes events of the differences: cell by cell, what is gone, what is new, and then
// what it does.
func (l *Ledger) Take(look *Look) {
	l.notes, l.at = nil, look.At
	described := make(map[string]*Described, len(look.Instances))
	free := map[[2]string][]*Described{} // those in no group, by pool and borrower
	for i := range look.Instances {
		d := &look.Instances[i]
		described[d.ID] = d
		if d.Group == "" && d.Driver == l.name {
			free[[2]string{d.Pool, d.Borrower}] = append(free[[2]string{d.Pool, d.Borrower}], d)
		}
	}
	for c := range l.cells {
		own := &l.cells[c]
		g := look.Groups[c]
		own.fresh = g.Known && !g.Absent
		if g.Absent { // Note: an empty answer reads so, too, and is no reason to take anything for gone
			own.wrong = "there is no such group"
			l.note("%s: group %s: %s: nothing is done there", l.cellName(c), own.place.Group, own.wrong)
		}
		if !own.fresh {
			continue
		}
		own.group = g
		l.checkGroup(c, described)
		l.takeKnown(c, look, described)
		list := free[[2]string{l.pools[c/len(l.borrowers)].Name(), l.borrowers[c%len(l.borrowers)]}]
		if own.place.Group != "" {
			list = nil
			for _, m := range own.group.Members {
				if d := described[m.ID]; d != nil && !m.Ending {
					list = append(list, d)
				}
			}
		}
		l.takeNew(c, look.At, list)
		l.takeOnOrder(c, look)
	}
	work := look.Work
	if work.Instances == nil {
		work.Instances = l.guess(&work, described)
	}
	for _, r := range l.byBegin(&work) {
		l.takeWork(look.At, r, described[r.ID], &work, look.Work.Instances != nil)
	}
	l.takeStrays(look)
}

// ours says whether tags are the driver's, of this cell.
func (l *Ledger) ours(d *Described, c int) bool {
	return d.Driver == l.name && d.Pool == l.pools[c/len(l.borrowers)].Name() && d.Borrower == l.borrowers[c%len(l.borrowers)]
}

// takeKnown goes through the instances that the ledger has.
func (l *Ledger) takeKnown(c int, look *Look, described map[string]*Described) {
	own := &l.cells[c]
	members := make(map[string]Member, len(own.group.Members))
	for _, m := range own.group.Members {
		members[m.ID] = m
	}
	for _, r := range slices.Clone(own.list) {
		if r.State == models.OnOrder {
			continue
		}
		before := *r
		d, m := described[r.ID], members[r.ID]
		r.Member = m.ID != "" || own.place.Group == "" && d != nil && d.Group == ""
		r.ending = m.Ending
		r.Elsewhere = d != nil && d.Group != "" && d.Group != own.place.Group
		if d != nil {
			r.Tagged, r.until = l.ours(d, c), d.Until
		}
		switch {
		case d != nil && d.Ending:
			l.end(look.At, r)
			continue
		case d != nil || m.ID != "":
			r.Missing, r.Missed = 0, 0
		default:
			if r.Missed++; r.Missed == 1 {
				r.Missing = look.At
			}
		}
		if r.Missed >= missed && look.At.Sub(r.Missing) >= missing || r.Missed > 0 && l.off == "missing" {
			l.end(look.At, r)
			continue
		}
		if r.Member {
			r.Astray = 0
		} else if d != nil && r.Astray == 0 {
			r.Astray = look.At
		}
		if *r != before {
			l.touch(r)
		}
	}
}

// end tells that an instance is gone, with the job that it had.
func (l *Ledger) end(now models.Instant, r *Instance) {
	cause := r.Cause
	if r.State != models.Finishing && r.State != models.Leaving && r.Asked == 0 {
		cause = models.ByCloud
		if r.Meant.At != 0 {
			cause = r.Meant.Cause
		}
	}
	if r.Started != 0 {
		l.move(now, r, models.Interrupted, r.State, cause)
	}
	l.move(now, r, models.Gone, models.Absent, cause)
}

// takeNew takes up instances that the ledger does not know: for those that are on order, oldest first, and beyond them as orders that
// somebody else gave, such as a driver that ended before it could write down what it did.
func (l *Ledger) takeNew(c int, now models.Instant, list []*Described) {
	slices.SortFunc(list, func(a, b *Described) int {
		return cmp.Or(cmp.Compare(a.Launched, b.Launched), cmp.Compare(a.ID, b.ID))
	})
	for _, d := range list {
		if l.byID[d.ID] != nil || d.Ending || !l.ours(d, c) && l.off != "tags" {
			continue
		}
		r := l.cells[c].oldest(models.OnOrder)
		if r == nil {
			r = l.order(now, c, 0, models.ByCloud)
		}
		l.launched(now, r, d.ID)
		r.Tagged, r.Member, r.until = l.ours(d, c), true, d.Until
	}
}

func (l *Ledger) launched(now models.Instant, r *Instance, id string) {
	r.ID = id
	l.byID[id] = r
	l.move(now, r, models.Launched, models.Booting, models.NoCause)
	r.Cause = models.NoCause
}

// takeOnOrder makes what is on order in a group what its desired capacity says beyond its members, less what failed or took too long.
func (l *Ledger) takeOnOrder(c int, look *Look) {
	own := &l.cells[c]
	for i := range look.Failures {
		if f := &look.Failures[i]; f.Cell == c {
			l.failed(c, look.At, f)
		}
	}
	for _, r := range own.in(models.OnOrder) {
		if look.At.Sub(r.Since) >= l.rules.LaunchDeadline && l.off != "deadline" {
			l.note("%s: what was ordered at %s has not been launched, and is cancelled", l.cellName(c), r.Since)
			l.withdraw(look.At, r, models.Cancelled)
		}
	}
	if own.place.Group == "" || own.foreign != "" {
		return
	}
	desired := own.group.Desired
	if desired == own.before && look.At.Sub(own.wroteAt) < settle && l.off != "settle" {
		desired = own.wrote // the description is older than what was written
		own.group.Desired = desired
	}
	if own.unsure != nil && desired == own.unsure.Desired {
		own.withdrawn -= own.unsure.backs
	}
	own.unsure = nil
	own.withdrawn = max(0, min(own.withdrawn, desired-own.members()))
	there := int32(0)
	for _, m := range own.group.Members {
		if l.byID[m.ID] != nil && !m.Ending {
			there++
		}
	}
	want, have := max(0, desired-there-own.withdrawn), int32(len(own.in(models.OnOrder)))
	if want != have && own.wroteAt > 0 && look.At.Sub(own.wroteAt) >= settle && want > have {
		l.note("%s: group %s wants %d instances, and the driver ordered %d less: somebody else sets its size, or it replaces what it lost",
			l.cellName(c), own.place.Group, desired, want-have)
	}
	for ; have < want; have++ {
		l.order(look.At, c, 0, models.ByCloud)
	}
	for ; have > want; have-- {
		r := own.newest(models.OnOrder)
		l.move(look.At, r, models.Cancelled, models.Absent, models.ByCloud)
	}
}

// failed takes a failed launch: where it is final, all that had been ordered before it is refused, and not wanted any more.
func (l *Ledger) failed(c int, now models.Instant, f *Failure) {
	if f.Lacks || l.off == "class" {
		l.pool[c/len(l.borrowers)].refused(now)
	}
	if !f.Final && l.off != "class" {
		l.note("%s: a launch failed: %s", l.cellName(c), f.Message)
		return
	}
	n := 0
	for _, r := range l.cells[c].in(models.OnOrder) {
		if r.Since <= f.At {
			l.withdraw(now, r, models.Refused)
			n++
		}
	}
	if n > 0 {
		l.note("%s: %d launches are refused: %s", l.cellName(c), n, f.Message)
	}
}

// withdraw takes back an order. A group must still be told.
func (l *Ledger) withdraw(now models.Instant, r *Instance, kind models.EventKind) {
	if own := &l.cells[r.Cell]; own.place.Group != "" {
		own.withdrawn++
	}
	l.move(now, r, kind, models.Absent, models.ByCloud)
}
