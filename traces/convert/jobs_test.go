package convert

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"trough.internal/models"
	"trough.internal/models/encoding"
	"trough.internal/models/settings"
	"trough.internal/traces"
)

// jobsOf converts a set and returns what does not depend on a draw, by job: arrival, title, class, work.
func jobsOf(t *testing.T, name, yaml string, files map[string]string) []string {
	t.Helper()
	var out []string
	for i, line := range rows(t, name, yaml, files) {
		cells := strings.Split(line, ",")
		if i > 0 && !strings.HasPrefix(cells[5], "hevc-") {
			t.Errorf("format %s", cells[5])
		}
		out = append(out, strings.Join([]string{cells[0], cells[2], cells[3], cells[6]}, ","))
	}
	return out
}

// An hour of work is one job where a chunk takes no less.
const hourly = "work: {chunk: 10h}"

func TestBatchJobsBecomeTitlesOfChunkJobs(t *testing.T) {
	row := func(number, submit, run, processors, queue string) string {
		return number + "," + submit + ",0," + run + "," + processors + ",1,1,1,1,1,1,1,1,1,1,1,1,1," + queue + ",x\n"
	}
	got := jobsOf(t, "wagap-2013-jobs", hourly, map[string]string{"wagap-2013_x.csv.gz": wagapHead +
		row("0", "1356912000", "3600", "16", "q_2h") + // Monday 2012-12-31T00:00:00Z: one reference hour
		row("1", "1356912001", "10000", "32", "q_1d") + // 20000 s: 6 jobs
		row("2", "1356912001", "60", "1", "backfill") + // lengthened
		row("3", "1356912002", "-1", "1", "q_1w") +
		row("4", "1356911999", "3600", "16", "q_2h")}) // on Sunday, before the span
	same(t, got, "arrival,title,class,work",
		"2015-10-05T00:00:00Z,1,high,3600",
		"2015-10-05T00:00:01Z,2,medium,3334",
		"2015-10-05T00:00:01Z,2,medium,3334",
		"2015-10-05T00:00:01Z,2,medium,3333",
		"2015-10-05T00:00:01Z,2,medium,3333",
		"2015-10-05T00:00:01Z,2,medium,3333",
		"2015-10-05T00:00:01Z,2,medium,3333",
		"2015-10-05T00:00:01Z,3,low,300")
}

func TestTasksBeginOnTheirDay(t *testing.T) {
	got := jobsOf(t, "alibaba-openb-2023", "day: 112\n"+hourly, map[string]string{
		"openb_pod_list_x.csv": openbHead +
			"a,16000,1,0,0,,LS,Running,9676799,9680400,9676800\n" + // a second before day 112
			"b,16000,1,0,0,,LS,Running,9676800,9680400,9676800\n" +
			"c,8000,1,0,0,,BE,Failed,9676860,9683999,9676800\n" +
			"d,8000,1,0,0,,Burstable,Succeeded,9676920,9684121,9676920\n" +
			"e,8000,1,0,0,,BE,Pending,9676980,9686980,\n",
		"openb_node_list_all_node.csv": "not read\n"})
	same(t, got, "arrival,title,class,work",
		"2015-10-05T00:00:00Z,1,high,3600",
		"2015-10-05T00:01:00Z,2,low,3600",
		"2015-10-05T00:02:00Z,3,medium,1801",
		"2015-10-05T00:02:00Z,3,medium,1800")
}

func TestRequestsComeByType(t *testing.T) {
	got := jobsOf(t, "alibaba-genai-2026", "per_request: 160\n"+hourly, map[string]string{
		"lora_request_trace_x.csv": genaiHead +
			"2024-11-18 00:00:05,TXT_2_IMG,SUCCEED,32.0,G,63.0,26.0,1.0,30.0,M,0\n" +
			"2024-11-18 00:00:06,INPAINTING,FAILED,720.0,G,63.0,26.0,1.0,30.0,M,0\n" +
			"2024-11-18 00:00:07,IMG_2_IMG,PENDING,5.0,G,63.0,26.0,1.0,30.0,M,0\n",
		"qps.csv": "not read\n"})
	same(t, got, "arrival,title,class,work", "2015-10-05T00:00:05Z,1,medium,320", "2015-10-05T00:00:06Z,2,high,3600", "2015-10-05T00:00:06Z,2,high,3600")
}

