package fakecloud

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

func (s *Server) describeGroups(c *call) answer {
	most, given, err := number(c.Form, "MaxRecords", 1, 100)
	if err != nil {
		return scalingInvalid("%v", err)
	}
	if !given {
		most = 50
	}
	tags, err := groupFilters(c.Form)
	if err != nil {
		return scalingInvalid("%v", err)
	}
	names := values(c.Form, "AutoScalingGroupNames.member")
	var found []*Group
	for _, g := range c.groups() {
		if (len(names) == 0 || slices.Contains(names, g.Name)) && g.admitted(tags) {
			found = append(found, g)
		}
	}
	slices.SortFunc(found, func(a, b *Group) int { return cmp.Compare(a.Name, b.Name) })
	part, next, err := page(thin(c, found), func(g *Group) string { return g.Name }, c.Form.Get("NextToken"), int(most))
	if err != nil {
		return scalingError(http.StatusBadRequest, "InvalidNextToken", err.Error())
	}
	light := c.Form.Get("IncludeInstances") == "false"
	nodes := []node{list("AutoScalingGroups", "member", part, func(g *Group) []node { return groupNodes(c.account, g, light) })}
	if next != "" {
		nodes = append(nodes, leaf("NextToken", next))
	}
	return scalingAnswer(c.operation, nodes...)
}

func groupNodes(a *Account, g *Group, light bool) []node {
	nodes := []node{
		leaf("AutoScalingGroupName", g.Name), leaf("AutoScalingGroupARN", "arn:aws:autoscaling:::autoScalingGroup::autoScalingGroupName/"+g.Name),
		branch("LaunchTemplate", leaf("LaunchTemplateName", g.Template), leaf("Version", "$Default")),
		leaf("MinSize", g.Min), leaf("MaxSize", g.Max), leaf("DesiredCapacity", g.Desired), leaf("DefaultCooldown", 300),
		branch("AvailabilityZones", words(g.Zones)...),
		leaf("HealthCheckType", "EC2"), leaf("HealthCheckGracePeriod", 0), leaf("CreatedTime", awsTime(g.Created)),
		list("SuspendedProcesses", "member", g.Suspended, func(name string) []node {
			return []node{leaf("ProcessName", name), leaf("SuspensionReason", "User suspended")}
		}),
		leaf("VPCZoneIdentifier", subnetOf(g.Zones[0])), leaf("NewInstancesProtectedFromScaleIn", g.Protects),
		branch("TerminationPolicies", leaf("member", "Default")),
		list("Tags", "member", g.Tags, func(t GroupTag) []node { return groupTagNodes(g, t) }),
	}
	if light {
		return nodes
	}
	return append(nodes, list("Instances", "member", a.Members(g), func(i *Instance) []node {
		return []node{
			leaf("InstanceId", i.ID), leaf("InstanceType", i.Type), leaf("AvailabilityZone", i.Zone), leaf("LifecycleState", lifecycles[i.State]),
			leaf("HealthStatus", "Healthy"), leaf("ProtectedFromScaleIn", i.Protected),
			branch("LaunchTemplate", leaf("LaunchTemplateName", g.Template), leaf("Version", "1")),
		}
	}))
}

func words(list []string) (nodes []node) {
	for _, word := range list {
		nodes = append(nodes, leaf("member", word))
	}
	return nodes
}

var lifecycles = map[InstanceState]string{Pending: "Pending", Running: "InService", ShuttingDown: "Terminating"}

func groupTagNodes(g *Group, t GroupTag) []node {
	return []node{leaf("ResourceId", g.Name), leaf("ResourceType", "auto-scaling-group"), leaf("Key", t.Key), leaf("Value", t.Value), leaf("PropagateAtLaunch", t.Propagate)}
}

func (s *Server) tagGroups(c *call) answer {
	for n := 1; ; n++ {
		prefix := fmt.Sprintf("Tags.member.%d.", n)
		if !c.Form.Has(prefix + "Key") {
			if n == 1 {
				return scalingInvalid("expected at least one tag")
			}
			return scalingAnswer(c.operation)
		}
		name := c.Form.Get(prefix + "ResourceId")
		found := slices.IndexFunc(c.groups(), func(g *Group) bool { return g.Name == name })
		if found < 0 {
			return scalingInvalid("AutoScalingGroup name not found - AutoScalingGroup %s not found", name)
		}
		g := c.groups()[found]
		t := GroupTag{c.Form.Get(prefix + "Key"), c.Form.Get(prefix + "Value"), c.Form.Get(prefix+"PropagateAtLaunch") == "true"}
		at, there := slices.BinarySearchFunc(g.Tags, t.Key, func(t GroupTag, key string) int { return cmp.Compare(t.Key, key) })
		if there {
			g.Tags[at] = t
		} else {
			g.Tags = slices.Insert(g.Tags, at, t)
		}
	}
}

func (s *Server) describeGroupTags(c *call) answer {
	most, given, err := number(c.Form, "MaxRecords", 1, 100)
	if err != nil {
		return scalingInvalid("%v", err)
	}
	if !given {
		most = 50
	}
	type of struct {
		group *Group
		tag   GroupTag
	}
	var found []of
	for _, g := range c.groups() {
		for _, t := range g.Tags {
			if admits(c.Form, "auto-scaling-group", g.Name) && admits(c.Form, "key", t.Key) && admits(c.Form, "value", t.Value) {
				found = append(found, of{g, t})
			}
		}
	}
	part, next, err := page(thin(c, found), func(o of) string { return o.group.Name + " " + o.tag.Key }, c.Form.Get("NextToken"), int(most))
	if err != nil {
		return scalingError(http.StatusBadRequest, "InvalidNextToken", err.Error())
	}
	nodes := []node{list("Tags", "member", part, func(o of) []node { return groupTagNodes(o.group, o.tag) })}
	if next != "" {
		nodes = append(nodes, leaf("NextToken", next))
	}
	return scalingAnswer(c.operation, nodes...)
}

// admits says whether no filter of a name forbids a value.
func admits(form map[string][]string, name, value string) bool {
	for n := 1; len(form[fmt.Sprintf("Filters.member.%d.Name", n)]) > 0; n++ {
		if form[fmt.Sprintf("Filters.member.%d.Name", n)][0] == name && !slices.Contains(values(form, fmt.Sprintf("Filters.member.%d.Values.member", n)), value) {
			return false
		}
	}
	return true
}

// groupFilters are those of DescribeAutoScalingGroups, of which only tag:KEY and tag-key are here.
func groupFilters(form map[string][]string) (list []filter, err error) {
	for n := 1; len(form[fmt.Sprintf("Filters.member.%d.Name", n)]) > 0; n++ {
		f := filter{form[fmt.Sprintf("Filters.member.%d.Name", n)][0], values(form, fmt.Sprintf("Filters.member.%d.Values.member", n))}
		if f.name != "tag-key" && !strings.HasPrefix(f.name, "tag:") {
			return nil, fmt.Errorf("filter type %s is not correct: expected tag-key or tag:KEY", f.name)
		}
		list = append(list, f)
	}
	return list, nil
}

func (g *Group) admitted(filters []filter) bool {
	for _, f := range filters {
		if !slices.ContainsFunc(g.Tags, func(t GroupTag) bool {
			return f.name == "tag-key" && slices.Contains(f.values, t.Key) || f.name == "tag:"+t.Key && slices.Contains(f.values, t.Value)
		}) {
			return false
		}
	}
	return true
}
