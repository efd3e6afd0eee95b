package fleet

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// rules are those that hold where a configuration says nothing.
func rules() (r Rules) {
	settings.Defaults(&r)
	return r
}

// world is a cloud of values: groups that reach their size within a minute, instances that boot in the next, and of which tests make
// every part fail. It has two pools with a group each, and one without.
type world struct {
	t      *testing.T
	l      *Ledger
	now    models.Instant
	cycle  int64
	cursor int64
	market *models.Market

	groups    []Group
	instances []*Described
	jobs      map[string]Job // nil: the encoding system does not say
	running   []int32
	stuck     map[int]bool // groups that launch nothing
	failures  []Failure
	unknown   bool                // descriptions fail
	stale     []Group             // that are described in the place of what is
	hidden    map[string]bool     // instances that no description mentions
	fail      func(*Call) Outcome // of calls
	made      []Call              // calls, in order
	launched  int                 // instances
	workers   bool                // end their instances
	outOfRoom bool                // of EC2
	short     int32               // so many instances fewer than asked for are launched by EC2
	runs      map[string][]string // by token

	journal []json.RawMessage // what was remembered, look by look
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, now: 1_444_003_200, jobs: map[string]Job{}, stuck: map[int]bool{}, hidden: map[string]bool{}, runs: map[string][]string{}, running: []int32{0}}
	var pools []models.Pool
	var places []Place
	for i, zone := range []string{"us-east-1a", "us-east-1b", "us-west-2a"} {
		pools = append(pools, models.Pool{Region: models.RegionOfZone(zone), Zone: zone, Type: "r3.4xlarge"})
		place := Place{Region: models.RegionOfZone(zone), Group: fmt.Sprint("group-", i)}
		if i == 2 {
			place.Group = ""
		}
		places = append(places, place)
		w.groups = append(w.groups, Group{Known: true, Max: 1000, Zones: []string{zone}, Protects: true,
			Tags: map[string]string{TagDriver: "night", TagPool: zone + "/r3.4xlarge", TagBorrower: "encoding"}})
	}
	w.l = New("night", pools, []string{"encoding"}, places, rules())
	w.market = models.NewMarket(pools, []string{"encoding"})
	return w
}

// add puts an instance into a pool, and into its group where it has one.
func (w *world) add(c int) *Described {
	w.launched++
	p := &w.l.pools[c]
	d := &Described{ID: fmt.Sprintf("i-%04d", w.launched), Zone: p.Zone, Type: p.Type, Driver: "night", Pool: p.Name(), Borrower: "encoding", Launched: w.now}
	if group := w.l.cells[c].place.Group; group != "" {
		d.Group = group
		w.groups[c].Members = append(w.groups[c].Members, Member{ID: d.ID})
	}
	w.instances = append(w.instances, d)
	return d
}

// pass is a minute of the world.
func (w *world) pass() {
	w.now = w.now.Add(time.Minute)
	for c := range w.groups {
		g := &w.groups[c]
		g.Members = slices.DeleteFunc(g.Members, func(m Member) bool { return w.instance(m.ID) == nil || w.instance(m.ID).Ending })
		for c < 2 && len(g.Members) < int(g.Desired) && !w.stuck[c] {
			w.add(c)
		}
	}
	for _, d := range w.instances {
		switch {
		case d.Ending:
		case d.Running && w.jobs != nil:
			if _, there := w.jobs[d.ID]; !there {
				w.jobs[d.ID] = Job{}
			}
			if w.workers && (d.Yield != "" || d.Until != 0 && w.now >= d.Until) && w.jobs[d.ID].Jobs == 0 {
				w.kill(d)
			}
		case w.now.Sub(d.Launched) >= time.Minute:
			d.Running = true
		}
	}
}

// kill ends an instance, and lowers the size of its group.
func (w *world) kill(d *Described) {
	d.Ending, d.Running = true, false
	delete(w.jobs, d.ID)
	for c := range w.groups {
		for m := range w.groups[c].Members {
			if w.groups[c].Members[m].ID == d.ID && !w.groups[c].Members[m].Ending {
				w.groups[c].Members[m].Ending = true
				w.groups[c].Desired--
			}
		}
	}
}

func (w *world) instance(id string) *Described {
	for _, d := range w.instances {
		if d.ID == id {
			return d
		}
	}
	return nil
}

