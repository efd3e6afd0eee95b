package catalog

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trough.internal/models"
)

func day(year int, month time.Month, d int) models.Instant {
	return models.InstantOf(time.Date(year, month, d, 0, 0, 0, 0, time.UTC))
}

func TestPricesAreThoseOfTheDate(t *testing.T) {
	for _, test := range []struct {
		date     models.Instant
		region   string
		name     string
		onDemand models.MicroUSDPerHour
		term     Term
		reserved models.MicroUSDPerHour
	}{
		{day(2015, 10, 5), "us-east-1", "r3.4xlarge", 1_400_000, OneYearNoUpfront, 880_000},
		{day(2015, 10, 5), "eu-west-1", "m4.4xlarge", 1_112_000, OneYearAllUpfront, 705_600},
		{day(2016, 12, 31), "us-east-1", "c4.8xlarge", 1_763_000, ThreeYearPartialUpfront, 731_500},
		{day(2017, 3, 1), "us-east-1", "c4.8xlarge", 1_591_000, ThreeYearPartialUpfront, 661_000},
		{day(2030, 1, 1), "us-east-1", "c5.2xlarge", 340_000, OneYearNoUpfront, 214_000},
	} {
		got, err := Lookup(test.date, test.region, test.name)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		price, err := got.Price(test.term)
		if err != nil || got.OnDemand != test.onDemand || price != test.reserved {
			t.Errorf("%s on %s: on-demand %d, %s %d (%v), want %d and %d", test.name, test.date, got.OnDemand, test.term, price, err, test.onDemand, test.reserved)
		}
	}
}

func TestShapeOfTheReferenceType(t *testing.T) {
	got, err := Lookup(day(2015, 10, 5), "us-east-1", "r3.4xlarge")
	if err != nil || got.VCPUs != 16 || got.MemoryMiB != 122*1024 || got.ECU != 52 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhatIsNotKnownNamesTheNearest(t *testing.T) {
	for _, test := range []struct {
		date         models.Instant
		region, name string
		want         string
	}{
		{day(2015, 10, 5), "us-east-1", "r3.4xlrage", "did you mean r3.4xlarge?"},
		{day(2015, 10, 5), "us-east-1", "m5.24xlarge", `catalog of 2015-08-02: no type "m5.24xlarge" in us-east-1`},
		{day(2015, 10, 5), "us-east-1", "zzzzzzzzzz", "it lists 43 types, from c1.medium to r3.xlarge"},
		{day(2015, 10, 5), "sa-east-1", "r3.4xlarge", "it lists the regions [eu-west-1 us-east-1 us-west-2]"},
		{day(2015, 8, 1), "us-east-1", "r3.4xlarge", "the first is of 2015-08-02T00:00:00Z"},
	} {
		_, err := Lookup(test.date, test.region, test.name)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s in %s: %v, want %q", test.name, test.region, err, test.want)
		}
	}
	if _, err := (History{}).Lookup(0, "r", "t.x"); err == nil {
		t.Error("an empty history knows a type")
	}
}

func TestATermThatWasNotOfferedIsAnError(t *testing.T) {
	got, _ := Lookup(day(2015, 10, 5), "us-east-1", "r3.4xlarge")
	_, err := got.Price(ThreeYearNoUpfront)
	if err == nil || !strings.Contains(err.Error(), "no 3y-no-upfront reservation was offered, only 1y-no-upfront, ") {
		t.Error(err)
	}
}

func TestTermsReadWhatTheyWrite(t *testing.T) {
	for i := range Terms {
		text, _ := i.MarshalText()
		var back Term
		if err := back.UnmarshalText(text); err != nil || back != i {
			t.Errorf("%s reads as %s, %v", i, back, err)
		}
	}
	var term Term
	if err := term.UnmarshalText([]byte("1y-noupfront")); err == nil || !strings.Contains(err.Error(), `"1y-no-upfront"`) {
		t.Error(err)
	}
}

// Every reservation is cheaper than on-demand, and paying earlier or longer is never dearer: what a slip of a column breaks.
func TestBuiltInPricesAreInOrder(t *testing.T) {
	for _, c := range Builtin() {
		for _, x := range c.Types() {
			p := x.Reserved
			for term, price := range p {
				if price >= x.OnDemand {
					t.Errorf("%s: %s in %s: %s costs %d of %d", c.Name, x.Name, x.Region, Term(term), price, x.OnDemand)
				}
			}
			ordered := p[OneYearNoUpfront] > p[OneYearPartialUpfront] && p[OneYearPartialUpfront] > p[OneYearAllUpfront] &&
				p[ThreeYearPartialUpfront] > p[ThreeYearAllUpfront] && p[ThreeYearAllUpfront] > 0 && p[OneYearAllUpfront] > p[ThreeYearPartialUpfront]
			if !ordered || x.ECU == 0 || x.VCPUs == 0 {
				t.Errorf("%s: %+v", c.Name, x)
			}
		}
	}
}

