package policies_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trough.internal/models"
	"trough.internal/policies"
	"trough.internal/policies/policytest"
)

// buyer shows a policy a market in which two of three pools are bought from, and of instances that are not there any more
// messages that they are gone, so that the promises of policies are asked of those that buy.
type buyer struct {
	policies.Policy
	of   *models.Pool // of the list that list was made of
	list []models.Pool
}

func (b *buyer) Decide(obs *models.Observation, out *models.Decision) {
	if b.of != &obs.Pools[0] {
		b.of, b.list = &obs.Pools[0], append([]models.Pool{}, obs.Pools...)
		for i := range b.list {
			b.list[i].Kind = [...]models.PoolKind{models.Spot, models.OnDemand, models.Surplus}[b.list[i].Speed/70%3]
		}
	}
	seen := *obs
	seen.Pools = b.list
	seen.Ended, seen.EndedByCloud = obs.Leaving, obs.Finishing
	b.Policy.Decide(&seen, out)
}

func TestPoliciesThatBuyKeepTheirPromises(t *testing.T) {
	for name, file := range map[string]string{
		"group":             "scaling: {groups: [{name: a, max: 40, desired: 30}]}\nevacuation: {hold_off: 0s}\n",
		"rebalancing":       "scaling: {groups: [{name: a, min: 3, max: 40, desired: 30, rebalance: true, cooldown: 3m}]}\nevacuation: {hold_off: 0s}\n",
		"fallback":          "scaling: {groups: [{name: a, max: 20, desired: 20}]}\nfallback: {target: 20, base: 2, max: 30, lower_after: 5m}\nevacuation: {hold_off: 0s}\n",
		"messages":          "scaling: {groups: [{name: a, min: 4, max: 20, desired: 20}]}\nfallback: {target: 20, max: 30, lower_after: 5m, messages: {}}\nevacuation: {hold_off: 0s}\n",
		"every":             "fallback: {max: 30, messages: {count: every}}\nevacuation: {hold_off: 0s}\n",
		"workers":           "workers: {queues: [{class: high, jobs_per_hour: 60, within: 1m}, {class: low, jobs_per_hour: 60, within: 10m, max: 5}], max: 30}\nevacuation: {hold_off: 0s}\n",
		"zone":              "workers: {queues: [{class: high, jobs_per_hour: 60, within: 1m}], max: 30, place: zone, move_after: 3m}\nevacuation: {hold_off: 0s}\n",
		"shufflr":           "workers: {queues: [{class: high, jobs_per_hour: 60, within: 1m}], max: 30}\nfallback: {base: 3, max: 3}\nbilled_hour: {}\nevacuation: {hold_off: 0s}\n",
		"hours":             "availability: {}\noverdraft: {}\nfair: {}\nbilled_hour: {}\nevacuation: {hold_off: 0s}\n",
		"kinds by the hour": "availability: {}\noverdraft: {}\nstepping: {}\nscaling: {groups: [{name: a, max: 40}]}\nfallback: {max: 30}\nbilled_hour: {}\nevacuation: {hold_off: 0s}\n",
		"three kinds":       "availability: {}\noverdraft: {}\nfair: {}\nidle: {}\nsmoothing: {}\nstepping: {}\nmargin: {}\nscaling: {groups: [{name: a, max: 40}]}\nfallback: {max: 30}\nevacuation: {hold_off: 0s}\n",
		"full":              "availability: {}\noverdraft: {}\nfair: {}\nidle: {}\nsmoothing: {}\nstepping: {}\nmargin: {}\nevacuation: {}\ncurfew: {windows: [{cron: \"0 4 * * *\", duration: 2h}]}\n",
	} {
		s, err := policies.Parse(name, []byte("policy: "+name+"\n"+file))
		if err != nil {
			t.Fatal(err)
		}
		fresh := func() policies.Policy {
			policy, err := policies.New(s)
			if err != nil {
				t.Fatal(err)
			}
			return policy
		}
		t.Run(name, func(t *testing.T) { policytest.Check(t, fresh) })
		t.Run(name+", buying", func(t *testing.T) {
			policytest.Check(t, func() policies.Policy { return &buyer{Policy: fresh()} })
		})
	}
}

func TestGroupsThatCannotBeAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"scaling: {groups: [{name: a, min: 5, max: 4}]}":            "group a: min is 5 and max 4: expected min to be at most max",
		"scaling: {groups: [{name: a, max: 4, desired: 5}]}":        "group a: desired is 5: expected 0 to 4, from min to max",
		"scaling: {groups: [{name: a, max: 4}, {name: a, max: 3}]}": "group a is there twice: expected a name for each",
		"scaling: {}":                 "expected at least one of groups",
		"fallback: {min: 5, max: 4}":  "min is 5 and max 4: expected min to be at most max",
		"fallback: {base: 5, max: 4}": "base is 5 and max 4: expected base to be at most max",
		"workers: {max: 4}":           "expected at least one of queues",
		"workers: {max: 4, queues: [{class: low, jobs_per_hour: 1, within: 1m}, {class: low, jobs_per_hour: 2, within: 1m}]}": "queue low is there twice: expected each class once",
		"workers: {max: 4, place: zone, zones: [a, b, a], queues: [{class: low, jobs_per_hour: 1, within: 1m}]}":              "zone a is there twice: expected each zone once",
		"workers: {max: 4, zones: [a], queues: [{class: low, jobs_per_hour: 1, within: 1m}]}":                                 "zones are of place: zone",
		"workers: {max: 4, queues: [{class: low, within: 1m}]}":                                                               "jobs_per_hour",
		"billed_hour: {}":                "expected availability or schedule beside billed-hour",
		"fallback: {max: 4}\nmargin: {}": "expected availability or schedule beside",
		"scaling: {groups: [{name: a, max: 4}]}\nfallback: {max: 4}\nstepping: {}":      "expected availability or schedule beside",
		"scaling: {groups: [{name: a, max: 4}]}\nfallback: {max: 4, messages: {of: 3}}": `unknown key "of"`,
	} {
		if _, err := policies.Parse("p.yaml", []byte("policy: p\n"+text+"\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %q", text, err, want)
		}
	}
}

// What is bought is no surplus: it changes no decision about what is borrowed, and stages about the surplus leave it alone.
func TestBoughtPoolsChangeNothingForBorrowedOnes(t *testing.T) {
	const all = "fair: {}\nidle: {after: 1m}\nsmoothing: {}\nstepping: {}\nmargin: {}\noverdraft: {}\ncurfew: {windows: [{cron: \"30 0 * * *\", duration: 1h, lead: 20m}]}\n"
	for name, file := range map[string]string{
		"availability": "availability: {}\n" + all,
		"surplus":      "availability: {hold: surplus}\n" + all,
		"schedule":     "schedule: {windows: [{cron: \"10 0 * * *\", duration: 3h, share: 50%}]}\nmargin: {}\noverdraft: {}\n",
	} {
		s, err := policies.Parse(name, []byte("policy: "+name+"\n"+file))
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				alone, err := policies.New(s)
				if err != nil {
					t.Fatal(err)
				}
				beside, err := policies.New(s)
				if err != nil {
					t.Fatal(err)
				}
				few, more := marketOf(2, 1), marketOf(4, 1)
				few.Borrowers, more.Borrowers = []string{"encoding"}, []string{"encoding"}
				few.Pools, more.Pools = few.Pools[:2], append(few.Pools[:2:2], more.Pools[2:]...)
				more.Pools[2].Kind, more.Pools[3].Kind = models.Spot, models.OnDemand
				n := func(name string, most int32) int32 { return rapid.Int32Range(0, most).Draw(t, name) }
				for range rapid.IntRange(1, 12).Draw(t, "evaluations") {
					few.Now += models.Instant(60 * (1 + n("minutes", 15)))
					more.Now = few.Now
					for p := range more.Pools {
						more.Reserved[p], more.InUse[p], more.AsOf[p] = 40, n("in use", 40), more.Now
						more.Idle[p], more.Busy[p], more.Finishing[p], more.Leaving[p] = n("idle", 9), n("busy", 9), n("finishing", 3), n("leaving", 3)
						if p < 2 {
							few.Reserved[p], few.InUse[p], few.AsOf[p] = more.Reserved[p], more.InUse[p], more.AsOf[p]
							few.Idle[p], few.Busy[p], few.Finishing[p], few.Leaving[p] = more.Idle[p], more.Busy[p], more.Finishing[p], more.Leaving[p]
						}
					}
					few.Workload[0].Queued[models.High], few.Workload[0].Running = n("queued", 40), n("running", 20)
					more.Workload[0] = few.Workload[0]
					a, b := models.NewDecision(2), models.NewDecision(4)
					alone.Decide(few, a)
					beside.Decide(more, b)
					for p := range 2 {
						if a.Target[p] != b.Target[p] || a.Keep[p] != b.Keep[p] {
							t.Fatalf("pool %d at %s: target %d, keep %d, and beside bought pools %d and %d", p, few.Now, a.Target[p], a.Keep[p], b.Target[p], b.Keep[p])
						}
						if b.Target[2+p] != 0 || b.Keep[2+p] != models.NoLimit {
							t.Fatalf("nobody buys, and pool %d has target %d, keep %d", 2+p, b.Target[2+p], b.Keep[2+p])
						}
					}
				}
			})
		})
	}
}

