package settings

import (
	"fmt"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// Raw is a part of a document that is decoded later, when it is known into what: a policy that is given by name or
// inline, a stage whose settings depend on its name. The zero value is an absent key. A map[string]Raw gives
// the keys of a map, a []Raw the items of a list.
type Raw struct {
	file, path string
	node       *yaml.Node
}

// Decode reads r like Decode reads a document, with the places and the path that it has in its file.
// An absent or empty one decodes like an empty document.
func (r Raw) Decode(into any) error {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		panic(fmt.Sprintf("settings: decoding needs a pointer, not %T", into))
	}
	if r.node == nil {
		r.node = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	}
	v := reflect.New(target.Type().Elem())
	v.Elem().Set(target.Elem()) // fields that are no settings keep their values
	if err := (decoder{r.file}).value(r.node, r.path, v.Elem(), limits{}); err != nil {
		return err
	}
	target.Elem().Set(v.Elem())
	return nil
}

// IsZero is true of an absent key.
func (r Raw) IsZero() bool { return r.node == nil }

// Kind is "none" (absent, or nothing after the key), "value", "map" or "list".
func (r Raw) Kind() string {
	switch {
	case r.node == nil || isEmpty(r.node):
		return "none"
	case r.node.Kind == yaml.MappingNode:
		return "map"
	case r.node.Kind == yaml.SequenceNode:
		return "list"
	}
	return "value"
}

// String is the text of a value, and empty for the other kinds.
func (r Raw) String() string {
	if r.Kind() != "value" {
		return ""
	}
	return r.node.Value
}

// Wrong is the error for a value that the caller refuses, at its place: want follows "expected".
func (r Raw) Wrong(want string) error {
	n := r.node
	if n == nil {
		n = &yaml.Node{}
	}
	if r.Kind() == "value" {
		return (&Error{Value: n.Value, Want: want}).at(r.file, r.path, n)
	}
	return (&Error{Problem: "expected " + want}).at(r.file, r.path, n)
}
