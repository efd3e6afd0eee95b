package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"trough.internal/traces/convert"
)

func (a *app) traceFormats() *cobra.Command {
	return &cobra.Command{
		Use:   "formats [FORMAT]",
		Short: "List the recorded sets that can be converted, or describe one and its options",
		Example: `  trough trace formats
  trough trace formats alibaba-dlrm-2025`,
		Args:              atMostOne("a format"),
		ValidArgsFunction: first(completeFormats),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.listFormats()
			}
			f, err := convert.Find(args[0])
			if err != nil {
				return err
			}
			return a.describeFormat(&f)
		},
	}
}

// describedFormat is a format for machines.
type describedFormat struct {
	Name     string             `json:"name"`
	Kind     string             `json:"kind"`
	Source   string             `json:"source"`
	Columns  string             `json:"columns,omitempty"`
	Recorded string             `json:"recorded,omitempty"`
	Assumed  string             `json:"assumed,omitempty"`
	Oddities string             `json:"oddities,omitempty"`
	Options  []describedSetting `json:"options,omitempty"`
}

func describeOne(f *convert.Format) describedFormat {
	d := describedFormat{f.Name, string(f.Kind), f.Source, f.Columns, f.Recorded, f.Assumed, f.Oddities, nil}
	if f.Options != nil {
		d.Options = describe(f.Options())
	}
	return d
}

func (a *app) listFormats() error {
	list := []describedFormat{}
	t := newTable("format", "becomes", "source")
	for _, f := range convert.Formats() {
		list = append(list, describeOne(&f))
		t.add(f.Name, string(f.Kind), f.Source)
	}
	if a.json {
		return encodeJSON(a.out, list)
	}
	_, err := io.WriteString(a.out, t.String()+"\ndescribe one: trough trace formats "+list[0].Name+"; convert it: trough trace convert FORMAT IN... -o OUT\n")
	return err
}

func (a *app) describeFormat(f *convert.Format) error {
	d := describeOne(f)
	if a.json {
		return encodeJSON(a.out, d)
	}
	t := newTable("", "")
	for _, row := range [][2]string{{"format", d.Name}, {"becomes", "a file of kind " + d.Kind}, {"source", d.Source}, {"columns", d.Columns},
		{"recorded", d.Recorded}, {"assumed", d.Assumed}, {"oddities", d.Oddities}} {
		if row[1] != "" {
			t.add(row[0], row[1])
		}
	}
	text := t.String()
	if len(d.Options) > 0 {
		text += "\noptions, each changed with --set OPTION=VALUE\n" + settingsText(d.Options)
	}
	_, err := io.WriteString(a.out, text)
	return err
}

func (a *app) traceConvert() *cobra.Command {
	var out string
	var set []string
	var force bool
	c := &cobra.Command{
		Use:   "convert FORMAT IN... -o OUT",
		Short: "Turn a recorded set into a trace",
		Long: `Turns files of a recorded set, or its folder, into a trace: .parquet or .csv by the name of OUT. Every input row is
checked. What of the result is recorded and what is assumed stands in the file: see trough trace info.

Without a format it lists them.`,
		Example: `  trough trace convert
  trough trace convert alibaba-dlrm-2025 ../shared/data/alibaba-dlrm-2025 -o capacity.parquet
  trough trace convert alibaba-dlrm-2025 ../shared/data/alibaba-dlrm-2025 -o capacity.parquet --set level=110%
  trough trace convert wagap-2013-jobs ../shared/data/wagap-2013-jobs -o jobs.csv --set work.load=2`,
		ValidArgsFunction: completeFormats,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.listFormats()
			}
			f, err := convert.Find(args[0])
			if err != nil {
				return err
			}
			if len(args) == 1 || out == "" {
				return fmt.Errorf("trace convert: expected files of %s and -o OUT: see trough trace formats %s", f.Name, f.Name)
			}
			return a.convert(c.Context(), &f, args[1:], out, set, force)
		},
	}
	c.Flags().StringVarP(&out, "out", "o", "", "trace to write")
	c.Flags().StringArrayVar(&set, "set", nil, "change an option of the format, as level=110% (repeatable)")
	c.Flags().BoolVar(&force, "force", false, "replace an existing file")
	return c
}

