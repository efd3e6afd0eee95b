package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"trough.internal/models"
	"trough.internal/report/bill"
	"trough.internal/sim"
	"trough.internal/traces"
)

// runBill is a run directory's bill, made again of its ledger.
type runBill struct {
	files    *runFiles
	scenario *sim.Scenario
	pools    []models.Pool // with their prices
	names    []string      // of the pools
	setup    bill.Setup
	result   bill.Result
}

// openBill prepares a run's bill by the scenario's own rules.
func (r *runFiles) openBill() (*runBill, *traces.LedgerReader, error) {
	if r.manifest.Ledger == "none" {
		return nil, nil, fmt.Errorf("%s: the run left no ledger, and a bill is made of it: run it without --ledger none", r.dir)
	}
	s, err := sim.ParseScenario(r.path("manifest.json")+": resolved_scenario", []byte(r.manifest.ResolvedScenario))
	if err != nil {
		return nil, nil, err
	}
	l, err := traces.OpenLedger(r.path("ledger.parquet"))
	if err != nil {
		return nil, nil, err
	}
	run := l.Run()
	b := &runBill{files: r, scenario: s, pools: run.Pools, names: run.PoolNames()}
	for i := range b.pools {
		p := &b.pools[i]
		priced, err := s.Pool(models.PoolKey{Region: p.Region, Zone: p.Zone, Type: p.Type})
		if err != nil {
			l.Close()
			return nil, nil, fmt.Errorf("%s: pool %s: %w", r.dir, p.Name(), err)
		}
		p.OnDemand, p.Speed = priced.OnDemand, priced.Speed
	}
	b.setup = bill.Setup{Pools: b.pools, Borrowers: run.Borrowers, From: r.manifest.From, Rules: s.BillingRules(),
		OwnerEnds: s.Billing.OwnerEnds, Seed: s.Seed}
	return b, l, nil
}

// read replays the ledger until an instant.
func (b *runBill) read(ctx context.Context, l *traces.LedgerReader, until models.Instant) error {
	m := bill.New(b.setup)
	for {
		if ctx.Err() != nil {
			return failure{ctx.Err()}
		}
		events, err := l.Next()
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		for _, e := range events {
			if e.At >= until {
				b.result = m.Finish(until)
				return nil
			}
			m.Event(e)
		}
		if err != nil {
			b.result = m.Finish(until)
			return nil
		}
	}
}
