package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/lease"
	"trough.internal/cmd/trough-live/metrics"
	"trough.internal/models"
	"trough.internal/models/catalog"
	"trough.internal/models/settings"
	"trough.internal/policies"
)

// Config is a configuration file. Files that it names are looked for in its folder.
type Config struct {
	Live      string         `set:"live" required:"true" doc:"The driver's name, for messages and for the tag trough:driver of its instances."`
	Policy    string         `set:"policy" required:"true" doc:"A built-in policy such as full, or the file of one."`
	Borrowers []string       `set:"borrowers" default:"encoding" doc:"Who borrows, by the names that the policy and the workload use."`
	Pools     []string       `set:"pools" required:"true" doc:"Pools to borrow from, as zone/type."`
	Prices    models.Instant `set:"prices" required:"true" doc:"Date of the built-in list of instance types, which are those of 2015-08, 2017-03 and 2019-04."`
	Reference string         `set:"reference" default:"r3.4xlarge" doc:"Reference type of speeds and of the workload."`

	Telemetry Telemetry    `set:"telemetry" doc:"What the owners reserve and use."`
	Workload  Workload     `set:"workload" doc:"What there is to do."`
	Safety    drive.Safety `set:"safety" doc:"Rules that the driver adds to the policy."`

	Fleet *FleetConfig    `set:"fleet" doc:"Where instances are launched and ended; not given: nowhere, and the mode is shadow."`
	Lease *lease.Settings `set:"lease" doc:"What lets one of several drivers act; not given: there is one driver of these instances."`

	Journal     string `set:"journal" default:"journal" doc:"Folder of the journal."`
	JournalMost int64  `set:"journal_most" min:"0" max:"1000000000" unit:"MiB" doc:"When a segment begins that makes the journal larger, the oldest ones are deleted; the last two always stay. 0 keeps all."`
	Stops       string `set:"stops" default:"stops.yaml" doc:"File of stop states; none stops nothing."`
	Listen      string `set:"listen" doc:"Address of /healthz, /readyz, /metrics and /stops, such as 127.0.0.1:9461; not given: none. One that other hosts reach needs tls and token_file."`
	TLS         *TLS   `set:"tls" doc:"Certificate under which it listens; not given: plain HTTP, on loopback addresses only."`
	TokenFile   string `set:"token_file" doc:"File of the token that whoever sets stop states by HTTP must give, and from other hosts whoever asks for more than health; not given: nobody can."`

	Spectatord string `set:"spectatord" doc:"Where metrics go to Atlas, such as udp://127.0.0.1:1234 or unix:///run/spectatord/spectatord.unix; not given: nowhere."`

	Patience time.Duration `set:"patience" default:"10s" min:"1ms" max:"10m" doc:"How long an evaluation waits for one answer. A later one is taken by the next."`

	dir string // of the file
}

// tagMost is how long a tag's value may be.
const tagMost = 256

// Check refuses what cannot be meant.
func (c *Config) Check() error {
	switch {
	case len(c.Pools) == 0:
		return errors.New("expected at least one of pools, such as us-east-1a/r3.4xlarge")
	case len(c.Borrowers) == 0 || len(c.Borrowers) > 255:
		return errors.New("expected one to 255 borrowers")
	case c.Workload.Replay != nil && c.Telemetry.Replay == nil:
		return errors.New("expected telemetry.replay beside workload.replay: they share the trace's clock")
	}
	if strings.ContainsFunc(c.Live, unicode.IsControl) || len(c.Live) > tagMost {
		return fmt.Errorf("live is %q: expected at most %d letters: it is a tag of instances", c.Live, tagMost)
	}
	if c.Spectatord != "" {
		if err := metrics.CheckSpectatord(c.Spectatord); err != nil {
			return fmt.Errorf("spectatord is %w", err)
		}
	}
	return c.checkListen()
}

func loadConfig(name string) (*Config, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	c := &Config{dir: filepath.Dir(name)}
	if err := settings.Decode(name, text, c); err != nil {
		return nil, err
	}
	return c, nil
}

// fileError is an operating system's error as one line that begins with the file.
func fileError(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// path is where a file is that the configuration names.
func (c *Config) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.dir, name)
}

// policy reads the policy, and refuses one that names pools which are not there.
func (c *Config) policy(pools []models.Pool) (*policies.Settings, error) {
	var set *policies.Settings
	var err error
	if strings.ContainsRune(c.Policy, filepath.Separator) || strings.HasSuffix(c.Policy, ".yaml") || strings.HasSuffix(c.Policy, ".yml") {
		var text []byte
		if text, err = os.ReadFile(c.path(c.Policy)); err != nil {
			return nil, fileError(c.path(c.Policy), err)
		}
		set, err = policies.Parse(c.path(c.Policy), text)
	} else {
		set, err = policies.BuiltinSettings(c.Policy)
	}
	if err != nil {
		return nil, err
	}
	if none := set.Unmatched(pools); len(none) > 0 {
		return nil, fmt.Errorf("policy %s: pools %q matches no pool of this driver: expected one such as %s", set.Policy, none[0], pools[0].Name())
	}
	if none := set.UnmatchedRegions(pools); len(none) > 0 {
		return nil, fmt.Errorf("policy %s: fair.regions: there is no pool in %q: expected regions such as %s", set.Policy, none[0], pools[0].Region)
	}
	return set, nil
}

// pools gives every pool its price and speed.
func (c *Config) pools() ([]models.Pool, error) {
	pools := make([]models.Pool, len(c.Pools))
	seen := map[string]bool{}
	for i, name := range c.Pools {
		zone, typeName, ok := strings.Cut(name, "/")
		if !ok || zone == "" || typeName == "" || models.RegionOfZone(zone) == zone {
			return nil, fmt.Errorf("pools[%d] is %q: expected zone/type such as us-east-1a/r3.4xlarge", i, name)
		}
		if seen[name] {
			return nil, fmt.Errorf("pools[%d] is %q, which is there already", i, name)
		}
		seen[name] = true
		p := models.Pool{Region: models.RegionOfZone(zone), Zone: zone, Type: typeName, Slots: 1}
		t, err := catalog.Lookup(c.Prices, p.Region, p.Type)
		if err != nil {
			return nil, fmt.Errorf("pools[%d]: %w", i, err)
		}
		reference, err := catalog.Lookup(c.Prices, p.Region, c.Reference)
		if err != nil {
			return nil, fmt.Errorf("reference: %w", err)
		}
		p.Speed, _ = catalog.Norm(t, reference, 0)
		p.OnDemand, p.VCPUs, p.MemoryMiB = t.OnDemand, t.VCPUs, t.MemoryMiB
		pools[i] = p
	}
	return pools, nil
}