func (a *app) convert(ctx context.Context, f *convert.Format, in []string, out string, set []string, force bool) error {
	var options any
	if f.Options != nil {
		options = f.Options()
		if err := setOptions(options, set); err != nil {
			return err
		}
	} else if len(set) > 0 {
		return fmt.Errorf("--set %s: format %s has no options", set[0], f.Name)
	}
	dir, name := filepath.Split(out)
	o, err := createOutput(dir, force, name)
	if err != nil {
		return err
	}
	defer o.abandon()
	say := newProgress(a.err, f.Name)
	defer say.done()
	say.say("converting")
	var told []string
	tell := func(line string) { told = append(told, o.shown(line)) }
	if err := until(ctx, func() error { return f.Convert(in, o.path(name), options, tell) }); err != nil {
		return o.named(err)
	}
	if err := o.commit(); err != nil {
		return err
	}
	say.done()
	return a.tell(told)
}

// tell prints what a conversion said about its files.
func (a *app) tell(lines []string) error {
	if a.json {
		return encodeJSON(a.out, lines)
	}
	for _, line := range lines {
		fmt.Fprintln(a.out, line)
	}
	return nil
}

func (a *app) traceRecorded() *cobra.Command {
	var from, out string
	var force bool
	c := &cobra.Command{
		Use:   "recorded --from DIR -o DIR",
		Short: "Turn all recorded sets into what the recorded scenarios need (make recorded)",
		Long: `Converts the folder of all recorded sets into the folder of traces that scenarios such as recorded-2015 look in
(--data). Files in it that are not made from the sets stay as they are.`,
		Example: `  trough trace recorded --from ../shared/data -o data --force
  trough backtest recorded-2015 --data data`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if from == "" || out == "" {
				return fmt.Errorf("trace recorded: expected --from DIR and -o DIR: see trough trace recorded --help")
			}
			if !isDir(from) {
				return fmt.Errorf("--from is %q: expected the folder of the recorded sets", from)
			}
			return a.recorded(c.Context(), from, out, force)
		},
	}
	c.Flags().StringVar(&from, "from", "", "folder of the recorded sets")
	c.Flags().StringVarP(&out, "out", "o", "", "folder to write to")
	c.Flags().BoolVar(&force, "force", false, "replace what was made before")
	c.MarkFlagDirname("from")
	c.MarkFlagDirname("out")
	return c
}

func (a *app) recorded(ctx context.Context, from, out string, force bool) error {
	o, err := createOutput(out, force, convert.Recorded2015, convert.RecordedVM, convert.RecordedDiurnal)
	if err != nil {
		return err
	}
	defer o.abandon()
	say := newProgress(a.err, "recorded sets")
	var made []string
	err = until(ctx, func() error {
		return convert.Recorded(from, o.temp, func(line string) {
			line = o.shown(line)
			say.say(line)
			made = append(made, line)
		})
	})
	say.done()
	if err != nil {
		return o.named(err)
	}
	if err := o.commit(); err != nil {
		return err
	}
	return a.tell(made)
}

// shown is a text with the hidden folder replaced by the one that the files go to.
func (o *output) shown(text string) string {
	return strings.ReplaceAll(text, o.temp+string(filepath.Separator), strings.TrimPrefix(o.dir+string(filepath.Separator), "."+string(filepath.Separator)))
}

// named is an error that names files as the user did; what kind of error it is stays.
func (o *output) named(err error) error {
	text := o.shown(err.Error())
	if text == err.Error() {
		return err
	}
	return fmt.Errorf("%s", text)
}

// wrote says what was written, in short.
func (a *app) wrote(paths ...string) error {
	var lines []map[string]any
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return failure{fileError(path, err)}
		}
		if a.json {
			lines = append(lines, map[string]any{"file": path, "bytes": info.Size()})
			continue
		}
		fmt.Fprintf(a.out, "wrote %s, %s bytes\n", path, count(info.Size()))
	}
	if a.json {
		return encodeJSON(a.out, lines)
	}
	return nil
}
