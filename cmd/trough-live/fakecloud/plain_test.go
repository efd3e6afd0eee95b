package fakecloud

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
)

// plainCloud is the driver's way to the servers in the plainest manner: it looks at everything in every cycle, believes all of it,
// and tries nothing twice. It is what shows that the servers and the simulator behind them do what they say, whatever package aws does.
type plainCloud struct {
	client
	pools     []models.Pool
	borrowers []string
	groups    []string // by cell; empty: instances are launched without one
	templates []string // likewise, by name
	notice    time.Duration
	now       func() models.Instant

	known      map[string]*knownInstance
	order      []string        // of known ones, as they were seen first
	onOrder    []int32         // by cell
	activities map[string]bool // that were seen
	happened   []models.Event
	instances  models.InstanceID
	told       int
}

type knownInstance struct {
	id    models.InstanceID
	cell  int
	state models.State
	class models.Class
	began models.Instant // its last job: of busy and finishing instances the newest yields first
}

func newPlainCloud(t *testing.T, way http.RoundTripper, b *Backtest, groups bool) *plainCloud {
	p := &plainCloud{client: client{t, way, b.Encode.Key}, pools: b.world.Pools[:b.lendable], borrowers: b.world.Borrowers, notice: time.Duration(b.world.Notice) * time.Second,
		now: b.Now, known: map[string]*knownInstance{}, onOrder: make([]int32, len(b.groups)), activities: map[string]bool{}}
	for _, g := range b.groups {
		name := ""
		if groups {
			name = g.Name
		}
		p.groups, p.templates = append(p.groups, name), append(p.templates, g.Name)
	}
	return p
}

// seenInstance is what DescribeInstances says of one.
type seenInstance struct {
	ID     string `xml:"instanceId"`
	State  string `xml:"instanceState>name"`
	Type   string `xml:"instanceType"`
	Zone   string `xml:"placement>availabilityZone"`
	Reason string `xml:"stateReason>code"`
	Tags   []struct {
		Key   string `xml:"key"`
		Value string `xml:"value"`
	} `xml:"tagSet>item"`
}

// Since looks at everything, and says what is otherwise than it was.
func (p *plainCloud) Since(context.Context, int64) ([]models.Event, int64, error) {
	var seen struct {
		Instances []seenInstance `xml:"reservationSet>item>instancesSet>item"`
	}
	p.read(&seen, "DescribeInstances")
	work := p.work()
	for _, s := range seen.Instances {
		p.look(&s, work)
	}
	p.refusals()
	all := p.happened[p.told:]
	p.told = len(p.happened)
	return all, int64(p.told), nil
}

func (p *plainCloud) read(into any, action string, parameters ...string) {
	status, text := p.form(action, parameters...)
	if status != 200 {
		p.t.Errorf("%s %q: %d %s", action, parameters, status, text)
	}
	if into == nil {
		return
	}
	if err := xml.Unmarshal([]byte(text), into); err != nil {
		p.t.Fatal(err)
	}
}

