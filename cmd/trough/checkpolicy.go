package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"trough.internal/policies"
	"trough.internal/sim/experiment"
)

func (a *app) checkPolicy() *cobra.Command {
	var f jobFlags
	c := &cobra.Command{
		Use:   "check-policy POLICY [SCENARIO]",
		Short: "Hold a policy against what every policy promises, on a scenario",
		Long: `Runs a policy on a scenario (default: broker, five days of a small market) seven times, and holds every decision against
what every policy promises: by itself (no increase on what is not known, nothing beyond what is reserved or available,
nothing while evacuated); the same whenever it is run, whether watched or not, and after its memory was written down and read
again; and none that changes when the future does. A schedule promises less, since it looks at nothing, and a policy without
strategy evacuation does not evacuate.

Exits with 1 where a promise is broken.`,
		Example: `  trough check-policy full
  trough check-policy my-policy.yaml netflix-realtime
  trough check-policy full --set margin.share=0% --json`,
		Args: cobra.RangeArgs(1, 2),
		ValidArgsFunction: func(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return completePolicies(c, args, begun)
			}
			return completeScenarios(c, args[1:], begun)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f.ledger = ledgers[0]
			j, err := a.prepare(append(args, "broker")[1], &f)
			if err != nil {
				return err
			}
			c, err := j.candidate(args[0], f.set)
			if err != nil {
				return err
			}
			return a.prove(cmd.Context(), j, c)
		},
	}
	c.Flags().Uint64Var(&f.seed, "seed", 0, "seed instead of the scenario's")
	c.Flags().StringArrayVar(&f.set, "set", nil, "change a policy's setting, as margin.share=3% (repeatable)")
	return c
}

// exempted are the promises that a policy does not make: a schedule looks at nothing, and without the strategy for it a policy
// does not evacuate.
func exempted(s *policies.Settings) []policies.Promise {
	var list []policies.Promise
	if s.Schedule != nil {
		list = append(list, policies.PromiseUnknown, policies.PromiseReserved, policies.PromiseAvailable)
	}
	if s.Evacuation == nil {
		list = append(list, policies.PromiseEvacuated)
	}
	return list
}

func (a *app) prove(ctx context.Context, j *job, c candidate) error {
	if err := j.built.Decode(); err != nil {
		return err
	}
	pools := j.built.World.Pools[:j.built.Lendable()]
	p := newProgress(a.err, "check-policy")
	p.say(j.scenario.Name + ", " + c.name)
	proofs, err := experiment.Prove(ctx, j.built, func() (policies.Policy, error) { return c.make(pools) }, exempted(c.settings))
	p.done()
	if ctx.Err() != nil {
		return failure{ctx.Err()}
	}
	if err != nil {
		return fmt.Errorf("check-policy: policy %s on %s: %w", c.name, j.scenario.Name, err)
	}
	if a.json {
		err = encodeJSON(a.out, proofsJSON(proofs))
	} else {
		_, err = io.WriteString(a.out, proofsText(c.name, j.scenario.Name, proofs))
	}
	if err != nil {
		return err
	}
	var broken findings
	for i := range proofs {
		if !proofs[i].Kept() {
			broken = append(broken, failure{fmt.Errorf("policy %s breaks a promise: %s: %s", c.name, proofs[i].Promise, proofs[i].First)})
		}
	}
	return broken.orNil()
}

// provedPromise is a proof for machines.
type provedPromise struct {
	Promise string `json:"promise"`
	Held    int64  `json:"decisions"`
	Broken  int64  `json:"broken"`
	First   string `json:"first,omitempty"`
	Exempt  bool   `json:"exempt"`
}

func proofsJSON(proofs []experiment.Proof) []provedPromise {
	list := make([]provedPromise, len(proofs))
	for i, p := range proofs {
		list[i] = provedPromise(p)
	}
	return list
}

func proofsText(policy, scenario string, proofs []experiment.Proof) string {
	var b strings.Builder
	fmt.Fprintf(&b, "policy %s on %s\n\n", policy, scenario)
	t := newTable("promise", "decisions", "")
	t.right(1)
	for _, p := range proofs {
		verdict := "kept"
		switch {
		case p.Exempt:
			verdict = "not promised"
		case p.Broken > 0:
			verdict = "BROKEN by " + count(p.Broken)
		}
		t.add(p.Promise, count(p.Held), verdict)
	}
	b.WriteString(t.String())
	return b.String()
}
