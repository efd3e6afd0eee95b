package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"trough.internal/policies"
)

// runFiles is a run directory that was opened to be read: what its manifest says, and the policy that ran.
type runFiles struct {
	dir      string
	manifest manifest
	policy   *policies.Settings
}

// openRun opens a run directory. One that is not complete, or not a run's at all, is refused.
func openRun(dir string) (*runFiles, error) {
	r := &runFiles{dir: dir}
	path := filepath.Join(dir, "manifest.json")
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && isDir(dir):
		return nil, fmt.Errorf("%s: there is no manifest.json in it: expected the run directory that `trough backtest -o` leaves%s", dir, runsBelow(dir))
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: there is no such run directory", dir)
	case err != nil:
		return nil, fileError(path, err)
	}
	if err := json.Unmarshal(text, &r.manifest); err != nil {
		return nil, fmt.Errorf("%s: %w: expected the manifest of a run", path, err)
	}
	if r.manifest.Format != runFormat {
		return nil, fmt.Errorf("%s: format is %q: expected %q", path, r.manifest.Format, runFormat)
	}
	if !r.manifest.Complete {
		return nil, fmt.Errorf("%s: the run is not complete", path)
	}
	r.policy, err = policies.Parse(path+": resolved_policy", []byte(r.manifest.ResolvedPolicy))
	return r, err
}

func (r *runFiles) path(name string) string { return filepath.Join(r.dir, name) }

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// runsBelow names the run directories in one that `trough compare` left: most likely one of them is meant.
func runsBelow(dir string) string {
	found, err := filepath.Glob(filepath.Join(dir, "*", "manifest.json"))
	if err != nil || len(found) == 0 {
		return ""
	}
	return ", such as " + filepath.Dir(found[0])
}
