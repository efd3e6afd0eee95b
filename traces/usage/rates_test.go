package usage

import (
	"maps"
	"strings"
	"testing"

	"trough.internal/models/billing"
)

const ratesHead = "instance_type,platform,tenancy,region,on_demand_usd,sp_ec2_usd,sp_compute_usd\n"

func TestAnEmptyRateIsUnpricedAndZeroIsNot(t *testing.T) {
	list, err := ReadRates(writeFile(t, "rates.csv", ratesHead+
		"m4.large,linux,default,us-east-1,0.10,0,\n"+
		"m4.large,Windows,dedicated,us-east-1,,1,0.0000125\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := billing.List{
		{Type: "m4.large", Region: "us-east-1"}: {OnDemand: 100_000, EC2Plan: 0, ComputePlan: billing.Unpriced},
		{Type: "m4.large", Region: "us-east-1", Platform: billing.Windows, Tenancy: billing.Dedicated}: {
			OnDemand: billing.Unpriced, EC2Plan: 1_000_000, ComputePlan: 13},
	}
	if !maps.Equal(list, want) {
		t.Errorf("%v\nexpected\n%v", list, want)
	}
}

func TestWhatIsWrongWithRatesIsNamedByLineAndValue(t *testing.T) {
	good := "m4.large,linux,default,us-east-1,0.10,0.08,0.09\n"
	with := func(from, to string) string { return ratesHead + strings.Replace(good, from, to, 1) }
	for _, c := range []struct{ text, want string }{
		{with("0.10", "-0.10"), `line 2, column 34: on_demand_usd is "-0.10": expected USD per hour, such as 0.10, or nothing where it is not known`},
		{with("0.08", "NaN"), `sp_ec2_usd is "NaN": expected USD per hour`},
		{with("0.09", "1e3"), `sp_compute_usd is "1e3": expected USD per hour`},
		{with("0.09", "."), `sp_compute_usd is ".": expected USD per hour`},
		{with("0.09", "1000001"), `sp_compute_usd is "1000001": expected USD per hour`},
		{with("m4.large", "m4"), `line 2, column 1: instance_type is "m4": expected family.size`},
		{with("linux", ""), `platform is "": expected linux`},
		{with("default", "x"), `tenancy is "x": expected default or dedicated`},
		{with("us-east-1", "us-east-1a"), `region is "us-east-1a": expected a region such as us-east-1`},
		{ratesHead + good + with("linux", "Linux/UNIX")[len(ratesHead):], `line 3: "m4.large", linux, default in us-east-1 has a second rate: expected one (the other is line 2)`},
		{strings.Replace(ratesHead, "sp_ec2_usd", "sp_ec_usd", 1), `line 1: column "sp_ec_usd" is unknown: did you mean sp_ec2_usd?`},
	} {
		checkRefused(t, c.text, c.want, func(path string) error { _, err := ReadRates(path); return err })
	}
}
