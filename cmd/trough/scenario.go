package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trough.internal/models/settings"
	"trough.internal/sim"
)

func (a *app) scenario() *cobra.Command {
	return group(&cobra.Command{
		Use:   "scenario",
		Short: "List, show and check scenarios: what a policy is run on",
		Example: `  trough scenario list
  trough scenario show netflix-realtime > mine.yaml
  trough scenario show netflix-realtime --describe
  trough scenario check mine.yaml`,
	}, a.scenarioList(), a.scenarioShow(), a.scenarioCheck())
}

func (a *app) scenarioList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the built-in scenarios",
		Example: `  trough scenario list --json`,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			var list []listed
			for _, name := range sim.Builtin() {
				s, err := loadScenario(name)
				if err != nil {
					return err
				}
				list = append(list, listed{name, strings.TrimSuffix(s.About, ".")})
			}
			return a.writeList(list, "run one: trough backtest netflix-realtime; start your own from it: trough scenario show netflix-realtime > mine.yaml")
		},
	}
}

// scenarios is the list by the name under which it is looked for.
func (a *app) scenarios() *cobra.Command {
	c := a.scenarioList()
	c.Use, c.Example = "scenarios", "  trough scenarios"
	return c
}

func (a *app) scenarioShow() *cobra.Command {
	var doc bool
	c := &cobra.Command{
		Use:   "show NAME|FILE",
		Short: "Print a scenario with every default written out, or describe its keys",
		Long: `Prints a scenario as a file in which every default is written out. With --describe it lists every key with its value
here, its default, its range and what it means.`,
		Example: `  trough scenario show netflix-realtime
  trough scenario show netflix-realtime --describe
  trough scenario show netflix-realtime --json      the same as data`,
		Args:              oneArg("a scenario"),
		ValidArgsFunction: completeScenarios,
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := loadScenario(args[0])
			if err != nil {
				return err
			}
			switch {
			case a.json:
				return encodeJSON(a.out, describe(s))
			case doc:
				_, err = io.WriteString(a.out, settingsText(describe(s)))
				return err
			}
			text, err := settings.Encode(s)
			if err != nil {
				return err
			}
			_, err = a.out.Write(text)
			return err
		},
	}
	c.Flags().BoolVar(&doc, "describe", false, "list every key with value, default, range and meaning")
	return c
}

func (a *app) scenarioCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check NAME|FILE...",
		Short: "Check scenarios as far as is possible without running them",
		Long: `Reads each scenario, opens the traces that it names (below --data), finds every instance type in the price list, and
makes its policy. Prints one line for each that can be run, and one for each that cannot.`,
		Example: `  trough scenario check netflix-realtime
  trough scenario check scenarios/*.yaml --data data`,
		Args:              someArgs("a scenario"),
		ValidArgsFunction: completeAllScenarios,
		RunE: func(_ *cobra.Command, args []string) error {
			checked := []checkedScenario{}
			var wrong findings
			for _, name := range args {
				c, err := a.checkScenario(name)
				if err != nil {
					wrong = append(wrong, err)
					continue
				}
				checked = append(checked, c)
			}
			if err := a.writeChecked(checked); err != nil {
				return err
			}
			return wrong.orNil()
		},
	}
}

// checkedScenario is one that can be run.
type checkedScenario struct {
	File     string   `json:"file"`
	Scenario string   `json:"scenario"`
	Pools    int      `json:"pools"`
	Base     int64    `json:"base_instances"`
	From     string   `json:"from"`
	Length   string   `json:"length"`
	Policy   string   `json:"policy"`
	Recorded []string `json:"recorded"`
	Assumed  []string `json:"assumed"`
}

func (a *app) checkScenario(name string) (checkedScenario, error) {
	j, err := a.prepare(name, &jobFlags{ledger: "none"})
	if err != nil {
		return checkedScenario{}, err
	}
	policy := "none: name one with --policy"
	if j.scenario.Policy.Kind() != "none" {
		c, err := j.candidate("", nil)
		if err != nil {
			return checkedScenario{}, err
		}
		policy = c.name
	}
	s, b := j.scenario, j.built
	c := checkedScenario{File: name, Scenario: s.Name, Pools: b.Lendable(), From: s.From.String(), Length: short(s.Length), Policy: policy,
		Recorded: slices.Concat([]string{}, b.Notes.Recorded), Assumed: slices.Concat([]string{}, b.Notes.Assumed)}
	if s.Drain {
		c.Length = "until every job has completed"
	}
	for _, n := range b.World.Base {
		c.Base += int64(n)
	}
	return c, nil
}

func (a *app) writeChecked(list []checkedScenario) error {
	if a.json {
		return encodeJSON(a.out, list)
	}
	for _, c := range list {
		fmt.Fprintf(a.out, "ok  %s: %s pools, base fleet of %s, from %s, %s; policy %s\n", c.File, count(c.Pools), count(c.Base), c.From, c.Length, c.Policy)
	}
	return nil
}
