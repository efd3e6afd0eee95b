package encoding

import (
	"testing"
	"time"

	"trough.internal/models"
)

// Every encode states what its format needs, whoever asked for it: titles, experiments and batches. Inspection, assembly and
// validation state nothing, and nothing else of a workload changes with it.
func TestEncodesStateWhatTheirFormatNeeds(t *testing.T) {
	plain := Defaults()
	plain.Encode.Formats = []Format{{Name: "hevc-1080p30", Class: "high", Bitrates: 2, Effort: 1}, {Name: "hevc-480p30", Class: "low", Bitrates: 1, Effort: 1}}
	needs := plain
	needs.Encode.Formats = []Format{plain.Encode.Formats[0], plain.Encode.Formats[1]}
	needs.Encode.Formats[0].VCPUs, needs.Encode.Formats[0].Memory = 4, 7000
	needs.Encode.Formats[1].VCPUs = 2
	from := models.Instant(1443657600)
	until := from.Add(3 * 24 * time.Hour)
	drop := BatchSettings{Name: "b", At: from.Add(time.Hour), Titles: 3, Outputs: 6, Classes: [models.Classes]float64{1, 0, 0},
		Length: 20 * time.Minute, Chunk: 3 * time.Minute, Work: 30 * time.Minute}
	a, err := New(plain, 1, from, until, drop)
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(needs, 1, from, until, drop)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[models.FormatID]map[models.Origin]int{}
	for {
		was, end := a.Next()
		is, _ := b.Next()
		if len(was) != len(is) {
			t.Fatalf("%d jobs become %d", len(was), len(is))
		}
		if end != nil {
			break
		}
		for i, j := range is {
			want := was[i]
			switch j.Format {
			case 0:
				want.VCPUs, want.Memory = 4, 7000
			case 1:
				want.VCPUs = 2
			}
			if j != want {
				t.Fatalf("%+v, expected %+v", j, want)
			}
			if seen[j.Format] == nil {
				seen[j.Format] = map[models.Origin]int{}
			}
			seen[j.Format][j.Origin]++
		}
	}
	for f := range models.FormatID(2) {
		if seen[f][models.Production] == 0 || seen[f][models.Research] == 0 || seen[f][models.QA] == 0 {
			t.Errorf("format %d: %v jobs by origin", f, seen[f])
		}
	}
}
