package fakecloud

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"trough.internal/cmd/trough-live/aws"
	"trough.internal/cmd/trough-live/drive"
	"trough.internal/cmd/trough-live/fleet"
	"trough.internal/cmd/trough-live/livetest"
	"trough.internal/models/settings"
	"trough.internal/policies"
)

// TestTheDriversOwnCloudTakesTheSameDecisionsOverHTTP: likewise with what the driver runs on in production: Amazon's SDK, and the
// ledger that makes events of descriptions. No launch is refused: after a failed activity the ledger gives up all that a group has on order,
// and leaves the pool alone for a while, which a backtest's world does not.
func TestTheDriversOwnCloudTakesTheSameDecisionsOverHTTP(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a day for each policy")
	}
	for _, name := range policies.Builtin() {
		t.Run(name, func(t *testing.T) {
			built := livetest.Small(t, shared)
			built.World.Refused = 0
			p := newParity(t, built, livetest.Builtin(t, name))
			p.run(p.amazon)
			if p.cycles < 1440 || p.orders == 0 && name != "never" {
				t.Errorf("%d cycles with %d orders: nothing was compared", p.cycles, p.orders)
			}
			t.Logf("%d cycles, %d orders, %d swaps, calls %v", p.cycles, p.orders, p.backtest.Swaps, p.server.Calls())
		})
	}
}

// TestEveryPolicyOfTheProjectDecidesOverHTTPAsInABacktest: likewise for policies of files, of scenarios and of experiments. Ordinary tests
// have the one of three borrowers, for eight hours.
func TestEveryPolicyOfTheProjectDecidesOverHTTPAsInABacktest(t *testing.T) {
	if testing.Short() {
		t.Skip("runs hours of a market of forty-eight groups")
	}
	long := os.Getenv("TROUGH_LONG") != ""
	for _, policy := range livetest.Policies(t, shared) {
		if slices.Contains(policies.Builtin(), policy.Name) || policy.Buys() || !long && policy.Name != "scenario broker" {
			continue
		}
		t.Run(policy.Name, func(t *testing.T) {
			built := policy.Day(t, shared)
			built.World.Refused = 0
			if !long {
				built.World.Until = built.World.Start.Add(8 * time.Hour)
			}
			p := newParity(t, built, policy.Settings)
			p.run(p.amazon)
			if p.cycles < 480 || p.orders == 0 {
				t.Errorf("%d cycles with %d orders: nothing was compared", p.cycles, p.orders)
			}
			t.Logf("%d cycles, %d orders, %d swaps", p.cycles, p.orders, p.backtest.Swaps)
		})
	}
}

// amazon is the driver's own way to the servers.
func (p *parity) amazon(b *Backtest, s *Server) drive.Cloud {
	p.t.Setenv("AWS_ACCESS_KEY_ID", b.Encode.Key)
	p.t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	p.t.Setenv("AWS_CONFIG_FILE", "/nonexistent")
	p.t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
	p.t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	client, err := aws.Open(context.Background(), aws.Settings{CallsPerMinute: 1_000_000, Attempts: 1, Timeout: time.Minute, Transport: s.Transport()})
	if err != nil {
		p.t.Fatal(err)
	}
	var rules fleet.Rules
	settings.Defaults(&rules)
	places := b.Places("parity")
	templates := make([]string, len(places))
	for cell := range places {
		if p.alone {
			places[cell].Group, templates[cell] = "", places[cell].Group
		}
	}
	return aws.NewCloud(aws.Fleet{Name: "parity", Pools: b.world.Pools[:b.lendable], Borrowers: b.world.Borrowers, Places: places, Templates: templates,
		Rules: rules, Client: client, Now: b.Now, Work: func() fleet.Work {
			said := p.work.Instances()
			return fleet.Work{AsOf: said.AsOf, Instances: said.Workers}
		}})
}
