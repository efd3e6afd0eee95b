package convert

import (
	"fmt"
	"math"
	"strings"
	"time"

	"trough.internal/models"
	"trough.internal/models/random"
	"trough.internal/models/settings"
)

var azure = Format{
	Name: "azure-vm-2017",
	Kind: Capacity,
	Source: "GitHub huaweicloud/trace_generation_rnn, made from vmtable of Azure/AzurePublicDataset V1 (Resource Central, SOSP 17); " +
		"CC BY 4.0 (the repository itself MIT)",
	Columns: "arrivals_day00-20: time_s (seconds from the start, every 300; what arrived since the stamp before), batch (one tenant's request within the 300 seconds), flavor (a to p), n (alike VMs in a row); " +
		"arrivals_lifetimes_day24-29: the same plus lifetime (U15 ended in bin 15, C15 still running, bin 15 is its age); " +
		"flavors: flavor, vcpu, memory_gb; lifetime_bins: bin, min_s, max_s",
	Recorded: "arrivals of virtual machines by size and tenant's request in days 0 to 20.8 and 24.3 to 30, and the lifetimes of the latter to the bin (5 minutes to an hour, then hours, then days)",
	Assumed: "lifetimes in days 0 to 24.3 are drawn from the later ones of the same size, quarter of the day and number of machines alike, a request's machines together; " +
		"lifetimes that the recording cut off are continued by the Kaplan-Meier estimate of their size, and past its end by 10 to 20 days; arrivals in days 20.8 to 24.3 are those of a week before; " +
		"the missing long-lived base is a constant by pool that makes the daily swing a stated share of the whole (cloud-totals-2019: 4 to 5 %), and a machine of a stated age joins it in place of one that ended, without which the count would rise all month while the base builds up; sizes become EC2 types with twice the vCPUs, since EC2 has no small types that are not burstable, and the rare sizes with much memory count as the frequent one; " +
		"a request's machines go round the zones from one that a hash picks; reserved is a constant level above each pool's peak; " +
		"the recorded clock (busiest at 14 to 21 h) is taken for UTC, which is 9 to 16 in New York, and its first day for a Sunday (arrivals are fewest on days 6, 7, 13, 14 and 20).",
	Oddities: "machines that ran before the start are nowhere: the first days lack them even with the base, so the trace begins later; counts change every 300 seconds only",
	Options:  defaults[AzureOptions],
	convert:  convertAzure,
}

// AzureOptions are the options of azure-vm-2017.
type AzureOptions struct {
	Part  string         `set:"part" default:"month" enum:"month|last" doc:"the whole month, with drawn lifetimes; or its last days from recorded lifetimes alone (set from to 2017-12-08T08:00:00Z or later: the first two days warm up)"`
	Ends  string         `set:"ends" default:"spread" enum:"spread|middle" doc:"where in its bin a lifetime ends: at an even draw, or in the middle, rounded down to 300 s"`
	Types []Rename       `set:"types" default:"a=m4.large, b=m4.large, c=m4.large, e=r4.4xlarge, f=r4.4xlarge, g=m4.xlarge, h=m4.xlarge, i=r4.4xlarge, j=r4.4xlarge, k=m4.2xlarge, l=m4.2xlarge, m=m4.4xlarge, n=m4.4xlarge, d=r4.4xlarge, o=r4.4xlarge, p=r4.4xlarge" doc:"which EC2 type a size becomes"`
	Zones []string       `set:"zones" default:"us-east-1a, us-east-1b, us-east-1c" doc:"zones over which the machines are spread"`
	Swing settings.Share `set:"swing" default:"4.5%" min:"0%" max:"100%" doc:"the mean daily swing as a share of the mean count, by pool: the base is what makes it so; 0% adds no base"`
	Age   time.Duration  `set:"base_age" default:"48h" min:"0s" max:"2400h" doc:"age at which a machine joins the constant base, where it takes the place of one that ended; 0s is never"`
	Level settings.Share `set:"level" default:"101%" min:"0%" max:"10000%" doc:"reserved instances of a pool, as a share of its highest in-use count, rounded up"`
	Scale int32          `set:"scale" default:"1" min:"1" max:"1000" unit:"instances" doc:"how many instances each recorded machine stands for"`
	Start models.Instant `set:"start" default:"2017-11-12T00:00:00Z" doc:"when the recording begins"`
	From  models.Instant `set:"from" default:"2017-11-14T00:00:00Z" doc:"when the trace begins"`
	Until models.Instant `set:"until" default:"2017-12-12T00:00:00Z" doc:"when the trace ends, at most when the recording does"`
}

// Check is called after settings were read.
func (o *AzureOptions) Check() error { return checkPlaces(o.Zones, o.Types, o.From, o.Until) }

