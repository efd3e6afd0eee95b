package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"trough.internal/cmd/trough-live/aws"
	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/cmd/trough-live/source"
	"trough.internal/models"
	"trough.internal/policies"
)

// FleetConfig is where instances are launched and ended.
type FleetConfig struct {
	Account aws.Settings      `set:"account" doc:"The borrower's account."`
	Groups  string            `set:"groups" default:"trough-{zone}-{type}" doc:"Names of the pools' Auto Scaling groups, with {zone}, {type} and, where there are several borrowers, {borrower}."`
	Named   map[string]string `set:"named" doc:"Groups by pool as zone/type, where their names follow no pattern."`
	EC2     *EC2Config        `set:"ec2" doc:"Pools that are launched by EC2, in no group; not given: none."`
	Owners  []string          `set:"owners" doc:"Groups that are never the borrower's, with * for any part of the name: a configuration that would name one is refused."`
	Rules   fleet.Rules       `set:"rules" doc:"How instances end, and how long the driver waits."`
}

// EC2Config is which pools are launched by EC2.
type EC2Config struct {
	Pools    []policies.Pattern `set:"pools" required:"true" doc:"Pools as zone/type, with * for any part of either."`
	Template string             `set:"template" default:"trough-{zone}-{type}" doc:"Names of their launch templates, with {zone}, {type} and {borrower}."`
}

// Check refuses patterns that cannot be read.
func (f *FleetConfig) Check() error {
	for _, pattern := range f.Owners {
		if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
			return fmt.Errorf("owners: %q cannot be read: expected a name, with * for any part of it", pattern)
		}
	}
	return nil
}

// places are where cells launch, and the launch templates of those that do so by EC2. No group is in it that belongs to owners, or
// to two cells: this is the only way in which a group comes to be named.
func (f *FleetConfig) places(pools []models.Pool, borrowers []string) (places []fleet.Place, templates []string, err error) {
	cells := map[string]string{}
	unused := map[string]bool{}
	for pool := range f.Named {
		unused[pool] = true
	}
	for p := range pools {
		for _, borrower := range borrowers {
			pool := &pools[p]
			fill := strings.NewReplacer("{zone}", pool.Zone, "{type}", pool.Type, "{borrower}", borrower)
			if f.EC2 != nil && slices.ContainsFunc(f.EC2.Pools, func(pattern policies.Pattern) bool { return pattern.Names(pool) }) {
				places, templates = append(places, fleet.Place{Region: pool.Region}), append(templates, fill.Replace(f.EC2.Template))
				continue
			}
			name := fill.Replace(f.Groups)
			if own, ok := f.Named[pool.Name()]; ok {
				name = fill.Replace(own)
				delete(unused, pool.Name())
			}
			for _, pattern := range f.Owners {
				if is, _ := path.Match(pattern, name); is {
					return nil, nil, fmt.Errorf("fleet: group %s of pool %s is one of owners (%s): expected a group of the borrower's own", name, pool.Name(), pattern)
				}
			}
			cell := pool.Region + " " + name
			if other := cells[cell]; other != "" {
				return nil, nil, fmt.Errorf("fleet: group %s is that of %s and of %s: expected one for each pool and borrower", name, other, pool.Name()+" of "+borrower)
			}
			cells[cell] = pool.Name() + " of " + borrower
			places, templates = append(places, fleet.Place{Region: pool.Region, Group: name}), append(templates, "")
		}
	}
	for _, pool := range slices.Sorted(maps.Keys(unused)) {
		return nil, nil, fmt.Errorf("fleet.named: there is no pool %q in a group: expected one such as %s", pool, pools[0].Name())
	}
	return places, templates, nil
}

// openFleet makes the configuration's cloud, if it has one. It calls nobody.
func (l *live) openFleet(mode drive.Mode) error {
	f := l.config.Fleet
	if f == nil {
		if mode != drive.Shadow {
			return fmt.Errorf("--mode is %q: the configuration has no section fleet: expected shadow", mode)
		}
		return nil
	}
	if l.config.Telemetry.Replay != nil && mode != drive.Shadow && f.Account.Endpoint == "" {
		return errors.New("fleet: a drill's clock is a trace's: expected fleet.account.endpoint, of a cloud for tests, or telemetry of the present")
	}
	places, templates, err := f.places(l.setup.Pools, l.setup.Borrowers)
	if err != nil {
		return err
	}
	client, err := l.clients.open(f.Account) // one budget of calls for all who call the same account
	if err != nil {
		return err
	}
	heard := &heard{Work: l.setup.Work, most: l.config.Safety.WorkAgeMax, now: l.clock.Now}
	l.setup.Work = heard
	l.client = client
	l.cloud = aws.NewCloud(aws.Fleet{Name: l.config.Live, Pools: l.setup.Pools, Borrowers: l.setup.Borrowers, Places: places, Templates: templates,
		Rules: f.Rules, Client: client, Now: l.clock.Now, Work: heard.runs, Sweep: mode == drive.Run,
		Patience: l.config.Patience * 3 / 4}) // so that an evaluation hears of the other regions in time
	l.setup.Cloud = l.cloud
	return nil
}

// heard is a source of work that remembers what was said of instances.
type heard struct {
	drive.Work
	most time.Duration // that it may be old
	now  func() models.Instant

	mu      sync.Mutex
	asOf    models.Instant
	running []int32
}

// Workload asks the source.
func (h *heard) Workload(ctx context.Context, now models.Instant, into []models.Workload) error {
	if err := h.Work.Workload(ctx, now, into); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asOf, h.running = into[0].AsOf, nil
	for b := range into {
		h.asOf = min(h.asOf, into[b].AsOf)
		h.running = append(h.running, into[b].Running)
	}
	return nil
}

// Remarks are the source's.
func (h *heard) Remarks() (r drive.Remarks) {
	if from, ok := h.Work.(drive.Remarker); ok {
		r = from.Remarks()
	}
	return r
}

// runs is what runs on instances; nothing where it is too old.
func (h *heard) runs() fleet.Work {
	if from, ok := h.Work.(interface{ Instances() source.Instances }); ok {
		if told := from.Instances(); told.Workers != nil && h.now().Sub(told.AsOf) <= h.most {
			return fleet.Work{AsOf: told.AsOf, Instances: told.Workers}
		} else if told.Workers != nil {
			return fleet.Work{} // Note: a number would be older still
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.running == nil || h.now().Sub(h.asOf) > h.most {
		return fleet.Work{}
	}
	return fleet.Work{AsOf: h.asOf, Running: h.running}
}
