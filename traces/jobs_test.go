package traces

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
)

func drawJobs(t *rapid.T) *models.Jobs {
	jobs := &models.Jobs{}
	number := func(most int, name string) int32 { return int32(rapid.IntRange(0, most).Draw(t, name)) }
	at := models.Instant(1443657600)
	formats := map[string]models.FormatID{}
	for i := range rapid.IntRange(0, 30).Draw(t, "jobs") {
		at += models.Instant(number(100, "gap"))
		format := rapid.SampledFrom([]string{"hd", "4k", "audio, stereo", `a "quoted" one`, " blanks "}).Draw(t, "format")
		if _, ok := formats[format]; !ok {
			formats[format] = models.FormatID(len(formats))
			jobs.Formats = append(jobs.Formats, format)
		}
		j := models.Job{ID: models.JobID(i), Arrival: at, Title: number(3, "title"), Work: 1 + number(5000, "work"), Deadline: number(99, "deadline"),
			Memory: number(4096, "memory"), Format: formats[format], VCPUs: int16(number(32, "vcpus")), Class: models.Class(number(2, "class")), Origin: models.Origin(number(2, "origin"))}
		switch number(3, "groups") { // group n is of jobs that arrive before job n, which waits for it
		case 0:
			j.Group = int32(i + 1)
		case 1:
			if i > 0 && jobs.Jobs[i-1].Group > 0 {
				j.After = jobs.Jobs[i-1].Group
			}
		}
		jobs.Groups = max(jobs.Groups, j.Group)
		jobs.Jobs = append(jobs.Jobs, j)
	}
	return jobs
}

func TestJobsAreReadAsTheyWereWritten(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		jobs := drawJobs(t)
		for _, name := range []string{"j.parquet", "j.csv"} {
			path := filepath.Join(dir, name)
			if err := WriteJobs(path, jobs, Meta{Source: "a test"}); err != nil {
				t.Fatal(err)
			}
			got, meta, err := ReadJobs(path)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, jobs) || meta.Source != "a test" {
				t.Fatalf("%s: read\n%+v\nwrote\n%+v", name, got, jobs)
			}
		}
	})
}

func TestFormatsKeepTheirNumbersAcrossRowGroups(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j.parquet")
	w, err := CreateJobs(path, Meta{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := JobsSchema.Rows*2 + 5
	name := func(i int) string { return []string{"b", "a", "c"}[(i+i/JobsSchema.Rows)%3] }
	for i := range n {
		if err := w.Append(models.Job{ID: models.JobID(i), Arrival: models.Instant(i), Work: 1, Format: w.Format(name(i))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := OpenJobs(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	batches, i := 0, 0
	for ; i < n; batches++ {
		jobs, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range jobs {
			if r.Formats()[j.Format] != name(i) || int(j.ID) != i {
				t.Fatalf("job %d is %+v, %s: expected %s", i, j, r.Formats()[j.Format], name(i))
			}
			i++
		}
	}
	if batches != 3 {
		t.Errorf("%d batches: expected 3", batches)
	}
}

func TestPricesAndSwitchesAreReadAsTheyWereWritten(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		prices := &models.Prices{Pools: []models.PoolKey{{Region: "eu-west-1", Zone: "eu-west-1a", Type: "x"}, {Region: "us-east-1", Zone: "us-east-1a", Type: "a"}, {Region: "us-east-1", Zone: "us-east-1a", Type: "b"}}}
		var switches []models.Switch
		at := models.Instant(1443657600)
		for range rapid.IntRange(1, 20).Draw(t, "n") {
			for p := range prices.Pools {
				if at == 1443657600 || rapid.Bool().Draw(t, "changes") {
					prices.Changes = append(prices.Changes, models.PriceChange{At: at, Pool: models.PoolID(p), Price: models.MicroUSDPerHour(rapid.Int64Range(0, 1e9).Draw(t, "price"))})
				}
			}
			switches = append(switches, models.Switch{At: at, On: rapid.Bool().Draw(t, "on"), Region: rapid.SampledFrom([]string{"", "us-east-1"}).Draw(t, "region"), Note: rapid.SampledFrom([]string{"", "a, \"note\" with # and é"}).Draw(t, "note")})
			at += models.Instant(rapid.IntRange(1, 1000).Draw(t, "step"))
		}
		for _, end := range []string{".parquet", ".csv"} {
			if err := WritePrices(filepath.Join(dir, "p"+end), prices, Meta{Recorded: "prices"}); err != nil {
				t.Fatal(err)
			}
			got, meta, err := ReadPrices(filepath.Join(dir, "p"+end))
			if err != nil || !reflect.DeepEqual(got, prices) || meta.Recorded != "prices" {
				t.Fatalf("%v: read\n%v\nwrote\n%v", err, got, prices)
			}
			if err := WriteSwitches(filepath.Join(dir, "s"+end), switches, Meta{}); err != nil {
				t.Fatal(err)
			}
			again, _, err := ReadSwitches(filepath.Join(dir, "s"+end))
			if err != nil || !reflect.DeepEqual(again, switches) {
				t.Fatalf("%v: read\n%v\nwrote\n%v", err, again, switches)
			}
		}
	})
}

func TestCompressedCSVIsReadByItsName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.csv.gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	z.Write([]byte("# hold_s: 600\ntime,region,zone,instance_type,reserved,in_use\n2015-10-01T00:00:00Z,us-east-1,us-east-1a,m3.2xlarge,10,?\n2015-10-01T00:01:00+02:00,us-east-1,us-east-1a,m3.2xlarge,10,4\n"))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, _, err = ReadCapacity(path); err == nil || err.Error() != path+": line 4: time is 2015-09-30T22:01:00Z after 2015-10-01T00:00:00Z: expected rows in order of time" {
		t.Errorf("%v", err)
	}
}
