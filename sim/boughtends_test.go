package sim

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/policies"
)

// listener is a policy that adds up what it is told of instances that ended.
type listener struct {
	policies.Policy
	told, byCloud int64
}

func (l *listener) Decide(obs *models.Observation, out *models.Decision) {
	for c := range obs.Ended {
		l.told += int64(obs.Ended[c])
		l.byCloud += int64(obs.EndedByCloud[c])
	}
	l.Policy.Decide(obs, out)
}

// Where no message is lost, comes twice or late, each instance that ended is told of once, and who ended it. Of those that end
// in the second of the last evaluation some are told of and some too late.
func TestEveryBoughtInstanceThatEndedIsToldOfOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawBuying(t)
		c.world.MessagesLost, c.world.MessagesDoubled, c.world.MessagesUnread = 0, 0, 0
		policy, err := policies.New(c.settings)
		if err != nil {
			t.Fatal(err)
		}
		heard := &listener{Policy: policy}
		var events eventList
		in := Inputs{Capacity: &once{window: models.Capacity{Changes: c.changes}}, Jobs: &batch{jobs: c.jobs}}
		tally, err := New(c.world, in, heard, Options{Sink: &events}).Run()
		if err != nil {
			t.Fatal(err)
		}
		last := c.world.Start + models.Instant(tally.Evaluations-1)*models.Instant(policy.Every().Seconds())
		var before, until, cloudBefore, cloudUntil int64
		for _, e := range events {
			if e.Kind != models.Gone || c.world.Pools[e.Pool].Kind == models.Surplus || e.At > last {
				continue
			}
			byCloud := int64(0)
			if e.Cause == models.ByCloud {
				byCloud = 1
			}
			until, cloudUntil = until+1, cloudUntil+byCloud
			if e.At < last {
				before, cloudBefore = before+1, cloudBefore+byCloud
			}
		}
		if heard.told < before || heard.told > until || heard.byCloud < cloudBefore || heard.byCloud > cloudUntil {
			t.Fatalf("told of %d instances, %d ended by the provider: expected %d to %d, and %d to %d",
				heard.told, heard.byCloud, before, until, cloudBefore, cloudUntil)
		}
	})
}

// Of a thousand instances' messages about a third are lost and a third come twice.
func TestMessagesAreLostAndComeTwice(t *testing.T) {
	for _, test := range []struct {
		lost, doubled float64
		low, high     int32
	}{{0.3, 0, 650, 750}, {0, 0.3, 1250, 1350}, {0, 0, 1000, 1000}} {
		w := World{Pools: []models.Pool{{Kind: models.Spot}}, Borrowers: []string{"b"}, Until: 1, MessagesLost: test.lost, MessagesDoubled: test.doubled}
		e := New(w, Inputs{}, &listener{Policy: policies.NewPipeline(60e9, policies.Limits{})}, Options{})
		for range 1000 {
			slot := e.fleet.take(0)
			e.fleet.address(&e.world, slot, 0)
			e.fleet.lives[slot].cause = models.ByCloud
			e.tell(slot)
		}
		e.readMessages(0)
		if told := e.obs.EndedByCloud[0]; told < test.low || told > test.high || told != e.obs.Ended[0] {
			t.Errorf("lost %v, doubled %v: told of %d and %d, expected %d to %d", test.lost, test.doubled, told, e.obs.Ended[0], test.low, test.high)
		}
		e.readMessages(1)
		if e.obs.Ended[0] != 0 {
			t.Error("a message that was read is told again")
		}
	}
}

// A queue that cannot be read is tried again after 5 s, 6 s, 7.2 s, 8.64 s, each cut to whole seconds; after the fifth failure,
// and 10.368 s more, the reader starts anew. What was sent waits.
func TestAQueueThatCannotBeReadIsTriedLaterAndLater(t *testing.T) {
	w := World{Pools: []models.Pool{{Kind: models.Spot}}, Borrowers: []string{"b"}, Until: 1, MessagesUnread: 1}
	e := New(w, Inputs{}, &listener{Policy: policies.NewPipeline(60e9, policies.Limits{})}, Options{})
	e.messages.sent[0] = 3
	var tried []tick
	for t := range tick(50) {
		before := e.messages.next
		if e.readMessages(t); e.messages.next != before {
			tried = append(tried, t)
		}
	}
	if want := []tick{0, 5, 11, 18, 26, 36, 41, 47}; !slices.Equal(tried, want) {
		t.Errorf("tried at %v, expected %v", tried, want)
	}
	e.world.MessagesUnread = 0
	if e.readMessages(60); e.obs.Ended[0] != 3 {
		t.Errorf("told of %d, and 3 waited", e.obs.Ended[0])
	}
}