// deciding returns what a policy of spot, spot and on-demand pools wants at an observation.
func deciding(t *testing.T, file string) (*models.Observation, func() []int32) {
	s, err := policies.Parse("p", []byte("policy: p\n"+file))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := policies.New(s)
	if err != nil {
		t.Fatal(err)
	}
	obs := marketOf(3, 1)
	obs.Pools[0].Kind, obs.Pools[1].Kind, obs.Pools[2].Kind = models.Spot, models.Spot, models.OnDemand
	return obs, func() []int32 {
		out := models.NewDecision(3)
		policy.Decide(obs, out)
		return out.Target
	}
}

func TestOnDemandStandsInForWhatBoots(t *testing.T) {
	obs, decide := deciding(t, "scaling: {groups: [{name: a, max: 8, desired: 8}]}\nfallback: {target: 8, max: 9}\n")
	obs.Idle[0], obs.Busy[0], obs.Booting[1], obs.OnOrder[1] = 1, 2, 3, 2
	if got := decide(); got[2] != 5 {
		t.Errorf("targets %v: three of eight are ready", got)
	}
}

func TestWhatIsBoughtDoesNotEndWithOldReportsOfTheSurplus(t *testing.T) {
	obs, decide := deciding(t, "availability: {}\nscaling: {groups: [{name: a, max: 8, desired: 8}]}\nfallback: {target: 8, max: 9}\n")
	for range 40 {
		obs.Now += 60
		if got := decide(); got[0]+got[1] != 8 || got[2] != 8 {
			t.Fatalf("targets %v at %s", got, obs.Now)
		}
	}
}

// Needed are 6, then 4, 2, 1 and 1, every ten minutes: after twenty minutes of fewer than 6 the 4 stay, and twenty later the 1.
func TestFallbackLowersToTheMostThatWasNeededMeanwhile(t *testing.T) {
	obs, decide := deciding(t, "scaling: {groups: [{name: a, max: 8, desired: 8}]}\nfallback: {target: 6, max: 9, lower_after: 20m}\n")
	for i, step := range []struct{ ready, want int32 }{{0, 6}, {2, 6}, {4, 4}, {5, 4}, {5, 1}, {6, 1}, {5, 1}} {
		obs.Idle[0] = step.ready
		if got := decide(); got[2] != step.want {
			t.Errorf("step %d: %d on-demand, expected %d", i, got[2], step.want)
		}
		obs.Now += 600
	}
}

func TestOnlySpotInstancesThatEndedRaiseTheGroup(t *testing.T) {
	obs, decide := deciding(t, "fallback: {max: 9, messages: {count: every}}\n")
	obs.Ended, obs.EndedByCloud = []int32{1, 2, 4}, []int32{1, 0, 0}
	if got := decide(); got[2] != 3 {
		t.Errorf("%d on-demand: three spot instances and four on-demand ones ended", got[2])
	}
}
