package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"trough.internal/models/settings"
)

// describedSetting is a line of the documentation of settings, for machines.
type describedSetting struct {
	Path    string `json:"path"`
	Type    string `json:"type"`
	Unit    string `json:"unit,omitempty"`
	Value   string `json:"value"`
	Default string `json:"default"`
	Range   string `json:"range,omitempty"`
	Doc     string `json:"doc"`
}

func describedOf(f settings.Field) describedSetting {
	return describedSetting{f.Path, f.Type, f.Unit, f.Value, f.Default, f.Range, f.Doc}
}

func describe(v any) []describedSetting {
	var list []describedSetting
	for _, f := range settings.Describe(v) {
		list = append(list, describedOf(f))
	}
	return list
}

// settingsText is the settings as a table: what is in a section is indented below it.
func settingsText(list []describedSetting) string {
	t := newTable("setting", "value", "")
	for _, s := range list {
		indent := strings.Repeat("  ", strings.Count(s.Path, "."))
		t.add(indent+s.Path[strings.LastIndex(s.Path, ".")+1:], shortened(s.Value), s.about())
	}
	return t.String()
}

// shortened keeps a long value, such as a list of sentences, from taking the room of what it means.
func shortened(value string) string {
	const most = 36
	if letters := []rune(value); len(letters) > most {
		return string(letters[:most-3]) + "..."
	}
	return value
}

// about is the rest of a setting in a line: what it is, then default, range and unit.
func (s *describedSetting) about() string {
	var parts []string
	if s.Unit != "" {
		parts = append(parts, s.Unit)
	}
	if s.Default != "" && s.Default != s.Value {
		parts = append(parts, "default "+s.Default)
	}
	if s.Range != "" {
		parts = append(parts, s.Range)
	}
	if s.Value == "" && s.Type != "section" && !strings.Contains(s.Type, "section") {
		parts = append(parts, s.Type)
	}
	doc := strings.TrimSuffix(s.Doc, ".")
	if len(parts) == 0 {
		return doc
	}
	if doc == "" {
		return strings.Join(parts, ", ")
	}
	return doc + " (" + strings.Join(parts, ", ") + ")"
}

// setOptions applies --set flags such as work.load=2 to a struct of settings that has its defaults. It decodes them as a
// document of their own, so that what a file of such settings may say, the flags may say, with the same messages.
func setOptions(into any, changes []string) error {
	if len(changes) == 0 {
		return nil
	}
	root := &option{}
	for _, change := range changes {
		path, value, ok := strings.Cut(change, "=")
		if !ok || path == "" {
			return fmt.Errorf("--set %s: expected OPTION=VALUE", change)
		}
		if !root.put(strings.Split(path, "."), value) {
			return fmt.Errorf("--set %s: %s is set as a whole too", change, path)
		}
	}
	err := settings.Decode("--set", []byte(root.text(0)), into)
	var placed *settings.Error
	if errors.As(err, &placed) { // lines and columns would be of a document that nobody wrote
		unplaced := *placed
		unplaced.Line, unplaced.Column = 0, 0
		return &unplaced
	}
	return err
}

// option is a value, or options below it.
type option struct {
	value string
	keys  []string
	below map[string]*option
}

func (o *option) put(path []string, value string) bool {
	if len(path) == 0 {
		if len(o.keys) > 0 {
			return false
		}
		o.value = value
		return true
	}
	if o.value != "" {
		return false
	}
	if !slices.Contains(o.keys, path[0]) {
		if o.below == nil {
			o.below = map[string]*option{}
		}
		o.keys, o.below[path[0]] = append(o.keys, path[0]), &option{}
	}
	return o.below[path[0]].put(path[1:], value)
}

// text is YAML. A value that YAML cannot read is taken as a text.
func (o *option) text(depth int) string {
	var b strings.Builder
	for _, key := range o.keys {
		next := o.below[key]
		b.WriteString(strings.Repeat("  ", depth) + key + ":")
		if len(next.keys) > 0 {
			b.WriteString("\n" + next.text(depth+1))
			continue
		}
		value := next.value
		var raw settings.Raw
		if settings.Decode("", []byte(value), &raw) != nil {
			value = "'" + strings.ReplaceAll(value, "'", "''") + "'"
		}
		b.WriteString(" " + value + "\n")
	}
	return b.String()
}
