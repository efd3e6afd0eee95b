package convert

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"trough.internal/models"
)

var genai = Format{
	Name:     "alibaba-genai-2026",
	Kind:     Jobs,
	Source:   "GitHub alibaba/clusterdata, cluster-trace-v2026-GenAI; no licence file, \"for research or study purpose\" by its README",
	Columns:  "lora_request_trace*: gmt_create (to the second); predict_type (TXT_2_IMG, IMG_2_IMG, INPAINTING); predict_status; exec_time_seconds; others are not used, nor are qps and containers_reporting_per_tick (their clock is shifted and scaled)",
	Recorded: "when images were requested, of which type, and for how long each request was executed, 2024-11-15 to 12-01",
	Assumed: "requests come earlier by whole weeks; the clock of gmt_create is taken for UTC; a request stands for a title whose work is that of a stated number of processors for its execution time (which processors it had is not in the set); " +
		"IMG_2_IMG and INPAINTING become high, TXT_2_IMG medium; " + workAssumed,
	Oddities: "requests that are PENDING or PROCESSING are left out and counted; 15 to 17 November, when the service started up, lie before the span by default",
	Options:  defaults[GenAIOptions],
	convert: func(c *conversion) error {
		o := c.options.(*GenAIOptions)
		w, err := c.genaiWork(o)
		if err != nil {
			return err
		}
		return c.writeJobs(w, c.meta(o.String()))
	},
}

// GenAIOptions are the options of alibaba-genai-2026.
type GenAIOptions struct {
	Weeks      int            `set:"weeks" default:"-476" min:"-5000" max:"5000" unit:"weeks" doc:"how much later the requests come: -476 puts Monday 2024-11-18 on 2015-10-05"`
	PerRequest int            `set:"per_request" default:"320" min:"1" max:"1000000" unit:"processors" doc:"processors that a request counts for: 320 are 20 reference instances, which makes a median request (23 s) 8 minutes of work"`
	From       models.Instant `set:"from" default:"2015-10-05T00:00:00Z" doc:"earlier arrivals are left out"`
	Until      models.Instant `set:"until" default:"2015-11-05T00:00:00Z" doc:"arrivals from here on are left out"`
	Work       WorkOptions    `set:"work" doc:"how recorded jobs become jobs"`
}

// Check is called after settings were read.
func (o *GenAIOptions) Check() error { return cmp.Or(o.Work.Check(), checkSpan(o.From, o.Until)) }

// String is the options in words, as metadata has them.
func (o *GenAIOptions) String() string {
	return fmt.Sprintf("%d weeks later; %d processors to a request; %s", o.Weeks, o.PerRequest, &o.Work)
}

var genaiClass = map[string]models.Class{"TXT_2_IMG": models.Medium, "IMG_2_IMG": models.High, "INPAINTING": models.High}

var genaiColumns = strings.Split("gmt_create,predict_type,predict_status,exec_time_seconds,groupId,prompt_length,negative_prompt_length,"+
	"num_images_per_prompt,num_inference_steps,checkpoint_model_version_id,num_lora", ",")

func (c *conversion) genaiWork(o *GenAIOptions) (*workload, error) {
	path, err := c.file("lora_request_trace")
	if err != nil {
		return nil, err
	}
	t, err := openTable(path, genaiColumns...)
	if err != nil {
		return nil, err
	}
	var records []record
	left := 0
	for t.next() {
		at := t.clock("gmt_create", time.DateTime, 0)
		class := genaiClass[t.among("predict_type", "TXT_2_IMG", "IMG_2_IMG", "INPAINTING")]
		status := t.among("predict_status", "SUCCEED", "FAILED", "PENDING", "PROCESSING")
		if status == "PENDING" || status == "PROCESSING" {
			left++
			continue
		}
		work := t.number("exec_time_seconds", 0, 1e7) * float64(o.PerRequest)
		records = append(records, record{at + models.Instant(o.Weeks)*week, work, uint64(t.rows), class})
	}
	if err := t.close(); err != nil {
		return nil, err
	}
	if left > 0 {
		c.report("left out: %d requests that were not executed", left)
	}
	return o.Work.workload("alibaba-genai-2026", records, o.From, o.Until)
}
