package policies_test

import (
	"fmt"
	"strings"
	"testing"

	"trough.internal/models"
	"trough.internal/policies"
)

func TestPlanLeadsFromWhatIsToWhatWasDecided(t *testing.T) {
	all := models.NoLimit
	for _, test := range []struct {
		name                             string
		onOrder, idle, busy              int32
		finishing, leaving, target, keep int32
		limits                           policies.Limits
		want                             string
	}{
		{name: "nothing to do", busy: 5, target: 5, keep: all},
		{name: "launch", onOrder: 1, busy: 4, target: 8, keep: all, want: "launch 3 margin"},
		{name: "launch keeps finishing ones first", busy: 4, finishing: 2, target: 8, keep: all, want: "launch 4 margin"},
		{name: "launch no more than is kept", busy: 4, target: 8, keep: 6, want: "launch 2 margin"},
		{name: "yield when idle", busy: 8, target: 5, keep: all, want: "when-idle 3 margin"},
		{name: "yield by notice", busy: 8, target: 5, keep: 5, want: "by-notice 3 overdraft"},
		{name: "both", busy: 8, target: 2, keep: 5, want: "by-notice 3 overdraft, when-idle 3 margin"},
		{name: "finishing ones count for the notice", busy: 5, finishing: 3, target: 5, keep: 5, want: "by-notice 3 overdraft"},
		{name: "leaving ones do not", busy: 5, leaving: 3, target: 5, keep: 5},
		{name: "no launch where some yield by notice", busy: 2, finishing: 6, target: 5, keep: 5, want: "by-notice 3 overdraft"},
		{name: "evacuation", onOrder: 1, idle: 1, busy: 2, finishing: 1, leaving: 1, want: "by-notice 5 overdraft"},
		{name: "limit of all", busy: 4, target: 20, keep: all, limits: policies.Limits{BorrowedMax: 10}, want: "launch 6 margin"},
		{name: "leaving ones count for the limit", busy: 4, leaving: 3, target: 20, keep: all, limits: policies.Limits{BorrowedMax: 10}, want: "launch 3 margin"},
		{name: "kept ones are within the limit", busy: 4, finishing: 6, target: 20, keep: all, limits: policies.Limits{BorrowedMax: 10}, want: "launch 6 margin"},
		{name: "limit of the pool", busy: 4, target: 20, keep: all, limits: policies.Limits{BorrowedMaxPerPool: 7}, want: "launch 3 margin"},
		{name: "limit of launches", busy: 4, target: 20, keep: all, limits: policies.Limits{LaunchesPerEvaluationMax: 2}, want: "launch 2 margin"},
		{name: "a limit that was lowered", busy: 9, target: 20, keep: all, limits: policies.Limits{BorrowedMax: 6}, want: "when-idle 3 limit"},
		{name: "a limit of the pool that was lowered", busy: 9, target: 8, keep: all, limits: policies.Limits{BorrowedMaxPerPool: 6}, want: "when-idle 3 limit"},
		{name: "a target below zero", busy: 2, target: -5, keep: all, want: "when-idle 2 margin"},
	} {
		obs := marketOf(1, 1)
		obs.OnOrder[0], obs.Idle[0], obs.Busy[0] = test.onOrder, test.idle, test.busy
		obs.Finishing[0], obs.Leaving[0] = test.finishing, test.leaving
		dec := models.NewDecision(1)
		dec.Target[0], dec.Keep[0], dec.Cause[0], dec.KeepCause[0] = test.target, test.keep, models.ByMargin, models.ByOverdraft
		var got []string
		for _, o := range policies.Plan(obs, dec, test.limits, nil) {
			got = append(got, fmt.Sprintf("%s %d %s", [...]string{"launch", "when-idle", "by-notice"}[o.Kind], o.N, o.Cause))
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s: %q, expected %q", test.name, strings.Join(got, ", "), test.want)
		}
	}
}

func TestPlanAppends(t *testing.T) {
	obs, dec := marketOf(1, 1), models.NewDecision(1)
	dec.Target[0] = 1
	first := models.Order{N: 7}
	if got := policies.Plan(obs, dec, policies.Limits{}, []models.Order{first}); len(got) != 2 || got[0] != first {
		t.Errorf("got %v", got)
	}
}
