package settings

import (
	"reflect"
	"slices"
	"strings"
)

// Field is one line of the documentation of settings.
type Field struct {
	Path    string // margin.share; windows[].from for the settings of an item of a list, types.*.speed of a map
	Type    string // "percentage", "list of durations", "section"
	Unit    string // of a number whose type does not say it
	Default string // as it would be written; empty for none
	Range   string // "0% to 100%", "at least 0", "newest | oldest", or empty
	Doc     string
	Value   string // the current value; empty where there is none: a nil section and what is in it
}

// Describe lists the settings of a struct or a pointer to one, flattened and in the order of its fields. A section, list
// or map has a line of its own before its content. Of an empty list or map, and of a nil section, it lists what could be in it.
func Describe(v any) []Field {
	value := reflect.ValueOf(v)
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t, value = t.Elem(), value.Elem()
	}
	if shapeOf(t) != section {
		panic("settings: only a struct can be described")
	}
	return describeSection(nil, "", t, value, nil)
}

// describeSection takes an invalid value for what is not there. Open are the types around it: one that contains
// itself is listed once.
func describeSection(out []Field, path string, t reflect.Type, v reflect.Value, open []reflect.Type) []Field {
	if !v.IsValid() && slices.Contains(open, t) {
		return out
	}
	open = append(slices.Clip(open), t)
	for _, f := range fieldsOf(t) {
		own := reflect.Value{}
		if v.IsValid() {
			own = v.Field(f.index)
		}
		line := Field{Path: under(path, f.name), Type: typeName(f.typ), Unit: f.limits.unit, Range: f.limits.String(), Doc: f.doc, Value: valueText(own)}
		if kind := shapeOf(f.typ); f.hasDefault || kind == single && !f.required {
			value := reflect.New(f.typ).Elem()
			if err := f.setDefault(value); err == nil {
				line.Default = valueText(value)
			}
		}
		out = append(out, line)
		out = describeInner(out, line.Path, f.typ, own, open)
	}
	return out
}

func describeInner(out []Field, path string, t reflect.Type, v reflect.Value, open []reflect.Type) []Field {
	switch shapeOf(t) {
	case section:
		return describeSection(out, path, t, v, open)
	case pointer:
		if v.IsValid() {
			v = v.Elem() // of nil: invalid
		}
		return describeInner(out, path, t.Elem(), v, open)
	case list:
		if !v.IsValid() || v.Len() == 0 {
			return describeInner(out, path+"[]", t.Elem(), reflect.Value{}, open)
		}
		for i := range v.Len() {
			out = describeInner(out, at(path, i), t.Elem(), v.Index(i), open)
		}
	case table:
		if !v.IsValid() || v.Len() == 0 {
			return describeInner(out, under(path, "*"), t.Elem(), reflect.Value{}, open)
		}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			out = describeInner(out, under(path, key.String()), t.Elem(), v.MapIndex(key), open)
		}
	}
	return out
}

// valueText is a value in one line; of what has lines of its own, nothing.
func valueText(v reflect.Value) string {
	if !v.IsValid() {
		return ""
	}
	switch shapeOf(v.Type()) {
	case single:
		return textOf(v)
	case free:
		return v.Interface().(Raw).String()
	case pointer:
		return valueText(v.Elem())
	case list:
		var items []string
		for i := range v.Len() {
			if text := valueText(v.Index(i)); text != "" {
				items = append(items, text)
			}
		}
		return strings.Join(items, ", ")
	case table:
		if leafOf(v.Type()) != v.Type().Elem() || shapeOf(v.Type().Elem()) != single {
			return ""
		}
		var items []string
		for _, key := range v.MapKeys() {
			items = append(items, key.String()+": "+textOf(v.MapIndex(key)))
		}
		slices.Sort(items)
		return strings.Join(items, ", ")
	}
	return ""
}

func typeName(t reflect.Type) string {
	switch shapeOf(t) {
	case free:
		return "any"
	case pointer:
		return typeName(t.Elem())
	case section:
		return "section"
	case list:
		return "list of " + typeName(t.Elem())
	case table:
		return "map of " + typeName(t.Elem())
	}
	switch {
	case t == durationType:
		return "duration"
	case t == reflect.TypeFor[Share]():
		return "percentage"
	case isText(t):
		return strings.ToLower(t.Name())
	case t.Kind() == reflect.String:
		return "text"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64:
		return "number"
	}
	return "whole number"
}
