package convert

import (
	"cmp"
	"fmt"
	"strings"

	"trough.internal/models"
)

var openb = Format{
	Name:     "alibaba-openb-2023",
	Kind:     Jobs,
	Source:   "GitHub alibaba/clusterdata, cluster-trace-gpu-v2023 (FGD, USENIX ATC 23); no licence file, \"for research or study purpose\" by its README",
	Columns:  "name; cpu_milli (thousandths of a CPU); qos (LS, BE, Burstable, Guaranteed); creation_time, scheduled_time, deletion_time (seconds; scheduled blank: never); memory_mib, num_gpu, gpu_milli, gpu_spec and pod_phase are not used, nor is the list of nodes",
	Recorded: "when tasks were created, their CPUs, their time from being scheduled to being deleted, and their quality of service, from day 110 on",
	Assumed: "the start, day 0, is a Monday 00:00 UTC that is whole weeks before the span; LS becomes high, Burstable and Guaranteed medium, BE low; GPUs are not counted; " +
		"the tasks are a sample that thickens towards its end, and are taken as they are; " + workAssumed,
	Oddities: "tasks that were never scheduled, or for no second, are left out and counted",
	Options:  defaults[OpenbOptions],
	convert: func(c *conversion) error {
		o := c.options.(*OpenbOptions)
		w, err := c.openbWork(o)
		if err != nil {
			return err
		}
		return c.writeJobs(w, c.meta(o.String()))
	},
}

// OpenbOptions are the options of alibaba-openb-2023.
type OpenbOptions struct {
	Start models.Instant `set:"start" default:"2015-06-15T00:00:00Z" doc:"when the recording begins: 16 weeks before 2015-10-05"`
	Day   int            `set:"day" default:"110" min:"0" max:"1000" unit:"days" doc:"tasks created before this day of the recording are left out: before day 110 there is hardly any"`
	From  models.Instant `set:"from" default:"2015-10-05T00:00:00Z" doc:"earlier arrivals are left out"`
	Until models.Instant `set:"until" default:"2015-11-05T00:00:00Z" doc:"arrivals from here on are left out"`
	Work  WorkOptions    `set:"work" doc:"how recorded jobs become jobs"`
}

// Check is called after settings were read.
func (o *OpenbOptions) Check() error { return cmp.Or(o.Work.Check(), checkSpan(o.From, o.Until)) }

// String is the options in words, as metadata has them.
func (o *OpenbOptions) String() string {
	return fmt.Sprintf("day 0 is %s; from day %d; %s", o.Start, o.Day, &o.Work)
}

var openbClass = map[string]models.Class{"LS": models.High, "Burstable": models.Medium, "Guaranteed": models.Medium, "BE": models.Low}

var openbColumns = strings.Split("name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time", ",")

func (c *conversion) openbWork(o *OpenbOptions) (*workload, error) {
	path, err := c.file("openb_pod_list")
	if err != nil {
		return nil, err
	}
	t, err := openTable(path, openbColumns...)
	if err != nil {
		return nil, err
	}
	var records []record
	left := 0
	for t.next() {
		created, deleted := t.seconds("creation_time"), t.seconds("deletion_time")
		cpus := t.whole("cpu_milli", 0, 100_000_000)
		class := openbClass[t.among("qos", "LS", "Burstable", "Guaranteed", "BE")]
		run := 0.0
		if !t.empty("scheduled_time") {
			run = deleted - t.seconds("scheduled_time")
			if run < 0 {
				t.bad("deletion_time", "no time before scheduled_time, %s", t.text("scheduled_time"))
			}
		}
		if created < float64(o.Day)*86400 {
			continue
		}
		if run < 1 || cpus == 0 {
			left++
			continue
		}
		records = append(records, record{o.Start + models.Instant(created), run * float64(cpus) / 1000, uint64(t.rows), class})
	}
	if err := t.close(); err != nil {
		return nil, err
	}
	if left > 0 {
		c.report("left out: %d tasks that never ran or have no CPU", left)
	}
	return o.Work.workload("alibaba-openb-2023", records, o.From, o.Until)
}
