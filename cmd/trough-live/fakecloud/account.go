package fakecloud

import (
	"cmp"
	"fmt"
	"slices"

	"trough.internal/models"
	"trough.internal/models/random"
)

// Account is one account: what runs in it, and what it has reserved, in all regions.
type Account struct {
	Number string // twelve digits
	Name   string // as clouddriver knows it
	Key    string // id of its access key: whoever signs with it acts in this account

	Groups       []*Group
	Instances    []*Instance // in order of launch; see Forget
	Templates    map[string]Template
	Reserved     []Reserved
	Reservations []Reservation
	Queues       map[string]Queue
	ZoneIDs      map[string]string // of zones that the account calls by another name than most

	runs  map[string]*run // by client token
	made  int             // instances
	acted int             // activities
}

// Template is a launch template: what RunInstances launches that does not say otherwise.
type Template struct{ Zone, Type string }

// InstanceState is the state of an instance, by Amazon's codes.
type InstanceState int

// The states that are here: nothing of Trough's stops an instance.
const (
	Pending      InstanceState = 0
	Running      InstanceState = 16
	ShuttingDown InstanceState = 32
	Terminated   InstanceState = 48
)

var stateNames = map[InstanceState]string{Pending: "pending", Running: "running", ShuttingDown: "shutting-down", Terminated: "terminated"}

// Instance is one instance.
type Instance struct {
	ID, Zone, Type string
	Group          string // empty: RunInstances made it
	State          InstanceState
	Launched       models.Instant
	Ended          models.Instant // when its end began; models.Never
	Reason         string         // code of what ended it, such as Client.UserInitiatedShutdown
	Tags           []pair         // sorted by key
	Token          string         // of the call that made it
	Lifecycle      string         // spot, or empty
	Protected      bool           // its group does not choose it to end

	Registered bool // with the encoding system: it has booted
	Jobs       int32
	Class      models.Class   // of its jobs, where it has any
	Began      models.Instant // when the last of them began
}

// There says whether an instance still counts for its group and for its pool.
func (i *Instance) There() bool { return i.State == Pending || i.State == Running }

// Tag is the value of an instance's tag; empty where it has none.
func (i *Instance) Tag(key string) string {
	if n, ok := slices.BinarySearchFunc(i.Tags, key, pairKey); ok {
		return i.Tags[n].value
	}
	return ""
}

func pairKey(p pair, key string) int { return cmp.Compare(p.key, key) }

func setTag(tags []pair, p pair) []pair {
	n, ok := slices.BinarySearchFunc(tags, p.key, pairKey)
	if ok {
		tags[n] = p
		return tags
	}
	return slices.Insert(tags, n, p)
}

// Group is one Auto Scaling group.
type Group struct {
	Name, Type        string
	Zones             []string
	Min, Max, Desired int32
	Protects          bool // its new instances from scale-in
	Template          string
	Created           models.Instant
	Tags              []GroupTag // sorted by key
	Suspended         []string   // processes, sorted
	Activities        []Activity // oldest first
}

// GroupTag is a tag of a group, which its instances inherit where it says so.
type GroupTag struct {
	Key, Value string
	Propagate  bool
}

// Activity is one scaling activity.
type Activity struct {
	ID, Description, Cause string
	Began, Ended           models.Instant // Ended is models.Never while it lasts
	Status                 string         // Successful, InProgress, Failed or Cancelled
	Message                string
}

// Reserved is one lot of reserved instances.
type Reserved struct {
	ID, Zone, Type string
	Count          int32
	Start, End     models.Instant
	State          string // active, retired and so on
	Offering       string // such as All Upfront
	Product        string // such as Linux/UNIX
}

// Reservation is one on-demand capacity reservation.
type Reservation struct {
	ID, Zone, Type   string
	Total, Available int32
	State, Match     string // such as active, and open or targeted
	Start            models.Instant
}

// Queue is one SQS queue: its attributes by name.
type Queue map[string]string

// Add puts a new instance into the account, in a group or, where that is nil, outside of any; it inherits the group's tags.
func (a *Account) Add(g *Group, zone, instanceType string, now models.Instant) *Instance {
	a.made++
	id := random.New(0, "instance "+a.Number).Uint64(uint64(a.made), 0)
	i := &Instance{ID: fmt.Sprintf("i-0%016x", id), Zone: zone, Type: instanceType, Launched: now, Ended: models.Never}
	if g != nil {
		i.Group, i.Protected = g.Name, g.Protects
		i.Tags = setTag(i.Tags, pair{"aws:autoscaling:groupName", g.Name})
		for _, t := range g.Tags {
			if t.Propagate {
				i.Tags = setTag(i.Tags, pair{t.Key, t.Value})
			}
		}
	}
	a.Instances = append(a.Instances, i)
	return i
}

// AddGroup puts a group of one zone into the account, of up to so many instances, which it protects from scale-in.
func (a *Account) AddGroup(name, zone, instanceType string, most int32, now models.Instant) *Group {
	g := &Group{Name: name, Type: instanceType, Zones: []string{zone}, Max: most, Template: name, Created: now, Protects: true}
	a.Groups = append(a.Groups, g)
	return g
}

// Act records a group's scaling activity.
func (a *Account) Act(g *Group, now models.Instant, status, description, cause, message string) *Activity {
	a.acted++
	ended := now
	if status == "InProgress" {
		ended = models.Never
	}
	g.Activities = append(g.Activities, Activity{ID: uuid(a.Number, a.acted), Description: description, Cause: cause, Began: now, Ended: ended, Status: status, Message: message})
	return &g.Activities[len(g.Activities)-1]
}

func uuid(account string, n int) string {
	s := random.New(0, "activity "+account)
	x, y := s.Uint64(uint64(n), 0), s.Uint64(uint64(n), 1)
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", x>>32, x>>16&0xffff, x&0xfff, y>>48&0xfff, y&0xffffffffffff)
}

// Instance is the instance of an id; nil where there is none.
func (a *Account) Instance(id string) *Instance {
	for _, i := range a.Instances {
		if i.ID == id {
			return i
		}
	}
	return nil
}

// Group is the group of a name; nil where there is none.
func (a *Account) Group(name string) *Group {
	for _, g := range a.Groups {
		if g.Name == name {
			return g
		}
	}
	return nil
}

// Members are a group's instances, in order of launch; those that are terminated have left it.
func (a *Account) Members(g *Group) (list []*Instance) {
	for _, i := range a.Instances {
		if i.Group == g.Name && i.State != Terminated {
			list = append(list, i)
		}
	}
	return list
}

// Count is how many of a group's instances count for its desired capacity.
func (a *Account) Count(g *Group) (n int32) {
	for _, i := range a.Instances {
		if i.Group == g.Name && i.There() {
			n++
		}
	}
	return n
}

// Forget takes out what was terminated so long ago that Amazon does not show it any more: about an hour.
func (a *Account) Forget(now models.Instant) {
	a.Instances = slices.DeleteFunc(a.Instances, func(i *Instance) bool { return i.State == Terminated && now-i.Ended >= 3600 })
}
