package fakecloud

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"trough.internal/models"
)

var scalingActions = map[string]handler{
	"DescribeAutoScalingGroups":           (*Server).describeGroups,
	"SetDesiredCapacity":                  (*Server).setDesiredCapacity,
	"TerminateInstanceInAutoScalingGroup": (*Server).terminateInGroup,
	"DescribeScalingActivities":           (*Server).describeActivities,
	"DescribeTags":                        (*Server).describeGroupTags,
	"CreateOrUpdateTags":                  (*Server).tagGroups,
	"SuspendProcesses":                    (*Server).suspendProcesses,
	"ResumeProcesses":                     (*Server).resumeProcesses,
}

func scalingInvalid(format string, args ...any) answer {
	return scalingError(http.StatusBadRequest, "ValidationError", fmt.Sprintf(format, args...))
}

// groups are an account's groups in the region of a call.
func (c *call) groups() (list []*Group) {
	for _, g := range c.account.Groups {
		if models.RegionOfZone(g.Zones[0]) == c.region {
			list = append(list, g)
		}
	}
	return list
}

// group is the one that a call names, or a refusal.
func (c *call) group() (*Group, *answer) {
	name := c.Form.Get("AutoScalingGroupName")
	for _, g := range c.groups() {
		if g.Name == name {
			return g, nil
		}
	}
	a := scalingInvalid("AutoScalingGroup name not found - AutoScalingGroup %s not found", name)
	return nil, &a
}

func (s *Server) setDesiredCapacity(c *call) answer {
	g, refused := c.group()
	if refused != nil {
		return *refused
	}
	n, given, err := number(c.Form, "DesiredCapacity", 0, 1<<30)
	switch {
	case err != nil || !given:
		return scalingInvalid("DesiredCapacity is %q: expected a number", c.Form.Get("DesiredCapacity"))
	case n > int64(g.Max):
		return scalingInvalid("New SetDesiredCapacity value %d is above max value %d for the AutoScalingGroup.", n, g.Max)
	case n < int64(g.Min):
		return scalingInvalid("New SetDesiredCapacity value %d is below min value %d for the AutoScalingGroup.", n, g.Min)
	}
	g.Desired = int32(n)
	return scalingAnswer(c.operation)
}

// terminateInGroup ends one instance, or several of a group at once; one that is not there fails all.
func (s *Server) terminateInGroup(c *call) answer {
	ids, several := values(c.Form, "InstanceIds.member"), c.Form.Has("InstanceIds.member.1")
	if several == c.Form.Has("InstanceId") || several != c.Form.Has("AutoScalingGroupName") || len(ids) > 100 {
		return scalingInvalid("expected InstanceId, or AutoScalingGroupName and at most 100 of InstanceIds")
	}
	if !several {
		ids = []string{c.Form.Get("InstanceId")}
	}
	var ending []*Instance
	for _, id := range ids {
		i := c.account.Instance(id)
		if i == nil || i.Group == "" || several && i.Group != c.Form.Get("AutoScalingGroupName") || i.State == Terminated || models.RegionOfZone(i.Zone) != c.region {
			return scalingInvalid("Instance Id not found - No managed instance found for instance ID: %s", id)
		}
		ending = append(ending, i)
	}
	g := c.account.Group(ending[0].Group)
	var acts []node
	for _, i := range ending {
		act, refused := c.terminateOne(g, i)
		if refused != nil {
			return *refused
		}
		acts = append(acts, branch("member", activityNodes(g, act)...))
	}
	if several {
		return scalingAnswer(c.operation, branch("Activities", acts...))
	}
	return scalingAnswer(c.operation, branch("Activity", acts[0].nodes...))
}

