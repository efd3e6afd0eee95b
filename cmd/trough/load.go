package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/policies"
	"trough.internal/sim"
	"trough.internal/traces"
)

// loadScenario reads a scenario by file or by the name of a built-in one.
func loadScenario(name string) (*sim.Scenario, error) {
	if !isFile(name) && slices.Contains(sim.Builtin(), name) {
		text, err := sim.BuiltinFile(name)
		if err != nil {
			return nil, err
		}
		return sim.ParseScenario(name+".yaml", text)
	}
	text, err := readNamed(name, func() error { _, err := sim.BuiltinFile(name); return err })
	if err != nil {
		return nil, err
	}
	return sim.ParseScenario(name, text)
}

// loadPolicy reads a policy's settings by file or by the name of a built-in one.
func loadPolicy(name string) (*policies.Settings, error) {
	if !isFile(name) && slices.Contains(policies.Builtin(), name) {
		return policies.BuiltinSettings(name)
	}
	text, err := readNamed(name, func() error { _, err := policies.BuiltinSettings(name); return err })
	if err != nil {
		return nil, err
	}
	return policies.Parse(name, text)
}

// isFile: whoever means a file writes a path or an ending, so that a file that happens to be called full is not taken
// for the built-in policy, nor the other way round.
func isFile(name string) bool {
	return strings.ContainsRune(name, filepath.Separator) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// readNamed reads a file, or says why the name is no built-in one.
func readNamed(name string, unknown func() error) ([]byte, error) {
	if !isFile(name) {
		return nil, unknown()
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	return text, nil
}

// fileError is an operating system's error as one line that begins with the file.
func fileError(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// scenarioPolicy is the policy that a scenario runs unless another one is named: by name, or written out in it.
func scenarioPolicy(s *sim.Scenario) (*policies.Settings, error) {
	switch s.Policy.Kind() {
	case "none":
		return nil, fmt.Errorf("scenario %s names no policy: name one with --policy", s.Name)
	case "value":
		name := s.Policy.String()
		if near, ok := settings.Nearest(name, policies.Builtin()); ok && near != name && !isFile(name) {
			return nil, s.Policy.Wrong(fmt.Sprintf("a built-in policy or a file: did you mean %q?", near))
		}
		if !isFile(name) && !slices.Contains(policies.Builtin(), name) {
			return nil, s.Policy.Wrong("a built-in policy such as full, a file, or a policy written out")
		}
		return loadPolicy(name)
	}
	set := new(policies.Settings)
	if err := s.Policy.Decode(set); err != nil {
		return nil, err
	}
	return set, nil
}

// dataFiles opens recorded traces from the data folder.
type dataFiles struct{ dir string }

func (d dataFiles) path(name string) (string, error) {
	path := name
	if !filepath.IsAbs(name) {
		path = filepath.Join(d.dir, name)
	}
	if _, err := os.Stat(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("%s: there is no such trace: `make recorded DATA=…`, or `trough trace recorded --from DATA -o %s`, makes the recorded ones", path, d.dir)
		}
		return "", fileError(path, err)
	}
	return path, nil
}

// Capacity opens a capacity trace.
func (d dataFiles) Capacity(name string) (sim.CapacitySource, sim.CapacityInfo, error) {
	path, err := d.path(name)
	if err != nil {
		return nil, sim.CapacityInfo{}, err
	}
	r, err := traces.OpenCapacity(path)
	if err != nil {
		return nil, sim.CapacityInfo{}, err
	}
	from, until := r.Span()
	info := sim.CapacityInfo{Pools: r.Pools(), From: from, Until: until, Notes: notes(name, r.Meta())}
	return capacityFile{r}, info, nil
}

// Jobs opens a jobs trace.
func (d dataFiles) Jobs(name string) (sim.JobSource, sim.Notes, error) {
	path, err := d.path(name)
	if err != nil {
		return nil, sim.Notes{}, err
	}
	r, err := traces.OpenJobs(path)
	if err != nil {
		return nil, sim.Notes{}, err
	}
	return jobsFile{r}, notes(name, r.Meta()), nil
}

// Prices reads a price trace.
func (d dataFiles) Prices(name string) (*models.Prices, sim.Notes, error) {
	path, err := d.path(name)
	if err != nil {
		return nil, sim.Notes{}, err
	}
	prices, meta, err := traces.ReadPrices(path)
	return prices, notes(name, meta), err
}

// inputError is what is wrong with a trace, found when a run comes to it: the input's fault, not the run's.
type inputError struct{ error }

func (e inputError) Unwrap() error { return e.error }

func blame(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return inputError{err}
}

// capacityFile and jobsFile mark their errors as the input's.
type (
	capacityFile struct{ *traces.CapacityReader }
	jobsFile     struct{ *traces.JobsReader }
)

func (f capacityFile) Next() (models.Capacity, error) {
	window, err := f.CapacityReader.Next()
	return window, blame(err)
}

func (f jobsFile) Next() ([]models.Job, error) {
	jobs, err := f.JobsReader.Next()
	return jobs, blame(err)
}

// notes are what a trace says of itself; a trace of several sets separates them by " | ". One that says nothing must not pass
// for synthetic.
func notes(name string, m traces.Meta) sim.Notes {
	if m.Recorded == "" && m.Assumed == "" {
		return sim.Notes{Recorded: []string{name + " does not say what of it is recorded and what is assumed"}}
	}
	split := func(text string) []string {
		if text == "" {
			return nil
		}
		return strings.Split(text, " | ")
	}
	return sim.Notes{Recorded: split(m.Recorded), Assumed: split(m.Assumed)}
}

// setAll applies --set flags such as margin.share=3%, or policy.margin.share=3% as experiments have it, to a policy.
func setAll(set *policies.Settings, changes []string) error {
	for _, change := range changes {
		path, value, ok := strings.Cut(change, "=")
		if !ok {
			return fmt.Errorf("--set %s: expected PATH=VALUE such as margin.share=3%%", change)
		}
		if err := set.Set(strings.TrimPrefix(path, "policy."), value); err != nil {
			return fmt.Errorf("--set %s: %w", change, err)
		}
	}
	return nil
}

// candidate is a policy to run, by the name that tables print.
type candidate struct {
	name     string
	settings *policies.Settings
}

// never is the policy that every other one is compared with.
func never() (candidate, error) {
	set, err := policies.BuiltinSettings("never")
	return candidate{"never", set}, err
}

// make returns the policy, ready to run on a market's pools. A pattern that names none of them is most likely a mistake.
func (c *candidate) make(pools []models.Pool) (policies.Policy, error) {
	if none := c.settings.Unmatched(pools); len(none) > 0 {
		return nil, fmt.Errorf("policy %s: pools %q matches no pool of this market: expected one such as %s", c.name, none[0], pools[0].Name())
	}
	if none := c.settings.UnmatchedRegions(pools); len(none) > 0 {
		return nil, fmt.Errorf("policy %s: fair.regions: the market has no pool in %q: expected regions such as %s", c.name, none[0], pools[0].Region)
	}
	p, err := policies.New(c.settings)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", c.name, err)
	}
	return p, nil
}
