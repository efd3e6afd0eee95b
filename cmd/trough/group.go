package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"trough.internal/models/settings"
)

// group makes a command of commands: alone it prints its help, and it says which one an unknown word may have meant.
func group(c *cobra.Command, commands ...*cobra.Command) *cobra.Command {
	c.AddCommand(commands...)
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		var names []string
		for _, sub := range c.Commands() {
			if !sub.Hidden {
				names = append(names, sub.Name())
			}
		}
		if near, ok := settings.Nearest(args[0], names); ok {
			return fmt.Errorf("unknown command %q of %s: did you mean %q?", args[0], c.CommandPath(), near)
		}
		return fmt.Errorf("unknown command %q of %s: expected one of %s", args[0], c.CommandPath(), strings.Join(names, ", "))
	}
	return c
}

// flagError is an error of flags in one line, with the flag that an unknown one may have meant.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return fmt.Errorf("%s: --%s is %q: expected %s", c.CommandPath(), invalid.GetFlag().Name, invalid.GetValue(), wanted(invalid.GetFlag()))
	}
	if !errors.As(err, &unknown) {
		return fmt.Errorf("%s: %w", c.CommandPath(), err)
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near, ok := settings.Nearest(unknown.GetSpecifiedName(), names); ok && len(unknown.GetSpecifiedName()) > 1 {
		return fmt.Errorf("%s: there is no flag --%s: did you mean --%s?", c.CommandPath(), unknown.GetSpecifiedName(), near)
	}
	return fmt.Errorf("%s: %w: see %s --help", c.CommandPath(), err, c.CommandPath())
}

// wanted is what a flag expects, in words.
func wanted(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "uint64":
		return "a whole number, 0 or more"
	case "int", "int32", "int64":
		return "a whole number"
	case "bool":
		return "true or false"
	}
	return "a " + f.Value.Type()
}

// oneArg wants exactly one argument and says what it is.
func oneArg(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%s: expected %s, got %d arguments: see %s --help", c.CommandPath(), what, len(args), c.CommandPath())
		}
		return nil
	}
}

func atMostOne(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > 1 {
			return fmt.Errorf("%s: expected %s or nothing, got %d arguments: see %s --help", c.CommandPath(), what, len(args), c.CommandPath())
		}
		return nil
	}
}

func someArgs(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("%s: expected %s: see %s --help", c.CommandPath(), what, c.CommandPath())
		}
		return nil
	}
}

func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s: expected no arguments, got %q: see %s --help", c.CommandPath(), args[0], c.CommandPath())
	}
	return nil
}

// findings are several things that are wrong, each worth a line.
type findings []error

// Error is the first of them; run prints all.
func (f findings) Error() string { return f[0].Error() }

func (f findings) orNil() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
