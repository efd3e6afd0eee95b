package convert

import (
	"math"
	"slices"
	"strings"
	"testing"

	"trough.internal/models"
	"trough.internal/models/settings"
)

func TestInstancesCountInTheMinutesThatTheySee(t *testing.T) {
	c := newCounts(600, 600+5*60, []models.PoolKey{{}})
	c.add(0, 0, 601, 1)      // sees the first minute only
	c.add(0, 661, 719, 10)   // sees none
	c.add(0, 661, 781, 100)  // the third and the fourth
	c.add(0, 780, 1e9, 1000) // the fourth and on
	if got := c.values(0); !slices.Equal(got, []int32{1, 0, 100, 1100, 1000}) {
		t.Error(got)
	}
}

func TestReservedIsALevelAboveThePeakRoundedUp(t *testing.T) {
	u := &inUse{values: [][]int32{{1, 20, 3}, {0, 0, 0}, {101, 1, 1}}}
	u.reserve(1.05)
	if !slices.Equal(u.reserved, []int32{21, 0, 107}) {
		t.Error(u.reserved)
	}
}

func TestTheBaseMakesTheSwingAShareOfTheWhole(t *testing.T) {
	day := func(low, high int32) []int32 {
		return append(slices.Repeat([]int32{low}, dayMinutes/2), slices.Repeat([]int32{high}, dayMinutes/2)...)
	}
	u := &inUse{values: [][]int32{append(day(10, 20), day(10, 40)...), day(100, 101)}}
	added := u.addBase(0.05)
	mean, daily := swingOf(u.values[0])
	if daily != 20 || math.Abs(daily/mean-0.05) > 0.001 {
		t.Errorf("the swing is %v of %v", daily, mean)
	}
	if added != int64(u.values[0][0]-10) || u.values[1][0] != 100 {
		t.Errorf("added %d; a pool that swings less already got %d", added, u.values[1][0]-100)
	}
}

func TestServiceInstancesByMinute(t *testing.T) {
	row := func(sn, cpu, created, deleted string) string {
		return sn + ",CN,a," + cpu + ",,,,,,,,,,," + created + ",," + deleted + "\n"
	}
	got := rows(t, "alibaba-dlrm-2025", "types: [48=m4.2xlarge, 64=r3.4xlarge]\nzones: [us-east-1b]\nlevel: 150%\nstart: 2015-10-05T00:02:00Z\nfrom: 2015-10-05T00:00:00Z\nuntil: 2015-10-05T01:00:00Z",
		map[string]string{"d.csv.gz": dlrmHead +
			row("i1", "48", "", "") + // always there
			row("i2", "48", "0.5", "119") + // sees 00:03 only
			row("i3", "64", "", "60") + // from before the start to 00:03
			row("i4", "64", "180", "240") + // 00:05
			row("i5", "24", "", "") + // no type
			row("i6", "64", "400", "401")}) // sees no minute
	same(t, got, "time,region,zone,instance_type,reserved,in_use",
		"2015-10-05T00:00:00Z,us-east-1,us-east-1b,m4.2xlarge,3,1",
		"2015-10-05T00:00:00Z,us-east-1,us-east-1b,r3.4xlarge,2,1",
		"2015-10-05T00:03:00Z,us-east-1,us-east-1b,m4.2xlarge,3,2",
		"2015-10-05T00:03:00Z,us-east-1,us-east-1b,r3.4xlarge,2,0",
		"2015-10-05T00:04:00Z,us-east-1,us-east-1b,m4.2xlarge,3,1",
		"2015-10-05T00:05:00Z,us-east-1,us-east-1b,r3.4xlarge,2,1",
		"2015-10-05T00:06:00Z,us-east-1,us-east-1b,r3.4xlarge,2,0")
}

var azureFiles = map[string]string{
	"flavors.csv":       "flavor,vcpu,memory_gb\nx,1,2\ny,2,4\nz,9,9\n",
	"lifetime_bins.csv": "bin,min_s,max_s\n0,0,0\n1,300,300\n2,600,600\n3,900,2100\n",
	"arrivals_lifetimes_day24-29.csv": "time_s,batch,flavor,lifetime,n\n" +
		"2100000,0,x,U1,2\n2100000,0,y,U2,1\n2100000,1,x,C3,1\n2100300,0,x,U3,1\n2100300,1,z,U1,5\n",
	"arrivals_day00-20.csv.gz": "time_s,batch,flavor,n\n300,0,x,4\n1494900,0,x,1\n1495200,0,y,1\n",
}

