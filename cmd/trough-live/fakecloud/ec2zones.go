package fakecloud

import "strings"

// zonesEach is how many zones every region has: a, b and so on.
const zonesEach = 6

// describeAvailabilityZones names the zones of the caller's region. An account may call them by names of its own, as Amazon's older
// ones do: the id says which is which.
func (s *Server) describeAvailabilityZones(c *call) answer {
	if a, dry := c.dry(); dry {
		return a
	}
	var names []string
	for n := range zonesEach {
		names = append(names, c.region+string(rune('a'+n)))
	}
	return ec2Answer(c.operation, list("availabilityZoneInfo", "item", thin(c, names), func(name string) []node {
		return []node{leaf("zoneName", name), leaf("zoneId", c.account.zoneID(name)), leaf("zoneState", "available"), leaf("regionName", c.region)}
	}))
}

// zoneID is a zone's id by the account's name of it: us-east-1-az1 for us-east-1a, unless the account says otherwise.
func (a *Account) zoneID(name string) string {
	if id, ok := a.ZoneIDs[name]; ok {
		return id
	}
	region, letter := name[:len(name)-1], strings.ToLower(name[len(name)-1:])
	return region + "-az" + string(rune('1'+letter[0]-'a'))
}
