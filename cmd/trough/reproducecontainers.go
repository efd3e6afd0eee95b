package main

import (
	"context"
	"time"

	"trough.internal/models"
	"trough.internal/report"
	"trough.internal/report/measure"
	"trough.internal/sim"
)

// containers are what Netflix announced to replace groups of instances that take one job each (Creating Your Own EC2 Spot Market,
// part 2, 2015): less overhead, cheaper churn, more throughput. The article gives no figures, so that there are no bands either.
func containers() reproduction {
	figures := []reproduced{}
	for _, v := range containerVariants {
		figures = append(figures,
			reproduced{figure: "throughput_gain" + v.suffix, unit: "%", kind: emergent, definition: defContainerGain + v.means},
			reproduced{figure: "borrowed_ratio" + v.suffix, unit: "ratio", kind: emergent, definition: defBorrowedRatio + v.means})
		for _, run := range []string{"_packed", "_alone"} {
			of := containerRuns[run] + v.means
			figures = append(figures,
				reproduced{figure: "launches_per_hour" + run + v.suffix, unit: "instances/h", kind: emergent, definition: defLaunchesPerHour + of},
				reproduced{figure: "overhead" + run + v.suffix, unit: "%", kind: emergent, definition: defOverhead + of},
				reproduced{figure: "wait_p95_min" + run + v.suffix, unit: "min", kind: emergent, definition: defContainerWait + of})
			if v.parts {
				for _, part := range overheadParts {
					figures = append(figures, reproduced{figure: "overhead_" + part.name + run + v.suffix, unit: "%", kind: emergent, definition: part.definition + of})
				}
			}
		}
	}
	return reproduction{
		name:    "containers",
		about:   "Netflix, October 2015: several jobs on an instance in containers, announced as a next step.",
		figures: figures,
		run: func(ctx context.Context, a *app, seed uint64) (map[string]float64, error) {
			values := map[string]float64{}
			for _, v := range containerVariants {
				if err := a.runContainers(ctx, seed, v, values); err != nil {
					return nil, err
				}
			}
			return values, nil
		},
		// The article has no graph; this is what is borrowed, and of which types.
		plot: func(ctx context.Context, a *app, seed uint64, dir string) error {
			return a.plotRun(ctx, "containers", seed, dir, 0, report.BorrowedByType)
		},
	}
}

const (
	defContainerGain   = "work that packed jobs complete within the span / work that jobs with an instance each complete, under the same arrivals, market and luck, - 1"
	defBorrowedRatio   = "borrowed normalised hours for each normalised hour of completed work, of packed jobs / of jobs with an instance each"
	defLaunchesPerHour = "borrowed instances launched for each normalised hour of completed work"
	defOverhead        = "part of the borrowed vCPU-hours in which no vCPU worked on an attempt that completed or still ran at the end; the sum of its parts"
	defContainerWait   = "p95 of the wait before a job's first attempt, class high"
)

var containerRuns = map[string]string{"_packed": "; jobs packed", "_alone": "; an instance for each job"}

// overheadParts are what overhead is made of.
var overheadParts = []struct {
	name, definition string
	of               func(o *overhead) int64
}{
	{"boot", "of the borrowed vCPU-hours those of instances that boot", func(o *overhead) int64 { return o.boot }},
	{"start", "of the borrowed vCPU-hours those of containers that start", func(o *overhead) int64 { return o.start }},
	{"lost", "of the borrowed vCPU-hours those of attempts that were interrupted", func(o *overhead) int64 { return o.lost }},
	{"unused", "of the borrowed vCPU-hours the rest: instances without a job, and room on others that no job fills", func(o *overhead) int64 { return o.unused() }},
}

// overhead is what a run's borrowed instances were held for, in vCPU-seconds.
type overhead struct{ held, boot, start, lost, used int64 }

func (o *overhead) unused() int64 { return o.held - o.boot - o.start - o.lost - o.used }

func (o *overhead) all() int64 { return o.held - o.used }

// containerVariant is one way to set both side by side.
type containerVariant struct {
	suffix, means string
	parts         bool // whether the overhead is taken apart
	change        func(s *sim.Scenario)
}

