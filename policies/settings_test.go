package policies_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/policies"
)

func TestStagesSpeakInOrderOfPrecedenceWhateverTheFilesOrder(t *testing.T) {
	const file = "evacuation: {}\nmargin: {}\ncurfew: {windows: [{cron: '0 0 * * *', duration: 1h}]}\navailability: {}\n" +
		"fair: {}\nbackoff: {}\noverdraft: {}\nstepping: {}\nidle: {}\nsmoothing: {}\npolicy: upside down\n"
	s, err := policies.Parse("p.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := policies.New(s)
	if err != nil {
		t.Fatal(err)
	}
	full, _, err := policies.Load("full")
	if err != nil {
		t.Fatal(err)
	}
	want := []models.Cause{models.BySmoothing, models.ByAvailability, models.ByMargin, models.ByBackoff, models.ByFair, models.ByDemand, models.ByStepping,
		models.ByIdle, models.ByCurfew, models.ByOverdraft, models.ByStale, models.ByEvacuation}
	for _, p := range []policies.Policy{policy, full} {
		if got := p.(*policies.Pipeline).Stages(); !slices.Equal(got, want) {
			t.Errorf("stages %v, expected %v", got, want)
		}
	}
}

func TestMistakesInAPolicyFileAreNamed(t *testing.T) {
	for file, want := range map[string]string{
		"policy: x\nmargn: {}\n":                            `p.yaml:2:1: unknown key "margn": did you mean "margin"?`,
		"policy: x\navailability: {}\nmargin: {share: 5}\n": `p.yaml:3:17: margin.share is "5": expected a percentage such as "5%"`,
		"policy: x\nmargin: {}\n":                           "expected availability or schedule beside margin",
		"policy: x\navailability: {}\nschedule: {windows: [{cron: '0 0 * * *', duration: 1h, share: 5%}]}\n":                 "not both",
		"policy: x\nschedule: {windows: [{cron: '0 0 * * *', duration: 1h}]}\n":                                              "either instances or share",
		"policy: x\nschedule: {windows: [{cron: '0 0 * * *', duration: 1h, share: 5%, instances: 3}]}\n":                     "either instances or share",
		"policy: x\nschedule: {delay_p95: 1h, windows: [{cron: '0 0 * * *', duration: 1h, share: 5%}]}\n":                    "delay to be more than 0s and at most delay_p95",
		"policy: x\nschedule: {delay: 1h, delay_p95: 30m, windows: [{cron: '0 0 * * *', duration: 1h, share: 5%}]}\n":        "delay to be more than 0s and at most delay_p95",
		"policy: x\nschedule: {delay: 1h, delay_most: 30m, windows: [{cron: '0 0 * * *', duration: 1h, share: 5%}]}\n":       "delay_most to be at least delay",
		"policy: x\navailability: {}\ncurfew: {}\n":                                                                          "expected at least one of windows",
		"policy: x\navailability: {}\ncurfew: {windows: [{cron: '0 0 30 2 *', duration: 1h}]}\n":                             "expected a time that exists",
		"policy: x\navailability: {}\ncurfew: {windows: [{cron: '0 0 * * *', duration: 0s}]}\n":                              "expected at least 1m",
		"policy: x\navailability: {}\ncurfew: {windows: [{cron: '0 0 * * *', duration: 1h, time_zone: America/New_Yrok}]}\n": "New_York",
		"policy: x\navailability: {}\ncurfew: {windows: [{cron: '0 0 * * *', duration: 1h, pools: [r3.4xlarge]}]}\n":         `expected pools as zone/type`,
		"policy: x\navailability: {telemetry_age_max: 20m}\n":                                                                "expected telemetry_age_zero to be at least telemetry_age_max",
		"policy: x\navailability: {hold: everything}\n":                                                                      "expected demand or surplus",
		"policy: x\nevaluate: 0s\n":                              "evaluate",
		"policy: x\nlimits: {borrowed_max: -1}\n":                "expected at least 0",
		"availability: {}\n":                                     "policy",
		"policy: x\navailability: {}\nstepping: {up_least: 0}\n": "expected at least 1",
	} {
		if _, err := policies.Parse("p.yaml", []byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: expected %q, got %v", file, want, err)
		}
	}
}

func TestBuiltinPoliciesCanBePrintedAndReadAgain(t *testing.T) {
	for _, name := range policies.Builtin() {
		policy, s, err := policies.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if s.Policy != name || policy.Every() != time.Minute {
			t.Errorf("%s calls itself %s and is asked every %v", name, s.Policy, policy.Every())
		}
		text, err := settings.Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		again, err := policies.Parse(name, text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if more, err := settings.Encode(again); err != nil || string(more) != string(text) {
			t.Errorf("%s printed, read and printed again differs: %v\n%s\n%s", name, err, text, more)
		}
	}
}

// The numbers in full.yaml are written out for the reader; they must be those that a section without numbers has, but for
// the few that were calibrated with scenario netflix-realtime.
func TestFullStatesTheDefaults(t *testing.T) {
	full, err := policies.BuiltinSettings("full")
	if err != nil {
		t.Fatal(err)
	}
	calibrated := map[string]string{"idle.after": "30m", "stepping.up": "5%", "margin.of": "available", "margin.least": "4"}
	for _, f := range settings.Describe(full) {
		if want, ok := calibrated[f.Path]; ok {
			if f.Value != want {
				t.Errorf("%s is %s, and calibrated to %s", f.Path, f.Value, want)
			}
			continue
		}
		if f.Value != "" && f.Default != "" && f.Value != f.Default && !strings.HasPrefix(f.Path, "curfew.windows[0].") {
			t.Errorf("%s is %s, and by default %s", f.Path, f.Value, f.Default)
		}
	}
}

func TestEverySettingIsDocumented(t *testing.T) {
	for _, f := range settings.Describe(&policies.Settings{}) {
		if f.Doc == "" {
			t.Errorf("%s has no doc", f.Path)
		}
	}
}

func TestUnknownBuiltinPolicyNamesTheNearest(t *testing.T) {
	if _, _, err := policies.Load("ful"); err == nil || !strings.Contains(err.Error(), `did you mean "full"?`) {
		t.Errorf("got %v", err)
	}
	if _, _, err := policies.Load("greedy"); err == nil || !strings.Contains(err.Error(), "never, schedule, availability, full") {
		t.Errorf("got %v", err)
	}
}

func TestSetChangesOneSettingAsAFileWould(t *testing.T) {
	s, err := policies.BuiltinSettings("full")
	if err != nil {
		t.Fatal(err)
	}
	before := *s.Margin
	for path, value := range map[string]string{"margin.share": "3%", "evaluate": "2m", "curfew.windows[0].cron": "* * * * 1", "curfew.windows[0].pools": "[us-east-1a/*, '*/m4.*']",
		"limits.borrowed_max": "500", "availability.hold": "surplus", "policy": "mine: all of it"} {
		if err := s.Set(path, value); err != nil {
			t.Errorf("%s=%s: %v", path, value, err)
		}
	}
	text, err := s.Curfew.Windows[0].Cron.MarshalText()
	if err != nil || s.Margin.Share != 0.03 || s.Evaluate != 2*time.Minute || string(text) != "* * * * 1" || len(s.Curfew.Windows[0].Pools) != 2 ||
		s.Limits.BorrowedMax != 500 || s.Availability.Hold != policies.HoldSurplus || s.Policy != "mine: all of it" {
		t.Errorf("got %+v", s)
	}
	if s.Margin.Least != before.Least || before.Share != 0.05 {
		t.Errorf("another setting, or a copy, changed: %+v, %+v", s.Margin, before)
	}

	small, err := policies.BuiltinSettings("availability")
	if err != nil {
		t.Fatal(err)
	}
	if err := small.Set("margin.share", "7%"); err != nil || small.Margin == nil || small.Margin.Share != 0.07 || small.Margin.Least != 1 {
		t.Errorf("a strategy that was not there: %v, %+v", err, small.Margin)
	}
}

func TestSetNamesTheMistakeAndChangesNothing(t *testing.T) {
	s, err := policies.BuiltinSettings("full")
	if err != nil {
		t.Fatal(err)
	}
	before, _ := settings.Encode(s)
	for path, want := range map[string]string{
		"margin.share":              `margin.share is "oops": expected a percentage such as "5%"`,
		"margin.shar":               `did you mean "share"?`,
		"margin":                    "expected keys with values",
		"margin.share.more":         "margin.share.more: expected a setting",
		"curfew.windows[3].keep":    "[3] is none of them",
		"curfew.windows[0].keep":    `curfew.windows[0].keep is "oops"`,
		"curfew.windows[x].keep":    "expected an index",
		"":                          "expected a setting",
		".share":                    "expected a setting",
		"schedule.windows":          "expected a list",
		"evaluate":                  `evaluate is "oops": expected a duration`,
		"curfew.windows[0].windows": "unknown key",
	} {
		if err := s.Set(path, "oops"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: expected %q, got %v", path, want, err)
		}
	}
	if err := s.Set("margin.share", "5"); err == nil || err.Error() != `margin.share is "5": expected a percentage such as "5%"` {
		t.Errorf("with the place in a file that nobody wrote: %v", err)
	}
	if after, _ := settings.Encode(s); string(after) != string(before) {
		t.Errorf("changed to\n%s", after)
	}
}

func TestAblation(t *testing.T) {
	full, err := policies.BuiltinSettings("full")
	if err != nil {
		t.Fatal(err)
	}
	for _, cause := range full.Strategies() {
		less, err := full.Without(cause)
		if err != nil {
			t.Fatal(err)
		}
		if want := slices.DeleteFunc(full.Strategies(), func(c models.Cause) bool { return c == cause }); !slices.Equal(less.Strategies(), want) {
			t.Errorf("without %s: %v, expected %v", cause, less.Strategies(), want)
		}
		if cause == models.ByAvailability {
			if _, err := policies.New(less); err == nil {
				t.Errorf("a policy without anything to hold was made")
			}
			continue
		}
		alone, err := full.Only(cause)
		if err != nil || !slices.Equal(alone.Strategies(), []models.Cause{models.ByAvailability, cause}) || alone.Policy != "full only "+cause.String() {
			t.Errorf("only %s: %v, %v", cause, alone.Strategies(), err)
		}
	}
	if len(full.Strategies()) != 10 {
		t.Errorf("full has %d strategies, expected the article's nine and back-off", len(full.Strategies()))
	}
	trusting, err := full.Without(models.ByStale)
	if err != nil || trusting.Availability.TelemetryAgeMax != 0 || full.Availability.TelemetryAgeMax == 0 {
		t.Errorf("without stale: %v, %+v, %+v", err, trusting.Availability, full.Availability)
	}
	if _, err := full.Without(models.ByCloud); err == nil {
		t.Errorf("without the cloud")
	}
	if _, err := full.Only(models.ByDemand); err == nil {
		t.Errorf("only demand")
	}
}

func TestPatternsThatNameNoPoolAreFound(t *testing.T) {
	s, err := policies.Parse("p.yaml", []byte("policy: x\nschedule: {windows: [{cron: '0 0 * * *', duration: 1h, share: 5%, pools: ['us-east-1*/*', '*/m4.*']}]}\n"+
		"curfew: {windows: [{cron: '0 0 * * *', duration: 1h, pools: ['us-west-2*/*']}, {cron: '0 0 * * *', duration: 1h}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Unmatched([]models.Pool{{Zone: "us-east-1a", Type: "m4.large"}}); !slices.Equal(got, []policies.Pattern{"us-west-2*/*"}) {
		t.Errorf("unmatched %v", got)
	}
}

func TestRegionsThatNoPoolHasAreFound(t *testing.T) {
	s, err := policies.Parse("p.yaml", []byte("policy: x\navailability: {}\nfair: {regions: [us-east-1, us-west-2]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.UnmatchedRegions([]models.Pool{{Region: "us-east-1"}}); !slices.Equal(got, []string{"us-west-2"}) {
		t.Errorf("unmatched %v", got)
	}
}

func TestCurfewConcernsItsPoolsFromTheLeadToTheEnd(t *testing.T) {
	s, err := policies.Parse("p.yaml", []byte("policy: x\navailability: {}\ncurfew: {windows: [{cron: '0 0 * * *', duration: 1h, lead: 30m, pools: ['us-east-1a/*']}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	in, out := models.Pool{Zone: "us-east-1a", Type: "m4.large"}, models.Pool{Zone: "us-east-1b", Type: "m4.large"}
	for minutes, want := range map[int]bool{-31: false, -30: true, 0: true, 59: true, 60: false} {
		at := models.InstantOf(time.Date(2015, 10, 5, 0, minutes, 0, 0, time.UTC))
		if s.Curfew.Concerns(&in, at) != want || s.Curfew.Concerns(&out, at) {
			t.Errorf("%s: %v, %v", at, s.Curfew.Concerns(&in, at), s.Curfew.Concerns(&out, at))
		}
	}
}

// FuzzParse: what is accepted makes a policy, can be printed and read again, and decides without a panic.
func FuzzParse(f *testing.F) {
	for _, name := range policies.Builtin() {
		file, err := policies.BuiltinFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Add([]byte("policy: x\navailability: {hold: surplus}\ncurfew: {windows: [{cron: '5/7 */3 1,2-9/2 jan-mar 7', duration: 25h}]}\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := policies.Parse("fuzz.yaml", file)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("more than one line: %v", err)
			}
			return
		}
		text, err := settings.Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		again, err := policies.Parse("again.yaml", text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if more, err := settings.Encode(again); err != nil || string(more) != string(text) {
			t.Fatalf("printed twice: %v\n%s\n%s", err, text, more)
		}
		policy, err := policies.New(s)
		if err != nil {
			t.Fatal(err)
		}
		obs := marketOf(3, 2)
		obs.Workload[0].Queued[0] = 1000
		policy.Decide(obs, models.NewDecision(obs.Cells()))
	})
}
