package aws

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fakecloud"
	"trough.internal/models"
)

// line is a way to the fake's servers on which tests listen.
type line struct {
	to     http.RoundTripper
	before func(action, region string) error
}

func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(text))
	action, _, _ := strings.Cut(strings.TrimPrefix(string(text), "Action="), "&")
	region := strings.Split(r.Header.Get("Authorization"), "/")[2]
	if err := l.before(action, region); err != nil {
		return nil, err
	}
	return l.to.RoundTrip(r)
}

// over makes the world's calls go over a line, and be tried so often.
func (w *world) over(attempts int32, before func(action, region string) error) {
	client, err := Open(context.Background(), Settings{CallsPerMinute: 60_000, Attempts: attempts, Timeout: time.Minute, Transport: &line{w.server.Transport(), before}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.client = client
	w.start()
}

func quick() fakecloud.TableSettings {
	return fakecloud.TableSettings{Launch: 20 * time.Second, Boot: 90 * time.Second, Stop: 30 * time.Second}
}

func TestARegionThatCannotBeDescribedIsAsItWasAndHoldsUpNoOther(t *testing.T) {
	w := newWorld(t, quick())
	down := false
	w.over(1, func(action, region string) error {
		if down && region == "us-east-1" && action == "DescribeInstances" {
			return errors.New("no route")
		}
		return nil
	})
	w.minutes(8)
	down = true
	w.inUse = []int32{85, 95, 85}
	c := w.minutes(6)
	if got := w.held(); !slices.Equal(got, []int{10, 5, 15}) {
		t.Errorf("held %v, notes %q", got, c.Notes)
	}
	if !slices.ContainsFunc(c.Notes, func(n string) bool { return strings.Contains(n, "region us-east-1 cannot be described") }) {
		t.Errorf("notes %q", c.Notes)
	}
	down = false
	w.minutes(6)
	if got := w.held(); !slices.Equal(got, []int{15, 5, 15}) || w.known() != nil {
		t.Errorf("held %v, %v", got, w.known())
	}
}

// TestARegionThatDoesNotAnswerMakesNoOthersLookLater: the first look waits for it as long as it may, and those after it not at all, until
// it has answered in time again.
func TestARegionThatDoesNotAnswerMakesNoOthersLookLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, quick())
		var hold atomic.Int64 // how long us-east-1 takes to describe its groups
		w.over(1, func(action, region string) error {
			if region == "us-east-1" && action == "DescribeAutoScalingGroups" {
				time.Sleep(time.Duration(hold.Load()))
			}
			return nil
		})
		w.minutes(4)
		w.cloud.Patience = 5 * time.Second
		for n, step := range []struct {
			hold time.Duration
			took time.Duration // the look
			east bool          // whether it is known
		}{
			{0, 0, true},
			{150 * time.Second, 5 * time.Second, false}, // longer than a look waits, and than there is between two
			{150 * time.Second, 0, false},
			{7 * time.Second, 0, false}, // the answer to the first question is not there yet
			{7 * time.Second, 0, false}, // now it is, and is too old
			{7 * time.Second, 0, true},  // that to the next is taken, a look later
			{time.Second, 0, true},      // that, too; the next question is answered soon, which nobody waits for
			{time.Second, time.Second, true},
			{7 * time.Second, 5 * time.Second, false},
		} {
			w.table.Advance(time.Minute)
			hold.Store(int64(step.hold))
			begin := time.Now()
			look, notes, err := w.cloud.look(context.Background())
			if err != nil || !look.Groups[2].Known {
				t.Fatalf("look %d: %v, %q", n, err, notes)
			}
			if took := time.Since(begin); took != step.took || look.Groups[0].Known != step.east || (len(notes) == 0) != step.east {
				t.Errorf("look %d took %s, knows of us-east-1: %t: %q; expected %+v", n, took, look.Groups[0].Known, notes, step)
			}
			time.Sleep(time.Minute - time.Since(begin))
		}
	})
}

func TestALostAnswerIsNotFollowedByASecondEndNorByASecondLaunch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, quick())
		w.over(3, func(string, string) error { return nil })
		w.server.Fail(1, fakecloud.Fault{Kind: fakecloud.Lost, Operation: "ec2:RunInstances", Share: 1})
		w.minutes(5)
		if got := len(w.there(zones[2])); got != 10 || w.server.Calls()["ec2:RunInstances"] != 2*3 { // two orders, since no evaluation grows by so much at once
			t.Errorf("%d are launched where 10 were asked for, in %d tries", got, w.server.Calls()["ec2:RunInstances"])
		}
		for _, i := range w.there(zones[2]) {
			if len(i.Token) != 64 {
				t.Errorf("instance %s was launched by the name %q, which another try would not have", i.ID, i.Token)
			}
		}
		w.server.Fail(1, fakecloud.Fault{Kind: fakecloud.Lost, Operation: "autoscaling:TerminateInstanceInAutoScalingGroup", Share: 1})
		w.minutes(2)
		w.inUse[0] = 95
		w.minutes(3)
		if calls := w.server.Calls()["autoscaling:TerminateInstanceInAutoScalingGroup"]; calls != 1 || len(w.there(zones[0])) != 5 || w.account.Groups[0].Desired != 5 {
			t.Errorf("%d calls, %v there, %d wanted", calls, w.held(), w.account.Groups[0].Desired)
		}
	})
}