var containerVariants = []containerVariant{
	{parts: true},
	{suffix: "_busy", means: "; with four times the work, more than can be borrowed for",
		change: func(s *sim.Scenario) { s.Encoding.Load = 4 }},
	{suffix: "_short", means: "; with chunks of 45 seconds, a quarter as long, so that a job in a container lasts as long as else one on an instance",
		change: func(s *sim.Scenario) {
			s.Encoding.Encode.Chunk, s.Encoding.Encode.WorkMin, s.Encoding.Encode.WorkMax = 45*time.Second, 75*time.Second, 15*time.Minute
		}},
	{suffix: "_serial", means: "; where 3 % of a job's work is serial, so that a job with all of an instance's vCPUs uses them badly, and with four times the work",
		change: func(s *sim.Scenario) {
			s.Encoding.Load = 4
			if s.Dispatch.Packing != nil {
				s.Dispatch.Packing.Serial = 0.03
			}
		}},
}

// runContainers adds the figures of a variant: the scenario as it is, and the same jobs with an instance each.
func (a *app) runContainers(ctx context.Context, seed uint64, v containerVariant, values map[string]float64) error {
	change := func(s *sim.Scenario) {
		if v.change != nil {
			v.change(s)
		}
	}
	packed, err := a.runContainer(ctx, seed, "_packed", v, values, change)
	if err != nil {
		return err
	}
	alone, err := a.runContainer(ctx, seed, "_alone", v, values, func(s *sim.Scenario) {
		s.Dispatch.Packing = nil
		change(s)
	})
	if err != nil {
		return err
	}
	work := float64(packed.result.Total.WorkCompleted) / float64(alone.result.Total.WorkCompleted)
	values["throughput_gain"+v.suffix] = 100 * (work - 1)
	values["borrowed_ratio"+v.suffix] = float64(packed.result.Total.BorrowedNorm) / float64(alone.result.Total.BorrowedNorm) / work
	return nil
}

func (a *app) runContainer(ctx context.Context, seed uint64, run string, v containerVariant, values map[string]float64, change func(*sim.Scenario)) (*played, error) {
	j, c, err := a.alteredJob("containers", seed, change, false)
	if err != nil {
		return nil, err
	}
	o := &overhead{}
	pools := j.built.World.Pools
	attempts := measure.NewAttempts(func(row models.AttemptRow) {
		if j.built.World.Packing == nil && pools[row.Pool].Kind == models.Surplus {
			o.attempt(row, int64(pools[row.Pool].VCPUs))
		}
	})
	p, err := a.play(ctx, j.scenario, j.built, c, sinks{attempts}, nil)
	if err != nil {
		return nil, err
	}
	attempts.Finish(p.until)
	o.add(p)
	hours := float64(p.result.Total.WorkCompleted) / 3600
	values["launches_per_hour"+run+v.suffix] = float64(p.result.Total.Launches) / hours
	values["overhead"+run+v.suffix] = 100 * float64(o.all()) / float64(o.held)
	values["wait_p95_min"+run+v.suffix] = float64(p.result.Classes[models.High].Wait.P95) / 60
	if v.parts {
		for _, part := range overheadParts {
			values["overhead_"+part.name+run+v.suffix] = 100 * float64(part.of(o)) / float64(o.held)
		}
	}
	return p, nil
}

// attempt adds one that had an instance to itself.
func (o *overhead) attempt(row models.AttemptRow, vcpus int64) {
	seconds := int64(row.End-row.Start) * vcpus
	if row.Outcome == models.WasInterrupted {
		o.lost += seconds
	} else {
		o.used += seconds
	}
}

// add adds what instances were held for beside that, and what packed jobs had of them.
func (o *overhead) add(p *played) {
	for i := range p.pools {
		if p.pools[i].Kind != models.Surplus {
			continue
		}
		vcpus, of := int64(p.pools[i].VCPUs), &p.result.Pools[i]
		o.held += of.BorrowedSeconds * vcpus
		o.boot += of.StateSeconds[models.Booting] * vcpus
		if p.spent == nil {
			continue
		}
		s := &p.spent[i]
		o.start += s.Starting
		o.lost += s.Interrupted
		o.used += s.Completed + s.Running
	}
}
