package convert

import (
	"fmt"
	"strings"

	"trough.internal/models"
	"trough.internal/models/random"
	"trough.internal/models/settings"
)

var huawei = Format{
	Name: "huawei-east-1-vm",
	Kind: Capacity,
	Source: "GitHub ChanTinPing/SPANE, data/Huawei-East-1-lt.csv, from huaweicloud/VM-placement-dataset; " +
		"CC BY-NC-SA by the data set's own README: not for commercial use",
	Columns:  "vmid; cpu (vCPU); mem (GB); at (creation, seconds from the start); lt (lifetime, seconds)",
	Recorded: "creations and lifetimes of virtual machines by size, to the second, over 21 days",
	Assumed: "the missing long-lived base (machines that were never deleted are not in the set) is a constant by pool that makes the daily swing a stated share of the whole (cloud-totals-2019: 4 to 5 %); " +
		"sizes become EC2 types with about twice the vCPUs; each machine stands for a stated number of instances; machines that are created within ten seconds of each other and alike count as one tenant's batch, which goes round the zones from one that a hash picks; " +
		"reserved is a constant level above each pool's peak; the recorded start, perhaps 8 in the morning by its README, is placed at 8 in New York, on a Monday that is made up; the year is too (the prices are of April 2019).",
	Oddities: "the count warms up for about a day and is far lower after day 15: the trace begins later, and the lower end stays",
	Options:  defaults[HuaweiOptions],
	convert:  convertHuawei,
}

// HuaweiOptions are the options of huawei-east-1-vm.
type HuaweiOptions struct {
	Types []Rename       `set:"types" default:"1c1g=c5.large, 1c2g=c5.large, 1c4g=m5.large, 2c4g=c5.xlarge, 2c8g=m5.xlarge, 4c8g=c5.2xlarge, 4c16g=m5.2xlarge, 8c16g=c5.4xlarge, 8c32g=m5.4xlarge, 12c24g=c5.9xlarge, 16c32g=c5.9xlarge, 24c48g=c5.18xlarge, 32c64g=c5.18xlarge, 48c96g=c5.18xlarge, 64c128g=c5.18xlarge" doc:"which EC2 type a size becomes"`
	Zones []string       `set:"zones" default:"us-east-1a, us-east-1b, us-east-1c" doc:"zones over which the machines are spread"`
	Swing settings.Share `set:"swing" default:"4.5%" min:"0%" max:"100%" doc:"the mean daily swing as a share of the mean count, by pool: the base is what makes it so; 0% adds no base"`
	Level settings.Share `set:"level" default:"101%" min:"0%" max:"10000%" doc:"reserved instances of a pool, as a share of its highest in-use count, rounded up"`
	Scale int32          `set:"scale" default:"1" min:"1" max:"1000" unit:"instances" doc:"how many instances each recorded machine stands for"`
	Start models.Instant `set:"start" default:"2019-09-02T12:00:00Z" doc:"when the recording begins"`
	From  models.Instant `set:"from" default:"2019-09-04T00:00:00Z" doc:"when the trace begins"`
	Until models.Instant `set:"until" default:"2019-09-23T00:00:00Z" doc:"when the trace ends, at most when the recording does"`
}

// Check is called after settings were read.
func (o *HuaweiOptions) Check() error { return checkPlaces(o.Zones, o.Types, o.From, o.Until) }

// huaweiBatch is the gap in seconds after which machines of one size are taken for another tenant's.
const huaweiBatch = 10

func convertHuawei(c *conversion) error {
	o := c.options.(*HuaweiOptions)
	u, err := c.huaweiInUse(o)
	if err != nil {
		return err
	}
	if o.Swing > 0 {
		c.report("added a base of %d instances", u.addBase(o.Swing))
	}
	u.reserve(o.Level)
	return c.writeCapacity(u, c.meta(fmt.Sprintf("types %s; zones %s; swing %s; level %s; scale %d; recording starts %s",
		listed(o.Types), strings.Join(o.Zones, " "), o.Swing, o.Level, o.Scale, o.Start)))
}

func (c *conversion) huaweiInUse(o *HuaweiOptions) (*inUse, error) {
	path, err := c.file("vm_lifetimes")
	if err != nil {
		return nil, err
	}
	t, err := openTable(path, "vmid", "cpu", "mem", "at", "lt")
	if err != nil {
		return nil, err
	}
	kinds := newTypes(o.Types)
	all := newCounts(o.From, o.Until, poolsOf(o.Zones, kinds.names))
	batches := map[string]*batch{}
	last, rest := 0.0, 0
	for t.next() {
		size := fmt.Sprintf("%dc%dg", t.whole("cpu", 1, 10_000), t.whole("mem", 1, 100_000))
		t.whole("vmid", 0, 1<<40)
		at, lifetime := t.seconds("at"), t.seconds("lt")
		if at < last && t.err == nil {
			t.bad("at", "times in order: the row before has %v", last)
		}
		last = at
		kind, known := kinds.of[size]
		if !known {
			rest++
			continue
		}
		zone := batches[size].next(at, batches, size) % uint64(len(o.Zones))
		begin := float64(o.Start) + at
		all.add(int(zone)*len(kinds.names)+kind, begin, begin+lifetime, o.Scale)
	}
	if err := t.close(); err != nil {
		return nil, err
	}
	if rest > 0 {
		c.report("left out: %d machines of sizes that have no type", rest)
	}
	u := all.inUse()
	return u, u.trim(all.minute(float64(o.Start) + last))
}

// batch is machines of one size that came together.
type batch struct {
	last  float64
	place uint64
}

// next returns the place in the round of zones of a machine that comes at a time. It may be called on nil.
func (b *batch) next(at float64, batches map[string]*batch, size string) uint64 {
	if b == nil {
		b = &batch{last: -2 * huaweiBatch}
		batches[size] = b
	}
	if at-b.last > huaweiBatch {
		b.place = random.Entity(hashOf(size), uint64(at)) >> 1
	}
	b.last = at
	b.place++
	return b.place
}
