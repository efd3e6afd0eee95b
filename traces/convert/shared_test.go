package convert

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/traces"
)

// sharedData is the folder of the recorded sets. Their licences keep them out of the project.
func sharedData(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("TROUGH_SHARED_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("skipped: no recorded sets in %s (TROUGH_SHARED_DATA names their folder)", dir)
	}
	return dir
}

// shared returns a set's folder, or skips.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(sharedData(t), name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("skipped: %s is not there", dir)
	}
	return dir
}

func read(t *testing.T, name string) *conversion {
	t.Helper()
	f, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	files, err := inputFiles([]string{shared(t, name)})
	if err != nil {
		t.Fatal(err)
	}
	return &conversion{format: &f, in: files, progress: func(line string) { t.Log(line) }}
}

// extremes are the smallest and largest total over all pools from a minute on.
func extremes(u *inUse, from int) (low, high int) {
	low = 1 << 40
	for m := from; m < len(u.values[0]); m++ {
		total := 0
		for p := range u.values {
			total += int(u.values[p][m])
		}
		low, high = min(low, total), max(high, total)
	}
	return low, high
}

// "In use at once, all: 4,154 to 5,610", to the second; we look at minutes.
func TestSharedServiceInstancesAreThoseOfTheirREADME(t *testing.T) {
	c := read(t, "alibaba-dlrm-2025")
	var o DLRMOptions
	settings.Defaults(&o)
	o.Types = append(o.Types, Rename{"24", "m4.large"}, Rename{"72", "m4.large"})
	u, rest, err := readDLRM(c.in, &o)
	if err != nil || rest != 0 {
		t.Fatal(rest, err)
	}
	if low, high := extremes(u, 241); low < 4154 || low > 4160 || high > 5610 || high < 5604 {
		t.Errorf("in use %d to %d, want 4154 to 5610", low, high)
	}
}

// derived reads one of the counts that the sets' maker derived: total by time.
func derived(t *testing.T, path string) map[int]int32 {
	t.Helper()
	table, err := openAnyTable(path)
	if err != nil {
		t.Fatal(err)
	}
	totals := map[int]int32{}
	for table.next() {
		totals[int(table.whole("time_s", 0, 1<<30))] = int32(table.whole("total", 0, 1<<30))
	}
	if err := table.close(); err != nil {
		t.Fatal(err)
	}
	return totals
}

// compare holds a trace's totals against derived ones, every 5 minutes.
func compare(t *testing.T, u *inUse, start models.Instant, want map[int]int32) {
	t.Helper()
	compared, wrong := 0, 0
	for at, total := range want {
		m := int(start+models.Instant(at)-u.from) / 60
		if m < 0 || m >= len(u.values[0]) {
			continue
		}
		got := int32(0)
		for p := range u.values {
			got += u.values[p][m]
		}
		compared++
		if got != total {
			wrong++
		}
	}
	if compared < 1000 || wrong > 0 {
		t.Errorf("%d of %d totals differ", wrong, compared)
	}
}

func TestSharedAzureCountsAreThoseDerivedFromIt(t *testing.T) {
	c := read(t, "azure-vm-2017")
	var o AzureOptions
	settings.Defaults(&o)
	o.Part, o.Ends, o.Age, o.From = "last", "middle", 0, o.Start+azureLate
	u, err := c.azureInUse(&o)
	if err != nil {
		t.Fatal(err)
	}
	path, _ := c.file("in_use_5min_derived")
	compare(t, u, o.Start, derived(t, path))
	// "last two days total 17,039 to 26,721"
	if low, high := extremes(u, (28*86400-azureLate)/60); low != 17039 || high != 26721 {
		t.Errorf("the last two days total %d to %d, want 17039 to 26721", low, high)
	}
}

func TestSharedAzureArrivalsAreAllThere(t *testing.T) {
	c := read(t, "azure-vm-2017")
	flavors, err := c.azureFlavors()
	if err != nil || len(flavors) != 16 {
		t.Fatal(flavors, err)
	}
	bins, err := c.azureBins()
	if err != nil || len(bins) != 46 {
		t.Fatal(len(bins), err)
	}
	for _, test := range []struct {
		beginning      string
		rows, machines int
		cut            int
	}{{"arrivals_day", 381306, 1200998, 0}, {"arrivals_lifetimes", 198156, 410276, 23311}} {
		rows, err := c.azureArrivals(test.beginning, flavors, bins)
		if err != nil {
			t.Fatal(err)
		}
		machines, cut := 0, 0
		for _, a := range rows {
			machines += int(a.n)
			if a.cut {
				cut += int(a.n)
			}
		}
		if len(rows) != test.rows || machines != test.machines || cut != test.cut {
			t.Errorf("%s: %d rows, %d machines, %d cut off, want %d, %d and %d", test.beginning, len(rows), machines, cut, test.rows, test.machines, test.cut)
		}
	}
}

func TestSharedHuaweiCountsAreThoseDerivedFromIt(t *testing.T) {
	c := read(t, "huawei-east-1-vm")
	var o HuaweiOptions
	settings.Defaults(&o)
	o.From = o.Start
	u, err := c.huaweiInUse(&o)
	if err != nil {
		t.Fatal(err)
	}
	path, _ := c.file("in_use_5min_derived")
	compare(t, u, o.Start, derived(t, path))
}

