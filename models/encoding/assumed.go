package encoding

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
)

// ClampedShare is the share of a title's encodes that is expected to be lengthened or cut, were all chunks of the stated
// length: 0 to 1.
func (s Settings) ClampedShare() float64 {
	outside, all := 0.0, 0.0
	for _, f := range s.formats() {
		p, err := fitOf(f.Name)
		if err != nil {
			continue // Check has refused it
		}
		work := distuv.Normal{Mu: p.Mu + math.Log(s.effort(f)*s.Encode.Chunk.Seconds()), Sigma: p.Sigma}
		n := float64(f.Bitrates)
		outside += n * (work.CDF(math.Log(s.Encode.WorkMin.Seconds())) + 1 - work.CDF(math.Log(s.Encode.WorkMax.Seconds())))
		all += n
	}
	if all == 0 {
		return 0
	}
	return outside / all
}

// effort is seconds on the reference type for a second of video, over the fitted seconds for SegmentSeconds of it.
func (s *Settings) effort(f Format) float64 {
	return s.Encode.Effort * f.Effort * (1 + float64(s.Encode.Validate)) * referenceFactor / SegmentSeconds
}

// Assumed says in sentences what of the workload is made up, for whoever prints a figure that rests on it.
func (s Settings) Assumed() []string {
	p, e := &s.Production, &s.Encode
	return []string{
		fmt.Sprintf("synthetic workload: %v titles a day on average without a daily pattern, %s of deliveries a season of %d to %d; nothing of when it arrives is recorded",
			p.TitlesPerDay*s.Load, p.SeasonShare, p.SeasonMin, p.SeasonMax),
		fmt.Sprintf("encode times: fitted to times measured on c5.2xlarge, times 34/52 (ECU) for r3.4xlarge, times %v for two passes and slower presets", e.Effort),
		fmt.Sprintf("chunks of %s, jobs of %s to %s: %.1f %% of the encodes of whole chunks are clamped to that",
			words(e.Chunk), words(e.WorkMin), words(e.WorkMax), 100*s.ClampedShare()),
	}
}

// words writes a duration in its largest whole unit.
func words(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := d / u.unit; d%u.unit == 0 && n > 0 {
			if n > 1 {
				u.name += "s"
			}
			return fmt.Sprintf("%d %s", n, u.name)
		}
	}
	return d.String()
}
