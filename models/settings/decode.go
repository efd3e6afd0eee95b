// Package settings reads the YAML in which users write scenarios and policies, strictly: every mistake is one line
// with file, line, column, path, the value, and what was expected.
//
// A struct states its settings in tags, and the same tags give decoding, defaults, ranges, documentation and the
// printing of resolved settings:
//
//	set:"share"         the key; set:"-" leaves an exported field out
//	default:"5%"        value of an absent key (a list: "a, b"); without it the zero value
//	required:"true"     the key must be there
//	min:"0%" max:"100%" both inclusive; for lists and maps of scalars: of each
//	enum:"a|b"          the only values
//	unit:"instances"    of a number whose type does not say it
//	doc:"..."           one sentence for the user
//
// A type is bool, a string, an integer, a float, time.Duration, Share, Raw, anything that both reads and writes
// itself as text (encoding.TextUnmarshaler and TextMarshaler, with an optional Want() string for "expected ..."), a struct, a
// slice, a map with string keys, or a pointer to one of these (nil when the key is absent).
//
// After a struct has been filled, its Check() error is called if it has one, inner structs first.
package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// depthMax is far above what a scenario needs, and far below what could exhaust a stack.
const depthMax = 50

// Decode reads one YAML document into what into points to, usually a struct. Absent keys get their defaults, an
// empty document is all defaults, and an empty list or map becomes nil. File is only for messages. Aliases, anchors, merge keys
// and tags are refused. On an error, an *Error, into stays as it was.
func Decode(file string, data []byte, into any) error {
	root, err := parse(file, data)
	if err != nil {
		return err
	}
	return Raw{file: file, node: root}.Decode(into)
}

// Defaults gives every setting of the struct that into points to its default, and the others zero.
// It asks for no required key and calls no Check.
func Defaults(into any) {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() || shapeOf(v.Type().Elem()) != section {
		panic(fmt.Sprintf("settings: defaults are for a pointer to a struct, not %T", into))
	}
	setDefaults(v.Elem())
}

// parse returns the root of the only document; of an empty one, an empty map.
func parse(file string, data []byte) (*yaml.Node, error) {
	var document, second yaml.Node
	reader := yaml.NewDecoder(bytes.NewReader(data))
	err := reader.Decode(&document)
	if errors.Is(err, io.EOF) {
		return &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}, nil
	}
	if err != nil {
		return nil, syntaxError(file, data, err)
	}
	root := document.Content[0]
	if err := vet(file, "", root, 0); err != nil {
		return nil, err
	}
	switch err := reader.Decode(&second); {
	case err == nil:
		return nil, (&Error{Problem: "a second document begins here: expected one"}).at(file, "", &second)
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(file, data, err)
	}
	return root, nil
}

