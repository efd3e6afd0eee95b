package usage

import (
	"strings"
	"testing"

	"trough.internal/models"
	"trough.internal/models/billing"
)

// What the readers accept is billed, by the rules of any time; what they refuse they refuse in one line with the file.
func FuzzWhatIsAcceptedIsBilled(f *testing.F) {
	rates := ratesHead + "m4.large,linux,default,us-east-1,0.1,0.05,\nq9.large,suse,dedicated,us-east-1,,,1\n"
	held := func(kind, what, where, count string) string {
		return "h-" + kind + ",A," + kind + "," + what + "," + where + ",linux,default," + count + ",2017-10-05T09:30:00Z,2017-10-05T12:59:59Z\n"
	}
	holdings := holdingsHead + held("ri-zonal", "m4.large", "us-east-1a", "1") + held("ri-regional", "m4.large", "us-east-1", "2") +
		held("capacity", "m4.large", "us-east-1a", "3") + held("sp-ec2", "q9", "us-east-1", "0.5") + held("sp-compute", "", "*", "1")
	f.Add(usageHead+usageRows("i", "10 600", "11 3600", "12 1")+usageRows("j", "11 0"), holdings, rates, uint32(1507197600))
	f.Add(usageHead+strings.ReplaceAll(usageRows("i", "10 10"), "m4.large,us-east-1a,linux,default", "q9.large,us-east-1c,suse,dedicated"), holdings, rates, uint32(0))
	f.Add("# remark\n"+usageHead, "", "", uint32(1500000000))
	f.Fuzz(func(t *testing.T, usageText, holdingsText, ratesText string, date uint32) {
		refused := func(err error) bool {
			if err != nil && (strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "x.csv: ")) {
				t.Errorf("%q", err)
			}
			return err != nil
		}
		rates, err := readRates("x.csv", strings.NewReader(ratesText))
		refused(err)
		holdings, err := readHoldings("x.csv", strings.NewReader(holdingsText), rates)
		refused(err)
		u, err := readUsage("x.csv", strings.NewReader(usageText), rates)
		if refused(err) {
			return
		}
		in := billing.Input{Runs: u.Runs, Holdings: holdings, Rates: rates, Rules: billing.RulesAt(models.Instant(date)),
			From: u.From, Until: min(u.Until, u.From+1000*3600)} // a year that is mistyped makes a span of ages
		if _, err := billing.Make(in); err != nil && !strings.Contains(err.Error(), "million million") {
			t.Error(err)
		}
	})
}
