package catalog

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"trough.internal/models"
	"trough.internal/models/settings"
)

// Parse reads a list of types and prices from CSV, strictly. It knows four layouts by their header: the built-in one, and
// those of the lists derived from ec2instances.info: of 2015 (linux.reserved.yrTerm1.noUpfront), of 2017 and 2019
// (linux.reserved.yrTerm1Standard.noUpfront), and the one with a column per system ("Linux OD cost in us-east-1"). A line that
// begins with # is a remark. An error is one line with the name, line and column (both from 1). Name is only for messages.
func Parse(name string, text []byte) (*Catalog, error) {
	p := parser{name: name, reader: csv.NewReader(bytes.NewReader(text))}
	p.reader.Comment = '#'
	p.reader.ReuseRecord = true
	header, err := p.reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: empty: expected a line of column names", name)
	}
	if err != nil {
		return nil, p.syntax(err)
	}
	if err := p.columns(header); err != nil {
		return nil, err
	}
	c := &Catalog{Name: name}
	for {
		record, err := p.reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, p.syntax(err)
		}
		t, err := p.row(record)
		if err != nil {
			return nil, err
		}
		at, found := slices.BinarySearchFunc(c.types, t, order)
		if found {
			return nil, p.at(p.column("type"), "%s in %s was already given", t.Name, t.Region)
		}
		c.types = slices.Insert(c.types, at, t)
	}
	if len(c.types) == 0 {
		return nil, fmt.Errorf("%s: no types", name)
	}
	return c, nil
}

type parser struct {
	name   string
	reader *csv.Reader
	means  []string // by column: what it is, "" for what is not read
	region string   // of all rows, where there is no column for it
}

// Meanings of columns: the built-in layout's names.
var required = []string{"region", "type", "vcpus", "memory", "on_demand"}

// alias says what a column of another layout means; memory is in GiB there and has its own reader.
var alias = map[string]string{
	"region": "region", "type": "type", "vcpus": "vcpus", "memory_mib": "memory_mib", "ecu": "ecu", "on_demand": "on_demand",
	"instance_type": "type", "vCPU": "vcpus", "memory": "memory_gib", "ECU": "ecu", "linux.ondemand": "on_demand",
	"Instance type": "type", "CPU cores": "vcpus", "Memory(GB)": "memory_gib",
	// Not read.
	"family": "", "generation": "", "network_performance": "", "ebs_optimized": "", "storage_devices": "", "storage_gb_each": "",
	"CPU": "", "Arch": "",
}

// bySystem are the columns of the layout with a column per system, but for " in <region>".
var bySystem = map[string]string{
	"Linux OD cost": "on_demand", "Linux Standard RI 1y AllUpfront cost": OneYearAllUpfront.String(),
	"Windows OD cost": "", "RHEL OD cost": "", "SLES OD cost": "", "Linux Spot cost": "",
}

func (p *parser) columns(header []string) error {
	for i, title := range header {
		meaning, err := p.meaning(title)
		if err != nil {
			return p.at(i, "%v", err)
		}
		if meaning != "" && slices.Contains(p.means, meaning) {
			return p.at(i, "column %q was already given", title)
		}
		p.means = append(p.means, meaning)
	}
	if p.region != "" && !slices.Contains(p.means, "region") {
		return p.missing("type", "vcpus", "memory", "on_demand")
	}
	return p.missing(required...)
}

func (p *parser) missing(names ...string) error {
	for _, want := range names {
		if !slices.ContainsFunc(p.means, func(m string) bool { return strings.HasPrefix(m, want) }) {
			return p.at(0, "no column for %s", want)
		}
	}
	return nil
}

func (p *parser) meaning(title string) (string, error) {
	if m, ok := alias[title]; ok {
		return m, nil
	}
	if column, region, ok := strings.Cut(title, " in "); ok {
		m, known := bySystem[column]
		if known && p.region != "" && p.region != region {
			return "", fmt.Errorf("column %q: the other columns are of %s", title, p.region)
		}
		if known {
			p.region = region
			return m, nil
		}
	}
	if term, ok := termOf(title); ok {
		return term.String(), nil
	}
	return "", fmt.Errorf("unknown column %q%s", title, nearestColumn(title))
}

