package convert

import (
	"cmp"
	"fmt"
	"strings"

	"trough.internal/models"
)

var wagap = Format{
	Name:     "wagap-2013-jobs",
	Kind:     Jobs,
	Source:   "GitHub aleasimulator/alea, Alea/data-set/wagap-2013.swf: CERIT-SC, MetaCentrum (Czech Republic); LGPL software, data \"for demonstration purposes\"",
	Columns:  "the Standard Workload Format's 18 fields (submit_time: seconds since 1970; run_time: s; allocated_processors), queue_name and node_spec; others are checked as numbers and not used",
	Recorded: "when batch jobs were submitted, their run time, processors and queue, January and February 2013",
	Assumed: "jobs come later by whole weeks (the hour of the day and the day of the week are kept, in UTC); " +
		"queues become classes: q_2h, q_4h, priority_long and ops high, q_1d to q_4d medium, q_1w, q_2w, q_2w_plus and backfill low; " + workAssumed,
	Oddities: "jobs with a run time below one second (two in the whole set are negative) or without processors are left out and counted",
	Options:  defaults[WagapOptions],
	convert: func(c *conversion) error {
		o := c.options.(*WagapOptions)
		w, err := c.wagapWork(o)
		if err != nil {
			return err
		}
		return c.writeJobs(w, c.meta(o.String()))
	},
}

// WagapOptions are the options of wagap-2013-jobs.
type WagapOptions struct {
	Weeks int            `set:"weeks" default:"144" min:"-5000" max:"5000" unit:"weeks" doc:"how much later the jobs come: 144 puts Monday 2012-12-31 on 2015-10-05"`
	From  models.Instant `set:"from" default:"2015-10-05T00:00:00Z" doc:"earlier arrivals are left out"`
	Until models.Instant `set:"until" default:"2015-11-05T00:00:00Z" doc:"arrivals from here on are left out"`
	Work  WorkOptions    `set:"work" doc:"how recorded jobs become jobs"`
}

// Check is called after settings were read.
func (o *WagapOptions) Check() error { return cmp.Or(o.Work.Check(), checkSpan(o.From, o.Until)) }

// String is the options in words, as metadata has them.
func (o *WagapOptions) String() string { return fmt.Sprintf("%d weeks later; %s", o.Weeks, &o.Work) }

var wagapClass = map[string]models.Class{"q_2h": models.High, "q_4h": models.High, "priority_long": models.High, "ops": models.High,
	"q_1d": models.Medium, "q_2d": models.Medium, "q_4d": models.Medium,
	"q_1w": models.Low, "q_2w": models.Low, "q_2w_plus": models.Low, "backfill": models.Low}

var wagapQueues = []string{"q_2h", "q_4h", "q_1d", "q_2d", "q_4d", "q_1w", "q_2w", "q_2w_plus", "backfill", "priority_long", "ops"}

var wagapColumns = strings.Split("job_number,submit_time,wait_time,run_time,allocated_processors,average_cpu_time_used,used_memory,requested_processors,requested_time,requested_memory,"+
	"status,user_id,group_id,executable_number,queue_number,partition_number,preceding_job_number,think_time,queue_name,node_spec", ",")

func (c *conversion) wagapWork(o *WagapOptions) (*workload, error) {
	path, err := c.file("wagap-2013")
	if err != nil {
		return nil, err
	}
	t, err := openTable(path, wagapColumns...)
	if err != nil {
		return nil, err
	}
	var records []record
	left := 0
	for t.next() {
		submit := models.Instant(t.whole("submit_time", 0, 1<<33))
		run := t.whole("run_time", -secondsMax, secondsMax/10)
		processors := t.whole("allocated_processors", -1, 100_000)
		class := wagapClass[t.among("queue_name", wagapQueues...)]
		number := uint64(t.whole("job_number", 0, 1<<40))
		if run < 1 || processors < 1 {
			left++
			continue
		}
		records = append(records, record{submit + models.Instant(o.Weeks)*week, float64(run) * float64(processors), number, class})
	}
	if err := t.close(); err != nil {
		return nil, err
	}
	if left > 0 {
		c.report("left out: %d jobs without run time or processors", left)
	}
	return o.Work.workload("wagap-2013-jobs", records, o.From, o.Until)
}