func TestMachinesWithRecordedLifetimes(t *testing.T) {
	got := rows(t, "azure-vm-2017", "part: last\nends: middle\nbase_age: 0s\nswing: 0%\nlevel: 100%\nscale: 2\ntypes: [x=m4.large, y=m4.xlarge]\nzones: [us-east-1a]\n"+
		"start: 2017-11-12T00:00:00Z\nfrom: 2017-12-06T07:15:00Z\nuntil: 2017-12-06T08:30:00Z", azureFiles)
	// The first stamp is 2017-12-06T07:20:00Z; bin 3's middle is 1500 s; what runs on never ends.
	same(t, got, "time,region,zone,instance_type,reserved,in_use",
		"2017-12-06T07:15:00Z,us-east-1,us-east-1a,m4.large,6,0",
		"2017-12-06T07:15:00Z,us-east-1,us-east-1a,m4.xlarge,2,0",
		"2017-12-06T07:20:00Z,us-east-1,us-east-1a,m4.large,6,6",
		"2017-12-06T07:20:00Z,us-east-1,us-east-1a,m4.xlarge,2,2",
		"2017-12-06T07:25:00Z,us-east-1,us-east-1a,m4.large,6,4",
		"2017-12-06T07:30:00Z,us-east-1,us-east-1a,m4.xlarge,2,0",
		"2017-12-06T07:50:00Z,us-east-1,us-east-1a,m4.large,6,2")
}

func TestAMachineOfAgeJoinsTheBase(t *testing.T) {
	got := rows(t, "azure-vm-2017", "part: last\nends: middle\nbase_age: 10m\nswing: 0%\nlevel: 100%\ntypes: [x=m4.large]\nzones: [us-east-1a]\n"+
		"from: 2017-12-06T07:20:00Z\nuntil: 2017-12-06T08:30:00Z", azureFiles)
	same(t, got, "time,region,zone,instance_type,reserved,in_use",
		"2017-12-06T07:20:00Z,us-east-1,us-east-1a,m4.large,3,3",
		"2017-12-06T07:25:00Z,us-east-1,us-east-1a,m4.large,3,2",
		"2017-12-06T07:30:00Z,us-east-1,us-east-1a,m4.large,3,1",
		"2017-12-06T07:35:00Z,us-east-1,us-east-1a,m4.large,3,0")
}

func TestEarlyArrivalsGetLifetimesAndTheGapAWeekBefore(t *testing.T) {
	bins := []azureBin{{0, 0}, {300, 300}, {600, 600}}
	late := []arrival{{time: azureLate, n: 1, bin: 2}}
	o := &AzureOptions{}
	settings.Defaults(o)
	o.Types, o.Zones, o.From, o.Age = []Rename{{"x", "m4.large"}}, []string{"us-east-1a"}, o.Start, 0
	p := newPlacer(o, []string{"x"}, bins)
	p.early([]arrival{{time: 300, n: 3}, {time: azureGap - week, n: 5}, {time: azureGap - week + 300, n: 7}, {time: azureLate - week, n: 9}}, newDonors(late, 1, 3))
	values := p.all.values(0)
	for at, want := range map[int]int32{0: 0, 300: 3, 600: 3, 900: 0, azureGap - week: 5, azureGap - week + 300: 12, azureGap: 0, azureGap + 300: 7, azureGap + 900: 0, azureLate - week: 9, azureLate: 0} {
		if got := values[at/60]; got != want {
			t.Errorf("%d machines at %d s, want %d", got, at, want)
		}
	}
}

func TestARequestsMachinesGoRoundTheZones(t *testing.T) {
	o := &AzureOptions{}
	settings.Defaults(o)
	o.Types, o.From, o.Age = []Rename{{"x", "m4.large"}}, o.Start, 0
	p := newPlacer(o, []string{"x"}, []azureBin{{300, 300}})
	p.late([]arrival{{time: 300, batch: 4, n: 5}, {time: 300, batch: 4, n: 2}})
	var sizes []int32
	for zone := range o.Zones {
		sizes = append(sizes, p.all.values(zone)[5])
	}
	if slices.Sort(sizes); !slices.Equal(sizes, []int32{2, 2, 3}) {
		t.Errorf("7 machines in the zones: %v, want 2, 2 and 3", sizes)
	}
}

