package drive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"trough.internal/cmd/trough-live/journal"
	"trough.internal/models"
)

// minded is a world that knows its instances: how often it was asked to tend, and what it was told to recall.
type minded struct {
	*world
	mutex    sync.Mutex // of tended: one region is asked while another does not answer
	tended   []string   // with the cycle's orders before it
	err      error
	until    chan struct{} // until when us-east-1 is stuck
	recalled []string
	cursor   int64
	last     Given
}

func (m *minded) Notes() []string { return []string{"a group rebalances"} }

func (m *minded) Tend(_ context.Context, region string) error {
	if m.until != nil && region == "us-east-1" { // the driver acts meanwhile
		m.note(region)
		<-m.until
		return m.err
	}
	m.note(fmt.Sprintf("%s after %d acts", region, len(m.acts)))
	return m.err
}

func (m *minded) note(text string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.tended = append(m.tended, text)
}

func (m *minded) Remember(cursor int64, whole bool) (json.RawMessage, error) {
	return json.Marshal(fmt.Sprint(cursor, " ", whole))
}

func (m *minded) Recall(cursor int64, memories []json.RawMessage, last Given) error {
	m.cursor, m.last = cursor, last
	for _, text := range memories {
		m.recalled = append(m.recalled, string(text))
	}
	return m.err
}

func (m *minded) driver(t *testing.T, change func(*Setup)) *Driver {
	setup := m.setup(t, DefaultSafety())
	setup.Cloud = m
	if change != nil {
		change(&setup)
	}
	d, err := New(setup)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestACustodianTendsAfterTheOrdersOfEveryCycleThatMayAct(t *testing.T) {
	m := &minded{world: newWorld(), err: errors.New("no such instance")}
	d := m.driver(t, nil)
	c := m.minutes(d, 3)
	if len(m.tended) != 3*2 || m.tended[4] != fmt.Sprintf("us-east-1 after %d acts", len(m.acts)) || len(m.acts) == 0 {
		t.Errorf("tended %q, %d acts", m.tended, len(m.acts))
	}
	for _, want := range []string{"a group rebalances", "region us-west-2: what was ordered before: no such instance"} {
		if !slices.ContainsFunc(c.Notes, func(n string) bool { return strings.Contains(n, want) }) {
			t.Errorf("notes %q, want %s", c.Notes, want)
		}
	}
	m.diskErr = errDown
	m.minutes(d, 2)
	if len(m.tended) != 3*2 {
		t.Error("it tends though nothing could be written down")
	}
	for what, change := range map[string]func(*Setup){
		"shadow": func(s *Setup) { s.Mode = Shadow },
		"lease":  func(s *Setup) { s.Lease = new(leased) },
	} {
		m := &minded{world: newWorld()}
		if m.minutes(m.driver(t, change), 3); len(m.tended) > 0 {
			t.Errorf("%s: it tends", what)
		}
	}
}

// TestACustodianThatIsStuckInARegionHoldsUpNothing: neither orders nor what was ordered before elsewhere.
func TestACustodianThatIsStuckInARegionHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &minded{world: newWorld(), until: make(chan struct{})}
		d := m.driver(t, func(s *Setup) { s.Patience = time.Second })
		begun := time.Now()
		m.minutes(d, 5)
		synctest.Wait()
		if m.total() == 0 || len(m.tended) != 1+5 || m.tended[5] != "us-west-2 after 2 acts" || time.Since(begun) > 2*time.Second {
			t.Errorf("%s, tended %q, in %s", m.world, m.tended, time.Since(begun))
		}
		close(m.until)
		synctest.Wait()
		m.minutes(d, 1)
		if len(m.tended) != 1+5+2 {
			t.Errorf("tended %q", m.tended)
		}
	})
}

func TestACustodianIsToldWhatTheJournalKept(t *testing.T) {
	m := &minded{world: newWorld()}
	d := m.driver(t, nil)
	m.minutes(d, 2)
	m.diskErr = errDown // the next record may be there or not, so that what follows begins with all that is known
	m.minutes(d, 1)
	m.diskErr = nil
	m.minutes(d, 1)
	m.inUse = []int32{93, 96} // an overdraft
	c := m.minutes(d, 1)
	f := m.folder()
	disk, err := journal.Open(f)
	if err != nil {
		t.Fatal(err)
	}
	again := &minded{world: m.world}
	setup := m.setup(t, DefaultSafety())
	setup.Cloud, setup.Journal = again, disk
	resumed, notes, err := Resume(setup, f)
	if err != nil || len(notes) > 0 {
		t.Fatal(notes, err)
	}
	if len(again.recalled) != 3 || !strings.HasSuffix(again.recalled[0], `true"`) || !strings.HasSuffix(again.recalled[1], `false"`) || again.cursor != d.cursor || resumed.cycle != d.cycle {
		t.Errorf("recalled %q at %d, of %d", again.recalled, again.cursor, d.cursor)
	}
	if last := again.last; last.Cycle != d.cycle || last.At != c.Now || len(c.Orders) == 0 || !slices.Equal(last.Orders, c.Orders) {
		t.Errorf("last given were %+v, and were %+v at %s", last, c.Orders, c.Now)
	}
	again.err = errors.New("it does not fit")
	if _, _, err := Resume(setup, f); err == nil || !strings.Contains(err.Error(), "it does not fit") {
		t.Errorf("a cloud that cannot recall: %v", err)
	}
}

func TestACustodianIsToldOfNoOrdersThatWereNotGiven(t *testing.T) {
	for what, change := range map[string]func(*Setup){
		"shadow": func(s *Setup) { s.Mode = Shadow },
		"lease":  func(s *Setup) { s.Lease = new(leased) },
	} {
		m := &minded{world: newWorld()}
		c := m.minutes(m.driver(t, change), 4)
		again := &minded{world: m.world}
		setup := m.setup(t, DefaultSafety())
		setup.Cloud = again
		if _, _, err := Resume(setup, m.folder()); err != nil || len(again.recalled) == 0 {
			t.Fatal(err, again.recalled)
		}
		if len(c.Orders) == 0 || again.last.Cycle != 0 || len(again.last.Orders) > 0 {
			t.Errorf("%s: %d orders were decided, and it is told of %+v", what, len(c.Orders), again.last)
		}
	}
}

// mute is a world in which what is ordered of one region is never answered.
type mute struct {
	*world
	region string
	until  chan struct{}
}

func (s *mute) Act(ctx context.Context, cycle int64, orders []models.Order) error {
	if s.pools[orders[0].Pool].Region == s.region {
		<-s.until
		return nil
	}
	return s.world.Act(ctx, cycle, orders)
}

func TestARegionThatDoesNotAnswerIsWaitedForOnceAnEvaluation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &mute{world: newWorld(), region: "us-east-1", until: make(chan struct{})}
		for _, zone := range []string{"us-east-1b", "us-east-1c"} {
			s.pools = append(s.pools, models.Pool{Region: "us-east-1", Zone: zone, Type: "r3.4xlarge", Speed: 1000, Slots: 1})
		}
		s.reserved, s.inUse, s.held = []int32{100, 100, 100, 100}, []int32{90, 90, 90, 90}, make([]int, 4)
		setup := s.setup(t, DefaultSafety())
		setup.Cloud, setup.Patience = s, time.Second
		d, err := New(setup)
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		s.minutes(d, 8)
		synctest.Wait()
		// Orders of all three pools are given in one evaluation, and no others while these are not answered.
		if took := time.Since(begun); took != time.Second || s.held[1] == 0 {
			t.Errorf("%s, in %s", s.world, took)
		}
		close(s.until)
	})
}
