package encoding

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/models/zoneinfo"
)

// Settings are the parameters of a synthetic encoding workload. Work is in seconds on r3.4xlarge.
//
// The defaults bring about 50 titles a day and keep some 650 r3.4xlarge busy on average. A season of ten is about 2,000
// normalised hours at once: a sixth of the 190,000 CPU-hours (16 to an r3.4xlarge) that Netflix gave for one season in 2017.
type Settings struct {
	Load       float64    `set:"load" default:"1" min:"0" max:"1000" unit:"times" doc:"factor on how much arrives: titles, experiments, jobs of a batch and of a suite"`
	TimeZone   string     `set:"time_zone" default:"America/Los_Angeles" doc:"local time of research and QA"`
	Production Production `set:"production" doc:"titles for the service"`
	Encode     Encode     `set:"encode" doc:"what becomes of a title"`
	Research   Research   `set:"research" doc:"experiments, and one batch a week"`
	QA         QA         `set:"qa" doc:"regression suites at given hours of weekdays"`
}

// Production is how titles arrive: deliveries are a Poisson process without a daily pattern ("no discernible pattern",
// Netflix 2015); a delivery is one title or a season whose episodes come within moments.
type Production struct {
	TitlesPerDay  float64        `set:"titles_per_day" default:"50" min:"0" max:"100000" unit:"titles" doc:"mean number of titles a day"`
	SeasonShare   settings.Share `set:"season_share" default:"13%" min:"0%" max:"100%" doc:"share of deliveries that are a season"`
	SeasonMin     int            `set:"season_min" default:"6" min:"1" max:"1000" unit:"episodes" doc:"fewest episodes of a season"`
	SeasonMax     int            `set:"season_max" default:"13" min:"1" max:"1000" unit:"episodes" doc:"most episodes of a season; evenly distributed"`
	SeasonGap     time.Duration  `set:"season_gap" default:"20s" min:"0s" max:"1h" doc:"mean time between the arrivals of a season's episodes; exponential"`
	Episode       time.Duration  `set:"episode" default:"45m" min:"1m" max:"10h" doc:"median length of an episode; one draw for a season"`
	EpisodeSpread float64        `set:"episode_spread" default:"0.3" min:"0" max:"2" doc:"deviation of the logarithm of an episode's length"`
	Film          time.Duration  `set:"film" default:"90m" min:"1m" max:"10h" doc:"median length of a title that is no episode"`
	FilmSpread    float64        `set:"film_spread" default:"0.3" min:"0" max:"2" doc:"deviation of the logarithm of such a length"`
}

// Encode is how a title becomes jobs.
type Encode struct {
	Chunk     time.Duration  `set:"chunk" default:"3m" min:"1s" max:"10h" doc:"length of a chunk; a title is cut evenly into the nearest number of chunks"`
	Effort    float64        `set:"effort" default:"12" min:"0.01" max:"10000" unit:"times" doc:"seconds that an encode takes over those measured (one pass of ffmpeg, default preset)"`
	Validate  settings.Share `set:"validate" default:"10%" min:"0%" max:"1000%" doc:"validation of a chunk, in its own job, as a share of its encode"`
	SameTitle settings.Share `set:"same_title" default:"70%" min:"0%" max:"100%" doc:"share of the variance of log time that a title's chunks have in common; measured 56% to 77% over segments of 97 videos"`
	Inspect   time.Duration  `set:"inspect" default:"8m" min:"0s" max:"10h" doc:"work of inspecting an hour of source; one job a title, before all others"`
	Assemble  time.Duration  `set:"assemble" default:"8m" min:"0s" max:"10h" doc:"work of assembling an hour of one output; after its chunks"`
	Final     time.Duration  `set:"final" default:"8m" min:"0s" max:"10h" doc:"work of validating an hour of one output; after its assembly"`
	WorkMin   time.Duration  `set:"work_min" default:"5m" min:"1s" max:"24h" doc:"shorter jobs are lengthened to this"`
	WorkMax   time.Duration  `set:"work_max" default:"1h" min:"1s" max:"24h" doc:"longer jobs are cut to this"`
	Formats   []Format       `set:"formats" doc:"what each title is encoded to; none stands for five built-in formats, see DefaultFormats"`
}

// Format is one target format.
type Format struct {
	Name     string  `set:"name" required:"true" doc:"a format with a fitted time: hevc-1080p30"`
	Class    string  `set:"class" default:"medium" enum:"high|medium|low" doc:"priority of its jobs"`
	Bitrates int     `set:"bitrates" default:"8" min:"1" max:"1000" unit:"outputs" doc:"outputs in this format, each encoded by jobs of its own"`
	Effort   float64 `set:"effort" default:"1" min:"0.01" max:"10000" unit:"times" doc:"factor on the effort of all formats"`
	VCPUs    int16   `set:"vcpus" default:"0" min:"0" max:"1000" unit:"vCPUs" doc:"what an encode of it needs where instances take several jobs; 0 is not stated"`
	Memory   int32   `set:"memory" default:"0" min:"0" max:"100000000" unit:"MiB" doc:"likewise; 0 is not stated"`
}

