package drive_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/livetest"
	"trough.internal/models"
)

// TestWhatIsReadIsWhatWasDecided: decisions, stages, rules, orders and events come back from a journal as they were, over several
// segments, one of them begun by a driver that went on.
func TestWhatIsReadIsWhatWasDecided(t *testing.T) {
	p := newParity(t, livetest.Small(t, shared), livetest.Builtin(t, "full"))
	kept := &keeper{}
	p.then = func(c *drive.Cycle) { kept.Cycle(c) }
	p.run(t)
	read := &keeper{}
	torn, err := drive.Read(p.journal, read)
	if err != nil || torn != 0 {
		t.Fatal(torn, err)
	}
	if len(read.cycles) != len(kept.cycles) || read.segments == 0 {
		t.Fatalf("%d of %d evaluations in %d segments", len(read.cycles), len(kept.cycles), read.segments)
	}
	for i := range read.cycles {
		if read.cycles[i] != kept.cycles[i] {
			t.Fatalf("evaluation %d:\n%s was written, and read\n%s", i, kept.cycles[i], read.cycles[i])
		}
	}
}

// keeper is a drive.Reader that keeps all of it, as text.
type keeper struct {
	segments int
	cycles   []string
	fail     error
}

func (k *keeper) Segment(s *drive.Segment) error {
	k.segments++
	if s.Mode != drive.Run || s.Policy.Policy != "full" || len(s.Market.Pools) == 0 {
		return errors.New("a segment of something else")
	}
	return nil
}

func (k *keeper) Cycle(c *drive.Cycle) error {
	text, err := json.Marshal(struct {
		Number           int64
		Events           []models.Event
		Obs              *models.Observation
		Decided, Guarded *models.Decision
		Bound            []drive.Bound
		Orders           []models.Order
		Notes            int
	}{c.Number, append([]models.Event{}, c.Events...), c.Obs, c.Decided, c.Guarded, append([]drive.Bound{}, c.Bound...), append([]models.Order{}, c.Orders...), len(c.Notes)})
	k.cycles = append(k.cycles, string(text))
	return errors.Join(err, k.fail)
}

func TestAReaderEndsTheReading(t *testing.T) {
	p := newParity(t, livetest.Small(t, shared), livetest.Builtin(t, "full"))
	p.driver.Cycle(context.Background())
	stop := errors.New("enough")
	if _, err := drive.Read(p.journal, &keeper{fail: stop}); !errors.Is(err, stop) {
		t.Error(err)
	}
}
