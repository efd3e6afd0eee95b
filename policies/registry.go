package policies

import (
	"embed"
	"fmt"
	"strings"

	"trough.internal/models/settings"
)

//go:embed builtin/*.yaml
var builtin embed.FS

// Builtin lists the policies that come with Trough, from the one that borrows nothing to the one with all strategies, and the one
// for several borrowers.
func Builtin() []string { return []string{"never", "schedule", "availability", "full", "broker"} }

// Load makes a built-in policy, and returns its settings too.
func Load(name string) (Policy, *Settings, error) {
	s, err := BuiltinSettings(name)
	if err != nil {
		return nil, nil, err
	}
	policy, err := New(s)
	return policy, s, err
}

// BuiltinSettings returns the settings of a built-in policy, to be changed and made.
func BuiltinSettings(name string) (*Settings, error) {
	data, err := BuiltinFile(name)
	if err != nil {
		return nil, err
	}
	return Parse(name+".yaml", data)
}

// BuiltinFile returns the file of a built-in policy, with its comments, to start one's own from.
func BuiltinFile(name string) ([]byte, error) {
	for _, known := range Builtin() {
		if known == name {
			return builtin.ReadFile("builtin/" + name + ".yaml")
		}
	}
	if near, ok := settings.Nearest(name, Builtin()); ok {
		return nil, fmt.Errorf("policy %q is not built in: did you mean %q?", name, near)
	}
	return nil, fmt.Errorf("policy %q is not built in: expected one of %s", name, strings.Join(Builtin(), ", "))
}