// The rows of each set, and of what it becomes.
func TestSharedSetsHaveTheRowsOfTheirREADMEs(t *testing.T) {
	dir := sharedData(t)
	for _, test := range []struct{ format, options, want string }{
		{"alibaba-genai-2026", "", "left out: 15 requests"},
		{"alibaba-openb-2023", "", "left out: 484 tasks"},
		{"wagap-2013-jobs", "until: 2016-01-01T00:00:00Z", " of 8196 titles "}, // 8,198 less two of negative run time
		{"ec2-spot-2015", "", "of 184451 rows"},                                // 104,906 + 79,545
		{"ec2-spot-2016", "", "of 269298 rows"},                                // 127,710 + 141,588
		{"ec2-spot-2020-sa-east-1", "", "of 62318 rows"},                       // 41,167 + 21,151
		{"ec2-spot-2021", "", "of 213717 rows"},                                // the five zones
		{"ec2-spot-2021", "", " prices of 991 pools"},                          //
		{"ec2-spot-advisor", "", "4294 rows"},                                  //
		{"ec2-catalog-2015", "", "158 types"},                                  //
		{"ec2-catalog-2017-2023", "list: 2017-03", "275 types"},                //
		{"ec2-catalog-2017-2023", "list: 2019-04", "609 types"},                //
		{"ec2-catalog-2017-2023", "list: 2023-08", "647 types"},                //
		{"ec2-ondemand-2026", "", "left out: 266 types"},                       //
		{"ec2-ondemand-2026", "", "1101 types"},                                // 1,367 priced less 266
		{"ec2-reserved-monthly", "", "266 types"},                              //
		{"cloud-totals-2019", "", "30240 values of 5 series"},                  // 6,048 rows, two and three columns
		{"cloud-totals-2019", "", "swings by 4.8 %"},                           // "4-5 % as a rule"
		{"nasa-http-1995", "", "39693 values of 1 series"},                     //
		{"nab-cloudwatch", "", "53151 values of 8 series"},                     // 4,032 x 5 + 18,050 + 4,621 + 10,320
		{"video-transcode-times", "", "72 fits"},                               // 18 formats on 4 machines
		{"spot-availability-skypilot", "", "of 13 pools"},                      //
	} {
		f, _ := Find(test.format)
		ending := ".parquet"
		if f.checkOut("x.parquet") != nil {
			ending = ".csv"
		}
		out := filepath.Join(t.TempDir(), "out"+ending)
		var said strings.Builder
		if _, err := os.Stat(filepath.Join(dir, f.Name)); err != nil {
			t.Logf("skipped %s: not there", f.Name)
			continue
		}
		err := f.Convert([]string{filepath.Join(dir, f.Name)}, out, options(t, f.Name, test.options), func(line string) { said.WriteString(line + "\n") })
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		if !strings.Contains(said.String(), test.want) {
			t.Errorf("%s: %s, want %s", f.Name, said.String(), test.want)
		}
		readBack(t, f, out)
	}
}

func TestSharedRequestsAddUp(t *testing.T) {
	s, err := read(t, "nasa-http-1995").readNASA()
	if err != nil {
		t.Fatal(err)
	}
	sum, high := 0.0, 0.0
	for _, v := range s.values {
		sum, high = sum+v, max(high, v)
	}
	if sum != 1891713 || high != 405 {
		t.Errorf("%v requests, at most %v a minute, want 1891713 and 405", sum, high)
	}
}

// Recorded gives the same bytes every time, and each trace can be read.
func TestSharedRecordedScenariosAreTheSameEveryTime(t *testing.T) {
	from := sharedData(t)
	if long, _ := strconv.ParseBool(os.Getenv("TROUGH_LONG")); !long && testing.Short() {
		t.Skip("skipped: it takes half a minute")
	}
	dirs := [2]string{t.TempDir(), t.TempDir()}
	for _, dir := range dirs {
		if err := Recorded(from, dir, func(line string) { t.Log(strings.TrimPrefix(line, dir+"/")) }); err != nil {
			t.Fatal(err)
		}
	}
	files := 0
	filepath.WalkDir(dirs[0], func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		a, _ := os.ReadFile(path)
		b, _ := os.ReadFile(filepath.Join(dirs[1], strings.TrimPrefix(path, dirs[0])))
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs", path)
		}
		return nil
	})
	if files != 24 {
		t.Errorf("%d files, want 24", files)
	}
	for _, name := range []string{Recorded2015 + "/capacity", RecordedVM + "/azure-capacity", RecordedVM + "/huawei-capacity", RecordedDiurnal + "/capacity"} {
		c, meta, err := traces.ReadCapacity(filepath.Join(dirs[0], name+".parquet"))
		if err != nil || meta.Recorded == "" || meta.Assumed == "" || meta.Source == "" {
			t.Errorf("%s: %v, %+v", name, err, meta)
			continue
		}
		jobs, meta, err := traces.ReadJobs(filepath.Join(dirs[0], strings.Replace(name, "capacity", "jobs", 1)+".parquet"))
		if err != nil || meta.Recorded == "" || meta.Assumed == "" {
			t.Errorf("%s: %v, %+v", name, err, meta)
			continue
		}
		if first, last := jobs.Jobs[0].Arrival, jobs.Jobs[len(jobs.Jobs)-1].Arrival; first < c.From || last >= c.Until+86400 {
			t.Errorf("%s: jobs from %s to %s, capacity from %s to %s", name, first, last, c.From, c.Until)
		}
	}
}
