package policies_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/policies"
	"trough.internal/policies/policytest"
)

func TestBackoffKeepsItsPromisesInAnyCompany(t *testing.T) {
	for name, text := range map[string]string{
		"alone":   "backoff: {most: 2}\n",
		"full":    "backoff: {}\noverdraft: {}\nfair: {tolerance: 0%}\nidle: {after: 2m}\nsmoothing: {}\nstepping: {}\nmargin: {}\n",
		"broker":  "backoff: {most: 1}\nbroker: {minimum_runtime: 3m, borrowers: [{name: borrower-0, weight: 3, nominal: 30%}]}\noverdraft: {}\n",
		"stopped": "backoff: {}\nbroker: {borrowers: [{name: borrower-0, mode: hold}, {name: borrower-1, mode: drain}]}\n",
	} {
		t.Run(name, func(t *testing.T) {
			policytest.Check(t, func() policies.Policy { return brokerOf(t, text+"evacuation: {}\n") })
		})
	}
}

// The plain old way: a cloud that is out for a while writes down when it was asked, and how often. Answers come late, as many
// evaluations as it takes.
func TestAnOutageIsAskedOnceInOneTwoFourEvaluationsAndSoOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 20).Draw(t, "most")
		late := rapid.IntRange(1, 3).Draw(t, "evaluations until an answer")
		from, length := rapid.IntRange(1, 20).Draw(t, "from"), rapid.IntRange(1, 200).Draw(t, "length")
		policy := brokerOf(t, fmt.Sprintf("backoff: {most: %d}\n", most))
		obs, out := marketOf(1, 1), models.NewDecision(1)
		pending, asked, wait := make([]int32, late), []int{}, 1
		for i := range from + length + most + 3*late + 2 {
			obs.Now, obs.AsOf[0], obs.InUse[0] = obs.Now+60, obs.Now+60, 100
			obs.Workload[0].Queued[0], obs.Workload[0].Running = int32(5000), obs.Busy[0]
			obs.Launched[0], obs.Refused[0] = 0, 0
			answers := &obs.Launched[0]
			if sent := i - late; sent >= from && sent < from+length {
				answers = &obs.Refused[0]
			}
			*answers = pending[i%late]
			obs.OnOrder[0] -= pending[i%late]
			obs.Busy[0] += obs.Launched[0]
			policy.Decide(obs, out)
			n := max(0, out.Target[0]-obs.Held(0))
			pending[i%late], obs.OnOrder[0] = n, obs.OnOrder[0]+n
			if i >= from && i < from+length && n > 0 {
				asked = append(asked, i)
				if i >= from+late && n != 1 {
					t.Fatalf("evaluation %d asks for %d at once", i, n)
				}
			}
		}
		asked = slices.DeleteFunc(asked, func(i int) bool { return i < from+late }) // sent before the first refusal was heard
		for i, at := range asked {
			if i == 0 {
				continue
			}
			wait = min(2*wait, most)
			if gap := at - asked[i-1]; gap < wait+late {
				t.Fatalf("asked at %d, and again after %d evaluations: expected at least a wait of %d and %d for the answer; all: %v", asked[i-1], gap, wait, late, asked)
			} else if late == 1 && gap != wait+late {
				t.Fatalf("asked at %d, and again only after %d evaluations: expected %d; all: %v", asked[i-1], gap, wait+late, asked)
			}
		}
		if obs.Busy[0] < 300 {
			t.Fatalf("%d of 300 are held, long after the outage", obs.Busy[0])
		}
	})
}

func TestOneGrantedLaunchEndsTheWait(t *testing.T) {
	policy, obs, out := brokerOf(t, "backoff: {}\n"), marketOf(1, 1), models.NewDecision(1)
	targets := []int32{}
	for _, answer := range [][2]int32{{0, 0}, {1, 9}, {0, 9}, {0, 0}, {1, 0}} {
		obs.Now += 60
		obs.AsOf[0], obs.InUse[0], obs.Workload[0].Queued[0] = obs.Now, 0, 50
		obs.Launched[0], obs.Refused[0] = answer[0], answer[1]
		policy.Decide(obs, out)
		targets = append(targets, out.Target[0])
	}
	// Some of ten granted is no reason to wait; none of nine is; then one asks; and it was granted.
	if want := []int32{50, 50, 0, 1, 50}; !slices.Equal(targets, want) {
		t.Errorf("targets %v, expected %v", targets, want)
	}
}

// A live driver may ask again about an observation after it failed to carry out the orders.
func TestAnObservationAskedAboutTwiceCountsOnce(t *testing.T) {
	policy, obs, out := brokerOf(t, "backoff: {}\n"), marketOf(1, 1), models.NewDecision(1)
	obs.Workload[0].Queued[0] = 50
	for i, want := range []int32{50, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1} {
		obs.Now += 60
		obs.AsOf[0] = obs.Now
		for range 3 {
			if policy.Decide(obs, out); out.Target[0] != want {
				t.Fatalf("evaluation %d: target %d, expected %d", i, out.Target[0], want)
			}
		}
		obs.Refused[0] = want
	}
}

