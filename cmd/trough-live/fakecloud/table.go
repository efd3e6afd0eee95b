package fakecloud

import (
	"sync"
	"time"

	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
	"trough.internal/models/random"
)

// Table is a world of its own: groups and instances that a clock moves which the test sets.
type Table struct {
	sync.Mutex
	Set TableSettings

	now      models.Instant
	accounts []*Account
	usage    Usage
	reported bool
	work     Workload
	retry    map[*Group]models.Instant
	tries    uint64
}

// TableSettings is how the world behaves. The zero value does everything at once.
type TableSettings struct {
	Seed    uint64
	Launch  time.Duration // from a launch until the instance is running
	Boot    time.Duration // from then until it has registered
	Stop    time.Duration // from its end's beginning until it is terminated
	Retry   time.Duration // after which a group tries again that was refused
	Refused float64       // share of a group's launches that fail for want of capacity
	Room    int           // instances that RunInstances may find of a pool, 0 is any number
	Workers bool          // those that take no new job (see Takes) and have none end their instance
}

// NewTable makes a world that begins at an instant. The first account is the borrower's, whose instances are workers.
func NewTable(set TableSettings, now models.Instant, accounts ...*Account) *Table {
	t := &Table{Set: set, now: now, accounts: accounts, retry: map[*Group]models.Instant{}}
	t.work = Workload{Borrowers: map[string]BorrowerWork{}}
	return t
}

// Now is the world's time.
func (t *Table) Now() models.Instant { return t.now }

// Accounts are those that it was made of.
func (t *Table) Accounts() []*Account { return t.accounts }

// Room is how many instances of a pool there are left.
func (t *Table) Room(zone, instanceType string, n int) int {
	if t.Set.Room == 0 {
		return n
	}
	left := t.Set.Room
	for _, a := range t.accounts {
		for _, i := range a.Instances {
			if i.There() && i.Zone == zone && i.Type == instanceType {
				left--
			}
		}
	}
	return min(n, max(0, left))
}

// Usage is what clouddriver reported at the last whole minute.
func (t *Table) Usage() (Usage, bool) { return t.usage, t.reported }

// Workload is what Work was told last, with the instances as they are.
func (t *Table) Workload() Workload {
	w := t.work
	w.AsOf, w.Instances = t.now, InstancesOf(t.accounts[0])
	return w
}

// Work says what a borrower has to do from now on.
func (t *Table) Work(borrower string, work BorrowerWork) {
	t.Lock()
	defer t.Unlock()
	t.work.Borrowers[borrower] = work
}

// Advance lets so much time pass, second by second.
func (t *Table) Advance(d time.Duration) {
	t.Lock()
	defer t.Unlock()
	for until := t.now.Add(d); t.now < until; {
		t.now++
		t.step()
	}
}

func (t *Table) step() {
	for _, a := range t.accounts {
		a.Forget(t.now)
		for _, i := range a.Instances {
			t.live(a, i)
		}
		for _, g := range a.Groups {
			t.scale(a, g)
		}
	}
	if t.now%60 == 0 {
		t.usage, t.reported = UsageOf(t.accounts, t.now), true
	}
}

// live is what time does to an instance.
func (t *Table) live(a *Account, i *Instance) {
	switch {
	case i.State == Pending && t.now >= i.Launched.Add(t.Set.Launch):
		i.State = Running
	case i.State == Running && !i.Registered && a == t.accounts[0] && t.now >= i.Launched.Add(t.Set.Launch+t.Set.Boot):
		i.Registered = true
	case i.State == Running && t.Set.Workers && i.Registered && i.Jobs == 0 && !i.Takes(t.now):
		i.end(t.now, "Client.InstanceInitiatedShutdown")
		if g := a.Group(i.Group); g != nil && g.Desired > g.Min {
			g.Desired--
		}
	case i.State == ShuttingDown && t.now >= i.Ended.Add(t.Set.Stop):
		i.State = Terminated
		if g := a.Group(i.Group); g != nil {
			g.finish("Terminating EC2 instance: "+i.ID, t.now)
		}
	}
}

// Takes says whether the software on an instance takes a new job: nobody has told it to yield, nor let it run out.
func (i *Instance) Takes(now models.Instant) bool {
	until := fleet.TimeOf(i.Tag(fleet.TagUntil))
	return i.Tag(fleet.TagYield) == "" && (until == 0 || now < until)
}

