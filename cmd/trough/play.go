package main

import (
	"context"
	"errors"
	"fmt"

	"trough.internal/models"
	"trough.internal/policies"
	"trough.internal/report/measure"
	"trough.internal/sim"
)

// played is what a run came to.
type played struct {
	name   string
	tally  sim.Tally
	result measure.Result
	pools  []models.Pool
	more   []measure.Figure // beside those of the result
	worth  string           // p/v, where a figure of these needs it
	gaps   *gaps            // nil where it was always known what the owners used, or nothing was borrowed while it was not
	spent  []sim.Spent      // by pool; nil where jobs are not packed
	until  models.Instant   // where the span ended: the scenario's end, or the second of the last completion
}

// sinks asks several sinks in turn.
type sinks []models.Sink

func (s sinks) Event(e models.Event) {
	for _, sink := range s {
		sink.Event(e)
	}
}

// play runs one candidate on a scenario. More sinks and a sink of decisions may listen.
func (a *app) play(ctx context.Context, s *sim.Scenario, b *sim.Built, c candidate, more sinks, decisions sim.DecisionSink) (*played, error) {
	policy, err := c.make(b.World.Pools[:b.Lendable()])
	if err != nil {
		return nil, err
	}
	run, err := a.playPolicy(ctx, s, b, c.name, policy, more, decisions)
	if err == nil && run.result.Total.UnknownBorrowedSeconds > 0 {
		run.gaps, err = a.fillGaps(ctx, s, b, c)
	}
	return run, err
}

// gaps are what a run measures where nobody knew what the owners used, if they used nothing and if they used all.
type gaps struct{ best, worst measure.Result }

// fillGaps plays a run again, and measures it through both fills.
func (a *app) fillGaps(ctx context.Context, s *sim.Scenario, b *sim.Built, c candidate) (*gaps, error) {
	policy, err := c.make(b.World.Pools[:b.Lendable()])
	if err != nil {
		return nil, err
	}
	best, worst := measure.New(setupOf(s, b)), measure.New(setupOf(s, b))
	run, err := a.playPolicy(ctx, s, b, c.name+", gaps filled", policy, sinks{measure.Fill{To: best}, measure.Fill{To: worst, Worst: true}}, nil)
	if err != nil {
		return nil, err
	}
	return &gaps{best.Finish(run.until), worst.Finish(run.until)}, nil
}

// playPolicy runs a policy, once, under a name.
func (a *app) playPolicy(ctx context.Context, s *sim.Scenario, b *sim.Built, name string, policy policies.Policy, more sinks, decisions sim.DecisionSink) (*played, error) {
	in, err := b.Inputs()
	if err != nil {
		return nil, err
	}
	return a.playInputs(ctx, s, b, name, policy, in, more, decisions)
}

// playInputs runs it on inputs that are open.
func (a *app) playInputs(ctx context.Context, s *sim.Scenario, b *sim.Built, name string, policy policies.Policy, in sim.Inputs,
	more sinks, decisions sim.DecisionSink) (*played, error) {
	acc := measure.New(setupOf(s, b))
	p := newProgress(a.err, s.Name+", "+name)
	p.visible = p.visible && !a.quiet
	defer p.done()
	listening := append(sinks{acc}, more...)
	var each *measure.Borrowers
	if len(b.World.Borrowers) > 1 {
		each = measure.NewBorrowers(setupOf(s, b))
		listening = append(listening, each)
	}
	bought := boughtBill(s, b)
	if bought != nil {
		listening = append(listening, bought)
	}
	var transfers *measure.Transfers
	if terms := b.World.Transfer; terms != nil {
		transfers = measure.NewTransfers(setupOf(s, b), *terms)
		listening = append(listening, transfers)
	}
	options := sim.Options{
		Sink: listening, Decisions: decisions,
		Progress: func(now models.Instant) error {
			p.at(now, b.World.Start, b.World.Until)
			return ctx.Err()
		},
	}
	engine := sim.New(b.World, in, policy, options)
	tally, err := engine.Run()
	var input inputError
	if errors.As(err, &input) {
		return nil, input
	}
	var large *sim.TooLargeError
	if errors.As(err, &large) {
		return nil, inputError{fmt.Errorf("scenario %s: %w", s.Name, large)}
	}
	if err != nil {
		return nil, failure{fmt.Errorf("scenario %s, policy %s: %w", s.Name, name, err)}
	}
	until := b.World.Until
	if b.World.Drain {
		until = b.World.Start + models.Instant(tally.Makespan)
	}
	run := &played{name: name, pools: b.World.Pools, tally: tally, result: acc.Finish(until), until: until, spent: engine.Spent()}
	if each != nil {
		run.more = measure.BorrowerFigures(each.Finish(until))
	}
	if bought != nil {
		sums, err := bought.Finish(until)
		if err != nil {
			return nil, failure{fmt.Errorf("scenario %s, policy %s: %w", s.Name, name, err)}
		}
		run.more = append(run.more, boughtFigures(&sums)...)
	}
	if transfers != nil {
		moved := transfers.Finish(until)
		run.more = append(run.more, moved.Figures(run.result.Bill.Billed().List)...)
	}
	return run, nil
}

func setupOf(s *sim.Scenario, b *sim.Built) measure.Setup {
	w := &b.World
	setup := measure.Setup{Pools: w.Pools, Borrowers: w.Borrowers, From: w.Start, Base: w.Base, Batches: b.Batches,
		Billing: measure.Billing{Rules: s.BillingRules(), OwnerEnds: s.Billing.OwnerEnds, Seed: s.Seed}}
	if !w.Drain {
		setup.Until = w.Until
	}
	return setup
}
