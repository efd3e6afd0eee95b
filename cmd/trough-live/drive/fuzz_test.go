package drive

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/cmd/trough-live/journal"
	"trough.internal/cmd/trough-live/journal/memory"
	"trough.internal/models"
)

// FuzzRecords: whatever a head and a record say, with checksums that fit, going through them ends in an error or a verdict. What
// a driver would resume from is what Verify accepts.
func FuzzRecords(f *testing.F) {
	head, record := recordsOfARun(f)
	f.Add(head, record)
	f.Add([]byte(`{"format":1}`), []byte(`{}`))
	f.Add(bytes.Replace(head, []byte(`"count":[[`), []byte(`"count":[[-1,`), 1), record)
	f.Add(head, bytes.Replace(record, []byte(`"events":[[`), []byte(`"events":[[0,9,9,9,9,9,9,9,9,9,9,9],[`), 1))
	f.Fuzz(func(t *testing.T, head, record []byte) { verdictOf(t, head, record) })
}

// verdictOf goes through a journal in the three ways that there are. None of them panics.
func verdictOf(t interface {
	Fatal(...any)
	Error(...any)
}, head, record []byte) {
	disk := memory.New()
	j, err := journal.Open(disk)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Begin(head), j.Append(record)); err != nil {
		t.Fatal(err)
	}
	_, wrong := Verify(disk)
	_, unread := Read(disk, nobody{})
	w := newWorld()
	w.now = 1 << 40 // after whatever it says
	d, _, err := Resume(w.setup(nil, DefaultSafety()), disk)
	if err == nil && wrong == nil && unread == nil && d.Number() == 0 {
		t.Error("a driver resumed from a record and has no evaluation behind it")
	}
	if err == nil {
		w.minutes(d, 2)
	}
}

// nobody reads, and keeps nothing.
type nobody struct{}

func (nobody) Segment(*Segment) error { return nil }
func (nobody) Cycle(*Cycle) error     { return nil }

// recordsOfARun are the head and the busiest record of a short run.
func recordsOfARun(t testing.TB) (head, record []byte) {
	w := newWorld()
	disk := memory.New()
	j, err := journal.Open(disk)
	if err != nil {
		t.Fatal(err)
	}
	setup := w.setup(t, DefaultSafety())
	setup.Journal = j
	d, err := New(setup)
	if err != nil {
		t.Fatal(err)
	}
	w.minutes(d, 30)
	events := -1
	_, err = journal.Read(disk, func(r journal.Record) error {
		var content struct{ Events []json.RawMessage }
		if r.Index == 0 {
			head = bytes.Clone(r.Content)
		} else if err := json.Unmarshal(r.Content, &content); err != nil {
			return err
		} else if len(content.Events) > events {
			events, record = len(content.Events), bytes.Clone(r.Content)
		}
		return nil
	})
	if err != nil || events < 1 {
		t.Fatal(events, err)
	}
	return head, record
}

// FuzzStops: what anybody posts is a stop that can be written and read again, or an error.
func FuzzStops(f *testing.F) {
	f.Add([]byte("stops: [{state: hold, region: us-east-1}]"))
	f.Add([]byte("stops: [{state: evacuate, pool: '*/r3.4xlarge', until: 2015-10-05T00:00:00Z, note: 'x'}]"))
	w := newWorld()
	f.Fuzz(func(t *testing.T, text []byte) {
		stops, err := ParseStops("stops", text, w.pools, []string{"encoding"})
		if err != nil {
			return
		}
		for _, now := range []models.Instant{0, 1 << 31} {
			worst := StopNothing
			for p := range w.pools {
				worst = max(worst, stops.Of(&w.pools[p], "encoding", now))
			}
			if stops.Evacuated(w.pools[0].Region, now) && worst != StopAll {
				t.Errorf("%s: a region is evacuated in which no pool is", text)
			}
		}
	})
}

// TestANumberOfAnyRecordThatIsAnotherIsAnErrorOrAVerdict changes numbers where bytes changed by luck would not be numbers any more.
func TestANumberOfAnyRecordThatIsAnotherIsAnErrorOrAVerdict(t *testing.T) {
	head, record := recordsOfARun(t)
	texts := [2][]byte{head, record}
	var places [2][][2]int // where numbers begin and end
	for i, text := range texts {
		for _, m := range number.FindAllSubmatchIndex(text, -1) {
			places[i] = append(places[i], [2]int{m[2], m[3]})
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		which := rapid.IntRange(0, 1).Draw(t, "which")
		at := rapid.SampledFrom(places[which]).Draw(t, "place")
		other := rapid.OneOf(rapid.Int64Range(-2, 300), rapid.SampledFrom([]int64{math.MinInt64, math.MinInt32, math.MaxInt32, math.MaxInt64}), rapid.Int64()).Draw(t, "other")
		changed := texts
		changed[which] = slices.Concat(texts[which][:at[0]], strconv.AppendInt(nil, other, 10), texts[which][at[1]:])
		verdictOf(t, changed[0], changed[1])
	})
}

// number is one in a list or behind a key, with what stands before it.
var number = regexp.MustCompile(`[\[,:](-?[0-9]+)`)