// finish ends the activity that a description is of.
func (g *Group) finish(description string, now models.Instant) {
	for n := range g.Activities {
		if act := &g.Activities[n]; act.Description == description && act.Status == "InProgress" {
			act.Status, act.Ended = "Successful", now
		}
	}
}

// scale brings a group to what it is wanted to be, as far as no process of it is suspended.
func (t *Table) scale(a *Account, g *Group) {
	if t.now < t.retry[g] {
		return
	}
	for missing := g.Desired - a.Count(g); missing > 0 && !g.suspends("Launch"); missing-- {
		if !t.launch(a, g, g.emptiest(a)) {
			t.retry[g] = t.now.Add(t.Set.Retry)
			return
		}
	}
	for extra := a.Count(g) - g.Desired; extra > 0 && !g.suspends("Terminate"); extra-- {
		t.end(a, g, "a difference between desired and actual capacity")
	}
	if len(g.Zones) > 1 && !g.suspends("AZRebalance") {
		t.rebalance(a, g)
	}
}

func (t *Table) launch(a *Account, g *Group, zone string) bool {
	t.tries++
	if random.New(t.Set.Seed, "refused").Float64(t.tries, 0) < t.Set.Refused {
		a.Refuse(g, t.now, zone)
		return false
	}
	i := a.Add(g, zone, g.Type, t.now)
	a.Act(g, t.now, "Successful", "Launching a new EC2 instance: "+i.ID, "At "+awsTime(t.now)+" an instance was started in response to a difference between desired and actual capacity.", "")
	return true
}

// Refuse records that a group could not launch an instance for want of capacity.
func (a *Account) Refuse(g *Group, now models.Instant, zone string) {
	a.Act(g, now, "Failed", "Launching a new EC2 instance.  Status Reason: We currently do not have sufficient "+g.Type+
		" capacity in the Availability Zone you requested ("+zone+"). Our system will be working on provisioning additional capacity. Launching EC2 instance failed.",
		"At "+awsTime(now)+" an instance was started in response to a difference between desired and actual capacity.",
		"We currently do not have sufficient "+g.Type+" capacity in the Availability Zone you requested ("+zone+"). Launching EC2 instance failed.")
}

// end ends the oldest instance of a group that is not protected.
func (t *Table) end(a *Account, g *Group, why string) {
	for _, i := range a.Instances {
		if i.Group == g.Name && i.There() && !i.Protected {
			i.end(t.now, "Client.UserInitiatedShutdown")
			a.Act(g, t.now, "InProgress", "Terminating EC2 instance: "+i.ID, "At "+awsTime(t.now)+" an instance was taken out of service in response to "+why+".", "")
			return
		}
	}
}

func (g *Group) suspends(process string) bool {
	for _, name := range g.Suspended {
		if name == process {
			return true
		}
	}
	return false
}

// emptiest is the zone of a group in which it has the fewest instances; the first of several.
func (g *Group) emptiest(a *Account) string {
	zone, least := g.Zones[0], a.in(g, g.Zones[0])
	for _, z := range g.Zones[1:] {
		if n := a.in(g, z); n < least {
			zone, least = z, n
		}
	}
	return zone
}

func (a *Account) in(g *Group, zone string) (n int) {
	for _, i := range a.Instances {
		if i.Group == g.Name && i.There() && i.Zone == zone {
			n++
		}
	}
	return n
}

// rebalance ends an instance of the fullest zone for one that it launches in the emptiest, where they differ by more than one: what
// ends instances that nobody told to, after a targeted termination.
func (t *Table) rebalance(a *Account, g *Group) {
	low := g.emptiest(a)
	for _, zone := range g.Zones {
		if a.in(g, zone) <= a.in(g, low)+1 || !t.launch(a, g, low) {
			continue
		}
		for _, i := range a.Instances {
			if i.Group == g.Name && i.There() && i.Zone == zone {
				i.end(t.now, "Client.UserInitiatedShutdown")
				a.Act(g, t.now, "InProgress", "Terminating EC2 instance: "+i.ID, "At "+awsTime(t.now)+
					" instances were launched to balance instances in zones "+zone+" with other zones, resulting in more than desired number of instances in the group.", "")
				break
			}
		}
	}
}
