package convert

import (
	"fmt"
	"strings"

	"trough.internal/models"
	"trough.internal/models/random"
	"trough.internal/models/settings"
)

var dlrm = Format{
	Name: "alibaba-dlrm-2025",
	Kind: Capacity,
	Source: "GitHub alibaba/clusterdata, cluster-trace-gpu-v2025/disaggregated_DLRM_trace.csv (Prism, NSDI 25), the rows of CPU nodes; " +
		"no licence file, \"for research or study purpose\" by its README",
	Columns: "instance_sn; role (CN); cpu_request (vCPU); creation_time, deletion_time (seconds from the trace's start; blank is before it and after its end); " +
		"app_name, cpu_limit, gpu_*, rdma_*, memory_* (GiB), disk_* (GiB), max_instance_per_node and scheduled_time are not used",
	Recorded: "how many instances of each size run at each time, over 31 days",
	Assumed: "sizes become EC2 types that are smaller but in the same order; an instance is in the zone that a hash of its instance_sn picks; " +
		"reserved is a constant level above each pool's peak; the recorded clock (creations peak in its hours 10 to 18) is taken for that of New York in summer, its weekday is unknown; " +
		"before its start what ran at its start is taken to run.",
	Oddities: "sizes without a type in the options (two rare ones hold 19 of 16,485 instances) are left out and counted",
	Options:  defaults[DLRMOptions],
	convert:  convertDLRM,
}

// DLRMOptions are the options of alibaba-dlrm-2025.
type DLRMOptions struct {
	Types []Rename       `set:"types" default:"48=m4.2xlarge, 64=r3.4xlarge, 96=r3.8xlarge, 192=m4.10xlarge" doc:"which EC2 type an instance of so many vCPUs becomes"`
	Zones []string       `set:"zones" default:"us-east-1a, us-east-1b, us-east-1c" doc:"zones over which the instances are spread"`
	Level settings.Share `set:"level" default:"105%" min:"0%" max:"10000%" doc:"reserved instances of a pool, as a share of its highest in-use count, rounded up"`
	Scale int32          `set:"scale" default:"1" min:"1" max:"1000" unit:"instances" doc:"how many instances each recorded one stands for"`
	Start models.Instant `set:"start" default:"2015-10-05T04:00:00Z" doc:"when the recording begins"`
	From  models.Instant `set:"from" default:"2015-10-05T00:00:00Z" doc:"when the trace begins; before the recording's start what ran then is taken to run"`
	Until models.Instant `set:"until" default:"2015-11-05T00:00:00Z" doc:"when the trace ends, at most when the recording does"`
}

// Check is called after settings were read.
func (o *DLRMOptions) Check() error { return checkPlaces(o.Zones, o.Types, o.From, o.Until) }

var dlrmColumns = strings.Split("instance_sn,role,app_name,cpu_request,cpu_limit,gpu_request,gpu_limit,rdma_request,rdma_limit,memory_request,memory_limit,"+
	"disk_request,disk_limit,max_instance_per_node,creation_time,scheduled_time,deletion_time", ",")

func convertDLRM(c *conversion) error {
	o := c.options.(*DLRMOptions)
	u, rest, err := readDLRM(c.in, o)
	if err != nil {
		return err
	}
	u.reserve(o.Level)
	if rest > 0 {
		c.report("left out: %d instances of sizes that have no type", rest)
	}
	return c.writeCapacity(u, c.meta(fmt.Sprintf("types %s; zones %s; level %s; scale %d; recording starts %s", listed(o.Types), strings.Join(o.Zones, " "), o.Level, o.Scale, o.Start)))
}

// readDLRM counts the instances, and those of sizes that have no type.
func readDLRM(files []string, o *DLRMOptions) (u *inUse, rest int, err error) {
	kinds := newTypes(o.Types)
	until := o.Until
	all := newCounts(o.From, until, poolsOf(o.Zones, kinds.names))
	end := 0.0
	for _, path := range files {
		t, err := openTable(path, dlrmColumns...)
		if err != nil {
			return nil, 0, err
		}
		for t.next() {
			zone := int(random.Mix(hashOf(t.name("instance_sn"))) % uint64(len(o.Zones)))
			t.among("role", "CN", "HN")
			size := t.whole("cpu_request", 0, 100_000)
			begin, gone := float64(o.From), float64(o.Until)
			if !t.empty("creation_time") {
				begin = float64(o.Start) + t.seconds("creation_time")
				end = max(end, begin)
			}
			if !t.empty("deletion_time") {
				gone = float64(o.Start) + t.seconds("deletion_time")
				if gone < begin && !t.empty("creation_time") {
					t.bad("deletion_time", "no time before creation_time, %s", t.text("creation_time"))
				}
				end = max(end, gone)
			}
			kind, known := kinds.of[fmt.Sprint(size)]
			if !known || t.text("role") != "CN" {
				rest++
				continue
			}
			all.add(zone*len(kinds.names)+kind, begin, gone, o.Scale)
		}
		if err := t.close(); err != nil {
			return nil, 0, err
		}
	}
	u = all.inUse()
	return u, rest, u.trim(all.minute(end)) // after the last recorded event nothing is known
}

// hashOf is the address of a name's draws.
func hashOf(name string) uint64 {
	h := uint64(len(name))
	for i := 0; i < len(name); i++ {
		h = random.Mix(h ^ uint64(name[i]))
	}
	return h
}