func (p *plainCloud) work() map[string]InstanceWork {
	_, text, err := p.do("GET", "http://encoding/workload", http.Header{}, "")
	var w struct{ Instances map[string]InstanceWork }
	if err == nil {
		err = json.Unmarshal([]byte(text), &w)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return w.Instances
}

func (p *plainCloud) look(s *seenInstance, work map[string]InstanceWork) {
	there := s.State == "pending" || s.State == "running"
	i := p.known[s.ID]
	cell := p.cellOf(s)
	if i == nil {
		refused := s.Reason == "Server.InsufficientInstanceCapacity"
		if !there && !refused || p.groups[cell] == "" && s.State == "pending" {
			return // what RunInstances made is on order until it runs
		}
		i = &knownInstance{id: p.instances, cell: cell}
		p.instances++
		p.known[s.ID] = i
		p.order = append(p.order, s.ID)
		i.state = models.OnOrder
		p.onOrder[cell]--
		if refused {
			p.event(i, models.Refused, models.Absent)
			return
		}
		p.event(i, models.Launched, models.Booting)
	}
	if i.state == models.Absent {
		return
	}
	w, registered := work[s.ID]
	if i.state == models.Booting && registered {
		p.event(i, models.Ready, models.Idle)
	}
	if w.Jobs > 0 {
		i.began = w.Began
	}
	if i.state == models.Idle && w.Jobs > 0 {
		i.class = models.Class(slices.Index(models.ClassNames(), w.Class))
		p.happened = append(p.happened, models.Event{At: p.now(), Kind: models.Arrived, Class: i.class, Pool: models.NoPool, Instance: models.NoInstance})
		p.event(i, models.Started, models.Busy)
	}
	if i.state == models.Busy && registered && w.Jobs == 0 {
		p.event(i, models.Completed, models.Idle)
	}
	if !there {
		p.event(i, models.Gone, models.Absent)
	}
}

// cellOf is where an instance belongs: by its group, or where there are none by its pool, which has one borrower then.
func (p *plainCloud) cellOf(s *seenInstance) int {
	for _, tag := range s.Tags {
		if tag.Key == "aws:autoscaling:groupName" {
			return slices.Index(p.groups, tag.Value)
		}
	}
	return slices.IndexFunc(p.pools, func(one models.Pool) bool { return one.Zone == s.Zone && one.Type == s.Type })
}

func (p *plainCloud) event(i *knownInstance, kind models.EventKind, to models.State) {
	p.happened = append(p.happened, models.Event{At: p.now(), Kind: kind, From: i.state, To: to, Pool: models.PoolID(i.cell / len(p.borrowers)),
		Borrower: models.BorrowerID(i.cell % len(p.borrowers)), Instance: i.id, Job: models.NoJob, Class: i.class})
	i.state = to
}

// refusals hears of launches that failed, and wants so many fewer: a group would try again for ever.
func (p *plainCloud) refusals() {
	type page struct {
		Activities []struct {
			ID     string `xml:"ActivityId"`
			Group  string `xml:"AutoScalingGroupName"`
			Status string `xml:"StatusCode"`
		} `xml:"DescribeScalingActivitiesResult>Activities>member"`
		Next string `xml:"DescribeScalingActivitiesResult>NextToken"`
	}
	seen := page{}
	for token, pages := []string(nil), 0; pages == 0 || token != nil; pages++ { // they come newest first: until one that is known
		var next page
		p.read(&next, "as:DescribeScalingActivities", append([]string{"MaxRecords", "10"}, token...)...)
		seen.Activities = append(seen.Activities, next.Activities...)
		token = nil
		if next.Next != "" && !p.activities[next.Activities[len(next.Activities)-1].ID] {
			token = []string{"NextToken", next.Next}
		}
	}
	for _, a := range seen.Activities {
		if p.activities[a.ID] {
			continue
		}
		p.activities[a.ID] = true
		if a.Status != "Failed" {
			continue
		}
		cell := slices.Index(p.groups, a.Group)
		p.onOrder[cell]--
		p.event(&knownInstance{cell: cell, state: models.OnOrder}, models.Refused, models.Absent)
		p.want(cell, -1)
	}
}

// want changes what a group is to hold.
func (p *plainCloud) want(cell int, by int32) {
	var seen struct {
		Desired int32 `xml:"DescribeAutoScalingGroupsResult>AutoScalingGroups>member>DesiredCapacity"`
	}
	p.read(&seen, "as:DescribeAutoScalingGroups", "AutoScalingGroupNames.member.1", p.groups[cell])
	p.read(nil, "as:SetDesiredCapacity", "AutoScalingGroupName", p.groups[cell], "DesiredCapacity", fmt.Sprint(seen.Desired+by))
}

// Act carries out orders as the simulator does: what has no job first, on order, then booting, then idle, the newest first.
func (p *plainCloud) Act(_ context.Context, cycle int64, orders []models.Order) error {
	for _, o := range orders {
		cell, n := int(o.Pool)*len(p.borrowers)+int(o.Borrower), o.N
		if o.Kind == models.Launch {
			n -= p.each(cell, n, []models.State{models.Finishing}, func(id string, i *knownInstance) {
				p.read(nil, "DeleteTags", "ResourceId.1", id, "Tag.1.Key", fleet.TagYield)
				p.event(i, models.Kept, models.Busy)
			})
			p.launch(cycle, cell, n)
			continue
		}
		n -= p.cancel(cell, min(n, p.onOrder[cell]))
		for _, state := range []models.State{models.Booting, models.Idle} {
			n -= p.each(cell, n, []models.State{state}, func(id string, i *knownInstance) { p.end(id, i) })
		}
		if o.Kind == models.YieldWhenIdle {
			p.each(cell, n, []models.State{models.Busy}, func(id string, i *knownInstance) {
				p.read(nil, "CreateTags", "ResourceId.1", id, "Tag.1.Key", fleet.TagYield, "Tag.1.Value", fleet.WhenIdle)
				p.event(i, models.Draining, models.Finishing)
			})
			continue
		}
		p.each(cell, n, []models.State{models.Busy, models.Finishing}, func(id string, i *knownInstance) {
			p.read(nil, "CreateTags", "ResourceId.1", id, "Tag.1.Key", fleet.TagYield, "Tag.1.Value", p.now().Add(p.notice).String())
			p.event(i, models.Yielding, models.Leaving)
		})
	}
	return nil
}

func (p *plainCloud) launch(cycle int64, cell int, n int32) {
	if n == 0 {
		return
	}
	if p.groups[cell] != "" {
		p.want(cell, n)
	} else {
		p.read(nil, "RunInstances", "MinCount", "1", "MaxCount", fmt.Sprint(n), "ClientToken", fmt.Sprintf("%d-%d", cycle, cell),
			"LaunchTemplate.LaunchTemplateName", p.templates[cell])
	}
	for range n {
		p.onOrder[cell]++
		p.event(&knownInstance{cell: cell}, models.Ordered, models.OnOrder)
	}
}

// cancel withdraws orders of a group.
func (p *plainCloud) cancel(cell int, n int32) int32 {
	if n == 0 || p.groups[cell] == "" {
		return p.cancelRuns(cell, n)
	}
	p.want(cell, -n)
	for range n {
		p.onOrder[cell]--
		p.event(&knownInstance{cell: cell, state: models.OnOrder}, models.Cancelled, models.Absent)
	}
	return n
}

// cancelRuns ends instances that RunInstances made and that are pending still.
func (p *plainCloud) cancelRuns(cell int, n int32) (done int32) {
	if n == 0 {
		return 0
	}
	var seen struct {
		Instances []seenInstance `xml:"reservationSet>item>instancesSet>item"`
	}
	p.read(&seen, "DescribeInstances", "Filter.1.Name", "instance-state-name", "Filter.1.Value.1", "pending")
	for _, s := range slices.Backward(seen.Instances) {
		if done < n && p.cellOf(&s) == cell && p.known[s.ID] == nil {
			p.read(nil, "TerminateInstances", "InstanceId.1", s.ID)
			p.onOrder[cell]--
			p.event(&knownInstance{cell: cell, state: models.OnOrder}, models.Cancelled, models.Absent)
			done++
		}
	}
	return done
}

func (p *plainCloud) end(id string, i *knownInstance) {
	if p.groups[i.cell] != "" {
		p.read(nil, "as:TerminateInstanceInAutoScalingGroup", "InstanceId", id, "ShouldDecrementDesiredCapacity", "true")
	} else {
		p.read(nil, "TerminateInstances", "InstanceId.1", id)
	}
	p.event(i, models.Gone, models.Absent)
}

// each does something with up to n instances of a pool in some states, the newest first.
func (p *plainCloud) each(cell int, n int32, states []models.State, do func(string, *knownInstance)) (done int32) {
	list := slices.Clone(p.order)
	slices.SortStableFunc(list, func(a, b string) int { return int(p.known[a].began - p.known[b].began) })
	for _, id := range slices.Backward(list) {
		if i := p.known[id]; done < n && i.cell == cell && slices.Contains(states, i.state) {
			do(id, i)
			done++
		}
	}
	return done
}
