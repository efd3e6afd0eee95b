package convert

import (
	"fmt"
	"os"
	"path/filepath"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/traces"
)

// Folders of the scenarios below the folder that Recorded writes to. Price traces and catalogs lie beside them, under the
// names of their sets.
const (
	Recorded2015    = "recorded-2015"    // capacity.parquet, jobs.parquet
	RecordedVM      = "recorded-vm"      // azure-capacity.parquet, azure-jobs.parquet, huawei-capacity.parquet, huawei-jobs.parquet
	RecordedDiurnal = "recorded-diurnal" // capacity.parquet, jobs.parquet
)

// Loads of the scenarios' jobs, chosen so that the jobs need a good part of what is unused: factors on the number of titles.
const (
	load2015    = 4
	loadAzure   = 8
	loadHuawei  = 2
	loadDiurnal = 16
	scaleHuawei = 4 // instances for each recorded machine
)

// Recorded converts all that the recorded scenarios need from the folder of all sets into another, which it makes. The same
// data give the same bytes. Progress gets a line for each file.
func Recorded(from, to string, progress func(string)) error {
	if progress == nil {
		progress = func(string) {}
	}
	r := &recordedRun{from, to, progress}
	for _, dir := range []string{Recorded2015, RecordedVM, RecordedDiurnal} {
		if err := os.MkdirAll(filepath.Join(to, dir), 0o777); err != nil {
			return err
		}
	}
	for _, step := range []func() error{r.year2015, r.machines, r.diurnal, r.prices, r.catalogs, r.others} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

type recordedRun struct {
	from, to string
	progress func(string)
}

func (r *recordedRun) convert(f Format, out string, options any) error {
	return f.Convert([]string{filepath.Join(r.from, f.Name)}, filepath.Join(r.to, out), options, r.progress)
}

// conversion is for what is made of several sets.
func (r *recordedRun) conversion(f *Format) (*conversion, error) {
	files, err := inputFiles([]string{filepath.Join(r.from, f.Name)})
	return &conversion{format: f, in: files, progress: r.progress}, err
}

func (r *recordedRun) year2015() error {
	var d DLRMOptions
	settings.Defaults(&d)
	if err := r.convert(dlrm, Recorded2015+"/capacity.parquet", &d); err != nil {
		return err
	}
	return r.jobs(Recorded2015+"/jobs.parquet", arrivals{from: d.From, until: d.Until, load: load2015, all: true})
}

// arrivals say which recorded jobs come when.
type arrivals struct {
	from, until models.Instant
	later       models.Instant // seconds by which they come later than in 2015, whole weeks
	load        float64
	all         bool // all three sets, or only wagap-2013-jobs
}

// jobs writes a jobs trace of the recorded job sets.
func (r *recordedRun) jobs(out string, a arrivals) error {
	w, o := WagapOptions{}, OpenbOptions{}
	g := GenAIOptions{}
	settings.Defaults(&w)
	settings.Defaults(&o)
	settings.Defaults(&g)
	w.Work.Load, o.Work.Load, g.Work.Load = a.load, a.load, a.load
	from, until := a.from-a.later, a.until-a.later
	w.From, o.From, g.From = from, from, from
	w.Until, o.Until, g.Until = until, until, until
	sets := []struct {
		format  *Format
		options fmt.Stringer
		work    func(*conversion) (*workload, error)
	}{
		{&wagap, &w, func(c *conversion) (*workload, error) { return c.wagapWork(&w) }},
		{&openb, &o, func(c *conversion) (*workload, error) { return c.openbWork(&o) }},
		{&genai, &g, func(c *conversion) (*workload, error) { return c.genaiWork(&g) }},
	}
	if !a.all {
		sets = sets[:1]
	}
	var parts []*workload
	meta := traces.Meta{}
	for i, s := range sets {
		c, err := r.conversion(s.format)
		if err != nil {
			return err
		}
		c.out = filepath.Join(r.to, out)
		part, err := s.work(c)
		if err != nil {
			return err
		}
		parts = append(parts, part)
		separator := ""
		if i > 0 {
			separator = " | "
		}
		one := c.meta(s.options.String())
		meta.Source += separator + one.Source
		meta.Recorded += separator + s.format.Name + ": " + one.Recorded
		meta.Assumed += separator + s.format.Name + ": " + one.Assumed
	}
	if a.later != 0 {
		meta.Assumed += fmt.Sprintf(" Moved by %d more days.", a.later/86400)
	}
	c := &conversion{out: filepath.Join(r.to, out), progress: r.progress}
	work := merge(parts...)
	for i := range work.jobs.Jobs {
		work.jobs.Jobs[i].Arrival += a.later
	}
	work.from, work.until = a.from, a.until
	return c.writeJobs(work, meta)
}

// weeksTo is the whole weeks from the Monday of the recorded scenarios of 2015 to another Monday, in seconds.
func weeksTo(monday models.Instant) models.Instant {
	const first = 1444003200 // 2015-10-05T00:00:00Z
	return (monday - first) / week * week
}

func (r *recordedRun) machines() error {
	var a AzureOptions
	settings.Defaults(&a)
	if err := r.convert(azure, RecordedVM+"/azure-capacity.parquet", &a); err != nil {
		return err
	}
	if err := r.jobs(RecordedVM+"/azure-jobs.parquet", arrivals{from: a.From, until: a.Until, later: weeksTo(a.Start + 86400), load: loadAzure}); err != nil {
		return err
	}
	var h HuaweiOptions
	settings.Defaults(&h)
	h.Scale = scaleHuawei
	if err := r.convert(huawei, RecordedVM+"/huawei-capacity.parquet", &h); err != nil {
		return err
	}
	return r.jobs(RecordedVM+"/huawei-jobs.parquet", arrivals{from: h.From, until: h.Until, later: weeksTo(h.Start), load: loadHuawei})
}

func (r *recordedRun) diurnal() error {
	var o DiurnalOptions
	settings.Defaults(&o)
	nasaIn, err := r.one(&nasa, "requests_per_minute")
	if err != nil {
		return err
	}
	taxiIn, err := r.one(&cloudwatch, "nyc_taxi")
	if err != nil {
		return err
	}
	u, err := diurnal(nasaIn, taxiIn, &o)
	if err != nil {
		return err
	}
	c := &conversion{out: filepath.Join(r.to, RecordedDiurnal, "capacity.parquet"), progress: r.progress}
	if err := c.writeCapacity(u, diurnalMeta(&o)); err != nil {
		return err
	}
	return r.jobs(RecordedDiurnal+"/jobs.parquet", arrivals{from: o.Start, until: o.Until, load: loadDiurnal})
}

func (r *recordedRun) one(f *Format, beginning string) (string, error) {
	c, err := r.conversion(f)
	if err != nil {
		return "", err
	}
	return c.file(beginning)
}

func (r *recordedRun) prices() error {
	for _, f := range []Format{spot2015, spot2016, spot2020, spot2021} {
		if err := r.convert(f, f.Name+".parquet", nil); err != nil {
			return err
		}
	}
	return r.convert(availability, availability.Name+".parquet", nil)
}

func (r *recordedRun) catalogs() error {
	for _, f := range []Format{catalog2015, ondemand2026, reservedMonthly} {
		if err := r.convert(f, f.Name+".csv", nil); err != nil {
			return err
		}
	}
	for _, list := range []string{"2017-03", "2019-04", "2023-08"} {
		if err := r.convert(catalog2017, "ec2-catalog-"+list+".csv", &CatalogOptions{List: list}); err != nil {
			return err
		}
	}
	return nil
}

func (r *recordedRun) others() error {
	for _, f := range []Format{totals, nasa, cloudwatch, advisor, transcode} {
		if err := r.convert(f, f.Name+".csv", nil); err != nil {
			return err
		}
	}
	return nil
}