// Research is what researchers run. 12,000 jobs over a weekend is Netflix's figure (2015).
type Research struct {
	ExperimentsPerDay float64       `set:"experiments_per_day" default:"1" min:"0" max:"10000" unit:"experiments" doc:"mean number on a weekday; Poisson, at even times between 9:00 and 18:00"`
	ExperimentJobs    float64       `set:"experiment_jobs" default:"300" min:"1" max:"1000000" unit:"jobs" doc:"median number of jobs of an experiment; the deviation of its logarithm is 0.7"`
	BatchJobs         int           `set:"batch_jobs" default:"12000" min:"0" max:"10000000" unit:"jobs" doc:"jobs of the weekly batch, all at once; 0 is none"`
	BatchDay          string        `set:"batch_day" default:"saturday" enum:"monday|tuesday|wednesday|thursday|friday|saturday|sunday" doc:"day of the weekly batch"`
	BatchAt           time.Duration `set:"batch_at" default:"9h" min:"0s" max:"23h59m" doc:"time of day of the weekly batch"`
	Class             string        `set:"class" default:"medium" enum:"high|medium|low" doc:"priority of research jobs"`
}

// QA is what the test farms run: a full regression suite at given hours.
type QA struct {
	At    []time.Duration `set:"at" default:"10h, 20h" min:"0s" max:"23h59m" doc:"times of day of the suites, Monday to Friday"`
	Jobs  int             `set:"jobs" default:"400" min:"0" max:"10000000" unit:"jobs" doc:"jobs of a suite, all at once; 0 is none"`
	Class string          `set:"class" default:"low" enum:"high|medium|low" doc:"priority of QA jobs"`
}

// DefaultFormats are the formats of a workload that names none: measured ones whose chunks of equal length differ by no
// more than a factor of five, so that most fall between five minutes and an hour.
func DefaultFormats() []Format {
	return []Format{
		{Name: "hevc-1080p30", Class: "high", Bitrates: 8, Effort: 1},
		{Name: "hevc-720p30", Class: "high", Bitrates: 8, Effort: 1},
		{Name: "hevc-480p30", Class: "medium", Bitrates: 8, Effort: 1},
		{Name: "hevc-360p30", Class: "medium", Bitrates: 8, Effort: 1},
		{Name: "mpeg4-1080p30", Class: "low", Bitrates: 8, Effort: 1},
	}
}

// Defaults are the settings of an empty section.
func Defaults() Settings {
	var s Settings
	settings.Defaults(&s)
	return s
}

// Check returns an error that says what does not fit together.
func (s *Settings) Check() error {
	if _, err := zoneinfo.Load(s.TimeZone); err != nil {
		return err
	}
	if s.Production.SeasonMin > s.Production.SeasonMax {
		return fmt.Errorf("season_min is %d: expected at most season_max, %d", s.Production.SeasonMin, s.Production.SeasonMax)
	}
	if s.Encode.WorkMin > s.Encode.WorkMax {
		return fmt.Errorf("work_min is %s: expected at most work_max, %s", s.Encode.WorkMin, s.Encode.WorkMax)
	}
	for _, f := range s.formats() {
		if _, err := fitOf(f.Name); err != nil {
			return err
		}
	}
	return nil
}

func (s *Settings) formats() []Format {
	if len(s.Encode.Formats) == 0 {
		return DefaultFormats()
	}
	return s.Encode.Formats
}

// The reference type is r3.4xlarge, which nobody measured. Its times are taken from c5.2xlarge's by Amazon's ratings: 34
// ECU against 52. (On the two types that were measured, c5.2xlarge and m5.2xlarge, the ratings say 0.91 and the times 0.88
// to 0.93.)
const (
	fittedMachine   = "c5.2xlarge"
	referenceFactor = 34.0 / 52
)

// fitOf returns the distribution of a format on the fitted machine.
func fitOf(format string) (Param, error) {
	var names []string
	for _, p := range fitted {
		if p.Machine != fittedMachine {
			continue
		}
		if p.Format == format {
			return p, nil
		}
		names = append(names, p.Format)
	}
	if near, ok := settings.Nearest(format, names); ok {
		return Param{}, fmt.Errorf("format %q: no time is known for it: did you mean %s?", format, near)
	}
	return Param{}, fmt.Errorf("format %q: no time is known for it: expected one of %s", format, strings.Join(names, ", "))
}

// MeasuredSpeed is how fast a machine is for a format relative to c5.2xlarge, in thousandths; false where nobody measured.
func MeasuredSpeed(machine, format string) (int32, bool) {
	if machine == fittedMachine {
		_, err := fitOf(format)
		return 1000, err == nil
	}
	i := slices.IndexFunc(speeds, func(r Ratio) bool { return r.Machine == machine && r.Format == format })
	if i < 0 {
		return 0, false
	}
	return int32(math.Round(speeds[i].Speed * 1000)), true
}

func classOf(name string) models.Class {
	return models.Class(max(0, slices.Index(models.ClassNames(), name)))
}
