package fakecloud

import (
	"slices"

	"trough.internal/models"
)

func (s *Server) describeReservedInstances(c *call) answer {
	if a, dry := c.dry(); dry {
		return a
	}
	filters, err := filtersOf(c.Form, []string{"availability-zone", "instance-type", "product-description", "scope", "state"})
	if err != nil {
		return ec2Invalid("InvalidParameterValue", "%v", err)
	}
	ids := values(c.Form, "ReservedInstancesId")
	var found []Reserved
	for _, r := range c.account.Reserved {
		scope := "Availability Zone"
		of := map[string]string{"availability-zone": r.Zone, "instance-type": r.Type, "product-description": r.Product, "scope": scope, "state": r.State}
		if models.RegionOfZone(r.Zone) == c.region && (len(ids) == 0 || slices.Contains(ids, r.ID)) && allAdmit(filters, of) {
			found = append(found, r)
		}
	}
	return ec2Answer(c.operation, list("reservedInstancesSet", "item", thin(c, found), func(r Reserved) []node {
		return []node{
			leaf("reservedInstancesId", r.ID), leaf("instanceType", r.Type), leaf("availabilityZone", r.Zone), leaf("start", awsTime(r.Start)),
			leaf("end", awsTime(r.End)), leaf("duration", int64(r.End-r.Start)), leaf("fixedPrice", "0.0"), leaf("usagePrice", "0.0"),
			leaf("instanceCount", r.Count), leaf("productDescription", r.Product), leaf("state", r.State), leaf("instanceTenancy", "default"),
			leaf("currencyCode", "USD"), leaf("offeringClass", "standard"), leaf("offeringType", r.Offering), branch("recurringCharges"), leaf("scope", "Availability Zone"),
		}
	}))
}

func (s *Server) describeCapacityReservations(c *call) answer {
	if a, dry := c.dry(); dry {
		return a
	}
	filters, err := filtersOf(c.Form, []string{"availability-zone", "instance-match-criteria", "instance-type", "state", "tenancy"})
	if err != nil {
		return ec2Invalid("InvalidParameterValue", "%v", err)
	}
	most, given, err := number(c.Form, "MaxResults", 1, 1000)
	if err != nil {
		return ec2Invalid("InvalidParameterValue", "%v", err)
	}
	if !given {
		most = 1000
	}
	ids := values(c.Form, "CapacityReservationId")
	var found []Reservation
	for _, r := range c.account.Reservations {
		of := map[string]string{"availability-zone": r.Zone, "instance-match-criteria": r.Match, "instance-type": r.Type, "state": r.State, "tenancy": "default"}
		if models.RegionOfZone(r.Zone) == c.region && (len(ids) == 0 || slices.Contains(ids, r.ID)) && allAdmit(filters, of) {
			found = append(found, r)
		}
	}
	part, next, err := page(thin(c, found), func(r Reservation) string { return r.ID }, c.Form.Get("NextToken"), int(most))
	if err != nil {
		return ec2Invalid("InvalidNextToken", "%v", err)
	}
	nodes := []node{list("capacityReservationSet", "item", part, func(r Reservation) []node {
		return []node{
			leaf("capacityReservationId", r.ID), leaf("ownerId", c.account.Number), leaf("availabilityZone", r.Zone), leaf("instanceType", r.Type),
			leaf("instancePlatform", "Linux/UNIX"), leaf("tenancy", "default"), leaf("totalInstanceCount", r.Total), leaf("availableInstanceCount", r.Available),
			leaf("ebsOptimized", false), leaf("ephemeralStorage", false), leaf("state", r.State), leaf("startDate", awsTime(r.Start)),
			leaf("endDateType", "unlimited"), leaf("instanceMatchCriteria", r.Match), leaf("createDate", awsTime(r.Start)), branch("tagSet"),
		}
	})}
	if next != "" {
		nodes = append(nodes, leaf("nextToken", next))
	}
	return ec2Answer(c.operation, nodes...)
}

func allAdmit(filters []filter, of map[string]string) bool {
	return !slices.ContainsFunc(filters, func(f filter) bool { return !f.admits(of[f.name]) })
}
