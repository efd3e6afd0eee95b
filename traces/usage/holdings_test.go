package usage

import (
	"slices"
	"strings"
	"testing"

	"trough.internal/models/billing"
)

const (
	holdingsHead = "id,account,kind,instance_type,location,platform,tenancy,count,start,end\n"
	term         = ",2017-10-02T00:00:00Z,2018-10-02T00:00:00Z\n"
)

func TestHoldingsOfEveryKindAreRead(t *testing.T) {
	path := writeFile(t, "holdings.csv", holdingsHead+
		"z,A,ri-zonal,m4.large,us-east-1a,rhel,dedicated,3"+term+
		"r,A,ri-regional,m4.large,us-east-1,linux,default,4"+term+
		"c,B,capacity,m4.large,us-east-1b,linux,default,1"+term+
		"e,A,sp-ec2,m4,us-gov-west-1,,,0.1"+term+
		"s,A,sp-compute,*,*,windows,default,25"+term)
	list, err := ReadHoldings(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	const start, end = 1506902400, 1538438400
	want := []billing.Holding{
		{ID: "z", Account: "A", Kind: billing.ZonalRI, Type: "m4.large", Location: "us-east-1a", Platform: billing.RHEL, Tenancy: billing.Dedicated, Count: 3, Start: start, End: end},
		{ID: "r", Account: "A", Kind: billing.RegionalRI, Type: "m4.large", Location: "us-east-1", Count: 4, Start: start, End: end},
		{ID: "c", Account: "B", Kind: billing.CapacityReservation, Type: "m4.large", Location: "us-east-1b", Count: 1, Start: start, End: end},
		{ID: "e", Account: "A", Kind: billing.EC2Plan, Type: "m4", Location: "us-gov-west-1", Commit: 100_000, Start: start, End: end},
		{ID: "s", Account: "A", Kind: billing.ComputePlan, Commit: 25_000_000, Start: start, End: end},
	}
	if !slices.Equal(list, want) {
		t.Errorf("%+v\nexpected\n%+v", list, want)
	}
}

// A modified reservation keeps its id.
func TestTermsOfOneIdFollowEachOther(t *testing.T) {
	path := writeFile(t, "holdings.csv", holdingsHead+
		"r,A,ri-zonal,m4.large,us-east-1b,linux,default,4,2018-03-01T21:15:00Z,2018-10-02T00:00:00Z\n"+
		"r,A,ri-zonal,m4.large,us-east-1a,linux,default,4,2017-10-02T00:00:00Z,2018-03-01T21:15:00Z\n")
	if _, err := ReadHoldings(path, nil); err != nil {
		t.Error(err)
	}
}

func TestWhatIsWrongWithHoldingsIsNamedByLineAndValue(t *testing.T) {
	regional := "r,A,ri-regional,m4.large,us-east-1,linux,default,4" + term
	with := func(from, to string) string { return holdingsHead + strings.Replace(regional, from, to, 1) }
	for _, c := range []struct{ text, want string }{
		{with("2018-10-02", "2017-10-01"), `line 2, column 73: end is "2017-10-01T00:00:00Z": expected a time after the start, 2017-10-02T00:00:00Z`},
		{with("2018-10-02", "2017-10-02"), `end is "2017-10-02T00:00:00Z": expected a time after the start`},
		{with("2018-10-02T00:00:00Z", "never"), `end is "never": expected a time such as`},
		{with("ri-regional", "ri"), `line 2, column 5: kind is "ri": expected ri-zonal, ri-regional, capacity, sp-ec2 or sp-compute`},
		{with("m4.large", "m4.giant"), `instance_type is "m4.giant": "giant" is no known size`},
		{with("m4.large", "n4.large"), `instance_type is "n4.large": no family "n4" is known`},
		{with("us-east-1", "us-east-1a"), `location is "us-east-1a": expected a region such as us-east-1, as it is of kind ri-regional`},
		{with("ri-regional", "ri-zonal"), `location is "us-east-1": expected a zone such as us-east-1a, as it is of kind ri-zonal`},
		{with("ri-regional", "capacity"), `location is "us-east-1": expected a zone`},
		{with("ri-regional", "sp-ec2"), `instance_type is "m4.large": expected a family such as m5`},
		{with("ri-regional,m4.large", "sp-ec2,"), `instance_type is "": expected a family`},
		{with("ri-regional,m4.large", "sp-ec2,n4"), `instance_type is "n4": no family "n4" is known`},
		{with("ri-regional,m4.large", "sp-compute,m4"), `instance_type is "m4": expected nothing, or *: a Compute Savings Plan covers all types`},
		{with("ri-regional,m4.large,us-east-1", "sp-compute,,here"), `location is "here": expected nothing, or *`},
		{with("linux", ""), `platform is "": expected linux`},
		{with("default", ""), `tenancy is "": expected default`},
		{with(",4,", ",0,"), `count is "0": expected a whole number of instances, 1 or more`},
		{with(",4,", ",-4,"), `count is "-4": expected a whole number of instances`},
		{with(",4,", ",1.5,"), `count is "1.5": expected a whole number of instances`},
		{with(",4,", ",9999999,"), `line 2: count 9999999: expected 1 to 1000000`},
		{holdingsHead + "s,A,sp-compute,,,,,-1" + term, `line 2, column 20: count is "-1": expected a Savings Plan's commitment in USD per hour`},
		{holdingsHead + "s,A,sp-compute,,,,,0.0" + term, `count is "0.0": expected a Savings Plan's commitment`},
		{holdingsHead + "s,A,sp-compute,,,linus,,1" + term, `platform is "linus": expected linux`},
		{with("r,A", "on-demand,A"), `line 2: id "on-demand": that is what a bill calls usage which nothing covers`},
		{with("r,A", ",A"), `line 2, column 1: id is "": expected a name`},
		{holdingsHead + "q,A,ri-zonal,m4.large,us-east-1a,linux,default,1" + term + regional + strings.Replace(regional, "2017-10-02", "2018-10-01", 1),
			`line 4: id "r": the term from 2018-10-01T00:00:00Z overlaps that from 2017-10-02T00:00:00Z to 2018-10-02T00:00:00Z, in line 3`},
		{strings.Replace(holdingsHead, "kind", "kinds", 1), `line 1: column "kinds" is unknown: did you mean kind?`},
	} {
		checkRefused(t, c.text, c.want, func(path string) error { _, err := ReadHoldings(path, nil); return err })
	}
}
