package settings

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// field is one setting of a struct, as its tags state it.
type field struct {
	name, doc  string
	index      int
	typ        reflect.Type
	required   bool
	hasDefault bool
	fallback   string // text of the default tag
	limits     limits
}

// limits are what a scalar (or each scalar of a list or map) must keep to. The zero value allows everything.
type limits struct {
	min, max reflect.Value
	enum     []reflect.Value
	unit     string
}

// fieldsOf reads the tags of a struct. A bad tag is a fault of the program and panics.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	seen := map[string]bool{}
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("set")
		if !f.IsExported() || name == "-" {
			continue
		}
		// An exported field without a name would silently never be read.
		if name == "" || seen[name] {
			panic(fmt.Sprintf(`settings: %v.%s needs a name of its own in set:"..." (or set:"-")`, t, f.Name))
		}
		seen[name] = true
		fields = append(fields, fieldOf(t, i, name))
	}
	return fields
}

func fieldOf(owner reflect.Type, index int, name string) field {
	tags := owner.Field(index)
	f := field{name: name, doc: tags.Tag.Get("doc"), index: index, typ: tags.Type, required: tags.Tag.Get("required") == "true"}
	f.fallback, f.hasDefault = tags.Tag.Lookup("default")
	bad := func(why any) {
		panic(fmt.Sprintf("settings: %v.%s: bad tag: %v", owner, tags.Name, why))
	}

	leaf := leafOf(f.typ)
	parse := func(text string) reflect.Value {
		v := reflect.New(leaf).Elem()
		if leaf == rawType || shapeOf(leaf) != single {
			bad("only a scalar has min, max or enum")
		}
		if err := parseText(text, v); err != nil {
			bad(fmt.Sprintf("%q: %v", text, err))
		}
		return v
	}
	bound := func(key string) reflect.Value {
		text, ok := tags.Tag.Lookup(key)
		if !ok {
			return reflect.Value{}
		}
		v := parse(text)
		if _, ordered := compare(v, v); !ordered {
			bad(key + " for a type without an order")
		}
		return v
	}
	f.limits = limits{min: bound("min"), max: bound("max"), unit: tags.Tag.Get("unit")}
	if options := tags.Tag.Get("enum"); options != "" {
		for _, option := range strings.Split(options, "|") {
			f.limits.enum = append(f.limits.enum, parse(option))
		}
	}

	if shapeOf(f.typ) == section && !f.hasDefault {
		return f // its own tags are read when it is
	}
	if err := f.setDefault(reflect.New(f.typ).Elem()); err != nil {
		bad(err)
	}
	return f
}

// leafOf is the type of the scalars inside pointers, lists and maps.
func leafOf(t reflect.Type) reflect.Type {
	switch shapeOf(t) {
	case pointer, list, table:
		return leafOf(t.Elem())
	}
	return t
}

// setDefault gives v the value that an absent key has; an error is about the tags.
func (f field) setDefault(v reflect.Value) error {
	kind := shapeOf(f.typ)
	v.SetZero()
	switch {
	case kind == section && !f.hasDefault:
		setDefaults(v)
		return nil
	case kind == free && f.hasDefault:
		v.Set(reflect.ValueOf(Raw{node: textNode(f.fallback)}))
		return nil
	case kind == list && f.hasDefault:
		return f.setList(v)
	case kind == single && f.hasDefault:
		if err := parseText(f.fallback, v); err != nil {
			return err
		}
		return f.limits.check(v)
	case f.hasDefault:
		return fmt.Errorf("a %v has no default", f.typ)
	case kind == single && !f.required:
		// Otherwise the resolved settings could not be read again.
		if err := f.limits.check(v); err != nil {
			return fmt.Errorf("needs a default: zero is outside: %w", err)
		}
	}
	return nil
}

// setList reads a default such as "a, b".
func (f field) setList(v reflect.Value) error {
	if shapeOf(f.typ.Elem()) != single {
		return fmt.Errorf("a %v has no default", f.typ)
	}
	for text := range strings.SplitSeq(f.fallback, ",") {
		item := reflect.New(f.typ.Elem()).Elem()
		if err := parseText(strings.TrimSpace(text), item); err != nil {
			return err
		}
		if err := f.limits.check(item); err != nil {
			return err
		}
		v.Set(reflect.Append(v, item))
	}
	return nil
}

func setDefaults(v reflect.Value) {
	for _, f := range fieldsOf(v.Type()) {
		if err := f.setDefault(v.Field(f.index)); err != nil {
			panic(err) // fieldOf has tried it
		}
	}
}

// check returns an error that says what was expected.
func (l limits) check(v reflect.Value) error {
	outside := false
	if l.min.IsValid() {
		order, _ := compare(v, l.min)
		outside = order < 0
	}
	if l.max.IsValid() {
		order, _ := compare(v, l.max)
		outside = outside || order > 0
	}
	if len(l.enum) > 0 {
		known := false
		for _, option := range l.enum {
			known = known || reflect.DeepEqual(option.Interface(), v.Interface())
		}
		outside = outside || !known
	}
	if !outside {
		return nil
	}
	want := "expected " + strings.ReplaceAll(l.String(), " | ", " or ")
	if l.unit != "" {
		want += " " + l.unit
	}
	return errors.New(want)
}

// String is the range as a reader sees it: "0% to 100%", "at least 0", "newest | oldest", or "".
func (l limits) String() string {
	if len(l.enum) > 0 {
		var options []string
		for _, option := range l.enum {
			options = append(options, textOf(option))
		}
		return strings.Join(options, " | ")
	}
	switch {
	case l.min.IsValid() && l.max.IsValid():
		return textOf(l.min) + " to " + textOf(l.max)
	case l.min.IsValid():
		return "at least " + textOf(l.min)
	case l.max.IsValid():
		return "at most " + textOf(l.max)
	}
	return ""
}

// textOf is formatText for printing only.
func textOf(v reflect.Value) string {
	text, err := formatText(v)
	if err != nil {
		return err.Error()
	}
	return text
}