// What one borrower would give up another could not have: the cloud launches nothing there.
func TestWhereLaunchesAreRefusedNothingIsTakenFromOneBorrowerForAnother(t *testing.T) {
	for _, terms := range []string{"", "broker: {minimum_runtime: 0s, half_life: 0s}\n"} {
		policy, obs, out := brokerOf(t, terms+"backoff: {}\n"), marketOf(1, 2), models.NewDecision(2)
		obs.Reserved[0], obs.Busy[0], obs.Workload[0].Running = 40, 30, 30
		obs.Workload[1].Queued[0] = 100
		for i := range 2 {
			obs.Now += 60
			obs.AsOf[0] = obs.Now
			policy.Decide(obs, out)
			if i == 0 && (out.Target[0] >= 30 || out.Target[1] == 0) {
				t.Fatalf("%q: nothing would move: %v", terms, out.Target)
			}
			obs.Refused[1] = 10
		}
		if want := []int32{30, 0}; !reflect.DeepEqual(out.Target, want) {
			t.Errorf("%q: targets %v, expected %v", terms, out.Target, want)
		}
	}
}

// Finishing instances can be kept: that asks nothing of the cloud.
func TestWhereLaunchesAreRefusedAPoolMayKeepWhatFinishes(t *testing.T) {
	policy, obs, out := brokerOf(t, "backoff: {}\n"), marketOf(1, 1), models.NewDecision(1)
	obs.Busy[0], obs.Finishing[0], obs.Workload[0].Running, obs.Workload[0].Queued[0] = 5, 4, 5, 50
	obs.AsOf[0], obs.Refused[0] = obs.Now, 3
	if policy.Decide(obs, out); out.Target[0] != 9 || out.Cause[0] != models.ByBackoff {
		t.Errorf("target %d because %s, expected the 5 and the 4 that finish", out.Target[0], out.Cause[0])
	}
}

// Answers to orders from before the wait tell nothing new, and one that asks is enough.
func TestLateAnswersNeitherLengthenTheWaitNorAreAskedForAgain(t *testing.T) {
	policy, obs, out := brokerOf(t, "backoff: {}\n"), marketOf(1, 1), models.NewDecision(1)
	obs.Workload[0].Queued[0] = 50
	for i, step := range []struct{ refused, onOrder, want int32 }{
		{0, 0, 50}, {40, 10, 10}, {0, 10, 10}, {10, 0, 0}, {5, 0, 0}, {0, 0, 1}, {0, 1, 1}, {0, 1, 1}, {1, 0, 0},
	} {
		obs.Now += 60
		obs.AsOf[0], obs.Refused[0], obs.OnOrder[0] = obs.Now, step.refused, step.onOrder
		if policy.Decide(obs, out); out.Target[0] != step.want {
			t.Errorf("evaluation %d: target %d, expected %d", i, out.Target[0], step.want)
		}
	}
}

// Spread evenly over what is held and what is free, the first pool would lend 6 and the second 24.
func TestWorkIsSpreadOverThePoolsThatAreNotRefusing(t *testing.T) {
	policy, obs, out := brokerOf(t, "backoff: {}\nfair: {tolerance: 0%}\n"), marketOf(2, 1), models.NewDecision(2)
	obs.Reserved[0], obs.Reserved[1] = 40, 40
	obs.Busy[0], obs.Refused[0], obs.Workload[0].Running, obs.Workload[0].Queued[0] = 10, 1, 10, 20
	obs.AsOf[0], obs.AsOf[1] = obs.Now, obs.Now
	if policy.Decide(obs, out); !slices.Equal(out.Target, []int32{10, 20}) {
		t.Errorf("targets %v, expected 10 and 20", out.Target)
	}
}

// What finishes for one borrower is nothing that another could keep.
func TestABrokerAsksNothingWhereLaunchesAreRefused(t *testing.T) {
	policy, obs, out := brokerOf(t, "backoff: {}\nbroker: {minimum_runtime: 0s, half_life: 0s}\n"), marketOf(1, 2), models.NewDecision(2)
	obs.Busy[0], obs.Finishing[0], obs.Refused[1] = 5, 40, 1
	obs.Workload[0].Running, obs.Workload[0].Queued[0], obs.Workload[1].Queued[0] = 5, 100, 100
	obs.AsOf[0] = obs.Now
	if policy.Decide(obs, out); out.Target[1] != 0 {
		t.Errorf("targets %v, expected none for the second", out.Target)
	}
}
