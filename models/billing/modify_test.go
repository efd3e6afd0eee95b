package billing_test

import (
	"strings"
	"testing"

	"trough.internal/models"
	"trough.internal/models/billing"
)

const modifiedEnd = models.Instant(1_483_228_800) // 2017-01-01 00:00:00

// regional is so many reserved instances of a type in us-east-1.
func regional(typeName string, count int64) billing.Holding {
	return billing.Holding{ID: "ri", Account: "a", Kind: billing.RegionalRI, Type: typeName, Location: "us-east-1", Count: count,
		Start: modifiedEnd - 8760*3600, End: modifiedEnd}
}

func TestModificationsAsPublished(t *testing.T) {
	for _, c := range []struct {
		name, source string
		from, to     []billing.Holding
		refused      string // "" is allowed
	}{
		{"MOD-1: a large into four small", "EC2 guide", []billing.Holding{regional("t2.large", 1)}, []billing.Holding{regional("t2.small", 4)}, ""},
		{"MOD-1: four small into a large", "EC2 guide", []billing.Holding{regional("t2.small", 4)}, []billing.Holding{regional("t2.large", 1)}, ""},
		{"MOD-1: two small into a large", "EC2 guide", []billing.Holding{regional("t2.small", 2)}, []billing.Holding{regional("t2.large", 1)}, "a footprint of 2 units cannot become one of 4"},
		{"a large into two small", "derived: it must match", []billing.Holding{regional("t2.large", 1)}, []billing.Holding{regional("t2.small", 2)}, "a footprint of 4 units cannot become one of 2"},
		{"two micro and a small merged into a medium", "EC2 guide, figure", []billing.Holding{regional("t2.micro", 2), regional("t2.small", 1)}, []billing.Holding{regional("t2.medium", 1)}, ""},
		{"a medium split into two nano and three micro", "EC2 guide, figure", []billing.Holding{regional("t2.medium", 1)}, []billing.Holding{regional("t2.nano", 2), regional("t2.micro", 3)}, ""},
		{"MOD-4: a whole machine into 16xlarge", "EC2 guide", []billing.Holding{regional("i3.metal", 1)}, []billing.Holding{regional("i3.16xlarge", 1)}, ""},
		{"MOD-4: a whole machine into 8xlarge", "EC2 guide", []billing.Holding{regional("i3.metal", 1)}, []billing.Holding{regional("i3.8xlarge", 2)}, ""},
		{"MOD-4: a whole machine into 4xlarge", "EC2 guide", []billing.Holding{regional("i3.metal", 1)}, []billing.Holding{regional("i3.4xlarge", 4)}, ""},
		{"MOD-4: one too many", "derived", []billing.Holding{regional("i3.metal", 1)}, []billing.Holding{regional("i3.4xlarge", 5)}, "a footprint of 128 units cannot become one of 160"},
		{"ten in one zone into five there and five in another", "EC2 guide", []billing.Holding{zonal("c4.large", 10, "us-east-1a")},
			[]billing.Holding{zonal("c4.large", 5, "us-east-1a"), zonal("c4.large", 5, "us-east-1b")}, ""},
		{"from a zone to its region", "EC2 guide", []billing.Holding{zonal("c4.large", 1, "us-east-1a")}, []billing.Holding{regional("c4.large", 1)}, ""},
		{"to another region", "EC2 guide", []billing.Holding{zonal("c4.large", 1, "eu-west-1a")}, []billing.Holding{regional("c4.large", 1)}, `to "ri": region "us-east-1": expected "eu-west-1", as of the first`},
		{"c4 into c3", "EC2 guide", []billing.Holding{regional("c4.large", 1)}, []billing.Holding{regional("c3.large", 1)}, `to "ri": family "c3": expected "c4", as of the first`},
		{"another account's", "derived", []billing.Holding{regional("c4.large", 1)}, []billing.Holding{but(regional("c4.large", 1), func(h *billing.Holding) { h.Account = "b" })}, `account "b": expected "a"`},
		{"Windows from a zone to its region", "EC2 guide", windows(zonal("c4.large", 1, "us-east-1a")), windows(regional("c4.large", 1)), ""},
		{"the size of Windows", "EC2 guide", windows(regional("c4.large", 2)), windows(regional("c4.xlarge", 1)), "the size of reserved instances for windows cannot change"},
		{"Windows into Linux", "derived", windows(regional("c4.large", 1)), []billing.Holding{regional("c4.large", 1)}, "platform linux: expected windows"},
		{"ends a second apart, in one clock hour", "EC2 guide: terminating in the same hour", []billing.Holding{regional("c4.large", 1), but(regional("c4.large", 1), endsLater(3599))}, []billing.Holding{regional("c4.large", 2)}, ""},
		{"ends an hour apart", "EC2 guide", []billing.Holding{regional("c4.large", 1), but(regional("c4.large", 1), endsLater(3600))}, []billing.Holding{regional("c4.large", 2)}, `from "ri": end 2017-01-01T01:00:00Z: expected one in the clock hour of 2017-01-01T00:00:00Z`},
		{"a longer term", "EC2 guide: the end stays", []billing.Holding{regional("c4.large", 1)}, []billing.Holding{but(regional("c4.large", 1), endsLater(86400))}, `to "ri": end 2017-01-02T00:00:00Z`},
		{"a capacity reservation", "derived", []billing.Holding{but(zonal("c4.large", 1, "us-east-1a"), func(h *billing.Holding) { h.Kind = billing.CapacityReservation })}, []billing.Holding{regional("c4.large", 1)}, "capacity is no reserved instance"},
		{"a size that is none", "derived", []billing.Holding{regional("c4.huge", 1)}, []billing.Holding{regional("c4.large", 1)}, `from "ri": type "c4.huge"`},
		{"nothing", "derived", nil, []billing.Holding{regional("c4.large", 1)}, "needs reserved instances"},
	} {
		err := billing.CheckModification(c.from, c.to)
		switch {
		case err == nil && c.refused != "":
			t.Errorf("%s (%s): allowed; expected %q", c.name, c.source, c.refused)
		case err != nil && (c.refused == "" || !strings.Contains(err.Error(), c.refused)):
			t.Errorf("%s (%s): %v; expected %q", c.name, c.source, err, c.refused)
		}
	}
}

