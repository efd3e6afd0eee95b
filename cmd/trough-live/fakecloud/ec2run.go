package fakecloud

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"trough.internal/models"
)

// run is what a client token stands for: the call that it came with first, and what that made.
type run struct {
	asked string
	id    string
	made  []*Instance
}

// instancesMost is how many instances one call may ask for here.
const instancesMost = 1000

func (s *Server) runInstances(c *call) answer {
	least, gotLeast, err := number(c.Form, "MinCount", 1, instancesMost)
	if err != nil {
		return ec2Invalid("InvalidParameterValue", "%v", err)
	}
	most, gotMost, err := number(c.Form, "MaxCount", 1, instancesMost)
	if err != nil {
		return ec2Invalid("InvalidParameterValue", "%v", err)
	}
	if !gotLeast || !gotMost {
		return ec2Invalid("MissingParameter", "The request must contain the parameters MinCount and MaxCount")
	}
	if least > most {
		return ec2Invalid("InvalidParameterValue", "MaxCount (%d) must be at least MinCount (%d)", most, least)
	}
	token := c.Form.Get("ClientToken")
	if len(token) > 64 {
		return ec2Invalid("InvalidParameterValue", "Value (%s) for parameter clientToken is invalid. Expected at most 64 characters.", token)
	}
	zone, instanceType, refused := c.template()
	if refused != nil {
		return *refused
	}
	tags, refused := c.instanceTags()
	if refused != nil {
		return *refused
	}
	if a, dry := c.dry(); dry {
		return a
	}
	asked := canonical(c.Form)
	if before := c.account.runs[token]; token != "" && before != nil {
		if before.asked != asked {
			return ec2Invalid("IdempotentParameterMismatch", "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).")
		}
		return ec2Answer(c.operation, reservation(c.account, before.id, before.made)...)
	}
	n := min(s.world.Room(zone, instanceType, int(most)), int(most))
	if c.short {
		n = min(n, (int(most)+1)/2)
	}
	if c.none {
		n = 0
	}
	if int64(n) < least {
		return ec2Error(http.StatusInternalServerError, "InsufficientInstanceCapacity",
			"We currently do not have sufficient "+instanceType+" capacity in the Availability Zone you requested ("+zone+").")
	}
	r := &run{asked: asked}
	for range n {
		i := c.account.Add(nil, zone, instanceType, c.now)
		i.Tags, i.Token = append([]pair(nil), tags...), token
		r.made = append(r.made, i)
	}
	r.id = "r-" + strings.TrimPrefix(r.made[0].ID, "i-")
	if c.account.runs == nil {
		c.account.runs = map[string]*run{}
	}
	if token != "" {
		c.account.runs[token] = r
	}
	return ec2Answer(c.operation, reservation(c.account, r.id, r.made)...)
}

// canonical is what a call asks for, whoever signed it and whatever the order of its parameters.
func canonical(form url.Values) string {
	return form.Encode()
}

// template is the zone and type of a launch: the call's own words, else its launch template's.
func (c *call) template() (zone, instanceType string, refused *answer) {
	no := func(code, format string, args ...any) (string, string, *answer) {
		a := ec2Invalid(code, format, args...)
		return "", "", &a
	}
	if name := c.Form.Get("LaunchTemplate.LaunchTemplateName") + c.Form.Get("LaunchTemplate.LaunchTemplateId"); name != "" {
		t, ok := c.account.Templates[name]
		if !ok {
			return no("InvalidLaunchTemplateName.NotFoundException", "The specified launch template, with template name %s, does not exist.", name)
		}
		zone, instanceType = t.Zone, t.Type
	}
	if own := c.Form.Get("InstanceType"); own != "" {
		instanceType = own
	}
	if own := c.Form.Get("Placement.AvailabilityZone"); own != "" {
		zone = own
	}
	for _, name := range [...]string{"SubnetId", "NetworkInterface.1.SubnetId"} {
		if own := c.Form.Get(name); own != "" {
			zone = strings.TrimPrefix(own, subnetOf(""))
		}
	}
	if instanceType == "" {
		return no("MissingParameter", "The request must contain the parameter InstanceType")
	}
	if zone == "" {
		zone = c.region + "a"
	}
	if models.RegionOfZone(zone) != c.region {
		return no("InvalidParameterValue", "Invalid availability zone: [%s]", zone)
	}
	return zone, instanceType, nil
}

// instanceTags are those that a launch gives to its instances.
func (c *call) instanceTags() (tags []pair, refused *answer) {
	for n := 1; ; n++ {
		prefix := "TagSpecification." + strconv.Itoa(n)
		if !c.Form.Has(prefix + ".ResourceType") {
			return tags, nil
		}
		if c.Form.Get(prefix+".ResourceType") != "instance" {
			continue
		}
		for _, p := range pairs(c.Form, prefix+".Tag") {
			if strings.HasPrefix(p.key, "aws:") {
				a := ec2Invalid("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
				return nil, &a
			}
			tags = setTag(tags, p)
		}
	}
}
