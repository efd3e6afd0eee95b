package encoding

import (
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// monday is midnight in Los Angeles.
var monday = models.InstantOf(time.Date(2015, 10, 5, 7, 0, 0, 0, time.UTC))

const oneDay = 24 * time.Hour

func generate(t testing.TB, s Settings, seed uint64, days int) *models.Jobs {
	t.Helper()
	jobs, err := Generate(s, seed, monday, monday.Add(time.Duration(days)*oneDay))
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

// failer is a test, or a rapid one.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// check is what every workload promises.
func check(t failer, jobs *models.Jobs, workMin, workMax int32) {
	t.Helper()
	groups := make([]struct {
		members, waiters int
		title            int32
	}, jobs.Groups+1)
	for i, j := range jobs.Jobs {
		if j.ID != models.JobID(i) || i > 0 && j.Arrival < jobs.Jobs[i-1].Arrival {
			t.Fatalf("out of order: %+v", j)
		}
		if j.Work < workMin || j.Work > workMax {
			t.Fatalf("work out of bounds: %+v", j)
		}
		if int(j.Format) >= len(jobs.Formats) || j.Class >= models.Classes || j.Origin >= models.Origins || j.Title == 0 {
			t.Fatalf("unknown: %+v", j)
		}
		if j.Group < 0 || j.Group > jobs.Groups || j.After < 0 || j.After > jobs.Groups {
			t.Fatalf("no such group: %+v", j)
		}
		if g := &groups[j.After]; j.After > 0 {
			g.waiters++
			if g.members == 0 || g.title != j.Title || j.After == j.Group {
				t.Fatalf("waits for a group of another title, without members, or for itself: %+v", j)
			}
		}
		if g := &groups[j.Group]; j.Group > 0 {
			if g.waiters > 0 {
				t.Fatalf("a member arrives after one who waits for it: %+v", j)
			}
			g.members++
			g.title = j.Title
		}
	}
	for g := int32(1); g <= jobs.Groups; g++ {
		if groups[g].members == 0 || groups[g].waiters == 0 {
			t.Fatalf("group %d has %d members, and %d wait for it", g, groups[g].members, groups[g].waiters)
		}
	}
}

func TestEveryWorkloadKeepsItsPromises(t *testing.T) {
	zones := []string{"America/Los_Angeles", "Pacific/Kiritimati", "UTC", "Pacific/Pago_Pago"}
	rapid.Check(t, func(t *rapid.T) {
		s := Defaults()
		s.Load = rapid.Float64Range(0, 2).Draw(t, "load")
		s.TimeZone = rapid.SampledFrom(zones).Draw(t, "zone")
		s.Production.TitlesPerDay = rapid.Float64Range(0, 20).Draw(t, "titles")
		s.Production.SeasonShare = settings.Share(rapid.Float64Range(0, 1).Draw(t, "season"))
		s.Encode.Chunk = time.Duration(rapid.IntRange(10, 600).Draw(t, "chunk")) * time.Second
		s.Encode.Effort = rapid.Float64Range(0.01, 100).Draw(t, "effort")
		s.Research.BatchJobs = rapid.IntRange(0, 100).Draw(t, "batch")
		s.QA.Jobs = rapid.IntRange(0, 20).Draw(t, "qa")
		from := monday.Add(time.Duration(rapid.IntRange(-86400*400, 86400*400).Draw(t, "from")) * time.Second)
		until := from.Add(time.Duration(rapid.IntRange(0, 3*86400).Draw(t, "span")) * time.Second)
		jobs, err := Generate(s, rapid.Uint64().Draw(t, "seed"), from, until)
		if err != nil {
			t.Fatal(err)
		}
		check(t, jobs, 300, 3600)
		for _, j := range jobs.Jobs {
			if j.Arrival < from || j.Arrival >= until {
				t.Fatalf("%+v is not from %s to %s", j, from, until)
			}
		}
	})
}

func TestSameSeedSameJobsWhereverTheyBegin(t *testing.T) {
	s := Defaults()
	s.Load = 0.3
	all := generate(t, s, 7, 10)
	if !reflect.DeepEqual(all, generate(t, s, 7, 10)) {
		t.Error("the same seed gives other jobs")
	}
	if reflect.DeepEqual(all, generate(t, s, 8, 10)) {
		t.Error("another seed gives the same jobs")
	}
}

// Batches and suites are timed by dates of a zone, which lie up to 14 hours before or after those of UTC.
func TestJobsAreTheSameWhereverTheyBeginInEveryTimeZone(t *testing.T) {
	for _, zone := range []string{"America/Los_Angeles", "Pacific/Kiritimati", "Pacific/Pago_Pago"} {
		s := Defaults()
		s.TimeZone = zone
		s.Encode.Formats = []Format{{Name: "hevc-1080p30", Class: "high", Bitrates: 1, Effort: 1}}
		s.Encode.Chunk = time.Hour
		s.Research.ExperimentJobs, s.Research.BatchJobs, s.QA.Jobs = 3, 3, 3
		all := generate(t, s, 7, 10)
		check(t, all, 300, 3600)
		for hour := range 24 {
			from := monday.Add(time.Duration(72+hour) * time.Hour)
			later, err := Generate(s, 7, from, monday.Add(10*oneDay))
			if err != nil {
				t.Fatal(err)
			}
			first := slices.IndexFunc(all.Jobs, func(j models.Job) bool { return j.Arrival >= from })
			if len(all.Jobs)-first != len(later.Jobs) {
				t.Fatalf("%s: %d jobs, and %d from a later beginning", zone, len(all.Jobs)-first, len(later.Jobs))
			}
			for i, j := range later.Jobs {
				if k := all.Jobs[first+i]; j.Arrival != k.Arrival || j.Work != k.Work || j.Format != k.Format || j.Origin != k.Origin || j.Class != k.Class {
					t.Fatalf("%s: %+v, and from a later beginning %+v", zone, k, j)
				}
			}
		}
	}
}

// Of the variance of log time, 70 % is common to a title's chunks, and the same chunk is as hard in every bitrate.
func TestChunksOfATitleAreAlike(t *testing.T) {
	s := Defaults()
	s.Production.SeasonShare = 0
	s.Research.ExperimentsPerDay, s.Research.BatchJobs, s.QA.Jobs = 0, 0, 0
	s.Encode.WorkMin, s.Encode.WorkMax = time.Second, oneDay
	s.Encode.Formats = []Format{{Name: "hevc-1080p30", Class: "high", Bitrates: 2, Effort: 1}}
	jobs := generate(t, s, 1, 28)
	var titles [][]float64 // logarithms of the first bitrate's times
	last := int32(0)
	for i, j := range jobs.Jobs {
		if j.Format != 0 {
			continue
		}
		if j.Title != last {
			last = j.Title
			titles = append(titles, nil)
			half := slices.IndexFunc(jobs.Jobs[i:], func(k models.Job) bool { return k.Group != j.Group }) + 2 // its assembly and validation
			if other := jobs.Jobs[i+half]; other.Work != j.Work || other.Format != 0 {
				t.Fatalf("the first chunk takes %d s in one bitrate and %d s in the other", j.Work, other.Work)
			}
		}
		if j.Group == j.After+1 { // after the inspection's group comes that of the first bitrate
			titles[len(titles)-1] = append(titles[len(titles)-1], math.Log(float64(j.Work)))
		}
	}
	within, n := 0.0, 0.0
	var means []float64
	for _, logs := range titles {
		mean, sigma := normal(logs)
		within += sigma * sigma * float64(len(logs))
		n += float64(len(logs) - 1)
		means = append(means, mean)
	}
	_, between := normal(means)
	// The chunks are cut to the nearest of three minutes, which adds little.
	if within = math.Sqrt(within / n); math.Abs(within-0.393*math.Sqrt(0.3)) > 0.01 || math.Abs(between-0.393*math.Sqrt(0.7)) > 0.02 {
		t.Errorf("deviations are %.3f within and %.3f between %d titles, want 0.215 and 0.329", within, between, len(titles))
	}
}

// A title in a stream is the same as in Generate, and the stream holds no more than one at a time.
func TestStreamYieldsTitleByTitle(t *testing.T) {
	s := Defaults()
	s.Load = 0.3
	all := generate(t, s, 7, 8)
	w, err := New(s, 7, monday, monday.Add(8*oneDay))
	if err != nil {
		t.Fatal(err)
	}
	n, title := 0, int32(0)
	for {
		jobs, err := w.Next()
		if err == io.EOF {
			break
		}
		title++
		for _, j := range jobs {
			if j.Title != title || j != all.Jobs[n] {
				t.Fatalf("%+v, want title %d and %+v", j, title, all.Jobs[n])
			}
			n++
		}
	}
	if n != len(all.Jobs) || w.Groups() != all.Groups || !slices.Equal(w.Formats(), all.Formats) {
		t.Errorf("%d jobs of %d, %d groups of %d", n, len(all.Jobs), w.Groups(), all.Groups)
	}
	if _, err := w.Next(); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
}

// One film of 6 minutes a day in chunks of 3 minutes to one format in one bitrate, without spread: five jobs.
func TestTitleByHand(t *testing.T) {
	s := Defaults()
	s.Production = Production{TitlesPerDay: 1, SeasonMin: 1, SeasonMax: 1, Film: 6 * time.Minute, Episode: time.Minute}
	s.Encode.Formats = []Format{{Name: "hevc-1080p30", Class: "medium", Bitrates: 1, Effort: 2}}
	s.Encode.Validate = 0.5
	s.Encode.Effort = 1
	s.Encode.WorkMin, s.Encode.WorkMax = time.Second, time.Hour
	s.Research.ExperimentsPerDay, s.Research.BatchJobs, s.QA.Jobs = 0, 0, 0
	jobs := generate(t, s, 1, 20)
	check(t, jobs, 1, 3600)
	if len(jobs.Jobs)%5 != 0 || len(jobs.Jobs) < 50 {
		t.Fatalf("%d jobs, want five a title", len(jobs.Jobs))
	}
	j := jobs.Jobs[:5]
	// Inspection, assembly and validation are 8 minutes an hour: 48 s for 6 minutes. The groups are what was inspected,
	// encoded, assembled.
	for i, want := range []models.Job{
		{Format: 1, Work: 48, Group: 1},
		{Format: 0, Work: j[1].Work, After: 1, Group: 2},
		{Format: 0, Work: j[2].Work, After: 1, Group: 2},
		{Format: 2, Work: 48, After: 2, Group: 3},
		{Format: 3, Work: 48, After: 3},
	} {
		want.ID, want.Arrival, want.Title, want.Class = models.JobID(i), j[0].Arrival, 1, models.Medium
		if j[i] != want {
			t.Errorf("%+v, want %+v", j[i], want)
		}
	}
	// A median chunk: e^1.1879 s for two seconds of video, 90 times that for three minutes, 34/52 of it on the reference
	// type, twice the effort, half again for validation: 579.0 s.
	var logs []float64
	for _, j := range jobs.Jobs {
		if j.Format == 0 {
			logs = append(logs, math.Log(float64(j.Work)/579.0))
		}
	}
	mean, sigma := normal(logs)
	if math.Abs(mean) > 0.2 || sigma < 0.25 || sigma > 0.55 {
		t.Errorf("the logarithm of %d chunks over the median is %.3f, deviation %.3f: want 0 and 0.393", len(logs), mean, sigma)
	}
}

func TestDefaultsAreWhatTheirCommentSays(t *testing.T) {
	days := 28
	jobs := generate(t, Defaults(), 1, days)
	check(t, jobs, 300, 3600)
	work, titles := 0.0, int32(0)
	var byOrigin [models.Origins]int
	weekend := 0
	for _, j := range jobs.Jobs {
		work += float64(j.Work) / 3600
		byOrigin[j.Origin]++
		if j.Origin == models.Production && j.Format == 5 {
			titles++
		}
		if j.Origin == models.Research && j.Arrival.UTC().Weekday() == time.Saturday && j.Arrival.UTC().Hour() == 16 { // 9:00 in Los Angeles
			weekend++
		}
	}
	if busy := work / 24 / float64(days); busy < 550 || busy > 750 {
		t.Errorf("%.0f instances of the reference type are busy", busy)
	}
	if perDay := float64(titles) / float64(days); perDay < 40 || perDay > 60 {
		t.Errorf("%.1f titles a day", perDay)
	}
	if weekend != 4*12000 || byOrigin[models.QA] != 20*2*400 {
		t.Errorf("%d jobs at weekends, %d of QA", weekend, byOrigin[models.QA])
	}
	w, _ := New(Defaults(), 1, monday, monday.Add(28*oneDay))
	for {
		if _, err := w.Next(); err != nil {
			break
		}
	}
	clamped, encodes := w.Clamped()
	got, want := float64(clamped)/float64(encodes), Defaults().ClampedShare()
	if got > 0.1 || math.Abs(got-want) > 0.02 {
		t.Errorf("%.1f %% of encodes were clamped, expected %.1f %%", 100*got, 100*want)
	}
}

func TestSeasonsArriveWithinMoments(t *testing.T) {
	s := Defaults()
	s.Production.SeasonShare = 1
	s.Production.TitlesPerDay = 19
	s.Research.ExperimentsPerDay, s.Research.BatchJobs, s.QA.Jobs = 0, 0, 0
	jobs := generate(t, s, 3, 60)
	var starts []models.Instant
	for _, j := range jobs.Jobs {
		if jobs.Formats[j.Format] == "inspect" {
			starts = append(starts, j.Arrival)
		}
	}
	near := 0
	for i := 1; i < len(starts); i++ {
		if starts[i]-starts[i-1] < 180 {
			near++
		}
	}
	// Of 9.5 episodes of a season 8.5 follow another.
	if share := float64(near) / float64(len(starts)); len(starts) < 900 || share < 0.85 || share > 0.93 {
		t.Errorf("%d episodes, of which %.1f %% come within three minutes of the one before", len(starts), 100*share)
	}
}

func TestProductionHasNoDailyPattern(t *testing.T) {
	s := Defaults()
	s.Research.ExperimentsPerDay, s.Research.BatchJobs, s.QA.Jobs = 0, 0, 0
	s.Production.SeasonShare = 0
	s.Encode.Formats = []Format{{Name: "hevc-1080p30", Class: "high", Bitrates: 1, Effort: 1}}
	var byHour [24]float64
	n := 0.0
	for _, j := range generate(t, s, 1, 200).Jobs {
		if j.Format == 1 {
			byHour[j.Arrival.UTC().Hour()]++
			n++
		}
	}
	chi := 0.0
	for _, k := range byHour {
		chi += (k - n/24) * (k - n/24) / (n / 24)
	}
	if chi > 49.7 { // 0.1 % point of 23 degrees of freedom
		t.Errorf("chi square of the hours is %.1f", chi)
	}
}

func TestLoadScalesWhatArrives(t *testing.T) {
	count := func(load float64) (n float64) {
		s := Defaults()
		s.Load = load
		s.Encode.Formats = []Format{{Name: "hevc-1080p30", Class: "high", Bitrates: 1, Effort: 1}}
		return float64(len(generate(t, s, 1, 28).Jobs))
	}
	one := count(1)
	for _, load := range []float64{0.5, 2, 4} {
		if got := count(load) / one; got < 0.85*load || got > 1.15*load {
			t.Errorf("a load of %v gives %.2f times the jobs", load, got)
		}
	}
	if got := count(0); got != 0 {
		t.Errorf("a load of nothing gives %v jobs", got)
	}
}

func TestSettingsReadAndRefuse(t *testing.T) {
	var s Settings
	if err := settings.Decode("x.yaml", nil, &s); err != nil || !reflect.DeepEqual(s, Defaults()) {
		t.Errorf("an empty section gives %+v, %v", s, err)
	}
	for _, test := range []struct{ yaml, want string }{
		{"time_zone: Los Angeles", "unknown time zone"},
		{"production: {season_min: 20}", "expected at most season_max"},
		{"encode: {work_min: 2h}", "expected at most work_max"},
		{"encode: {formats: [{name: hevc-1080p25}]}", "did you mean hevc-1080p24?"},
		{"encode: {formats: [{name: av1}]}", "expected one of hevc-360p24, "},
		{"encode: {formats: [{name: hevc-1080p24, class: urgent}]}", "expected high"},
	} {
		err := settings.Decode("x.yaml", []byte(test.yaml), &s)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s gives %v, want %q", test.yaml, err, test.want)
		}
	}
	bad := Defaults()
	bad.TimeZone = ""
	if _, err := Generate(bad, 1, 0, 1); err == nil {
		t.Error("no time zone passes")
	}
}

func TestMeasuredSpeeds(t *testing.T) {
	for _, test := range []struct {
		machine, format string
		want            int32
		ok              bool
	}{{"c5.2xlarge", "hevc-720p30", 1000, true}, {"m5.2xlarge", "hevc-1080p60", 893, true}, {"m5.2xlarge", "vp9", 0, false},
		{"c5.2xlarge", "vp9", 1000, false}, {"r3.4xlarge", "hevc-720p30", 0, false}} {
		if got, ok := MeasuredSpeed(test.machine, test.format); ok != test.ok || ok && got != test.want {
			t.Errorf("%s, %s: %d, %v", test.machine, test.format, got, ok)
		}
	}
}

func TestAssumedSaysWhatIsMadeUp(t *testing.T) {
	text := strings.Join(Defaults().Assumed(), "\n")
	for _, want := range []string{"synthetic workload", "50 titles a day", "34/52", "5 minutes to 1 hour", "are clamped"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func BenchmarkStreamOneWeek(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		w, err := New(Defaults(), 1, monday, monday.Add(7*oneDay))
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = w.Next()
		}
	}
}
