package encoding

import (
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/models"
)

// quiet is a workload in which nothing arrives by itself.
func quiet() Settings {
	s := Defaults()
	s.Production.TitlesPerDay, s.Research.ExperimentsPerDay, s.Research.BatchJobs, s.QA.Jobs = 0, 0, 0, 0
	return s
}

// smallBatch is two titles and three outputs, of two chunks each, whose times all are what the settings say.
func smallBatch() BatchSettings {
	return BatchSettings{Name: "small", At: monday.Add(time.Hour), Titles: 2, Outputs: 3, Origin: models.QA,
		Classes: [models.Classes]float64{models.Low: 1}, Length: 6 * time.Minute, Chunk: 3 * time.Minute, Work: 10 * time.Minute}
}

func TestABatchIsTheJobsOfACalculationByHand(t *testing.T) {
	jobs, err := collect(quiet(), 1, oneDay, smallBatch())
	if err != nil {
		t.Fatal(err)
	}
	check(t, jobs, 300, 3600)
	inspect, assemble, validate := models.FormatID(5), models.FormatID(6), models.FormatID(7)
	want := []models.Job{
		// The first title has two outputs, the second one. Six minutes of video are inspected, assembled and validated in
		// less than the shortest job.
		{Title: 1, Format: inspect, Group: 1, Work: 300},
		{Title: 1, After: 1, Group: 2, Work: 600},
		{Title: 1, After: 1, Group: 2, Work: 600},
		{Title: 1, Format: assemble, After: 2, Group: 3, Work: 300},
		{Title: 1, Format: validate, After: 3, Work: 300},
		{Title: 1, After: 1, Group: 4, Work: 600},
		{Title: 1, After: 1, Group: 4, Work: 600},
		{Title: 1, Format: assemble, After: 4, Group: 5, Work: 300},
		{Title: 1, Format: validate, After: 5, Work: 300},
		{Title: 2, Format: inspect, Group: 6, Work: 300},
		{Title: 2, After: 6, Group: 7, Work: 600},
		{Title: 2, After: 6, Group: 7, Work: 600},
		{Title: 2, Format: assemble, After: 7, Group: 8, Work: 300},
		{Title: 2, Format: validate, After: 8, Work: 300},
	}
	for i := range want {
		want[i].ID, want[i].Arrival, want[i].Class, want[i].Origin = models.JobID(i), monday+3600, models.Low, models.QA
		if i < len(jobs.Jobs) && want[i].Format == 0 {
			want[i].Format = jobs.Jobs[i].Format // a chunk's is drawn
			if want[i].Format >= inspect {
				t.Errorf("a chunk has format %d", want[i].Format)
			}
		}
	}
	if !slices.Equal(jobs.Jobs, want) {
		t.Errorf("got\n%+v\nwant\n%+v", jobs.Jobs, want)
	}
	batches, err := Batches(quiet(), 1, monday, monday.Add(oneDay), smallBatch())
	if err != nil {
		t.Fatal(err)
	}
	if got := (models.Batch{Name: "small", At: monday + 3600, Jobs: []models.JobRange{{First: 0, N: 14}}, Work: 6*600 + 2*300 + 6*300}); !reflect.DeepEqual(batches, []models.Batch{got}) {
		t.Errorf("got %+v, want %+v", batches, got)
	}
}

// The mean chunk takes what the settings say, though nine titles that have all their variance in common would miss it.
func TestABatchTakesItsWorkWhateverTheLuck(t *testing.T) {
	b := smallBatch()
	b.Titles, b.Outputs, b.WorkSpread, b.SameTitle = 9, 90, 0.39, 1
	s := quiet()
	s.Encode.WorkMin, s.Encode.WorkMax = time.Second, oneDay // else some are lengthened
	for seed := range uint64(20) {
		jobs, err := collect(s, seed, oneDay, b)
		if err != nil {
			t.Fatal(err)
		}
		sum, n, various := int64(0), int64(0), map[int32]bool{}
		for _, j := range jobs.Jobs {
			if j.Format < 5 {
				sum += int64(j.Work)
				n++
				various[j.Work] = true
			}
		}
		if mean := float64(sum) / float64(n); n != 180 || len(various) < 5 || math.Abs(mean-600) > 0.5 { // whole seconds
			t.Errorf("seed %d: %d chunks of %d lengths take %.1f s in the mean, want 180 and 600", seed, n, len(various), mean)
		}
	}
}