const (
	azureStep = 300     // seconds between the stamps
	azureGap  = 1799700 // the last stamp of the early arrivals
	azureLate = 2100000 // the first stamp of those with lifetimes
	azureEnd  = 2591400 // until when ends were seen
	week      = 7 * 86400
)

func convertAzure(c *conversion) error {
	o := c.options.(*AzureOptions)
	u, err := c.azureInUse(o)
	if err != nil {
		return err
	}
	if o.Swing > 0 {
		c.report("added a base of %d instances", u.addBase(o.Swing))
	}
	u.reserve(o.Level)
	return c.writeCapacity(u, c.meta(fmt.Sprintf("part %s; ends %s; types %s; zones %s; swing %s; base_age %s; level %s; scale %d; recording starts %s",
		o.Part, o.Ends, listed(o.Types), strings.Join(o.Zones, " "), o.Swing, o.Age, o.Level, o.Scale, o.Start)))
}

func (c *conversion) azureInUse(o *AzureOptions) (*inUse, error) {
	flavors, err := c.azureFlavors()
	if err != nil {
		return nil, err
	}
	bins, err := c.azureBins()
	if err != nil {
		return nil, err
	}
	late, err := c.azureArrivals("arrivals_lifetimes", flavors, bins)
	if err != nil {
		return nil, err
	}
	p := newPlacer(o, flavors, bins)
	p.late(late)
	if o.Part == "month" {
		early, err := c.azureArrivals("arrivals_day", flavors, bins)
		if err != nil {
			return nil, err
		}
		p.early(early, newDonors(late, len(flavors), len(bins)))
	}
	u := p.all.inUse()
	return u, u.trim(p.all.minute(float64(o.Start) + azureEnd))
}

// azureFlavors returns the sizes' letters.
func (c *conversion) azureFlavors() ([]string, error) {
	path, err := c.file("flavors")
	if err != nil {
		return nil, err
	}
	t, err := openTable(path, "flavor", "vcpu", "memory_gb")
	if err != nil {
		return nil, err
	}
	var names []string
	for t.next() {
		t.whole("vcpu", 1, 1000)
		t.number("memory_gb", 0.01, 100_000)
		names = append(names, t.name("flavor"))
	}
	if len(names) > 1000 {
		t.fail(fmt.Errorf("%s: %d sizes: expected at most 1000", path, len(names)))
	}
	return names, t.close()
}

// azureBin is the shortest and the longest lifetime of a bin, in seconds.
type azureBin struct{ low, high int32 }

func (c *conversion) azureBins() ([]azureBin, error) {
	path, err := c.file("lifetime_bins")
	if err != nil {
		return nil, err
	}
	t, err := openTable(path, "bin", "min_s", "max_s")
	if err != nil {
		return nil, err
	}
	var bins []azureBin
	for t.next() {
		if t.whole("bin", 0, 1000) != int64(len(bins)) && t.err == nil {
			t.bad("bin", "%d: bins are in order", len(bins))
		}
		b := azureBin{int32(t.whole("min_s", 0, secondsMax/10)), int32(t.whole("max_s", 0, secondsMax/10))}
		if b.high < b.low && t.err == nil {
			t.bad("max_s", "at least min_s, %d", b.low)
		}
		bins = append(bins, b)
	}
	return bins, t.close()
}

// arrival is so many alike machines of a tenant's request. Bin and cut are of its lifetime, where it is known.
type arrival struct {
	time   int32
	batch  int32
	n      int32
	flavor int16
	bin    int16
	cut    bool // the recording ended first: bin is the age then
}

// azureArrivals reads either of the two files, by the beginning of its name.
func (c *conversion) azureArrivals(beginning string, flavors []string, bins []azureBin) ([]arrival, error) {
	path, err := c.file(beginning)
	if err != nil {
		return nil, err
	}
	columns := []string{"time_s", "batch", "flavor", "n"}
	lifetimes := beginning == "arrivals_lifetimes"
	if lifetimes {
		columns = []string{"time_s", "batch", "flavor", "lifetime", "n"}
	}
	t, err := openTable(path, columns...)
	if err != nil {
		return nil, err
	}
	number := map[string]int16{}
	for i, f := range flavors {
		number[f] = int16(i)
	}
	var rows []arrival
	for t.next() {
		a := arrival{time: int32(t.whole("time_s", 0, azureEnd)), batch: int32(t.whole("batch", 0, 1_000_000)), n: int32(t.whole("n", 1, 1_000_000))}
		if a.time%azureStep != 0 {
			t.bad("time_s", "a multiple of %d", azureStep)
		}
		if len(rows) > 0 && a.time < rows[len(rows)-1].time {
			t.bad("time_s", "times in order: the row before has %d", rows[len(rows)-1].time)
		}
		flavor, ok := number[t.text("flavor")]
		if !ok {
			t.bad("flavor", "one of the file flavors")
		}
		a.flavor = flavor
		if lifetimes {
			a.bin, a.cut = azureLifetime(t, len(bins))
		}
		rows = append(rows, a)
	}
	return rows, t.close()
}

