package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"trough.internal/models/settings"
)

func (a *app) check() *cobra.Command {
	var ask bool
	c := &cobra.Command{
		Use:   "check CONFIG",
		Short: "Check a configuration, and print what would run with all defaults",
		Long: `Reads the configuration, the policy and the heads of the traces that it names, and prints the configuration and the policy as
they are in effect, and how many calls of Amazon's an evaluation takes. Asks no server, but with --aws: then it asks, once,
all that an evaluation would: for a report, for what there is to do, for groups and instances, whether the driver may launch, and for
the lease. It says what is wrong and what to do about it, one line each, and ends with what was checked. It changes nothing.`,
		Example: `  trough-live check live.yaml
  trough-live check live.yaml --aws`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			config, err := loadConfig(args[0])
			if err != nil {
				return err
			}
			l, err := prepare(config)
			if err != nil {
				return err
			}
			defer l.close()
			if _, err := l.setup.Stops.InForce(0); err != nil {
				return err
			}
			text, err := l.effective()
			if err != nil {
				return err
			}
			if _, err = a.out.WriteString(text); err != nil || !ask {
				return err
			}
			return a.checkAll(cmd.Context(), l)
		},
	}
	c.Flags().BoolVar(&ask, "aws", false, "also ask Amazon, which changes nothing")
	return c
}

// effective is the configuration and the policy as they run.
func (l *live) effective() (string, error) {
	config, err := settings.Encode(l.config)
	if err != nil {
		return "", err
	}
	policy, err := settings.Encode(l.setup.Policy)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("# configuration\n%s\n# policy\n%s%s%s", config, policy, l.callsText(), l.config.sourceCalls()), nil
}
