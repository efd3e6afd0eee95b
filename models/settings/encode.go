package settings

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Encode writes resolved settings as YAML: every field in order, defaults included, keys of maps sorted. Decoding
// the result gives v again. Left out are nil pointers, absent Raws, and zero values that have no text. It does not check
// ranges; what YAML cannot hold (NaN, Inf, a nil inside a list) is an error.
func Encode(v any) ([]byte, error) {
	node, err := encode(reflect.ValueOf(v), "")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	writer := yaml.NewEncoder(&out)
	writer.SetIndent(2)
	if err := writer.Encode(node); err != nil {
		return nil, err
	}
	return out.Bytes(), writer.Close()
}

func encode(v reflect.Value, path string) (*yaml.Node, error) {
	switch shapeOf(v.Type()) {
	case free:
		if r := v.Interface().(Raw); !r.IsZero() {
			return plain(r.node), nil
		}
		return nil, &Error{Path: path, Problem: "nothing to write here"}
	case pointer:
		if v.IsNil() {
			return nil, &Error{Path: path, Problem: "nothing to write here"}
		}
		return encode(v.Elem(), path)
	case section:
		return encodeSection(v, path)
	case list:
		return encodeList(v, path)
	case table:
		return encodeTable(v, path)
	}
	text, err := formatText(v)
	if err == nil && !utf8.ValidString(text) {
		err = fmt.Errorf("%q is not UTF-8", text)
	}
	if err != nil {
		return nil, &Error{Path: path, Problem: err.Error(), Err: err}
	}
	return scalarNode(v.Type(), text), nil
}

func encodeSection(v reflect.Value, path string) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range fieldsOf(v.Type()) {
		value := v.Field(f.index)
		if f.leftOut(value) {
			continue
		}
		node, err := encode(value, under(path, f.name))
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, textNode(f.name), node)
	}
	return n, nil
}

// leftOut is true of a value that its absence says.
func (f field) leftOut(v reflect.Value) bool {
	switch kind := shapeOf(f.typ); {
	case kind == pointer:
		return v.IsNil()
	case kind == free:
		return v.Interface().(Raw).IsZero()
	case kind == single && isText(f.typ) && !f.hasDefault && v.IsZero():
		text, err := formatText(v)
		return err != nil || text == ""
	}
	return false
}

func encodeList(v reflect.Value, path string) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	if shapeOf(v.Type().Elem()) == single {
		n.Style = yaml.FlowStyle
	}
	for i := range v.Len() {
		node, err := encode(v.Index(i), at(path, i))
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, node)
	}
	return n, nil
}

func encodeTable(v reflect.Value, path string) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.MappingNode}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range keys {
		if !utf8.ValidString(key.String()) {
			return nil, &Error{Path: path, Problem: fmt.Sprintf("key %q is not UTF-8", key.String())}
		}
		node, err := encode(v.MapIndex(key), under(path, key.String()))
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, textNode(key.String()), node)
	}
	return n, nil
}

// scalarNode leaves numbers and times without quotes, and quotes a text that YAML would take for something else.
func scalarNode(t reflect.Type, text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: text}
	switch tag := n.ShortTag(); {
	case t.Kind() == reflect.String && !isText(t):
	case tag == "!!int" || tag == "!!float" || tag == "!!bool" || tag == "!!timestamp":
		return n
	}
	return textNode(text)
}

// textNode keeps a text a text. One with line breaks or tabs is quoted, because the library writes some as blocks that
// it cannot read again ("\t\n").
func textNode(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// plain copies a node without comments, places and block scalars.
func plain(n *yaml.Node) *yaml.Node {
	if isEmpty(n) {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: n.Tag, Value: "null"}
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		return textNode(n.Value)
	}
	own := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Style: n.Style & yaml.FlowStyle}
	for _, child := range n.Content {
		own.Content = append(own.Content, plain(child))
	}
	return own
}