// vet refuses what no setting may use, also below a Raw, so that later steps see only maps, lists and scalars.
func vet(file, path string, n *yaml.Node, depth int) error {
	refuse := func(n *yaml.Node, format string, args ...any) error {
		return (&Error{Problem: fmt.Sprintf(format, args...)}).at(file, path, n)
	}
	switch {
	case n.Kind == yaml.AliasNode:
		return refuse(n, "alias *%s: write the value out", n.Value)
	case n.Anchor != "":
		return refuse(n, "anchor &%s: write the value out where it is used", n.Anchor)
	case n.Style&yaml.TaggedStyle != 0:
		return refuse(n, "tag %s: write the value without it", n.Tag)
	case depth > depthMax:
		return refuse(n, "nested deeper than %d levels", depthMax)
	case n.Kind == yaml.SequenceNode:
		for i, item := range n.Content {
			if err := vet(file, at(path, i), item, depth+1); err != nil {
				return err
			}
		}
	case n.Kind == yaml.MappingNode:
		lines := map[string]int{}
		for i := 0; i < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			switch {
			case key.Tag == "!!merge":
				return refuse(key, "merge key <<: write the values out")
			case key.Kind != yaml.ScalarNode || isEmpty(key):
				return refuse(key, "expected a key")
			case lines[key.Value] > 0:
				return refuse(key, "key %s was already given in line %d", quote(key.Value), lines[key.Value])
			}
			if err := vet(file, path, key, depth+1); err != nil {
				return err
			}
			lines[key.Value] = key.Line
			if err := vet(file, under(path, key.Value), value, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// decoder holds what is the same everywhere in one file.
type decoder struct{ file string }

func (d decoder) value(n *yaml.Node, path string, v reflect.Value, l limits) error {
	t := v.Type()
	kind := shapeOf(t)
	switch problem := mismatch(kind, n); {
	case problem != "" && n.Kind == yaml.ScalarNode && !isEmpty(n):
		return (&Error{Value: n.Value, Want: wantOf(t)}).at(d.file, path, n)
	case problem != "":
		return (&Error{Problem: fmt.Sprintf(problem, wantOf(t))}).at(d.file, path, n)
	}
	switch kind {
	case free:
		v.Set(reflect.ValueOf(Raw{file: d.file, path: path, node: n}))
		return nil
	case pointer:
		v.Set(reflect.New(t.Elem()))
		return d.value(n, path, v.Elem(), l)
	case section:
		return d.section(n, path, v)
	case list:
		return d.list(n, path, v, l)
	case table:
		return d.table(n, path, v, l)
	}
	err := parseText(n.Value, v)
	if err == nil {
		err = l.check(v)
	}
	if err != nil {
		return wrong(n.Value, err).at(d.file, path, n)
	}
	return nil
}

// mismatch says what is wrong (with %s for what was wanted) where a shape cannot be read from a node. Nothing after a
// key is an empty section, list or map, but it is no scalar.
func mismatch(kind shape, n *yaml.Node) string {
	switch {
	case kind == single && isEmpty(n):
		return "there is no value: expected %s"
	case kind == free || kind == pointer || isEmpty(n),
		kind == single && n.Kind == yaml.ScalarNode,
		kind == list && n.Kind == yaml.SequenceNode,
		(kind == section || kind == table) && n.Kind == yaml.MappingNode:
		return ""
	case n.Kind == yaml.SequenceNode:
		return "expected %s, not a list"
	case n.Kind == yaml.MappingNode:
		return "expected %s, not keys with values"
	}
	return "expected %s, not a single value"
}

func (d decoder) section(n *yaml.Node, path string, v reflect.Value) error {
	fields := fieldsOf(v.Type())
	given := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if err := d.known(key, path, fields); err != nil {
			return err
		}
		given[key.Value] = n.Content[i+1]
	}
	for _, f := range fields {
		if err := d.field(f, given[f.name], n, path, v.Field(f.index)); err != nil {
			return err
		}
	}
	return d.check(n, path, v)
}

func (d decoder) field(f field, given, parent *yaml.Node, path string, v reflect.Value) error {
	path = under(path, f.name)
	switch {
	case given != nil:
		return d.value(given, path, v, f.limits)
	case f.required:
		return (&Error{Problem: "this key is missing: expected " + wantOf(f.typ)}).at(d.file, path, parent)
	case shapeOf(f.typ) == section: // as if empty, so that its required keys and its Check hold
		return d.section(&yaml.Node{Kind: yaml.MappingNode, Line: parent.Line, Column: parent.Column}, path, v)
	}
	return f.setDefault(v)
}

// known refuses a key that is no setting.
func (d decoder) known(key *yaml.Node, path string, fields []field) error {
	var names []string
	for _, f := range fields {
		if f.name == key.Value {
			return nil
		}
		names = append(names, f.name)
	}
	hint := "expected one of " + strings.Join(names, ", ")
	if near, ok := Nearest(key.Value, names); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	if len(names) == 0 {
		hint = "there is nothing to set here"
	}
	return (&Error{Problem: fmt.Sprintf("unknown key %s: %s", quote(key.Value), hint)}).at(d.file, path, key)
}

func (d decoder) check(n *yaml.Node, path string, v reflect.Value) error {
	checker, ok := v.Addr().Interface().(interface{ Check() error })
	if !ok {
		return nil
	}
	err := checker.Check()
	if err == nil {
		return nil
	}
	if placed, ok := asError(err); ok { // from a Raw that the Check decoded
		return placed
	}
	return (&Error{Problem: err.Error(), Err: err}).at(d.file, path, n)
}

func (d decoder) list(n *yaml.Node, path string, v reflect.Value, l limits) error {
	v.SetZero()
	for i, node := range n.Content {
		item := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(node, at(path, i), item, l); err != nil {
			return err
		}
		v.Set(reflect.Append(v, item))
	}
	return nil
}

func (d decoder) table(n *yaml.Node, path string, v reflect.Value, l limits) error {
	v.SetZero()
	for i := 0; i+1 < len(n.Content); i += 2 {
		item := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(n.Content[i+1], under(path, n.Content[i].Value), item, l); err != nil {
			return err
		}
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		v.SetMapIndex(reflect.ValueOf(n.Content[i].Value).Convert(v.Type().Key()), item)
	}
	return nil
}

// isEmpty is true of nothing, ~ and null.
func isEmpty(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func under(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func at(path string, index int) string { return fmt.Sprintf("%s[%d]", path, index) }
