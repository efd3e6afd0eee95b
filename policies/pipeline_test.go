package policies_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/policies"
)

func TestTrailShowsEveryStagesWord(t *testing.T) {
	s, err := policies.Parse("p.yaml", []byte("policy: x\navailability: {}\nmargin: {share: 10%}\nsmoothing: {rise: 0s}\nstepping: {up: 5%}\nevacuation: {}\n"))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := policies.New(s)
	if err != nil {
		t.Fatal(err)
	}
	obs := marketOf(2, 1)
	obs.Reserved, obs.InUse, obs.AsOf = []int32{100, 100}, []int32{60, 0}, []models.Instant{obs.Now, obs.Now}
	obs.Workload[0].Queued[models.Low] = 50
	out := models.NewDecision(2)
	out.Trail = &models.Trail{}
	policy.Decide(obs, out)
	var b strings.Builder
	for i, stage := range out.Trail.Stages {
		fmt.Fprintf(&b, "%s %v %v\n", stage, out.Trail.Target[i], out.Trail.Demand[i])
	}
	want := "smoothing [0 0] 50\navailability [40 100] 50\nmargin [30 90] 50\ndemand [30 20] 50\nstepping [5 5] 50\nstale [5 5] 50\nevacuation [5 5] 50\n"
	if b.String() != want {
		t.Errorf("trail\n%s\nexpected\n%s", &b, want)
	}
	if out.Cause[0] != models.ByStepping || out.Cause[1] != models.ByStepping || out.KeepCause[0] != models.NoCause {
		t.Errorf("causes %v, %v", out.Cause, out.KeepCause)
	}
	obs.Evacuate[0] = true
	policy.Decide(obs, out)
	last := len(out.Trail.Stages) - 1
	if out.Trail.Keep[last][1] != 0 || out.Trail.Keep[last-1][1] != models.NoLimit || out.KeepCause[1] != models.ByEvacuation {
		t.Errorf("keep %v, because %v", out.Trail.Keep, out.KeepCause)
	}
}

func TestFirstStageAnswersForWhatNobodyChanged(t *testing.T) {
	policy, _, err := policies.Load("availability")
	if err != nil {
		t.Fatal(err)
	}
	obs := marketOf(1, 1)
	obs.Reserved[0], obs.InUse[0] = 10, 10
	out := models.NewDecision(1)
	policy.Decide(obs, out)
	if out.Target[0] != 0 || out.Cause[0] != models.ByAvailability {
		t.Errorf("target %d because %s", out.Target[0], out.Cause[0])
	}
}

func TestDecidingAllocatesNothing(t *testing.T) {
	for _, name := range policies.Builtin() {
		for _, borrowers := range []int{1, 3} {
			policy, _, err := policies.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			obs := marketOf(20, borrowers)
			out := models.NewDecision(obs.Cells())
			out.Trail = &models.Trail{}
			orders := make([]models.Order, 0, 3*obs.Cells())
			step := int32(0)
			decide := func() {
				step++
				obs.Now += 60
				for p := range obs.Pools {
					obs.AsOf[p], obs.InUse[p] = obs.Now, 200+step*int32(p+7)%50
					if step%5 == 0 {
						obs.InUse[p] = models.Unknown
					}
				}
				obs.Workload[0].Queued[0] = step * 37 % 3000
				obs.Evacuate[0] = step%20 == 0
				policy.Decide(obs, out)
				orders = policies.Plan(obs, out, policy.Limits(), orders[:0])
			}
			decide()
			if n := testing.AllocsPerRun(3000, decide); n > 0.2 { // finding a window's next change, once in hours, may
				t.Errorf("%s with %d borrowers: %v allocations for a decision", name, borrowers, n)
			}
		}
	}
}

func TestRestoreRefusesWhatIsNoSnapshotOfThisPolicyAndStaysAsItWas(t *testing.T) {
	policy, s, err := policies.Load("full")
	if err != nil {
		t.Fatal(err)
	}
	obs := marketOf(2, 1)
	policy.Decide(obs, models.NewDecision(2))
	good, err := policy.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	less, err := s.Without(models.ByIdle)
	if err != nil {
		t.Fatal(err)
	}
	other, err := policies.New(less)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := other.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"empty": "", "no JSON": "?", "another policy": string(foreign), "cut": string(good[:len(good)/2]), "twice": string(good) + string(good),
		"unknown field":     strings.Replace(string(good), `"Filled"`, `"Filed"`, 1),
		"no memory":         `{"stages":[{"stage":"smoothing"}]}`,
		"another stage":     strings.Replace(string(good), `"idle"`, `"margin"`, 1),
		"another kind":      strings.Replace(string(good), `"Next":`, `"Next":"`, 1),
		"memory of margin":  strings.Replace(string(good), `{"stage":"margin"}`, `{"stage":"margin","memory":{}}`, 1),
		"nothing for stale": strings.Replace(string(good), `"stage":"stale","memory"`, `"stage":"stale","nothing"`, 1),
	} {
		if err := policy.Restore([]byte(data)); err == nil {
			t.Errorf("%s: was restored", name)
		}
	}
	if again, err := policy.Snapshot(); err != nil || string(again) != string(good) {
		t.Errorf("changed by a refused snapshot: %v\n%s\n%s", err, good, again)
	}
	if err := policy.Restore(good); err != nil {
		t.Error(err)
	}
}

// calm is a stage of somebody's own: it holds at most half of every pool.
type calm struct{}

func (calm) Cause() models.Cause { return models.ByLimit }
func (calm) Memory() any         { return nil }
func (calm) Apply(obs *models.Observation, p *policies.Proposal) {
	for pool, reserved := range obs.Reserved {
		p.CapPool(pool, reserved/2)
	}
}

// A strategy of one's own stands among those that are there.
func ExampleNewPipeline() {
	policy := policies.NewPipeline(time.Minute, policies.Limits{}, &policies.Availability{Hold: policies.HoldSurplus}, calm{})

	obs := marketOf(1, 1)
	obs.Reserved[0], obs.InUse[0] = 100, 20
	decision := models.NewDecision(obs.Cells())
	policy.Decide(obs, decision)
	fmt.Printf("hold %d, because of %s\n", decision.Target[0], decision.Cause[0])
	// Output: hold 50, because of limit
}

// A policy decides how much to hold; Plan makes orders of it.
func ExamplePolicy() {
	settings, err := policies.Parse("mine.yaml", []byte("policy: mine\navailability: {}\nmargin: {share: 10%}\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := settings.Set("margin.share", "20%"); err != nil { // as --set margin.share=20% does
		fmt.Println(err)
		return
	}
	policy, err := policies.New(settings)
	if err != nil {
		fmt.Println(err)
		return
	}

	obs := marketOf(1, 1) // one pool
	obs.Reserved[0], obs.InUse[0], obs.AsOf[0] = 100, 20, obs.Now
	obs.Busy[0] = 30
	obs.Workload[0].Running, obs.Workload[0].Queued[models.High] = 30, 500

	decision := models.NewDecision(obs.Cells())
	policy.Decide(obs, decision)
	fmt.Printf("hold %d, because of %s\n", decision.Target[0], decision.Cause[0])
	for _, order := range policies.Plan(obs, decision, policy.Limits(), nil) {
		fmt.Printf("launch %d in %s\n", order.N, obs.Pools[order.Pool].Name())
	}
	// Output:
	// hold 60, because of margin
	// launch 30 in us-east-1a/t0.large
}