// azureLifetime reads U15 or C15.
func azureLifetime(t *table, bins int) (bin int16, cut bool) {
	text := t.text("lifetime")
	n, ok := 0, len(text) >= 2 && len(text) <= 4 && (text[0] == 'U' || text[0] == 'C')
	for i := 1; ok && i < len(text); i++ {
		ok = text[i] >= '0' && text[i] <= '9'
		n = 10*n + int(text[i]-'0')
	}
	if !ok || n >= bins {
		t.bad("lifetime", "U or C and a bin from 0 to %d, such as U15", bins-1)
		return 0, false
	}
	return int16(n), text[0] == 'C'
}

// placer counts machines in pools.
type placer struct {
	*AzureOptions
	all   *counts
	bins  []azureBin
	kinds types
	pool  []int // by flavor: its type, or -1
	draws random.Stream

	// Of the request at hand: how many of its machines are placed.
	time, batch int32
	placed      uint64
}

func newPlacer(o *AzureOptions, flavors []string, bins []azureBin) *placer {
	p := &placer{AzureOptions: o, bins: bins, kinds: newTypes(o.Types), draws: random.New(seed, "azure-vm-2017"), time: -1}
	p.all = newCounts(o.From, o.Until, poolsOf(o.Zones, p.kinds.names))
	for _, f := range flavors {
		kind, ok := p.kinds.of[f]
		if !ok {
			kind = -1
		}
		p.pool = append(p.pool, kind)
	}
	return p
}

// place counts one machine of an arrival for a lifetime in seconds; less than 0 is to the end.
func (p *placer) place(time, batch int32, flavor int16, lifetime int64) {
	if time != p.time || batch != p.batch {
		p.time, p.batch, p.placed = time, batch, 0
	}
	zone := (random.Entity(uint64(time), uint64(batch)) + p.placed) % uint64(len(p.Zones))
	p.placed++
	if p.pool[flavor] < 0 {
		return
	}
	begin := float64(p.Start) + float64(time)
	end := begin + float64(lifetime)
	if lifetime < 0 {
		end = float64(models.Never)
	}
	if p.Age > 0 {
		end = math.Min(end, begin+p.Age.Seconds())
	}
	p.all.add(int(zone)*len(p.kinds.names)+p.pool[flavor], begin, end, p.Scale)
}

// next is the number of the next machine of a request, for its draws.
func (p *placer) next(time, batch int32) uint64 {
	if time != p.time || batch != p.batch {
		return 0
	}
	return p.placed
}

// seconds is a lifetime in a bin, in whole steps.
func (p *placer) seconds(bin int16, entity, index uint64) int64 {
	b := p.bins[bin]
	if p.Ends == "middle" {
		return int64(b.low+b.high) / 2 / azureStep * azureStep
	}
	steps := int(b.high-b.low)/azureStep + 1
	return int64(b.low) + int64(azureStep*p.draws.Int(entity, index, steps))
}

// late places what has recorded lifetimes. What the recording cut off runs to its end.
func (p *placer) late(rows []arrival) {
	for _, a := range rows {
		entity := random.Entity(1, uint64(a.time), uint64(a.batch))
		for range a.n {
			lifetime := int64(-1)
			if !a.cut {
				lifetime = p.seconds(a.bin, entity, p.next(a.time, a.batch))
			}
			p.place(a.time, a.batch, a.flavor, lifetime)
		}
	}
}

// early places what has none, and fills the gap before the late arrivals with the arrivals of a week before.
func (p *placer) early(rows []arrival, d *donors) {
	for _, a := range rows {
		p.drawn(a, d)
	}
	for _, a := range rows {
		if a.time+week > azureGap && a.time+week < azureLate {
			a.time += week
			p.drawn(a, d)
		}
	}
}

// drawn gives each machine of an arrival a lifetime from one request of the late ones.
func (p *placer) drawn(a arrival, d *donors) {
	entity := random.Entity(2, uint64(a.time), uint64(a.batch))
	donor := d.pick(a, p.draws.Float64(entity, uint64(a.flavor)))
	for k := range a.n {
		bin, cut := donor.machine(int64(k), int64(a.n))
		index := p.next(a.time, a.batch)
		if cut {
			bin = d.beyond(a.flavor, bin, p.draws.Float64(random.Entity(entity, index), 1))
		}
		p.place(a.time, a.batch, a.flavor, p.seconds(bin, entity, index))
	}
}
