package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"trough.internal/models/settings"
	"trough.internal/sim/experiment"
)

// cellDir keeps cells as files: DIR/cells/ab/abcdef….json. It is an experiment.Store.
type cellDir struct{ dir string }

// sweepFormat is what experiment.json of a sweep's directory says that it is.
const sweepFormat = "trough sweep 1"

// sweepFile is experiment.json: whose results a directory holds. Another build's would not be comparable.
type sweepFile struct {
	Format     string  `json:"format"`
	Experiment string  `json:"experiment"`
	Engine     string  `json:"engine"`
	Resolved   string  `json:"resolved"` // the experiment's file, defaults included
	Machine    machine `json:"machine"`
}

const sweepFileName = "experiment.json"

// openCells opens a directory of an earlier call, or makes one. A directory of anything else is refused. Several sweeps may
// do so at once: the first one to come describes the directory, and the others leave it as it is.
func openCells(dir string, x *loadedExperiment) (*cellDir, error) {
	c := &cellDir{dir}
	there, err := c.find(x)
	if err != nil {
		return nil, err
	}
	resolved, err := settings.Encode(x.Experiment)
	if err != nil {
		return nil, failure{err}
	}
	if there != nil && there.Resolved == string(resolved) {
		return c, nil
	}
	return c, x.describe(dir, string(resolved))
}

// find reads experiment.json; nil in a directory that is not there, or empty. One of anything else is an error.
func (c *cellDir) find(x *loadedExperiment) (*sweepFile, error) {
	path := filepath.Join(c.dir, sweepFileName)
	entries, err := os.ReadDir(c.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fileError(c.dir, err)
	}
	text, err := os.ReadFile(path) // after the listing: whatever that has of another sweep stands beside this file
	switch {
	case err == nil:
		return x.sameAs(path, text)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fileError(path, err)
	}
	for _, e := range entries {
		if ours, _ := filepath.Match(temporaryName(sweepFileName), e.Name()); !ours { // another sweep's that begins now, or was killed
			return nil, fmt.Errorf("%s holds something else than a sweep's results: name another directory", c.dir)
		}
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

// describe writes experiment.json anew: points or seeds may have been added.
func (x *loadedExperiment) describe(dir, resolved string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fileError(dir, err)
	}
	host, _ := os.Hostname()
	text, err := json.MarshalIndent(sweepFile{Format: sweepFormat, Experiment: x.Experiment.Experiment, Engine: x.engine, Resolved: resolved,
		Machine: machine{Made: time.Now().UTC().Truncate(time.Second), Host: host}}, "", "  ")
	if err != nil {
		return failure{err}
	}
	return putFile(filepath.Join(dir, sweepFileName), append(text, '\n'))
}

func (c *cellDir) path(address experiment.Address) string {
	return filepath.Join(c.dir, "cells", string(address[:2]), string(address)+".json")
}

// Get implements experiment.Store.
func (c *cellDir) Get(address experiment.Address) ([]byte, error) {
	text, err := os.ReadFile(c.path(address))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, failure{fileError(c.path(address), err)}
	}
	return text, nil
}

// Put implements experiment.Store.
func (c *cellDir) Put(address experiment.Address, text []byte) error {
	path := c.path(address)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return failure{fileError(path, err)}
	}
	return putFile(path, text)
}

// collect reads cells as experiment.Collect does, and says where a damaged one lies.
func (c *cellDir) collect(cells []experiment.Cell) ([]*experiment.Result, error) {
	results, err := experiment.Collect(cells, c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.dir, err)
	}
	return results, nil
}

// putFile writes a file under a temporary name beside its own, and renames it.
func putFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), temporaryName(filepath.Base(path)))
	if err != nil {
		return failure{fileError(path, err)}
	}
	defer os.Remove(f.Name()) // after the rename there is nothing of that name
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return failure{fileError(path, err)}
	}
	return nil
}

// temporaryName is a pattern of the names that a file has until it is whole.
func temporaryName(name string) string { return "." + name + ".*.tmp" }
