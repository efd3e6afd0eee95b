package fakecloud

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"trough.internal/models"
)

var ec2Actions = map[string]handler{
	"DescribeInstances":            (*Server).describeInstances,
	"RunInstances":                 (*Server).runInstances,
	"TerminateInstances":           (*Server).terminateInstances,
	"CreateTags":                   (*Server).createTags,
	"DeleteTags":                   (*Server).deleteTags,
	"DescribeReservedInstances":    (*Server).describeReservedInstances,
	"DescribeCapacityReservations": (*Server).describeCapacityReservations,
	"DescribeAvailabilityZones":    (*Server).describeAvailabilityZones,
}

func ec2Invalid(code, format string, args ...any) answer {
	return ec2Error(http.StatusBadRequest, code, fmt.Sprintf(format, args...))
}

// dry says whether a call only asks if it may: the answer to that is an error, whatever it is.
func (c *call) dry() (answer, bool) {
	if c.Form.Get("DryRun") != "true" {
		return answer{}, false
	}
	return ec2Error(http.StatusPreconditionFailed, "DryRunOperation", "Request would have succeeded, but DryRun flag is set."), true
}

func (s *Server) describeInstances(c *call) answer {
	if a, dry := c.dry(); dry {
		return a
	}
	ids := values(c.Form, "InstanceId")
	most, given, err := number(c.Form, "MaxResults", 5, 1000)
	if err != nil {
		return ec2Invalid("InvalidParameterValue", "%v", err)
	}
	if given && len(ids) > 0 {
		return ec2Invalid("InvalidParameterCombination", "The parameter instancesSet cannot be used with the parameter maxResults")
	}
	if !given {
		most = 1000
	}
	filters, err := filtersOf(c.Form, instanceFilters)
	if err != nil {
		return ec2Invalid("InvalidParameterValue", "%v", err)
	}
	var found []*Instance
	for _, i := range c.account.visible(c.region) {
		if (len(ids) == 0 || slices.Contains(ids, i.ID)) && matches(filters, i) {
			found = append(found, i)
		}
	}
	for _, id := range ids {
		if !slices.ContainsFunc(c.account.visible(c.region), func(i *Instance) bool { return i.ID == id }) {
			return ec2Invalid("InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
		}
	}
	part, next, err := page(thin(c, found), func(i *Instance) string { return i.ID }, c.Form.Get("NextToken"), int(most))
	if err != nil {
		return ec2Invalid("InvalidParameterValue", "%v", err)
	}
	nodes := []node{list("reservationSet", "item", part, func(i *Instance) []node {
		return reservation(c.account, "r-"+strings.TrimPrefix(i.ID, "i-"), []*Instance{i})
	})}
	if next != "" {
		nodes = append(nodes, leaf("nextToken", next))
	}
	return ec2Answer(c.operation, nodes...)
}

// visible are an account's instances in a region.
func (a *Account) visible(region string) (list []*Instance) {
	for _, i := range a.Instances {
		if models.RegionOfZone(i.Zone) == region {
			list = append(list, i)
		}
	}
	return list
}

// reservation is what one RunInstances made, or one instance of it: nobody needs those that belong together.
func reservation(a *Account, id string, of []*Instance) []node {
	return []node{leaf("reservationId", id), leaf("ownerId", a.Number), branch("groupSet"), list("instancesSet", "item", of, instanceNodes)}
}

func instanceNodes(i *Instance) []node {
	nodes := []node{
		leaf("instanceId", i.ID), leaf("imageId", "ami-00000000000000000"), stateNode("instanceState", i.State), branch("privateDnsName"), branch("dnsName"),
		branch("reason"), leaf("amiLaunchIndex", 0), branch("productCodes"), leaf("instanceType", i.Type), leaf("launchTime", awsTime(i.Launched)),
		branch("placement", leaf("availabilityZone", i.Zone), branch("groupName"), leaf("tenancy", "default")),
		branch("monitoring", leaf("state", "disabled")), leaf("architecture", "x86_64"), leaf("clientToken", i.Token),
	}
	if i.There() {
		nodes = append(nodes, leaf("subnetId", subnetOf(i.Zone)), leaf("vpcId", "vpc-00000000000000000"))
	}
	if i.Reason != "" {
		nodes = append(nodes, branch("stateReason", leaf("code", i.Reason), leaf("message", i.Reason)))
	}
	if i.Lifecycle != "" {
		nodes = append(nodes, leaf("instanceLifecycle", i.Lifecycle))
	}
	return append(nodes, list("tagSet", "item", i.Tags, func(p pair) []node { return []node{leaf("key", p.key), leaf("value", p.value)} }))
}

func stateNode(name string, state InstanceState) node {
	return branch(name, leaf("code", int(state)), leaf("name", stateNames[state]))
}

// subnetOf is the one subnet of a zone.
func subnetOf(zone string) string { return "subnet-" + zone }

func (s *Server) terminateInstances(c *call) answer {
	ids := values(c.Form, "InstanceId")
	if len(ids) == 0 {
		return ec2Invalid("MissingParameter", "The request must contain the parameter InstanceId")
	}
	var ending []*Instance
	for _, id := range ids { // Note: one that is not there fails all
		i := c.account.Instance(id)
		if i == nil || models.RegionOfZone(i.Zone) != c.region {
			return ec2Invalid("InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
		}
		ending = append(ending, i)
	}
	if a, dry := c.dry(); dry {
		return a
	}
	return ec2Answer(c.operation, list("instancesSet", "item", ending, func(i *Instance) []node {
		before := i.State
		i.end(c.now, "Client.UserInitiatedShutdown")
		return []node{leaf("instanceId", i.ID), stateNode("currentState", i.State), stateNode("previousState", before)}
	}))
}

// end begins an instance's end, which the world finishes.
func (i *Instance) end(now models.Instant, reason string) {
	if i.There() {
		i.State, i.Reason, i.Ended = ShuttingDown, reason, now
	}
}

func (s *Server) createTags(c *call) answer {
	return c.tagged(func(i *Instance, p pair) { i.Tags = setTag(i.Tags, p) })
}

func (s *Server) deleteTags(c *call) answer {
	return c.tagged(func(i *Instance, p pair) {
		if n, ok := slices.BinarySearchFunc(i.Tags, p.key, pairKey); ok && (p.value == "" || p.value == i.Tags[n].value) {
			i.Tags = slices.Delete(i.Tags, n, n+1)
		}
	})
}

func (c *call) tagged(change func(*Instance, pair)) answer {
	ids, tags := values(c.Form, "ResourceId"), pairs(c.Form, "Tag")
	if len(ids) == 0 {
		return ec2Invalid("MissingParameter", "The request must contain the parameter resourceIdSet")
	}
	if len(tags) == 0 {
		return ec2Invalid("MissingParameter", "The request must contain the parameter tagSet")
	}
	for _, id := range ids {
		if i := c.account.Instance(id); i == nil || models.RegionOfZone(i.Zone) != c.region {
			return ec2Invalid("InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
		}
	}
	for _, p := range tags {
		if strings.HasPrefix(p.key, "aws:") {
			return ec2Invalid("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
		}
	}
	if a, dry := c.dry(); dry {
		return a
	}
	for _, id := range ids {
		for _, p := range tags {
			change(c.account.Instance(id), p)
		}
	}
	return ec2Answer(c.operation, leaf("return", true))
}
