package convert

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"trough.internal/models"
	"trough.internal/models/catalog"
)

const (
	catalogRecorded = "Amazon's list prices for Linux, default tenancy: USD per hour; a reservation's price is the effective one, what is paid over the term spread over its hours"
	hoursPerMonth   = 730 // of the lists that give prices by the month
	textMax         = 64 << 20
)

var catalog2015 = Format{
	Name:     "ec2-catalog-2015",
	Kind:     Catalog,
	Source:   "GitHub lantrix/ec2instances.info, scraped from AWS on 2015-08-02; MIT-style licence",
	Columns:  "region; instance_type; vCPU; memory (GiB); ECU; linux.ondemand and linux.reserved.<term> (USD per hour); family, generation, network_performance, ebs_optimized and storage_* are not used",
	Recorded: catalogRecorded,
	Assumed:  "nothing.",
	Oddities: "an ECU that is \"variable\" becomes 0, not rated; blank prices are not offered",
	convert: func(c *conversion) error {
		path, err := c.file("instances_linux")
		if err != nil {
			return err
		}
		return c.convertCatalog(path)
	},
}

var catalog2017 = Format{
	Name:     "ec2-catalog-2017-2023",
	Kind:     Catalog,
	Source:   "GitHub adagues/ec2instances.info (2017-03-01) and LeanerCloud/ec2-instances-info (2019-04-05, 2023-08-30); MIT",
	Columns:  "as ec2-catalog-2015, with standard and convertible reservations; us-east-1_2023-08: Instance type, CPU cores, Memory(GB), Linux OD cost, Linux Standard RI 1y AllUpfront cost (USD per hour), others not used",
	Recorded: catalogRecorded,
	Assumed:  "nothing.",
	Oddities: "blank and 0 prices are not offered: such a type cannot be looked up; the list of 2023-08 lacks types after t4g.large and has no ECU",
	Options:  defaults[CatalogOptions],
	convert: func(c *conversion) error {
		o := c.options.(*CatalogOptions)
		path, err := c.file(map[string]string{"2017-03": "instances_linux_2017-03", "2019-04": "instances_linux_2019-04", "2023-08": "us-east-1_2023-08"}[o.List])
		if err != nil {
			return err
		}
		return c.convertCatalog(path)
	},
}

// CatalogOptions are the options of ec2-catalog-2017-2023.
type CatalogOptions struct {
	List string `set:"list" default:"2019-04" enum:"2017-03|2019-04|2023-08" doc:"which of the three lists"`
}

func (c *conversion) convertCatalog(path string) error {
	text, err := readText(path)
	if err != nil {
		return err
	}
	list, err := catalog.Parse(path, text)
	if err != nil {
		return err
	}
	return c.writeCatalog(list.Types())
}

// readText is a whole file, unpacked.
func readText(path string) ([]byte, error) {
	t, err := openText(path)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(t, textMax+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %v", path, err)
	}
	if n > textMax {
		return nil, fmt.Errorf("%s: longer than %d bytes", path, textMax)
	}
	return b.Bytes(), nil
}