func TestADonorIsStretchedOverARequest(t *testing.T) {
	d := donor{rows: []arrival{{n: 1, bin: 7}, {n: 3, bin: 9, cut: true}}, n: 4}
	var bins []int16
	for k := range int64(8) {
		bin, cut := d.machine(k, 8)
		if cut != (bin == 9) {
			t.Errorf("bin %d, cut %v", bin, cut)
		}
		bins = append(bins, bin)
	}
	if !slices.Equal(bins, []int16{7, 7, 9, 9, 9, 9, 9, 9}) {
		t.Error(bins)
	}
	if bin, _ := d.machine(0, 1); bin != 7 {
		t.Error(bin)
	}
}

func TestDonorsAreAlikeWhereThereAreEnough(t *testing.T) {
	var rows []arrival
	for i := range int32(30) {
		rows = append(rows, arrival{time: 300, batch: i, n: 1, flavor: 0, bin: 1}, arrival{time: 300 + 43200, batch: i, n: 1, flavor: 0, bin: 2}, arrival{time: 300, batch: i, n: 30, flavor: 1, bin: 3})
	}
	slices.SortStableFunc(rows, func(a, b arrival) int { return int(a.time - b.time) })
	d := newDonors(rows, 3, 4)
	for _, test := range []struct {
		a    arrival
		bins []int16
	}{
		{arrival{time: 600, n: 1, flavor: 0}, []int16{1}},          // same size and quarter of the day
		{arrival{time: 600 + 43200, n: 1, flavor: 0}, []int16{2}},  //
		{arrival{time: 600, n: 1, flavor: 1}, []int16{3}},          // same flavor
		{arrival{time: 600, n: 1, flavor: 2}, []int16{1, 3}},       // same quarter
		{arrival{time: 600, n: 100, flavor: 0}, []int16{1, 2}},     // same flavor
		{arrival{time: 70000, n: 1, flavor: 2}, []int16{1, 2, 3}},  // any
		{arrival{time: 600 + 43200, n: 1, flavor: 2}, []int16{2}},  // same quarter
		{arrival{time: 600 + 86400, n: 30, flavor: 1}, []int16{3}}, // the day does not matter
	} {
		for _, draw := range []float64{0.0001, 0.5, 0.9999} {
			if bin, _ := d.pick(test.a, draw).machine(0, 1); !slices.Contains(test.bins, bin) {
				t.Errorf("%+v at %v: bin %d, want one of %v", test.a, draw, bin, test.bins)
			}
		}
	}
}

func TestSurvivalIsKaplanAndMeiers(t *testing.T) {
	// 10 machines: 2 end in bin 0; 4 are cut off in bin 1 after 2 ended there; of the last 2, one ends in bin 2.
	l := lives{ended: []int64{2, 2, 1, 0}, cut: []int64{0, 4, 1, 0}, machines: 10}
	want := []float64{0.8, 0.8 * 0.75, 0.8 * 0.75 * 0.5, 0.8 * 0.75 * 0.5}
	for b, s := range l.survival() {
		if math.Abs(s-want[b]) > 1e-12 {
			t.Errorf("bin %d: %v, want %v", b, s, want[b])
		}
	}
	d := &donors{survival: [][]float64{l.survival()}}
	for _, test := range []struct {
		bin  int16
		draw float64
		want int16
	}{{0, 0.99, 1}, {0, 0.76, 1}, {0, 0.74, 2}, {0, 0.3, 3}, {1, 0.51, 2}, {1, 0.49, 3}, {3, 0.9, 3}} {
		if got := d.beyond(0, test.bin, test.draw); got != test.want {
			t.Errorf("past bin %d at %v: bin %d, want %d", test.bin, test.draw, got, test.want)
		}
	}
}

func TestMachinesOfOtherSizesAreLeftOut(t *testing.T) {
	got := rows(t, "huawei-east-1-vm", "types: [1c2g=c5.large]\nzones: [us-east-1a]\nswing: 0%\nlevel: 100%\nstart: 2019-09-02T00:00:00Z\nfrom: 2019-09-02T00:01:00Z\nuntil: 2019-09-02T01:00:00Z",
		map[string]string{"vm_lifetimes_x.csv": "vmid,cpu,mem,at,lt\n0,1,2,0.0,90.0\n1,1,2,30.5,1000\n2,8,8,31,9\n3,1,2,240.0,0.5\n"})
	same(t, got, "time,region,zone,instance_type,reserved,in_use",
		"2019-09-02T00:01:00Z,us-east-1,us-east-1a,c5.large,2,2",
		"2019-09-02T00:02:00Z,us-east-1,us-east-1a,c5.large,2,1")
}

