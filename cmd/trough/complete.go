package main

import (
	"strings"

	"github.com/spf13/cobra"

	"trough.internal/policies"
	"trough.internal/sim"
	"trough.internal/traces/convert"
)

// What the shell offers: names, and files too where a file would do.

type completion = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// first completes the first argument, and no other.
func first(c completion) completion {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return c(cmd, args, begun)
	}
}

var completeScenarios = first(completeAllScenarios)

func completeAllScenarios(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	return beginning(sim.Builtin(), begun), cobra.ShellCompDirectiveDefault
}

func completePolicies(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	return beginning(policies.Builtin(), begun), cobra.ShellCompDirectiveDefault
}

// completeFormats completes a format, then its files.
func completeFormats(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return beginning(formatNames(), begun), cobra.ShellCompDirectiveNoFileComp
}

func formatNames() []string {
	var names []string
	for _, f := range convert.Formats() {
		names = append(names, f.Name)
	}
	return names
}

func words(list ...string) completion {
	return func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return beginning(list, begun), cobra.ShellCompDirectiveNoFileComp
	}
}

func beginning(names []string, begun string) []string {
	var list []string
	for _, name := range names {
		if strings.HasPrefix(name, begun) {
			list = append(list, name)
		}
	}
	return list
}
