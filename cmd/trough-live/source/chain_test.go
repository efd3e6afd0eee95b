package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/models"
)

var errDown = errors.New("down")

// said is a source that says what a test wants it to say.
type said struct {
	reports []drive.Report
	work    []models.Workload
	err     error
	wait    chan struct{} // nil: answers at once
}

func (s *said) Reports(context.Context, models.Instant) ([]drive.Report, error) {
	if s.wait != nil {
		<-s.wait
	}
	return s.reports, s.err
}

func (s *said) Workload(_ context.Context, _ models.Instant, into []models.Workload) error {
	copy(into, s.work)
	return s.err
}

const unknown = models.Unknown

// says makes it say at an instant how many of 100 are in use in each pool.
func (s *said) says(at models.Instant, inUse ...int32) {
	reserved := slices.Repeat([]int32{100}, len(inUse))
	s.reports, s.err = []drive.Report{{OccurredAt: at, Reserved: reserved, InUse: inUse}}, nil
}

func chain(n int) (*Chain, []*said) {
	c := &Chain{AgeMax: 3 * time.Minute, Patience: time.Minute, Apart: Apart{Least: 5, Share: 0.05}}
	for _, zone := range []string{"us-east-1a", "us-east-1b"} {
		c.Pools = append(c.Pools, models.Pool{Region: "us-east-1", Zone: zone, Type: "r3.4xlarge"})
	}
	list := make([]*said, n)
	for s := range list {
		list[s] = new(said)
		c.Sources = append(c.Sources, NamedTelemetry{string(rune('A' + s)), list[s]})
	}
	return c, list
}

// told is what a chain says: by pool the source and how many are in use, such as "A90 B85", or "-".
func told(t *testing.T, c *Chain, now models.Instant) (text, notes string) {
	t.Helper()
	reports, err := c.Reports(context.Background(), now)
	by := slices.Repeat([]string{"-"}, len(c.Pools))
	for _, r := range reports {
		for p := range by {
			if r.InUse[p] == unknown {
				continue
			}
			if by[p] != "-" {
				t.Errorf("pool %d is of two sources: %+v", p, reports)
			}
			by[p] = fmt.Sprint(r.Source, r.InUse[p])
		}
	}
	text = strings.Join(by, " ")
	if err != nil {
		text = "error"
	}
	return text, strings.Join(c.Remarks().Notes, "\n")
}

func TestEachPoolComesFromTheFirstGoodSource(t *testing.T) {
	c, s := chain(2)
	s[0].says(noon, 90, 91)
	s[1].says(noon, 92, 93)
	if text, notes := told(t, c, noon); text != "A90 A91" || notes != "" {
		t.Errorf("both are good: %s, %q", text, notes)
	}
	s[0].says(noon+60, 90, unknown)
	s[0].reports[0].Notes = []string{"it has no row"}
	s[1].says(noon+61, 92, 93)
	if text, notes := told(t, c, noon+61); text != "A90 B93" || notes != "telemetry of A: report of 2015-10-05T12:01:00Z: it has no row\ntelemetry of 1 pools comes from B instead of A" {
		t.Errorf("the first does not know a pool: %s, %q", text, notes)
	}
	s[0].says(noon+120, 90, 91)
	s[1].err = errDown
	if text, notes := told(t, c, noon+120); text != "A90 A91" || !strings.Contains(notes, "telemetry of B: down") {
		t.Errorf("the second is down: %s, %q", text, notes)
	}
	s[0].err, s[1].err = errDown, nil
	s[1].says(noon+300, 92, 93)
	if text, _ := told(t, c, noon+300); text != "A90 A91" {
		t.Errorf("the first is down, and what it said is three minutes old: %s", text)
	}
	s[1].says(noon+301, 92, 93)
	if text, notes := told(t, c, noon+301); text != "B92 B93" || !strings.Contains(notes, "telemetry of 2 pools comes from B instead of A") {
		t.Errorf("a second older it gives way: %s, %q", text, notes)
	}
	s[1].err = errDown
	if text, _ := told(t, c, noon+1000); text != "error" {
		t.Errorf("nobody knows anything: %s", text)
	}
}

func TestASourceThatHangsHoldsUpNoOther(t *testing.T) {
	c, s := chain(2)
	c.Patience = 20 * time.Millisecond
	s[0].wait = make(chan struct{})
	s[0].says(noon, 90, 91)
	s[1].says(noon, 92, 93)
	if text, notes := told(t, c, noon); text != "B92 B93" || !strings.Contains(notes, "telemetry of A: no answer yet") {
		t.Errorf("%s, %q", text, notes)
	}
	close(s[0].wait)
	c.Patience = time.Minute
	if text, _ := told(t, c, noon+10); text != "A90 A91" {
		t.Errorf("its late answer: %s", text)
	}
}