func work(t *testing.T, change func(*WorkOptions), records ...record) *workload {
	t.Helper()
	var o WorkOptions
	settings.Defaults(&o)
	change(&o)
	w, err := o.workload("test", records, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func many(n int, hours float64) []record {
	var records []record
	for i := range n {
		records = append(records, record{arrival: models.Instant(i % 1000), number: uint64(i), work: hours * 3600 * 16})
	}
	return records
}

func TestLoadScalesTitlesWithoutChangingThem(t *testing.T) {
	one := work(t, func(*WorkOptions) {}, many(2000, 2)...)
	for load, want := range map[float64]float64{0.5: 1000, 1: 2000, 2.5: 5000} {
		w := work(t, func(o *WorkOptions) { o.Load = load }, many(2000, 2)...)
		if math.Abs(float64(w.titles)-want) > 80 || w.recorded != float64(w.titles)*7200 {
			t.Errorf("load %v: %d titles and %v s", load, w.titles, w.recorded)
		}
	}
	if one.titles != 2000 {
		t.Error(one.titles)
	}
}

func TestEveryChunkKeepsToTheBoundsAndTheWorkIsKept(t *testing.T) {
	for _, hours := range []float64{0.001, 0.084, 0.1, 0.17, 0.5, 1, 1.01, 7.3, 200} {
		w := work(t, func(*WorkOptions) {}, many(300, hours)...)
		titles := map[int32]int64{}
		for _, j := range w.jobs.Jobs {
			if j.Work < 300 || j.Work > 3600 {
				t.Fatalf("%v hours: a job of %d s", hours, j.Work)
			}
			titles[j.Title] += int64(j.Work)
		}
		for title, sum := range titles {
			if want := max(300, int64(math.Round(hours*3600))); sum != want {
				t.Fatalf("%v hours: title %d has %d s, want %d", hours, title, sum, want)
			}
		}
	}
}

// A chunk's time is the measured seconds for 2 s of video times its length: over many titles of much work, the median of a
// format's jobs is the fit's median.
func TestChunkTimesFollowTheMeasuredOnes(t *testing.T) {
	w := work(t, func(*WorkOptions) {}, many(6000, 50)...)
	sums, counts := map[models.FormatID]float64{}, map[models.FormatID]float64{}
	seen := map[int32]bool{}
	for _, j := range w.jobs.Jobs {
		if !seen[j.Title] {
			seen[j.Title] = true
			sums[j.Format] += math.Log(float64(j.Work))
			counts[j.Format]++
		}
	}
	for _, p := range encoding.Fitted() {
		if p.Machine != "c5.2xlarge" || p.Format != "hevc-720p24" {
			continue
		}
		id := models.FormatID(-1)
		for i, name := range w.jobs.Formats {
			if name == p.Format {
				id = models.FormatID(i)
			}
		}
		got, want := math.Exp(sums[id]/counts[id]), p.Median()*34/52*45*60/2
		if math.Abs(got/want-1) > 0.05 || counts[id] < 500 {
			t.Errorf("%s: %v s over %v titles, want about %v", p.Format, got, counts[id], want)
		}
	}
}

func TestWorkloadsAreMergedInOrderOfArrival(t *testing.T) {
	a := work(t, func(*WorkOptions) {}, record{arrival: 10, work: 16 * 600}, record{arrival: 30, work: 16 * 600})
	b := work(t, func(*WorkOptions) {}, record{arrival: 10, work: 16 * 900, class: models.Low})
	all := merge(a, b)
	path := filepath.Join(t.TempDir(), "jobs.parquet")
	if err := traces.WriteJobs(path, all.jobs, traces.Meta{}); err != nil {
		t.Fatal(err)
	}
	if all.titles != 3 || all.jobs.Jobs[0].Arrival != 10 || all.jobs.Jobs[len(all.jobs.Jobs)-1].Arrival != 30 {
		t.Error(all.summary())
	}
	for i, j := range all.jobs.Jobs {
		if j.ID != models.JobID(i) || j.Class == models.Low && j.Title != 3 {
			t.Errorf("%+v", j)
		}
	}
}

func TestASpanWithoutArrivalsIsAnError(t *testing.T) {
	var o WorkOptions
	settings.Defaults(&o)
	if _, err := o.workload("test", many(5, 1), 5000, 6000); err == nil || !strings.Contains(err.Error(), "no job arrives from ") {
		t.Error(err)
	}
	o.Max = o.Min
	if o.Check() == nil {
		t.Error("a longest job as long as the shortest")
	}
}
