package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"trough.internal/cmd/trough-live/aws"
	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/cmd/trough-live/journal"
	"trough.internal/cmd/trough-live/source"
	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/policies"
	"trough.internal/sim"
)

// name is the driver's, and the value of the tag trough:driver.
const name = "demo"

// newDriver makes a driver as a configuration would, of which only the addresses are the fake cloud's.
func (d *demo) newDriver(built *sim.Built, set *policies.Settings, disk *journal.Journal, address string) (*drive.Driver, error) {
	pools := d.world.Pools[:built.Lendable()]
	work := &source.Workload{Get: getter(address + "/workload"), Borrowers: d.world.Borrowers}
	cloud, err := d.newCloud(pools, work, address)
	if err != nil {
		return nil, err
	}
	return drive.New(drive.Setup{Pools: d.world.Pools, Borrowers: d.world.Borrowers, Policy: set, Safety: drive.DefaultSafety(), Mode: drive.Run,
		Telemetry: &source.Spinnaker{Get: getter(address + source.Path("v2_5")),
			Asked: source.Asked{Pools: pools, OS: "LINUX", Borrower: d.cloud.Encode.Name, Accounts: []string{d.cloud.Prod.Name, d.cloud.Encode.Name}}},
		Work: work, Cloud: cloud, Journal: disk, Clock: d, Patience: time.Minute})
}

// newCloud acts on the groups of the fake cloud.
func (d *demo) newCloud(pools []models.Pool, work *source.Workload, address string) (*aws.Cloud, error) {
	// The fake cloud's own account, and none of this machine's.
	for _, pair := range [][2]string{{"AWS_ACCESS_KEY_ID", d.cloud.Encode.Key}, {"AWS_SECRET_ACCESS_KEY", "none"}, {"AWS_SESSION_TOKEN", ""},
		{"AWS_CONFIG_FILE", os.DevNull}, {"AWS_SHARED_CREDENTIALS_FILE", os.DevNull}, {"AWS_PROFILE", ""}, {"AWS_EC2_METADATA_DISABLED", "true"}} {
		if err := os.Setenv(pair[0], pair[1]); err != nil {
			return nil, err
		}
	}
	var account aws.Settings
	settings.Defaults(&account)
	// Not by way of the network: the SDK closes a request that has been answered although it may still be on its way out, and so loses
	// some of the answers that come within microseconds. It tries again after a pause, which at this speed would be an evaluation.
	account.Endpoint, account.Transport = address, d.server.Transport()
	account.CallsPerMinute = 1_000_000 // of time that goes faster
	client, err := aws.Open(context.Background(), account)
	if err != nil {
		return nil, err
	}
	var rules fleet.Rules
	settings.Defaults(&rules)
	f := aws.Fleet{Name: name, Pools: pools, Borrowers: d.world.Borrowers, Templates: make([]string, len(pools)), Rules: rules, Client: client, Now: d.Now,
		Places: d.cloud.Places(name), Work: func() fleet.Work {
			said := work.Instances()
			return fleet.Work{AsOf: said.AsOf, Instances: said.Workers}
		}}
	return aws.NewCloud(f), nil
}

// getter gets a document. Note: source.Client is not for this, since it does not trust a server whose clock is in 2015.
func getter(address string) func(context.Context) ([]byte, error) {
	client := &http.Client{Timeout: 10 * time.Second}
	return func(ctx context.Context) ([]byte, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		answer, err := client.Do(r)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: status %d: expected 200", address, answer.StatusCode)
		}
		return io.ReadAll(io.LimitReader(answer.Body, 1<<26))
	}
}

// Now and Passed make the demo the driver's clock: the simulator's.
func (d *demo) Now() models.Instant   { return d.cloud.Now() }
func (d *demo) Passed() time.Duration { return d.cloud.Now().Sub(d.world.Start) }