// TestEachRuleOfTheChainPreventsItsHazard: without the rule the harm is done.
func TestEachRuleOfTheChainPreventsItsHazard(t *testing.T) {
	for rule, play := range map[string]func(*Chain, []*said) string{
		"complete": func(c *Chain, s []*said) string {
			s[0].says(noon, unknown, 91)
			s[1].says(noon, 92, 93)
			reports, _ := c.Reports(context.Background(), noon)
			if !slices.ContainsFunc(reports, func(r drive.Report) bool { return r.InUse[0] == 92 }) {
				return "a pool that the first does not know is not asked of the second"
			}
			return ""
		},
		"age": func(c *Chain, s []*said) string {
			s[0].says(noon-3600, 10, 10)
			s[1].says(noon, 92, 93)
			if reports, _ := c.Reports(context.Background(), noon); len(reports) != 1 || reports[0].InUse[0] != 92 {
				return "the report of a dead agent counts"
			}
			return ""
		},
		"clock": func(c *Chain, s []*said) string {
			s[0].says(noon, 10, 10)
			s[0].reports[0].AgeUnknown = true
			s[1].says(noon, 92, 93)
			if reports, _ := c.Reports(context.Background(), noon); len(reports) != 1 || reports[0].InUse[0] != 92 {
				return "a report of a clock that is not trusted counts"
			}
			return ""
		},
	} {
		c, s := chain(2)
		if harm := play(c, s); harm != "" {
			t.Errorf("%s: with the rule: %s", rule, harm)
		}
		c, s = chain(2)
		c.off = rule
		if play(c, s) == "" {
			t.Errorf("%s: without the rule no harm is done", rule)
		}
	}
}

func TestWhereNoSourceIsGoodAClockThatIsNotTrustedCanStillLower(t *testing.T) {
	c, s := chain(2)
	s[0].says(noon-3600, 10, 10)
	s[1].says(noon, 99, unknown)
	s[1].reports[0].AgeUnknown = true
	reports, err := c.Reports(context.Background(), noon)
	if err != nil || len(reports) != 1 || !reports[0].AgeUnknown || reports[0].InUse[0] != 99 || reports[0].InUse[1] != unknown {
		t.Errorf("%+v, %v", reports, err)
	}
}

func TestGoodSourcesThatDisagreeAreToldWithBothValuesAndAges(t *testing.T) {
	c, s := chain(2)
	s[0].says(noon-30, 90, 90)
	s[1].says(noon-10, 85, 84) // five of a hundred agree
	reports, _ := c.Reports(context.Background(), noon)
	remarks := c.Remarks()
	want := "sources disagree on pool us-east-1b/r3.4xlarge: A has 90 of 100 in use, 30s ago, B 84 of 100, 10s ago: the first counts"
	if remarks.Disagreements != 1 || !slices.Equal(remarks.Notes, []string{want}) || len(reports) != 1 {
		t.Errorf("%+v of %+v", remarks, reports)
	}
	if remarks = c.Remarks(); remarks.Disagreements != 0 || remarks.Notes != nil {
		t.Errorf("it is told again: %+v", remarks)
	}
	s[0].reports, s[1].reports = nil, nil
	c.Reports(context.Background(), noon+10)
	if n := c.Remarks().Disagreements; n != 0 {
		t.Errorf("nothing new came, and %d disagreements are counted", n)
	}
	s[1].says(noon+20, 90, 90)
	s[1].reports[0].Reserved[0] = 80
	c.Reports(context.Background(), noon+20)
	if n := c.Remarks().Disagreements; n != 1 {
		t.Errorf("what is reserved differs: %d disagreements", n)
	}
	s[1].says(noon+30, unknown, 10)
	s[1].reports[0].AgeUnknown = true
	c.Reports(context.Background(), noon+30)
	if n := c.Remarks().Disagreements; n != 0 {
		t.Errorf("one of the two is not good: %d disagreements", n)
	}
}

func TestManyDisagreementsAreCountedAndNotAllTold(t *testing.T) {
	c, s := chain(2)
	c.Pools = slices.Repeat(c.Pools[:1], 50)
	s[0].says(noon, slices.Repeat([]int32{90}, 50)...)
	s[1].says(noon, slices.Repeat([]int32{10}, 50)...)
	c.Reports(context.Background(), noon)
	if r := c.Remarks(); r.Disagreements != 50 || len(r.Notes) != 11 || r.Notes[10] != "and 40 pools more on which sources disagree" {
		t.Errorf("%d, %q", r.Disagreements, r.Notes)
	}
}

// TestAChainSaysNothingThatNoGoodSourceSaid: random sources, against the plain rule.
func TestAChainSaysNothingThatNoGoodSourceSaid(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c, s := chain(3)
		now := noon
		last := make([]drive.Report, len(s))
		for range rapid.IntRange(1, 12).Draw(rt, "cycles") {
			now += models.Instant(rapid.IntRange(1, 100).Draw(rt, "later"))
			for i, one := range s {
				one.reports, one.err = nil, nil
				switch rapid.IntRange(0, 3).Draw(rt, "answer") {
				case 0:
					one.err = errDown
				case 1:
				default:
					one.says(now-models.Instant(rapid.IntRange(-90, 400).Draw(rt, "age")), int32(rapid.IntRange(-1, 99).Draw(rt, "use")), int32(rapid.IntRange(-1, 99).Draw(rt, "use")))
					one.reports[0].AgeUnknown = rapid.IntRange(0, 9).Draw(rt, "clock") == 0
					last[i] = one.reports[0]
				}
			}
			reports, _ := c.Reports(context.Background(), now)
			c.Remarks()
			for p := range c.Pools {
				want, from := unknown, ""
				for i := len(s) - 1; i >= 0; i-- { // the plain way: the first one has the last word
					if age := now.Sub(last[i].OccurredAt); last[i].InUse != nil && last[i].InUse[p] >= 0 && !last[i].AgeUnknown && age <= 3*time.Minute && age >= -time.Minute {
						want, from = last[i].InUse[p], c.Sources[i].Name
					}
				}
				got, of := unknown, ""
				for _, r := range reports {
					if r.InUse[p] != unknown && !r.AgeUnknown {
						got, of = r.InUse[p], r.Source
					}
				}
				if got != want || of != from {
					rt.Fatalf("pool %d: %d of %s, want %d of %s: %+v", p, got, of, want, from, reports)
				}
			}
		}
	})
}