// What a batch brings joins the rest, and changes nothing of it.
func TestABatchMovesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Defaults()
		s.Load = rapid.Float64Range(0, 0.3).Draw(t, "load")
		s.Research.BatchJobs = rapid.IntRange(0, 50).Draw(t, "weekly")
		seed := rapid.Uint64().Draw(t, "seed")
		titles := rapid.IntRange(1, 20).Draw(t, "titles")
		high := rapid.Float64Range(0, 1).Draw(t, "high")
		b := BatchSettings{Name: "some", At: monday.Add(time.Duration(rapid.IntRange(0, 86399).Draw(t, "at")) * time.Second),
			Titles: titles, Outputs: titles + rapid.IntRange(0, 30).Draw(t, "more"), Origin: models.Research,
			Gap:     time.Duration(rapid.IntRange(0, 600).Draw(t, "gap")) * time.Second,
			Classes: [models.Classes]float64{high, 0, 1 - high}, Length: 20 * time.Minute, LengthSpread: 0.5,
			Chunk: 3 * time.Minute, Work: 20 * time.Minute, WorkSpread: rapid.Float64Range(0, 1).Draw(t, "spread"), SameTitle: 0.7}
		other := b
		other.Name = "other"
		alone, err := collect(s, seed, 2*oneDay)
		if err != nil {
			t.Fatal(err)
		}
		all, err := collect(s, seed, 2*oneDay, b, other)
		if err != nil {
			t.Fatal(err)
		}
		check(t, all, 300, 3600)
		batches, err := Batches(s, seed, monday, monday.Add(2*oneDay), b, other)
		if err != nil {
			t.Fatal(err)
		}
		of := make([]int, len(all.Jobs)) // the batch that a job belongs to, from 1
		for i := range batches {
			for _, r := range batches[i].Jobs {
				for n := range r.N {
					of[int(r.First)+int(n)] += i + 1
				}
			}
		}
		var rest []models.Job
		var work, count [3]int64
		last := [3]int32{-1, -1, -1}
		var arrived [3]int
		for i, j := range all.Jobs {
			k := of[i]
			if k > 0 && j.Class == models.Medium || k > 0 && j.Origin != models.Research {
				t.Fatalf("a batch has a job of a class or origin that it should not: %+v", j)
			}
			work[k] += int64(j.Work)
			count[k]++
			if j.Title != last[k] {
				last[k] = j.Title
				arrived[k]++
			}
			if k == 0 {
				rest = append(rest, j)
			}
		}
		for i := range batches {
			if b.Gap == 0 && len(batches[i].Jobs) != 1 {
				t.Fatalf("the jobs of one instant are not together: %+v", batches[i])
			}
			if batches[i].Count() != count[i+1] || batches[i].Work != work[i+1] || arrived[i+1] > titles {
				t.Fatalf("batch %+v: got %d jobs, %d s of work, %d titles", batches[i], count[i+1], work[i+1], arrived[i+1])
			}
		}
		if arrived[1] != titles && b.Gap == 0 {
			t.Fatalf("%d titles arrive, want %d", arrived[1], titles)
		}
		if len(rest) != len(alone.Jobs) {
			t.Fatalf("%d other jobs, and %d without the batches", len(rest), len(alone.Jobs))
		}
		for i, j := range rest {
			if k := alone.Jobs[i]; j.Arrival != k.Arrival || j.Work != k.Work || j.Format != k.Format || j.Class != k.Class || j.Origin != k.Origin {
				t.Fatalf("%+v, and without the batches %+v", j, k)
			}
		}
		one, err := Batches(s, seed, monday, monday.Add(2*oneDay), b)
		if err != nil {
			t.Fatal(err)
		}
		if one[0].Work != batches[0].Work {
			t.Fatalf("a batch has %d s of work, and %d beside another", one[0].Work, batches[0].Work)
		}
	})
}

// The shares of the classes are those of the settings, among a title's outputs as among titles.
func TestABatchHasItsClasses(t *testing.T) {
	for _, titles := range []int{10000, 10} {
		b := smallBatch()
		b.Titles, b.Outputs = titles, 10000
		b.Classes = [models.Classes]float64{0.2, 0.3, 0.5}
		jobs, err := collect(quiet(), 3, oneDay, b)
		if err != nil {
			t.Fatal(err)
		}
		var outputs [models.Classes]int
		for _, j := range jobs.Jobs {
			if j.Format == 7 {
				outputs[j.Class]++
			}
		}
		for c, share := range b.Classes {
			if math.Abs(float64(outputs[c])-10000*share) > 150 { // three deviations
				t.Errorf("%d titles: got %v of 10000 outputs, want 2000, 3000, 5000", titles, outputs)
			}
		}
	}
}

// Every batch has luck of its own: another name or another time brings other jobs.
func TestBatchesAreNotAlike(t *testing.T) {
	b := smallBatch()
	b.Titles, b.Outputs, b.LengthSpread = 100, 100, 1
	named, later := b, b
	named.Name = "other"
	later.At++
	batches, err := Batches(quiet(), 1, monday, monday.Add(oneDay), b, named, later)
	if err != nil {
		t.Fatal(err)
	}
	if batches[0].Work == batches[1].Work || batches[0].Work == batches[2].Work || batches[1].Work == batches[2].Work {
		t.Errorf("got %d, %d and %d s of work", batches[0].Work, batches[1].Work, batches[2].Work)
	}
}

func collect(s Settings, seed uint64, span time.Duration, batches ...BatchSettings) (*models.Jobs, error) {
	w, err := New(s, seed, monday, monday.Add(span), batches...)
	if err != nil {
		return nil, err
	}
	all := &models.Jobs{Formats: w.Formats()}
	for {
		jobs, err := w.Next()
		if err != nil {
			break
		}
		all.Jobs = append(all.Jobs, jobs...)
	}
	all.Groups = w.Groups()
	return all, nil
}