func TestNormSaysWhatItRestsOn(t *testing.T) {
	reference := Type{Name: "r3.4xlarge", VCPUs: 16, ECU: 52}
	for _, test := range []struct {
		name     string
		t        Type
		measured float64
		want     int32
		by       NormSource
		assumed  bool
	}{
		{"itself", reference, 0, 1000, ByDefinition, false},
		{"measured before rated", Type{Name: "c5.2xlarge", VCPUs: 8, ECU: 34}, 0.7, 700, Measured, false},
		{"104 of 52", Type{Name: "r3.8xlarge", VCPUs: 32, ECU: 104}, 0, 2000, ByECU, true},
		{"132 of 52, not 36 of 16", Type{Name: "c4.8xlarge", VCPUs: 36, ECU: 132}, 0, 2538, ByECU, true},
		{"26 of 52", Type{Name: "m3.2xlarge", VCPUs: 8, ECU: 26}, 0, 500, ByECU, true},
		{"not rated, 36 of 16", Type{Name: "m7i.x", VCPUs: 36}, 0, 2250, ByVCPU, true},
		{"never stands still", Type{Name: "t.x", ECU: 0.001}, 0, 1, ByECU, true},
	} {
		got, by := Norm(test.t, reference, test.measured)
		if got != test.want || by != test.by || by.Assumed() != test.assumed {
			t.Errorf("%s: %d by %s (assumed %v), want %d by %s", test.name, got, by, by.Assumed(), test.want, test.by)
		}
	}
}

func TestFactorsOfSizes(t *testing.T) {
	for name, want := range map[string]float64{"t2.nano": 0.25, "t2.micro": 0.5, "t2.small": 1, "t2.medium": 2, "m4.large": 4,
		"m4.xlarge": 8, "r3.4xlarge": 32, "c4.8xlarge": 64, "m4.10xlarge": 80, "c5.18xlarge": 144, "u-12tb1.112xlarge": 896,
		"i3.metal": 128, "u-6tb1.metal": 896, "c6i.metal": 256, "m7i.metal-24xl": 192, "c8i.metal-96xl": 768, "u7i-12tb.224xlarge": 1792} {
		if got, err := Factor(name); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", name, got, err, want)
		}
	}
	for _, name := range []string{"", "r3", ".large", "r3.huge", "r3.1xlarge", "r3.04xlarge", "r3.-4xlarge", "x9.metal",
		"m7i.metal-24xlarge", "m7i.metal-xl", "m7i.metal-", "m7i.24xl", "mac1.metal"} {
		if got, err := Factor(name); err == nil {
			t.Errorf("%s has factor %v", name, got)
		}
	}
}

const ours = "region,type,vcpus,memory_mib,ecu,on_demand,1y_no_upfront\n"

func TestParseRefusesWithFileLineAndColumn(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "x.csv: empty"},
		{"region,type\n", "x.csv:1:1: no column for vcpus"},
		{"region,type,vcpus,memory_mib,on_demand,1y_noupfront\n", `x.csv:1:40: unknown column "1y_noupfront": did you mean "1y_no_upfront"?`},
		{"region,type,vcpus,memory_mib,memory,on_demand\nr,t.x,1,1,1,1\nr,t.x,1,1,1,1\n", "x.csv:3:3: t.x in r was already given"},
		{"region,type,type,vcpus,memory_mib,on_demand\n", `x.csv:1:13: column "type" was already given`},
		{ours, "x.csv: no types"},
		{ours + "r,t.x,1,1,1,NaN,0.1\n", `x.csv:2:13: on_demand is "NaN": expected a price`},
		{ours + "r,t.x,1,1,1,1,-0.1\n", `x.csv:2:15: 1y-no-upfront is "-0.1": expected a price`},
		{ours + "r,t.x,1,1,1,1,+Inf\n", `x.csv:2:15: 1y-no-upfront is "+Inf": expected a price`},
		{ours + "r,t.x,1,1,1,1e300,\n", `x.csv:2:13: on_demand`},
		{ours + "# a remark\nr,t.x,0,1,1,1,\n", `x.csv:3:7: vcpus is "0": expected a positive number`},
		{ours + "r,t.x,NaN,1,1,1,\n", `x.csv:2:7: vcpus is "NaN"`},
		{ours + "r,t.x,1.5,1,1,1,\n", `x.csv:2:7: vcpus is "1.5"`},
		{ours + "r,t.x,1,Inf,1,1,\n", `x.csv:2:9: memory_mib is "Inf"`},
		{ours + "r,t.x,1,1,nan,1,\n", `x.csv:2:11: ecu is "nan"`},
		{ours + "r,tx,1,1,1,1,\n", `x.csv:2:3: type is "tx": expected family.size`},
		{ours + ",t.x,1,1,1,1,\n", `x.csv:2:1: region is ""`},
		{ours + "r,t.x,1,1\n", `x.csv:2:1: wrong number of fields`},
		{ours + "r,t.\"x,1,1,1,1,\n", `x.csv:2:5: bare "`},
		{"Instance type,CPU cores,Memory(GB),Linux OD cost in a,Linux Spot cost in b\n", "x.csv:1:55: column"},
	} {
		c, err := Parse("x.csv", []byte(test.text))
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q gives %v, %v, want %q", test.text, c, err, test.want)
		}
	}
}

