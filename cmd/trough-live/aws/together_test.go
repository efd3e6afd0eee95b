package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/models"
)

func TestWhatMeansTheSameIsDoneInOneCallWhileAnotherIsMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all together
		var mu sync.Mutex
		var made [][]string
		bad := errors.New("throttled")
		do := func(ids []string) ([]string, error) {
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			made = append(made, slices.Clone(ids))
			switch {
			case slices.Contains(ids, "lost"):
				return nil, bad
			case slices.Contains(ids, "unknown"):
				return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "unknown" }), nil
			}
			return nil, nil
		}
		type answer struct {
			done []string
			err  error
		}
		answers := map[string]answer{}
		var asking sync.WaitGroup
		ask := func(lane, meaning string, ids ...string) {
			asking.Go(func() {
				done, err := all.do(lane, meaning, ids, 4, do)
				mu.Lock()
				defer mu.Unlock()
				answers[ids[0]] = answer{done, err}
			})
			synctest.Wait()
		}
		begin := time.Now()
		ask("east", "idle", "a")        // begins at once
		ask("east", "idle", "b", "b2")  // goes with
		ask("east", "idle", "c")        // the next
		ask("east", "12:00", "d")       // means something else
		ask("east", "12:00", "unknown") // and is not there
		ask("east", "idle", "e", "e2")  // would be more than go into one
		ask("west", "idle", "lost")     // is elsewhere, and waits for nobody
		ask("west", "idle", "w")        // comes after it
		asking.Wait()
		if took := time.Since(begin); took != 4*time.Second {
			t.Errorf("it took %s", took)
		}
		slices.SortFunc(made, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
		if got := fmt.Sprint(made); got != "[[a] [b b2 c] [d unknown] [e e2] [lost] [w]]" {
			t.Errorf("made %s", got)
		}
		for id, want := range map[string]string{"a": "[] <nil>", "b": "[] <nil>", "c": "[] <nil>", "d": "[d] <nil>", "unknown": "[] <nil>", "e": "[] <nil>",
			"lost": "[] throttled", "w": "[] <nil>"} {
			if got := fmt.Sprint(answers[id].done, " ", answers[id].err); got != want {
				t.Errorf("%s: %s, expected %s", id, got, want)
			}
		}
		if answers["unknown"].done == nil || answers["b"].done != nil {
			t.Errorf("what was done to none reads as done to all: %v", answers)
		}
		all.do("east", "idle", []string{"z"}, 4, do)
		if len(all.next) > 0 || len(all.lane) != 2 {
			t.Errorf("%d meanings are kept, %d lanes", len(all.next), len(all.lane))
		}
	})
}

// TestAnEvacuationTellsAllInAFewCalls: the pools' orders are given at once, as the driver does with those that it does not wait for.
func TestAnEvacuationTellsAllInAFewCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const pools = 200
		slow := func(to http.RoundTripper) http.RoundTripper {
			return &line{to, func(action, _ string) error {
				if !strings.HasPrefix(action, "Describe") {
					time.Sleep(200 * time.Millisecond)
				}
				return nil
			}}
		}
		cloud, server := large(t, pools, 4, slow)
		now := begin
		cloud.Now = func() models.Instant { return now }
		if _, _, err := cloud.Since(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		var all sync.WaitGroup
		for p := range pools {
			all.Go(func() {
				if err := cloud.Act(t.Context(), 1, []models.Order{{Kind: models.YieldByNotice, Pool: models.PoolID(p), N: 4}}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if calls, took := server.Calls()["ec2:CreateTags"], time.Since(started); calls > 3 || took > time.Second {
			t.Errorf("%d pools are told in %d calls and %s", pools, calls, took)
		}
		// After the notice each group takes a call of its own: they are made side by side, as far as the budget allows.
		now += 120
		started = time.Now()
		if err := cloud.Tend(t.Context(), "us-east-1"); err != nil {
			t.Fatal(err)
		}
		if calls, took := server.Calls()["autoscaling:TerminateInstanceInAutoScalingGroup"], time.Since(started); calls != pools || took > pools*200*time.Millisecond/10 {
			t.Errorf("%d groups are ended in %d calls and %s", pools, calls, took)
		}
	})
}

// TestInstancesThatAreNotThereFailNoOthers, whoever asked for those: what EC2 names is left out, in one more call.
func TestInstancesThatAreNotThereFailNoOthers(t *testing.T) {
	cloud, server := large(t, 3, 300, plainly)
	if _, _, err := cloud.Since(context.Background(), 0); err != nil {
		t.Fatal(err)
	}
	look, _, err := cloud.look(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i := range look.Instances {
		ids = append(ids, look.Instances[i].ID)
	}
	ids = slices.Insert(ids, 200, "i-00000000000000bad")
	call := &fleet.Call{Kind: fleet.TellYield, Place: fleet.Place{Region: "us-east-1"}, IDs: ids, Yield: fleet.WhenIdle}
	done, err := cloud.make(context.Background(), call, 0)
	if err != nil || len(done) != 900 || slices.Contains(done, "i-00000000000000bad") || server.Calls()["ec2:CreateTags"] != 2 {
		t.Errorf("%d of %d are told in %d calls, %v", len(done), len(ids), server.Calls()["ec2:CreateTags"], err)
	}
}
