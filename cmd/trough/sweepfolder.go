package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"time"

	"trough.internal/models/settings"
	"trough.internal/sim/experiment"
	"trough.internal/traces"
)

// cellFolder keeps cells as files: cells/ab/abcdef….json. It is an experiment.Store.
type cellFolder struct{ folder }

// sweepFormat is what experiment.json of a sweep's folder says that it is.
const sweepFormat = "trough sweep 1"

// sweepFile is experiment.json: whose results a folder holds. Another build's would not be comparable.
type sweepFile struct {
	Format     string  `json:"format"`
	Experiment string  `json:"experiment"`
	Engine     string  `json:"engine"`
	Resolved   string  `json:"resolved"` // the experiment's file, defaults included
	Machine    machine `json:"machine"`
}

const sweepFileName = "experiment.json"

// openCells opens a folder for an experiment's cells.
func openCells(ctx context.Context, name string, x *loadedExperiment) (*cellFolder, error) {
	f, err := openFolder(ctx, name)
	if err != nil {
		return nil, err
	}
	c := &cellFolder{f}
	return c, c.begin(x)
}

// begin takes the folder of an earlier call, or makes one. A folder of anything else is refused. Several sweeps may begin at
// once: the first one to come describes the folder, and the others leave it as it is.
func (c *cellFolder) begin(x *loadedExperiment) error {
	there, err := c.find(x)
	if err != nil {
		return err
	}
	resolved, err := settings.Encode(x.Experiment)
	if err != nil {
		return failure{err}
	}
	text, err := x.describe(string(resolved))
	if err != nil {
		return err
	}
	if there == nil {
		made, err := c.Create(sweepFileName, text)
		if made || err != nil {
			return err
		}
		if there, err = c.find(x); err != nil {
			return err
		}
	}
	if there != nil && there.Resolved == string(resolved) {
		return nil
	}
	return c.Write(sweepFileName, text) // anew: points or seeds may have been added
}

// find reads experiment.json; nil in a folder that is not there, or empty. One of anything else is an error.
func (c *cellFolder) find(x *loadedExperiment) (*sweepFile, error) {
	empty, err := c.Empty()
	if err != nil {
		return nil, err
	}
	// After looking around: whatever was there of another sweep stands beside this file.
	text, err := c.Read(sweepFileName)
	switch {
	case err != nil:
		return nil, err
	case text != nil:
		return x.sameAs(c.Place(sweepFileName), text)
	case !empty:
		return nil, fmt.Errorf("%s holds something else than a sweep's results: name another directory", c.Place(""))
	}
	return nil, nil
}

// sameAs refuses the results of another experiment or engine.
func (x *loadedExperiment) sameAs(path string, text []byte) (*sweepFile, error) {
	there := new(sweepFile)
	if err := json.Unmarshal(text, there); err != nil || there.Format != sweepFormat {
		return nil, fmt.Errorf("%s: is not what a sweep leaves (%s): name another directory", path, sweepFormat)
	}
	if there.Experiment != x.Experiment.Experiment {
		return nil, fmt.Errorf("%s: holds experiment %q: expected %q, or name another directory", path, there.Experiment, x.Experiment.Experiment)
	}
	if there.Engine != x.engine {
		return nil, fmt.Errorf("%s: was computed by engine %q, and this is %q: their cells do not compare; name another directory", path, there.Engine, x.engine)
	}
	return there, nil
}

// describe makes experiment.json.
func (x *loadedExperiment) describe(resolved string) ([]byte, error) {
	host, _ := os.Hostname()
	text, err := json.MarshalIndent(sweepFile{Format: sweepFormat, Experiment: x.Experiment.Experiment, Engine: x.engine, Resolved: resolved,
		Machine: machine{Made: time.Now().UTC().Truncate(time.Second), Host: host}}, "", "  ")
	if err != nil {
		return nil, failure{err}
	}
	return append(text, '\n'), nil
}

func cellFile(address experiment.Address) string {
	return path.Join("cells", string(address[:2]), string(address)+".json")
}

// path is where a cell lies.
func (c *cellFolder) path(address experiment.Address) string { return c.Place(cellFile(address)) }

// Get implements experiment.Store.
func (c *cellFolder) Get(address experiment.Address) ([]byte, error) {
	text, err := c.Read(cellFile(address))
	if err != nil {
		return nil, failure{err}
	}
	return text, nil
}

// Put implements experiment.Store.
func (c *cellFolder) Put(address experiment.Address, text []byte) error {
	if err := c.Write(cellFile(address), text); err != nil {
		return failure{err}
	}
	return nil
}

// collect reads cells as experiment.Collect does, and says where a damaged one lies.
func (c *cellFolder) collect(cells []experiment.Cell) ([]*experiment.Result, error) {
	results, err := experiment.Collect(cells, c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Place(""), err)
	}
	return results, nil
}

// writeTable writes a table that is whole when it gets its name. For a bucket it is made in a temporary file.
func (c *cellFolder) writeTable(name string, t *traces.Table) error {
	if d, local := c.folder.(directory); local {
		return traces.WriteTable(d.Place(name), t)
	}
	temp, err := os.MkdirTemp("", "trough-partial-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	file := directory(temp)
	if err := traces.WriteTable(file.Place(name), t); err != nil {
		return err
	}
	text, err := file.Read(name)
	if err != nil {
		return err
	}
	return c.Write(name, text)
}