func (c *call) terminateOne(g *Group, i *Instance) (*Activity, *answer) {
	id, decrement := i.ID, c.Form.Get("ShouldDecrementDesiredCapacity")
	no := func(format string, args ...any) (*Activity, *answer) {
		a := scalingInvalid(format, args...)
		return nil, &a
	}
	if decrement != "true" && decrement != "false" {
		return no("ShouldDecrementDesiredCapacity is %q: expected true or false", decrement)
	}
	if decrement == "true" && g.Desired <= g.Min && i.There() {
		return no("Currently, desiredSize equals minSize (%d). Terminating instance without replacement will violate group's min size constraint. "+
			"Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.", g.Min)
	}
	cause := fmt.Sprintf("At %s instance %s was taken out of service in response to a user request", awsTime(c.now), id)
	if i.There() && decrement == "true" {
		cause += fmt.Sprintf(", shrinking the capacity from %d to %d.", g.Desired, g.Desired-1)
		g.Desired--
	}
	i.end(c.now, "Client.UserInitiatedShutdown")
	return c.account.Act(g, c.now, "InProgress", "Terminating EC2 instance: "+id, cause, ""), nil
}

func (s *Server) describeActivities(c *call) answer {
	most, given, err := number(c.Form, "MaxRecords", 1, 100)
	if err != nil {
		return scalingInvalid("%v", err)
	}
	if !given {
		most = 100
	}
	type of struct {
		group *Group
		act   *Activity
	}
	ids := values(c.Form, "ActivityIds.member")
	var found []of
	for _, g := range c.groups() {
		if name := c.Form.Get("AutoScalingGroupName"); name != "" && name != g.Name {
			continue
		}
		for n := range g.Activities {
			if act := &g.Activities[n]; len(ids) == 0 || slices.Contains(ids, act.ID) {
				found = append(found, of{g, act})
			}
		}
	}
	slices.Reverse(found)
	slices.SortStableFunc(found, func(a, b of) int { return cmp.Compare(b.act.Began, a.act.Began) }) // newest first
	part, next, err := page(thin(c, found), func(o of) string { return o.act.ID }, c.Form.Get("NextToken"), int(most))
	if err != nil {
		return scalingError(http.StatusBadRequest, "InvalidNextToken", err.Error())
	}
	nodes := []node{list("Activities", "member", part, func(o of) []node { return activityNodes(o.group, o.act) })}
	if next != "" {
		nodes = append(nodes, leaf("NextToken", next))
	}
	return scalingAnswer(c.operation, nodes...)
}

func activityNodes(g *Group, act *Activity) []node {
	nodes := []node{
		leaf("ActivityId", act.ID), leaf("AutoScalingGroupName", g.Name), leaf("Description", act.Description), leaf("Cause", act.Cause),
		leaf("StartTime", awsTime(act.Began)), leaf("StatusCode", act.Status),
		leaf("Details", `{"Availability Zone":`+strconv.Quote(g.Zones[0])+`}`),
	}
	if act.Message != "" {
		nodes = append(nodes, leaf("StatusMessage", act.Message))
	}
	if act.Ended == models.Never {
		return append(nodes, leaf("Progress", 0))
	}
	return append(nodes, leaf("EndTime", awsTime(act.Ended)), leaf("Progress", 100))
}

// processes are those that a group has, all of which a call means that names none.
var processes = []string{"AZRebalance", "AddToLoadBalancer", "AlarmNotification", "HealthCheck", "InstanceRefresh", "Launch", "ReplaceUnhealthy", "ScheduledActions", "Terminate"}

func (s *Server) suspendProcesses(c *call) answer {
	return c.ofProcesses(func(g *Group, names []string) {
		g.Suspended = slices.Compact(slices.Sorted(slices.Values(append(g.Suspended, names...))))
	})
}

func (s *Server) resumeProcesses(c *call) answer {
	return c.ofProcesses(func(g *Group, names []string) {
		g.Suspended = slices.DeleteFunc(g.Suspended, func(name string) bool { return slices.Contains(names, name) })
	})
}

func (c *call) ofProcesses(change func(*Group, []string)) answer {
	g, refused := c.group()
	if refused != nil {
		return *refused
	}
	names := values(c.Form, "ScalingProcesses.member")
	for _, name := range names {
		if !slices.Contains(processes, name) {
			return scalingInvalid("%s is not a process: expected one of %s", name, strings.Join(processes, ", "))
		}
	}
	if len(names) == 0 {
		names = processes
	}
	change(g, names)
	return scalingAnswer(c.operation)
}