// writeCatalog writes types in the layout of the built-in lists, by region and name, with the terms that any of them has.
func (c *conversion) writeCatalog(types []catalog.Type) error {
	types = slices.Clone(types)
	slices.SortFunc(types, func(a, b catalog.Type) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Name, b.Name))
	})
	var terms []catalog.Term
	for term := range catalog.Terms {
		for i := range types {
			if types[i].Reserved[term] > 0 {
				terms = append(terms, term)
				break
			}
		}
	}
	err := c.writeText(func(w *csv.Writer) error {
		header := []string{"region", "type", "vcpus", "memory_mib", "ecu", "on_demand"}
		for _, term := range terms {
			header = append(header, strings.ReplaceAll(term.String(), "-", "_"))
		}
		if err := w.Write(header); err != nil {
			return err
		}
		for i := range types {
			if err := w.Write(catalogRow(&types[i], terms)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		c.report("%d types", len(types))
	}
	return err
}

func catalogRow(t *catalog.Type, terms []catalog.Term) []string {
	row := []string{t.Region, t.Name, strconv.Itoa(int(t.VCPUs)), strconv.Itoa(int(t.MemoryMiB)), strconv.FormatFloat(t.ECU, 'f', -1, 64), usd(t.OnDemand)}
	for _, term := range terms {
		row = append(row, usd(t.Reserved[term]))
	}
	return row
}

// usd is a price in dollars; nothing for what is not offered.
func usd(p models.MicroUSDPerHour) string {
	if p == 0 {
		return ""
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%06d", p/1e6, p%1e6), "0"), ".")
}

var ondemand2026 = Format{
	Name:     "ec2-ondemand-2026",
	Kind:     Catalog,
	Source:   "GitHub aws/karpenter-provider-aws (prices of 2026-07-20) and kubernetes/autoscaler (shapes of 2026-01-22); Apache-2.0",
	Columns:  "ondemand_linux: region, instance_type, ondemand_usd_per_hour; instance_specs: InstanceType, VCPU, MemoryMb (MiB), GPU, Architecture (the last two not used)",
	Recorded: "on-demand prices in us-east-1 and shapes of types; no reserved prices, no ECU",
	Assumed:  "nothing.",
	Oddities: "types with a price and no shape (266 newer ones) or a shape and no price (Macs) are left out and counted",
	convert:  convertOnDemand2026,
}

func convertOnDemand2026(c *conversion) error {
	specsPath, err := c.file("instance_specs")
	if err != nil {
		return err
	}
	pricesPath, err := c.file("ondemand_linux")
	if err != nil {
		return err
	}
	specs, err := readSpecs(specsPath)
	if err != nil {
		return err
	}
	t, err := openTable(pricesPath, "region", "instance_type", "ondemand_usd_per_hour")
	if err != nil {
		return err
	}
	b := newCatalogBook()
	missing := 0
	for t.next() {
		one, ok := specs[t.typeName("instance_type")]
		if !ok {
			missing++
			continue
		}
		one.Region, one.OnDemand = t.name("region"), t.usd("ondemand_usd_per_hour", t.text("ondemand_usd_per_hour"))
		b.add(t, "instance_type", one)
	}
	if err := t.close(); err != nil {
		return err
	}
	c.report("left out: %d types with a price and no shape", missing)
	return c.writeCatalog(b.types)
}

func readSpecs(path string) (map[string]catalog.Type, error) {
	t, err := openTable(path, "InstanceType", "VCPU", "MemoryMb", "GPU", "Architecture")
	if err != nil {
		return nil, err
	}
	specs := map[string]catalog.Type{}
	for t.next() {
		name := t.typeName("InstanceType")
		if _, twice := specs[name]; twice {
			t.bad("InstanceType", "each type once")
		}
		specs[name] = catalog.Type{Name: name, VCPUs: int32(t.whole("VCPU", 1, 100_000)), MemoryMiB: int32(t.whole("MemoryMb", 1, 100_000_000))}
	}
	return specs, t.close()
}

var reservedMonthly = Format{
	Name:     "ec2-reserved-monthly",
	Kind:     Catalog,
	Source:   "GitHub AjitTK/aws-emr-configuration, ec2-conf.csv, looks like an export of ec2instances.info; no licence stated",
	Columns:  "Instance-Type; Memory (\"16.0 GiB\"); CPUs (\"8 vCPUs\", of burstable types with how long); Linux On Demand cost, Linux Reserved cost (\"$148.92 monthly\" or \"unavailable\"); Physical Processor and Network Performance are not used",
	Recorded: "on-demand and reserved prices by the month",
	Assumed:  "the file names neither region nor term nor date: by its prices they are us-east-1, one year without upfront payment, and late 2019 to early 2020 (its README); a month has 730 hours, and prices are rounded to a micro-dollar.",
	Oddities: "\"unavailable\" is not offered; ECU is not given",
	convert:  convertReservedMonthly,
}

func convertReservedMonthly(c *conversion) error {
	path, err := c.file("ec2-conf")
	if err != nil {
		return err
	}
	t, err := openTable(path, "Instance-Type", "Memory", "CPUs", "Physical Processor", "Network Performance", "Linux On Demand cost", "Linux Reserved cost")
	if err != nil {
		return err
	}
	b := newCatalogBook()
	for t.next() {
		one := catalog.Type{Region: "us-east-1", Name: t.typeName("Instance-Type"),
			VCPUs:     int32(t.measure("CPUs", " vCPUs", 1)),
			MemoryMiB: int32(t.measure("Memory", " GiB", 1024)),
			OnDemand:  t.monthly("Linux On Demand cost")}
		one.Reserved[catalog.OneYearNoUpfront] = t.monthly("Linux Reserved cost")
		b.add(t, "Instance-Type", one)
	}
	if err := t.close(); err != nil {
		return err
	}
	return c.writeCatalog(b.types)
}

// typeName is a cell that names an instance type.
func (t *table) typeName(column string) string {
	name := t.text(column)
	if family, size, ok := strings.Cut(name, "."); !ok || family == "" || size == "" || !plainWord(name) {
		t.bad(column, "family.size, such as r3.4xlarge")
	}
	return name
}

// measure is a number with its unit, in parts of so many of it, rounded. Of burstable types the set adds for how long
// they may have their vCPUs ("8 vCPUs for a 4h 4.8m burst"); that is not used.
func (t *table) measure(column, unit string, parts float64) int64 {
	text := t.text(column)
	if i := strings.Index(text, unit+" for a "); i >= 0 && strings.HasSuffix(text, " burst") {
		text = text[:i+len(unit)]
	}
	number, ok := strings.CutSuffix(text, unit)
	v, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(v*parts >= 1 && v*parts <= 1e8) {
		t.bad(column, "a number such as %q", "8"+unit)
		return 1
	}
	return int64(v*parts + 0.5)
}

// monthly is a price by the month, or not offered.
func (t *table) monthly(column string) models.MicroUSDPerHour {
	if t.text(column) == "unavailable" {
		return 0
	}
	number, ok := strings.CutSuffix(strings.TrimPrefix(t.text(column), "$"), " monthly")
	v, err := strconv.ParseFloat(strings.ReplaceAll(number, ",", ""), 64)
	p, wrong := models.PriceUSD(v / hoursPerMonth)
	if !ok || err != nil || wrong != nil {
		t.bad(column, "a price such as \"$148.92 monthly\", or unavailable")
	}
	return p
}

// usd is a price in dollars per hour.
func (t *table) usd(column, text string) models.MicroUSDPerHour {
	v, err := strconv.ParseFloat(text, 64)
	p, wrong := models.PriceUSD(v)
	if err != nil || wrong != nil {
		t.bad(column, "a price in USD per hour")
	}
	return p
}

// catalogBook collects types, each once, and sorts them by region, then name.
type catalogBook struct {
	types []catalog.Type
	seen  map[string]bool
}

func newCatalogBook() *catalogBook { return &catalogBook{seen: map[string]bool{}} }

func (b *catalogBook) add(t *table, column string, one catalog.Type) {
	key := one.Region + " " + one.Name
	if b.seen[key] {
		t.bad(column, "each type of a region once")
	}
	b.seen[key] = true
	b.types = append(b.types, one)
}