// look is a driver's look; its events go into the market, whose books must balance.
func (w *world) look() []models.Event {
	look := &Look{At: w.now, Groups: slices.Clone(w.groups), Failures: w.failures, Work: Work{AsOf: w.now, Instances: w.jobs, Running: w.running}}
	if w.stale != nil {
		look.Groups = slices.Clone(w.stale)
	}
	for c := range look.Groups {
		look.Groups[c].Members = slices.Clone(look.Groups[c].Members)
		if w.unknown {
			look.Groups[c] = Group{}
		}
	}
	for _, d := range w.instances {
		if !w.hidden[d.ID] && !w.unknown {
			look.Instances = append(look.Instances, *d)
		}
	}
	w.l.Take(look)
	events, cursor, err := w.l.Since(w.cursor)
	if err != nil {
		w.t.Fatal(err)
	}
	w.cursor = cursor
	for i := range events {
		if e := &events[i]; e.From != models.Absent && w.market.Count[e.From][w.market.Cell(e.Pool, e.Borrower)] == 0 {
			w.t.Fatalf("%s of instance %d: no instance is %s", e.Kind, e.Instance, e.From)
		}
		w.market.Apply(&events[i])
	}
	memory, err := w.l.Remember(w.cursor, w.journal == nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if memory != nil {
		w.journal = append(w.journal, memory)
	}
	return events
}

// restart is that the driver ends after it gave some orders of the cycle and before it could write anything down, and that another one
// goes on with its journal.
func (w *world) restart(orders ...models.Order) {
	before := w.l
	var places []Place
	for c := range before.cells {
		places = append(places, before.cells[c].place)
	}
	w.l = New(before.name, before.pools, before.borrowers, places, before.rules)
	w.l.off = before.off
	if err := w.l.Recall(w.cursor, w.journal); err != nil {
		w.t.Fatal(err)
	}
	var parts [][]models.Order
	for _, o := range orders {
		parts = append(parts, []models.Order{o})
	}
	w.l.Presume(w.now, w.cycle, parts)
}

func orderOf(kind models.OrderKind, c int, n int32) models.Order {
	return models.Order{Pool: models.PoolID(c), Kind: kind, N: n, Cause: models.ByMargin}
}

// order has orders carried out.
func (w *world) order(kind models.OrderKind, c int, n int32) error {
	calls, err := w.l.Calls(w.now, w.cycle, 7, []models.Order{orderOf(kind, c, n)})
	w.carry(calls)
	return err
}

func (w *world) carry(calls []Call) {
	for i := range calls {
		call := &calls[i]
		outcome := Done
		if w.fail != nil {
			outcome = w.fail(call)
		}
		var ids []string
		if outcome == Done || outcome == Lost {
			ids = w.do(call)
		}
		w.made = append(w.made, *call)
		if w.outOfRoom && call.Kind == RunInstances && outcome == Done && ids == nil {
			outcome = Lacks
		}
		if outcome == Lost {
			ids = nil
		}
		w.l.Done(w.now, call, outcome, ids)
	}
}

func (w *world) do(call *Call) (ids []string) {
	for _, id := range call.IDs {
		d := w.instance(id)
		switch call.Kind {
		case Terminate, TerminateAlone:
			w.kill(d)
		case TellYield:
			d.Yield = call.Yield
		case TellStay:
			d.Yield = ""
		case Label, Renew:
			d.Until = call.Until
		}
	}
	switch call.Kind {
	case SetDesired:
		w.groups[call.Cell].Desired = call.Desired
	case RunInstances:
		if w.runs[call.Token] == nil && !w.outOfRoom {
			for range call.Adds - w.short {
				d := w.add(call.Cell)
				d.Until = call.Until
				w.runs[call.Token] = append(w.runs[call.Token], d.ID)
			}
		}
		return w.runs[call.Token]
	}
	return nil
}

// tend carries on what was ordered before, in one region after the other.
func (w *world) tend(work Work, sweep bool) {
	seen := map[string]bool{}
	for c := range w.l.cells {
		if region := w.l.cells[c].place.Region; !seen[region] {
			seen[region] = true
			w.carry(w.l.Tend(w.now, region, work, sweep))
		}
	}
}

// minute is a cycle without orders.
func (w *world) minute() {
	w.pass()
	w.cycle++
	w.look()
	w.tend(Work{AsOf: w.now, Instances: w.jobs}, true)
}

func (w *world) minutes(n int) {
	for range n {
		w.minute()
	}
}

// hold makes a pool have n instances with a job each, and the ledger know it.
func (w *world) hold(c int, n int32) {
	w.minute()
	if err := w.order(models.Launch, c, n); err != nil {
		w.t.Fatal(err)
	}
	w.minutes(4)
	for _, d := range w.there(c) {
		w.jobs[d.ID] = Job{Jobs: 1, Class: models.Low}
	}
	w.minute()
	if got := w.count(models.Busy, c); got != n {
		w.t.Fatalf("%d are busy, want %d: %s", got, n, w)
	}
}

// there are a pool's instances that have not begun to end.
func (w *world) there(c int) (list []*Described) {
	for _, d := range w.instances {
		if d.Zone == w.l.pools[c].Zone && !d.Ending {
			list = append(list, d)
		}
	}
	return list
}

func (w *world) count(state models.State, c int) int32 { return w.market.Count[state][c] }

// held are what stays unless something is ordered.
func (w *world) held(c int) int32 {
	return w.count(models.OnOrder, c) + w.count(models.Booting, c) + w.count(models.Idle, c) + w.count(models.Busy, c)
}

func (w *world) String() string {
	var b strings.Builder
	for c := range w.groups {
		fmt.Fprintf(&b, "pool %d: %d there, desired %d, in the books", c, len(w.there(c)), w.groups[c].Desired)
		for s := models.OnOrder; s < models.States; s++ {
			fmt.Fprintf(&b, " %d %s", w.count(s, c), s)
		}
		b.WriteString("; ")
	}
	return b.String()
}

func (w *world) noted(text string) bool {
	return slices.ContainsFunc(w.l.Notes(), func(n string) bool { return strings.Contains(n, text) })
}