func TestABatchGoesRoundTheZones(t *testing.T) {
	batches := map[string]*batch{}
	first := batches["x"].next(5, batches, "x")
	if got := batches["x"].next(14, batches, "x"); got != first+1 {
		t.Errorf("in a batch: %d after %d", got, first)
	}
	if got := batches["x"].next(24.5, batches, "x"); got == first+2 {
		t.Error("eleven seconds later it is another batch")
	}
}

func TestSpanAndPlacesAreChecked(t *testing.T) {
	for _, bad := range []string{"zones: []", "zones: [us-east-1]", "zones: [us-east-1a, us-east-1a]", "types: [48=a.b, 48=c.d]", "types: [48]", "from: 2015-10-05T00:00:30Z", "until: 2015-10-05T00:00:00Z", "level: -1%"} {
		f, _ := Find("alibaba-dlrm-2025")
		if err := settings.Decode("o", []byte(bad), f.Options()); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestServicesFollowTheirSeriesEvenlyOverTheZones(t *testing.T) {
	var o DiurnalOptions
	settings.Defaults(&o)
	o.Size = 0.1
	history := 2 * dayMinutes
	requests := make([]float64, history+dayMinutes)
	for i := range requests {
		requests[i] = 1000 - 900*math.Cos(2*math.Pi*float64(i)/dayMinutes)
	}
	u := runServices(map[string][]float64{"nasa": requests, "taxi": requests}, history, &o)
	total := func(minute int) (n int32) {
		for p := range u.pools {
			n += u.values[p][minute]
		}
		return n
	}
	if night, noon := total(30), total(dayMinutes/2+90); noon < 3*night || noon < 1000 {
		t.Errorf("at night %d, at noon %d instances", night, noon)
	}
	kinds := len(u.pools) / len(o.Zones)
	for k := range kinds {
		a, b, c := u.values[k], u.values[kinds+k], u.values[2*kinds+k]
		for m := range a {
			if max(a[m], b[m], c[m])-min(a[m], b[m], c[m]) > 3 {
				t.Fatalf("%s in minute %d: %d, %d, %d", u.pools[k].Type, m, a[m], b[m], c[m])
			}
		}
	}
}

func TestAServiceIsWholeOverTheZones(t *testing.T) {
	for size := range 20 {
		for turn := range 5 {
			sum := 0
			for z := range 3 {
				sum += (size + (z+turn)%3) / 3
			}
			if sum != size {
				t.Errorf("%d instances become %d", size, sum)
			}
		}
	}
}

func TestASeriesIsMovedByWeeksAndHolesAreFilled(t *testing.T) {
	s := &series{name: "s"}
	for m := range 3 * dayMinutes {
		if m < 5000 {
			if m != 100 {
				s.add(models.Instant(m*60), float64(m))
			}
		}
	}
	got, err := minuteSeries(s, 1, 1, week-dayMinutes*60, 3*dayMinutes)
	if err != nil {
		t.Fatal(err)
	}
	if got[dayMinutes+7] != 7 || got[7] != 7 || got[dayMinutes+100] != 99 || got[2*dayMinutes+5] != dayMinutes+5 {
		t.Error(got[7], got[dayMinutes+7], got[dayMinutes+100], got[2*dayMinutes+5])
	}
	if _, err := minuteSeries(s, 1, 1, week, 6*dayMinutes); err == nil || !strings.Contains(err.Error(), "does not cover the span") {
		t.Error(err)
	}
	steps := &series{name: "s", times: []models.Instant{0, 1800}, values: []float64{30, 30}}
	for range 200 {
		steps.add(steps.times[len(steps.times)-1]+1800, 30)
	}
	got, err = minuteSeries(steps, 0, 30, 0, 2*dayMinutes)
	if err != nil || slices.Max(got) != 1 || slices.Min(got) != 1 {
		t.Error(err, slices.Max(got))
	}
}
