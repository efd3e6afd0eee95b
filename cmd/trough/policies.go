package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"trough.internal/models"
	"trough.internal/models/settings"
	"trough.internal/policies"
)

func (a *app) policies() *cobra.Command {
	var yaml bool
	var set []string
	c := &cobra.Command{
		Use:   "policies [NAME|FILE]",
		Short: "List the built-in policies, or describe one",
		Long: `Without an argument: the built-in policies, one a line. With a name or a file: the policy's stages in the order in
which they speak, and every setting with its value, default, range and meaning.

--yaml prints the policy with all its settings, to start one's own from; any setting can also be changed for one
run with --set, as can a strategy be added.`,
		Example: `  trough policies
  trough policies full
  trough policies full --set margin.share=10% --set curfew.windows[0].lead=1h
  trough policies full --yaml > my-policy.yaml
  trough backtest netflix-realtime --policy my-policy.yaml`,
		Args:              atMostOne("a policy"),
		ValidArgsFunction: first(completePolicies),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && !yaml && len(set) == 0 {
				return a.listPolicies()
			}
			if len(args) == 0 {
				return fmt.Errorf("policies: --yaml and --set are about one policy: name it, as trough policies full --yaml")
			}
			s, err := loadPolicy(args[0])
			if err != nil {
				return err
			}
			if err := setAll(s, set); err != nil {
				return err
			}
			return a.describePolicy(s, yaml)
		},
	}
	c.Flags().BoolVar(&yaml, "yaml", false, "print the policy as a file, defaults included")
	c.Flags().StringArrayVar(&set, "set", nil, "change a setting, as margin.share=3% (repeatable)")
	return c
}

// listed is a built-in thing in a list.
type listed struct {
	Name  string `json:"name"`
	About string `json:"about"`
}

func (a *app) listPolicies() error {
	var list []listed
	for _, name := range policies.Builtin() {
		text, err := policies.BuiltinFile(name)
		if err != nil {
			return err
		}
		list = append(list, listed{name, opening(text)})
	}
	return a.writeList(list, "describe one: trough policies full; start your own from it: trough policies full --yaml > my-policy.yaml")
}

func (a *app) writeList(list []listed, next string) error {
	if a.json {
		return encodeJSON(a.out, list)
	}
	t := newTable("", "")
	for _, l := range list {
		t.add(l.Name, l.About)
	}
	_, err := io.WriteString(a.out, t.String()+"\n"+next+"\n")
	return err
}

// opening is the first sentence of the comment that a file begins with.
func opening(text []byte) string {
	var words []string
	for line := range strings.Lines(string(text)) {
		comment, ok := strings.CutPrefix(line, "#")
		if !ok {
			break
		}
		words = append(words, strings.Fields(comment)...)
	}
	for i, word := range words {
		if strings.HasSuffix(word, ".") {
			words = words[:i+1]
			break
		}
	}
	return strings.TrimSuffix(strings.Join(words, " "), ".")
}

// describedPolicy is a policy for machines.
type describedPolicy struct {
	Policy   string             `json:"policy"`
	Stages   []string           `json:"stages"`
	Settings []describedSetting `json:"settings"`
}

func (a *app) describePolicy(s *policies.Settings, yaml bool) error {
	p, err := policies.New(s)
	if err != nil {
		return err
	}
	if yaml {
		text, err := settings.Encode(s)
		if err != nil {
			return err
		}
		_, err = a.out.Write(text)
		return err
	}
	d := describedPolicy{Policy: s.Policy, Stages: stagesOf(p)}
	there := map[string]bool{"limits": true}
	for _, c := range s.Strategies() {
		there[c.String()] = true
	}
	for _, f := range settings.Describe(s) {
		section, _, _ := strings.Cut(f.Path, ".")
		if f.Type == "section" && !there[section] || strings.Contains(f.Path, ".") && !there[section] {
			continue
		}
		d.Settings = append(d.Settings, describedOf(f))
	}
	if a.json {
		return encodeJSON(a.out, d)
	}
	_, err = io.WriteString(a.out, d.text(s))
	return err
}

// stagesOf names the stages of a policy that has any.
func stagesOf(p policies.Policy) []string {
	names := []string{}
	if staged, ok := p.(interface{ Stages() []models.Cause }); ok {
		for _, c := range staged.Stages() {
			names = append(names, c.String())
		}
	}
	return names
}

func (d *describedPolicy) text(s *policies.Settings) string {
	stages := "none: it borrows nothing"
	if len(d.Stages) > 0 {
		stages = strings.Join(d.Stages, " > ")
	}
	return fmt.Sprintf("policy %s, decides every %s\nstages, each may overrule those before: %s\n\n", d.Policy, short(s.Evaluate), stages) +
		settingsText(d.Settings) + "\nchange one for a run: --set PATH=VALUE; all of them as a file: --yaml\n"
}