func TestParseKnowsTheOtherLayouts(t *testing.T) {
	for _, test := range []struct {
		text, region string
		want         Type
	}{
		{"region,instance_type,family,vCPU,memory,ECU,linux.ondemand,linux.reserved.yrTerm1.noUpfront\nr,t2.micro,x,1,0.613,variable,0.02,\n", "r",
			Type{Region: "r", Name: "t2.micro", VCPUs: 1, MemoryMiB: 628, OnDemand: 20_000}},
		{"region,instance_type,vCPU,memory,ECU,linux.ondemand,linux.reserved.yrTerm3Convertible.allUpfront,linux.reserved.yrTerm1Standard.partialUpfront\nr,a1.large,2,4.0,0,0.051,0.022983,0.030597\n", "r",
			Type{Region: "r", Name: "a1.large", VCPUs: 2, MemoryMiB: 4096, OnDemand: 51_000,
				Reserved: [Terms]models.MicroUSDPerHour{ThreeYearConvertibleAllUpfront: 22_983, OneYearPartialUpfront: 30_597}}},
		{"Instance type,CPU,Arch,CPU cores,Memory(GB),Linux OD cost in r,Windows OD cost in r,Linux Standard RI 1y AllUpfront cost in r\na1.large,\"a, b\",arm64,2,4,0.051,0,0.030023\n", "r",
			Type{Region: "r", Name: "a1.large", VCPUs: 2, MemoryMiB: 4096, OnDemand: 51_000,
				Reserved: [Terms]models.MicroUSDPerHour{OneYearAllUpfront: 30_023}}},
	} {
		c, err := Parse("x", []byte(test.text))
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if got, err := c.Lookup(test.region, test.want.Name); err != nil || got != test.want {
			t.Errorf("%+v, %v, want %+v", got, err, test.want)
		}
	}
}

func TestATypeWithoutAPriceIsNotFree(t *testing.T) {
	c, err := Parse("x", []byte(ours+"r,t.x,1,1,,0,0\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Lookup("r", "t.x"); err == nil || !strings.Contains(err.Error(), "has no on-demand price") {
		t.Error(err)
	}
	if _, err := c.Lookup("r", "t.y"); err == nil || !strings.Contains(err.Error(), "it lists no prices there") {
		t.Error(err)
	}
}

// The full lists are not part of the project; they hold the same figures as the built-in ones.
func TestFullListsAgreeWithTheBuiltInOnes(t *testing.T) {
	dir := sharedData(t)
	for _, test := range []struct {
		file  string
		types int
		same  int // index of the built-in list of that day, or -1
	}{
		{"ec2-catalog-2015/instances_linux.csv", 158, 0},
		{"ec2-catalog-2017-2023/instances_linux_2017-03.csv", 275, 1},
		{"ec2-catalog-2017-2023/instances_linux_2019-04.csv", 609, 2},
		{"ec2-catalog-2017-2023/us-east-1_2023-08.csv", 647, -1},
	} {
		text, err := os.ReadFile(filepath.Join(dir, test.file))
		if err != nil {
			t.Logf("skipped %s: not there", test.file)
			continue
		}
		c, err := Parse(test.file, text)
		if err != nil {
			t.Error(err)
			continue
		}
		if n := len(c.Types()); n != test.types {
			t.Errorf("%s: %d types, want %d", test.file, n, test.types)
		}
		if test.same < 0 {
			continue
		}
		for _, x := range Builtin()[test.same].Types() {
			full, err := c.Lookup(x.Region, x.Name)
			for term := OneYearConvertibleNoUpfront; term < Terms; term++ {
				full.Reserved[term] = 0 // the built-in lists leave these out
			}
			if err != nil || full != x {
				t.Errorf("%s: %+v, %v, built in %+v", test.file, full, err, x)
			}
		}
	}
}

func FuzzParseAcceptsOnlySoundPrices(f *testing.F) {
	f.Add([]byte(ours + "r,t.x,1,1,1,0.5,0.1\n"))
	f.Add([]byte("Instance type,CPU cores,Memory(GB),Linux OD cost in r\na1.large,2,4,0.051\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse("x", text)
		if err != nil {
			if strings.ContainsRune(err.Error(), '\n') {
				t.Errorf("not one line: %q", err)
			}
			return
		}
		for _, x := range c.Types() {
			if x.OnDemand < 0 || x.VCPUs < 1 || x.MemoryMiB < 1 || math.IsNaN(x.ECU) || x.ECU < 0 || x.Region == "" {
				t.Errorf("%+v", x)
			}
		}
	})
}

// sharedData is the folder of recorded data, TROUGH_SHARED_DATA or shared/data beside or above the module.
func sharedData(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("TROUGH_SHARED_DATA"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if data := filepath.Join(dir, "shared", "data"); isDir(data) {
			return data
		}
		dir = filepath.Dir(dir)
	}
	t.Skip("skipped: no recorded data: set TROUGH_SHARED_DATA to the folder that holds ec2-catalog-2015")
	return ""
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
