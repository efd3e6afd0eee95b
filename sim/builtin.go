package sim

import (
	"embed"
	"fmt"
	"strings"

	"trough.internal/models/settings"
)

//go:embed scenarios/*.yaml
var scenarioFiles embed.FS

// Builtin lists the built-in scenarios by name.
func Builtin() []string {
	entries, err := scenarioFiles.ReadDir("scenarios")
	if err != nil {
		panic(err) // embedded
	}
	names := make([]string, len(entries)) // ReadDir sorts
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	return names
}

// BuiltinFile returns the text of a built-in scenario.
func BuiltinFile(name string) ([]byte, error) {
	text, err := scenarioFiles.ReadFile("scenarios/" + name + ".yaml")
	if err == nil {
		return text, nil
	}
	if near, ok := settings.Nearest(name, Builtin()); ok {
		return nil, fmt.Errorf("there is no built-in scenario %q: did you mean %q?", name, near)
	}
	return nil, fmt.Errorf("there is no built-in scenario %q: expected a file, or one of %s", name, strings.Join(Builtin(), ", "))
}