// termOf reads 1y_no_upfront, and linux.reserved.yrTerm1.noUpfront with or without the class.
func termOf(title string) (Term, bool) {
	name := strings.ReplaceAll(title, "_", "-")
	if rest, ok := strings.CutPrefix(title, "linux.reserved.yrTerm"); ok {
		years, upfront, _ := strings.Cut(rest, ".")
		years = strings.TrimSuffix(years, "Standard")
		years = strings.Replace(years, "Convertible", "y-convertible", 1)
		if !strings.Contains(years, "y") {
			years += "y"
		}
		name = years + "-" + strings.TrimSuffix(upfront, "Upfront") + "-upfront"
	}
	i := slices.Index(termNames[:], name)
	return Term(max(i, 0)), i >= 0
}

func nearestColumn(title string) string {
	names := slices.Sorted(maps.Keys(alias))
	for _, term := range termNames {
		names = append(names, strings.ReplaceAll(term, "-", "_"))
	}
	if near, ok := settings.Nearest(title, names); ok {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	return ""
}

func (p *parser) row(record []string) (Type, error) {
	t := Type{Region: p.region}
	for i, meaning := range p.means {
		if err := t.set(meaning, record[i]); err != nil {
			return t, p.at(i, "%s is %q: %v", meaning, record[i], err)
		}
	}
	return t, nil
}

func (t *Type) set(meaning, text string) (err error) {
	switch meaning {
	case "":
	case "region":
		t.Region = text
		return notEmpty(text)
	case "type":
		t.Name = text
		if family, size, ok := strings.Cut(text, "."); !ok || family == "" || size == "" {
			return errors.New("expected family.size, such as r3.4xlarge")
		}
	case "vcpus":
		t.VCPUs, err = wholeNumber(text, 1)
	case "memory_mib":
		t.MemoryMiB, err = wholeNumber(text, 1)
	case "memory_gib":
		t.MemoryMiB, err = wholeNumber(text, 1024)
	case "ecu":
		t.ECU, err = rating(text)
	case "on_demand":
		t.OnDemand, err = price(text)
	default:
		t.Reserved[slices.Index(termNames[:], meaning)], err = price(text)
	}
	return err
}

func notEmpty(text string) error {
	if text == "" {
		return errors.New("expected a name")
	}
	return nil
}

// wholeNumber reads a number in units of so many, and rounds (0.613 GiB is 628 MiB).
func wholeNumber(text string, unit float64) (int32, error) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || x*unit < 1 || x*unit > 1e8 || unit == 1 && x != math.Trunc(x) {
		return 0, errors.New("expected a positive number")
	}
	return int32(math.Round(x * unit)), nil
}

// rating reads an ECU rating; "variable", nothing and 0 all mean that there is none.
func rating(text string) (float64, error) {
	if text == "" || text == "variable" {
		return 0, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || x < 0 || x > 1e6 {
		return 0, errors.New("expected a rating, zero or more")
	}
	return x, nil
}

// price reads dollars an hour; nothing and 0 both mean not offered.
func price(text string) (models.MicroUSDPerHour, error) {
	if text == "" {
		return 0, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, errors.New("expected a price in USD per hour")
	}
	return models.PriceUSD(x)
}

func (p *parser) column(meaning string) int { return slices.Index(p.means, meaning) }

// at places a message in the record that was read last.
func (p *parser) at(field int, format string, args ...any) error {
	line, column := p.reader.FieldPos(field)
	return fmt.Errorf("%s:%d:%d: %s", p.name, line, column, fmt.Sprintf(format, args...))
}

func (p *parser) syntax(err error) error {
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return fmt.Errorf("%s:%d:%d: %v", p.name, bad.Line, bad.Column, bad.Err)
	}
	return fmt.Errorf("%s: %v", p.name, err)
}
