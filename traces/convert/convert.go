// Package convert turns recorded public data sets into traces: one converter for each, with documented columns, units and
// assumptions. None of the sets holds reservations, in-use counts by EC2 type and zone, and jobs together, so every file that
// is written says in its metadata what of it was recorded and what was assumed.
//
// Every input row is checked; the first that is malformed ends the conversion with one line that names file, line, column,
// value and what was expected. An output is written beside its place and renamed when it is whole.
package convert

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"trough.internal/models/settings"
)

// Kind is what a converted file holds.
type Kind string

// The kinds. The first three are traces that a scenario can name.
const (
	Capacity Kind = "capacity" // reserved and in use by pool: .parquet or .csv
	Jobs     Kind = "jobs"     // .parquet or .csv
	Prices   Kind = "prices"   // of a spot market: .parquet or .csv
	Catalog  Kind = "catalog"  // types, shapes and list prices, as package models/catalog reads them: .csv
	Series   Kind = "series"   // values over time that are no counts of instances (see SeriesColumns): .csv
	Table    Kind = "table"    // rows without a time: .csv
)

// Format is one recorded data set.
type Format struct {
	Name string // the folder's name
	Kind Kind

	Source   string // where the data come from and under which licence
	Columns  string // of the input, with units
	Recorded string // what of the output was recorded
	Assumed  string // what of it was assumed
	Oddities string // of the input, and what is done about them

	// Options returns a pointer to a new struct of settings (see package models/settings) with its defaults; nil where there are none.
	Options func() any

	convert func(c *conversion) error
}

// conversion is one call of Convert.
type conversion struct {
	format   *Format
	in       []string // files
	out      string
	options  any
	progress func(string)
}

// Convert reads files of the set, or its folder, and writes out. Options is what Format.Options returned, changed as
// wanted; nil is the defaults. Progress gets a line for what was written; it may be nil.
func (f *Format) Convert(in []string, out string, options any, progress func(string)) error {
	if options == nil && f.Options != nil {
		options = f.Options()
	}
	if progress == nil {
		progress = func(string) {}
	}
	if o, ok := options.(interface{ Check() error }); ok {
		if err := o.Check(); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	if err := f.checkOut(out); err != nil {
		return err
	}
	files, err := inputFiles(in)
	if err != nil {
		return err
	}
	return f.convert(&conversion{f, files, out, options, progress})
}

func (f *Format) checkOut(out string) error {
	endings := []string{".parquet", ".csv"}
	if f.Kind == Catalog || f.Kind == Series || f.Kind == Table {
		endings = []string{".csv"}
	}
	if !slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(out, e) }) {
		return fmt.Errorf("%s: %s becomes a file of kind %s: expected a name that ends in %s", out, f.Name, f.Kind, strings.Join(endings, " or "))
	}
	return nil
}

// Doc is the format's documentation in lines.
func (f *Format) Doc() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s becomes a file of kind %s.\n", f.Name, f.Kind)
	for _, part := range []struct{ title, text string }{{"Source", f.Source}, {"Columns", f.Columns}, {"Recorded", f.Recorded}, {"Assumed", f.Assumed}, {"Oddities", f.Oddities}} {
		if part.text != "" {
			fmt.Fprintf(&b, "%s: %s\n", part.title, part.text)
		}
	}
	if f.Options != nil {
		b.WriteString("Options:\n")
		for _, o := range settings.Describe(f.Options()) {
			fmt.Fprintf(&b, "  %s (%s, default %q): %s\n", o.Path, o.Type, o.Default, o.Doc)
		}
	}
	return b.String()
}

// Formats are all data sets, by name.
func Formats() []Format {
	list := []Format{dlrm, genai, openb, azure, totals, catalog2015, catalog2017, ondemand2026, reservedMonthly,
		spot2015, spot2016, spot2020, spot2021, advisor, huawei, cloudwatch, nasa, availability, transcode, wagap}
	slices.SortFunc(list, func(a, b Format) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Find returns the format of a name; its error names the nearest known one.
func Find(name string) (Format, error) {
	var names []string
	for _, f := range Formats() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	if near, ok := settings.Nearest(name, names); ok {
		return Format{}, fmt.Errorf("unknown format %q: did you mean %q?", name, near)
	}
	return Format{}, fmt.Errorf("unknown format %q: expected one of %s", name, strings.Join(names, ", "))
}

// defaults makes Options of a struct of settings.
func defaults[T any]() any {
	options := new(T)
	settings.Defaults(options)
	return options
}

var errNoRows = errors.New("no rows")
