package sim

import (
	"fmt"
	"math"
	"strings"
	"time"

	"trough.internal/models"
	"trough.internal/models/encoding"
	"trough.internal/models/settings"
)

// BatchSetting drops so many titles into the workload at once.
type BatchSetting struct {
	Name   string        `set:"name" required:"true" doc:"Name of the batch, as its figures have it: small letters, digits and hyphens."`
	At     When          `set:"at" required:"true" doc:"When its first title arrives: a time, or an offset from the scenario's start such as +26h30m."`
	Times  int           `set:"times" default:"1" min:"1" max:"10000" unit:"times" doc:"How often it arrives: as many batches of one name, each with luck of its own."`
	Every  time.Duration `set:"every" default:"24h" min:"1s" max:"3660d" doc:"Time between two arrivals of it."`
	Titles int           `set:"titles" required:"true" min:"1" max:"10000000" unit:"titles" doc:"Sources, each inspected before its outputs are encoded; the workload's load does not scale them."`
	// Zero outputs would be titles that are only inspected.
	Outputs int            `set:"outputs" default:"0" min:"0" max:"10000000" unit:"outputs" doc:"Outputs of all titles together, spread evenly over them, each cut into chunks, assembled and validated; 0 is one a title."`
	Gap     time.Duration  `set:"gap" default:"0s" min:"0s" max:"1h" doc:"Mean time between the arrivals of two titles; exponential. 0s is all at one instant."`
	Origin  string         `set:"origin" default:"production" enum:"production|research|qa" doc:"Who asks for it."`
	Classes Classes        `set:"classes" doc:"Priorities of its jobs."`
	Length  time.Duration  `set:"length" default:"36m" min:"1s" max:"100h" doc:"Mean length of a title."`
	Spread  float64        `set:"length_spread" default:"0" min:"0" max:"2" doc:"Deviation of the logarithm of a title's length."`
	Chunk   time.Duration  `set:"chunk" default:"3m" min:"1s" max:"10h" doc:"Length of a chunk; a title is cut evenly into the nearest number of chunks."`
	Work    time.Duration  `set:"work" default:"30m" min:"1s" max:"24h" doc:"Mean work of a chunk of that length over the whole batch, before work_min and work_max of the workload bound it."`
	Works   float64        `set:"work_spread" default:"0.39" min:"0" max:"2" doc:"Deviation of the logarithm of a chunk's work; 0.39 is that of the measured encodes to hevc-1080p30."`
	Same    settings.Share `set:"same_title" default:"70%" min:"0%" max:"100%" doc:"Share of that variance that a title's chunks have in common."`
}

// Classes are shares of jobs by priority.
type Classes struct {
	High   settings.Share `set:"high" default:"0%" min:"0%" max:"100%" doc:"Share of its outputs of class high."`
	Medium settings.Share `set:"medium" default:"0%" min:"0%" max:"100%" doc:"Share of its outputs of class medium."`
	Low    settings.Share `set:"low" default:"0%" min:"0%" max:"100%" doc:"Share of its outputs of class low."`
}

// Check says what does not fit together.
func (b *BatchSetting) Check() error {
	if b.Name == "" || strings.Trim(b.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return fmt.Errorf("name is %q: expected small letters, digits and hyphens", b.Name)
	}
	if b.Outputs > 0 && b.Outputs < b.Titles {
		return fmt.Errorf("outputs is %d: expected 0, or at least one for each of %d titles", b.Outputs, b.Titles)
	}
	if sum := float64(b.Classes.High + b.Classes.Medium + b.Classes.Low); math.Abs(sum-1) > 1e-9 {
		return fmt.Errorf("the shares of classes add up to %s: expected 100%%", settings.Share(math.Round(sum*1e6)/1e6))
	}
	return nil
}

// checkBatches refuses batches that have no workload to join, or that do not arrive within the scenario.
func (s *Scenario) checkBatches() error {
	if len(s.Batches) > 0 && s.Encoding == nil {
		return fmt.Errorf("batches join a generated workload: expected encoding beside them")
	}
	names := map[string]bool{}
	for i := range s.Batches {
		b := &s.Batches[i]
		if names[b.Name] {
			return fmt.Errorf("batches[%d].name is %q, like that of another batch: expected a name of its own, or times", i, b.Name)
		}
		names[b.Name] = true
		if at := b.At.From(s.From); at < s.From {
			return fmt.Errorf("batches[%d].at is %s, before the scenario's start: expected %s or later", i, at, s.From)
		}
		last := b.At.From(s.From).Add(time.Duration(b.Times-1) * b.Every)
		if last >= s.end() {
			return fmt.Errorf("batches[%d] arrives last at %s, after the scenario's end: expected before %s", i, last, s.end())
		}
	}
	return nil
}

// batches are what the scenario's batches bring, one for each time.
func (s *Scenario) batches() []encoding.BatchSettings {
	var all []encoding.BatchSettings
	for i := range s.Batches {
		b := &s.Batches[i]
		for n := range b.Times {
			all = append(all, b.arrival(b.At.From(s.From).Add(time.Duration(n)*b.Every)))
		}
	}
	return all
}

// arrival is the batch that arrives at an instant.
func (b *BatchSetting) arrival(at models.Instant) encoding.BatchSettings {
	origin := models.Production
	for o, name := range models.OriginNames() {
		if name == b.Origin {
			origin = models.Origin(o)
		}
	}
	return encoding.BatchSettings{
		Name: b.Name, At: at, Titles: b.Titles, Outputs: max(b.Outputs, b.Titles), Gap: b.Gap, Origin: origin,
		Classes: [models.Classes]float64{float64(b.Classes.High), float64(b.Classes.Medium), float64(b.Classes.Low)},
		Length:  b.Length, LengthSpread: b.Spread, Chunk: b.Chunk, Work: b.Work, WorkSpread: b.Works, SameTitle: float64(b.Same),
	}
}

// batchesAssumed says of every batch what it is made of, in sentences.
func (s *Scenario) batchesAssumed() []string {
	var texts []string
	for i := range s.Batches {
		b := &s.Batches[i]
		texts = append(texts, fmt.Sprintf("batch %s: %d titles and %d outputs at once, %d times, in chunks of %s; the mean chunk takes %s, the mean title is %s long",
			b.Name, b.Titles, max(b.Outputs, b.Titles), b.Times, b.Chunk, b.Work, b.Length))
	}
	return texts
}

// batchJobs are the jobs of every batch, by their numbers in the scenario's workload.
func (s *Scenario) batchJobs() ([]models.Batch, error) {
	if len(s.Batches) == 0 {
		return nil, nil
	}
	return encoding.Batches(*s.Encoding, s.Seed, s.From, s.end(), s.batches()...)
}
