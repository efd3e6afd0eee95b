package sim

import (
	"testing"

	"trough.internal/models"
)

// eventSum mixes events into one number, in order.
type eventSum struct {
	n   int
	sum uint64
}

func (s *eventSum) Event(e models.Event) {
	s.n++
	for _, v := range [...]int64{int64(e.At), int64(e.Kind), int64(e.Pool), int64(e.Instance), int64(e.Job), int64(e.N), int64(e.M)} {
		s.sum = (s.sum ^ uint64(v)) * 0x100000001b3
	}
}

// Decoding changes nothing, however often the decoded inputs are replayed, side by side or one after another.
func TestADecodedScenarioRunsLikeTheSameUndecoded(t *testing.T) {
	for _, text := range []string{`
scenario: s
from: 2015-10-05T00:00:00Z
length: 30h
market: {scale: 0.02}
encoding: {load: 0.1}
base: [{pool: us-east-1a/r3.4xlarge, instances: 5}]
batches: [{name: b, at: +3h, titles: 4, classes: {high: 100%}}]
events: [{kind: failover, at: +20h, length: 2h, share: 50%, switch_after: 5m}]
policy: full
`, `
scenario: s
from: 2015-10-05T00:00:00Z
length: 26h
workload_w: {jobs: 2000, pools: 6, days: 1}
policy: full
`} {
		s, err := ParseScenario("s.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		run := func(decode bool) []eventSum {
			b, err := s.Build(nil)
			if err == nil && decode {
				err = b.Decode()
			}
			if err != nil {
				t.Fatal(err)
			}
			sums := make([]eventSum, 2)
			for i := range sums {
				play(t, b, policyOf(t, s), Options{Sink: &sums[i]})
			}
			return sums
		}
		as, decoded := run(false), run(true)
		if as[0].n < 1000 || as[0] != decoded[0] || decoded[0] != decoded[1] {
			t.Errorf("undecoded %v, decoded %v", as, decoded)
		}
	}
}