func zonal(typeName string, count int64, zone string) billing.Holding {
	return but(regional(typeName, count), func(h *billing.Holding) { h.Kind, h.Location = billing.ZonalRI, zone })
}

func windows(h billing.Holding) []billing.Holding {
	return []billing.Holding{but(h, func(h *billing.Holding) { h.Platform = billing.Windows })}
}

func endsLater(seconds models.Instant) func(*billing.Holding) {
	return func(h *billing.Holding) { h.End += seconds }
}

func but(h billing.Holding, change func(*billing.Holding)) billing.Holding {
	change(&h)
	return h
}

func TestFootprintsAsPublished(t *testing.T) {
	for _, c := range []struct {
		typeName string
		count    int64
		units    float64
		source   string
	}{
		{"t2.medium", 4, 8, "MOD-1, EC2 guide"},
		{"t2.large", 1, 4, "MOD-1, EC2 guide"},
		{"t2.micro", 2, 1, "EC2 guide, figure"},
		{"t2.nano", 3, 0.75, "derived"},
		{"i3.metal", 1, 128, "MOD-4, EC2 guide"},
		{"i3.4xlarge", 4, 128, "MOD-4, EC2 guide"},
	} {
		if units, err := billing.Footprint(c.typeName, c.count); err != nil || units != c.units {
			t.Errorf("%d %s (%s): %v units, %v; expected %v", c.count, c.typeName, c.source, units, err, c.units)
		}
	}
	for _, bad := range []struct {
		typeName string
		count    int64
	}{{"t2.medium", 0}, {"t2.medium", -1}, {"t2.medium", 1 << 40}, {"t2.huge", 1}, {"t2", 1}} {
		if units, err := billing.Footprint(bad.typeName, bad.count); err == nil {
			t.Errorf("%d %q: %v units; expected an error", bad.count, bad.typeName, units)
		}
	}
}

// MOD-3 (EC2 guide): a modification that succeeded at 21:15 moves the benefit from 21:00 on.
func TestAModificationCountsFromTheStartOfItsClockHour(t *testing.T) {
	for at, want := range map[string]string{
		"2016-05-03T21:15:00Z": "2016-05-03T21:00:00Z",
		"2016-05-03T21:00:00Z": "2016-05-03T21:00:00Z",
		"2016-05-03T21:59:59Z": "2016-05-03T21:00:00Z",
		"1969-12-31T23:15:00Z": "1969-12-31T23:00:00Z",
	} {
		if got := billing.BenefitFrom(spotInstant(t, at)).String(); got != want {
			t.Errorf("%s: from %s; expected %s", at, got, want)
		}
	}
}

func spotInstant(t *testing.T, text string) models.Instant {
	var at models.Instant
	if err := at.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return at
}