func TestAGroupWithSomebodyElsesInstanceIsLeftAlone(t *testing.T) {
	w := newWorld(t, quick())
	w.minutes(8)
	stranger := w.account.Add(nil, zones[0], "r3.4xlarge", w.Now())
	stranger.Group, stranger.State = w.account.Groups[0].Name, fakecloud.Running
	w.account.Groups[0].Desired++
	w.inUse = []int32{97, 97, 97}
	c := w.minutes(8)
	if got := w.held(); !slices.Equal(got, []int{11, 3, 3}) || w.account.Groups[0].Desired != 11 {
		t.Errorf("held %v, of which one is somebody else's", got)
	}
	if want := "has instance " + stranger.ID + " without the driver's tags"; !slices.ContainsFunc(c.Notes, func(n string) bool { return strings.Contains(n, want) }) {
		t.Errorf("notes %q", c.Notes)
	}
}

// lease is one that another driver takes when a test says so.
type lease struct{ epoch int64 }

func (l *lease) Held() (int64, <-chan struct{}, error) { return l.epoch, nil, nil }

func TestTheRightToActIsAskedForBeforeEachCall(t *testing.T) {
	w := newWorld(t, quick())
	held, lost, after := &lease{3}, false, []string{}
	w.lease = held
	w.over(1, func(action, _ string) error {
		if held.epoch != 3 && !strings.HasPrefix(action, "Describe") {
			after = append(after, action)
		}
		if lost && action == "TerminateInstances" { // of what is idle; those with a job are told next
			held.epoch = 4
		}
		return nil
	})
	w.minutes(8)
	for _, i := range w.there(zones[2])[:3] {
		i.Jobs = 0
	}
	w.queued = 0
	lost, w.inUse = true, []int32{90, 90, 97}
	c := w.minutes(1)
	if held.epoch != 4 || len(after) > 0 || len(w.there(zones[2])) != 7 {
		t.Errorf("after the lease was lost: %q, held %v, orders %+v, notes %q", after, w.held(), c.Orders, c.Notes)
	}
	for _, i := range w.there(zones[0]) {
		if i.Tag("trough:epoch") != "3" {
			t.Errorf("instance %s was ordered under epoch %q", i.ID, i.Tag("trough:epoch"))
		}
	}
}

func TestWhatTheLeaseForbadeIsNotOnOrder(t *testing.T) {
	w := newWorld(t, quick())
	held := &lease{3}
	w.lease = held
	w.over(1, func(action, _ string) error {
		if action == "DeleteTags" { // of what is to stay; a launch comes next
			held.epoch = 4
		}
		return nil
	})
	w.minutes(8)
	if err := w.cloud.Act(context.Background(), 1000, []models.Order{{Pool: 2, Kind: models.YieldWhenIdle, N: 2}}); err != nil {
		t.Fatal(err)
	}
	w.inUse[2] = 85
	c := w.minutes(2)
	if n := w.driver.Market().Count[models.OnOrder][2]; held.epoch != 4 || n != 0 || len(w.there(zones[2])) != 10 {
		t.Errorf("epoch %d, %d on order, held %v, notes %q", held.epoch, n, w.held(), c.Notes)
	}
}

func TestWhereCallsAreShortReturnsGoAndLaunchesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, quick())
		w.minutes(8)
		budget := w.client.Budget("us-east-1")
		have := func(tokens float64) {
			budget.mu.Lock()
			defer budget.mu.Unlock()
			budget.full, budget.rate, budget.size, budget.tokens = 0.01, 0.01, 100, tokens
		}
		have(20) // less than what reads leave
		act := func(kind models.OrderKind, p models.PoolID) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			return w.cloud.Act(ctx, 1000, []models.Order{{Kind: kind, Pool: p, N: 1}})
		}
		if err := act(models.YieldByNotice, 0); err != nil {
			t.Errorf("a return: %v", err)
		}
		if err := act(models.Launch, 0); err == nil {
			t.Error("a launch took one of the last calls")
		}
		have(40)
		if err := act(models.Launch, 1); err == nil {
			t.Error("a launch took one of the calls that are for looking")
		}
		have(20)
		w.table.Advance(70 * time.Minute)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := w.cloud.Tend(ctx, "us-east-1"); err != nil { // what ends comes first there, and must not wait behind tags at the next evaluation
			t.Errorf("renewals: %v", err)
		}
	})
}

func TestOldFailuresAreNotReadAgain(t *testing.T) {
	w := newWorld(t, fakecloud.TableSettings{Launch: time.Hour})
	for range 350 {
		w.account.Refuse(w.account.Groups[0], w.Now(), zones[0])
	}
	w.minutes(4)
	before := w.server.Calls()
	w.table.Set.Refused = 1
	w.inUse[0] = 85
	w.minutes(2)
	calls := w.server.Calls()["autoscaling:DescribeScalingActivities"] - before["autoscaling:DescribeScalingActivities"]
	if calls < 1 || calls > 2 {
		t.Errorf("%d calls in two cycles", calls)
	}
}

func TestAGroupsRefusalLeavesThePoolAlone(t *testing.T) {
	w := newWorld(t, quick())
	w.minutes(8)
	w.table.Set.Refused, w.table.Set.Retry = 1, time.Minute
	w.inUse = []int32{80, 90, 90}
	var c *drive.Cycle
	for range 3 {
		c = w.minutes(1)
	}
	if got := w.held(); !slices.Equal(got, []int{10, 10, 10}) || w.account.Groups[0].Desired != 10 {
		t.Errorf("held %v, desired %d", got, w.account.Groups[0].Desired)
	}
	if !slices.ContainsFunc(c.Notes, func(n string) bool { return strings.Contains(n, "there was no capacity") }) {
		t.Errorf("notes %q", c.Notes)
	}
	w.inUse[1] = 95 // the other pool's return does not wait
	w.minutes(4)
	if got := w.held(); got[1] != 5 {
		t.Errorf("held %v", got)
	}
}
