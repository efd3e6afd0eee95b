package settings

import (
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	rawType      = reflect.TypeFor[Raw]()
	durationType = reflect.TypeFor[time.Duration]()
	readerType   = reflect.TypeFor[encoding.TextUnmarshaler]()
	writerType   = reflect.TypeFor[encoding.TextMarshaler]()
)

// shape is how a type is written in YAML.
type shape int

const (
	single  shape = iota // one scalar
	free                 // Raw
	pointer              // whatever it points to, nil when absent
	section              // a struct: known keys
	list                 // a slice
	table                // a map: free keys
)

// shapeOf panics on a type that no setting can have: that is a fault of the program.
func shapeOf(t reflect.Type) shape {
	switch {
	case t == rawType:
		return free
	case isText(t):
		return single
	}
	switch t.Kind() {
	case reflect.Pointer:
		if t.Elem().Kind() == reflect.Pointer || t.Elem() == rawType {
			panic(fmt.Sprintf("settings: a pointer to %v cannot be a setting", t.Elem()))
		}
		return pointer
	case reflect.Struct:
		return section
	case reflect.Slice:
		return list
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			panic(fmt.Sprintf("settings: %v: keys must be strings", t))
		}
		return table
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return single
	}
	panic(fmt.Sprintf("settings: %v cannot be a setting", t))
}

// isText says whether a type reads and writes itself. One that only reads could not be printed as resolved.
func isText(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t.Kind() != reflect.Pointer && p.Implements(readerType) && p.Implements(writerType)
}

// parseText reads one scalar. Its errors begin with "expected", except those of a type that reads itself.
func parseText(text string, into reflect.Value) error {
	t := into.Type()
	switch {
	case t == durationType:
		d, err := parseDuration(text)
		into.SetInt(int64(d))
		return err
	case isText(t):
		return into.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
	}
	var err error
	switch t.Kind() {
	case reflect.String:
		into.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return errors.New("expected " + wantOf(t))
		}
		into.SetBool(text == "true")
	case reflect.Float32, reflect.Float64:
		var x float64
		if strings.Trim(text, "0123456789.+-eE") != "" { // NaN, Inf, hexadecimal, underscores
			return errors.New("expected " + wantOf(t))
		}
		x, err = strconv.ParseFloat(text, t.Bits())
		into.SetFloat(x)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		var x uint64
		x, err = strconv.ParseUint(text, 10, t.Bits())
		into.SetUint(x)
	default:
		var x int64
		x, err = strconv.ParseInt(text, 10, t.Bits())
		into.SetInt(x)
	}
	if t.Kind() != reflect.String && octal.MatchString(text) {
		err = strconv.ErrSyntax
	}
	switch {
	case errors.Is(err, strconv.ErrRange) && !into.CanUint():
		return errors.New("expected " + wantOf(t) + " " + reach(t))
	case err != nil:
		return errors.New("expected " + wantOf(t))
	}
	return nil
}

// octal is refused: for some readers of YAML 010 is 8, for others 10.
var octal = regexp.MustCompile(`^[+-]?0[0-9]+$`)

// reach is the range that the size of a type sets.
func reach(t reflect.Type) string {
	switch most := uint64(math.MaxUint64) >> (64 - t.Bits()); t.Kind() {
	case reflect.Float32, reflect.Float64:
		return "of a smaller size"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return fmt.Sprintf("from 0 to %d", most)
	default:
		return fmt.Sprintf("from %d to %d", -int64(most/2)-1, most/2)
	}
}

// formatText is the inverse of parseText.
func formatText(v reflect.Value) (string, error) {
	t := v.Type()
	switch {
	case t == durationType:
		return formatDuration(time.Duration(v.Int())), nil
	case isText(t):
		own := reflect.New(t) // a copy that has an address: the method may have a pointer receiver
		own.Elem().Set(v)
		text, err := own.Interface().(encoding.TextMarshaler).MarshalText()
		return string(text), err
	}
	switch t.Kind() {
	case reflect.String:
		return v.String(), nil
	case reflect.Bool:
		return strconv.FormatBool(v.Bool()), nil
	case reflect.Float32, reflect.Float64:
		return formatFloat(v.Float(), t.Bits())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10), nil
	}
	return strconv.FormatInt(v.Int(), 10), nil
}

func formatFloat(x float64, bits int) (string, error) {
	size := math.Abs(x)
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return "", fmt.Errorf("a number cannot be %v", x)
	case size != 0 && (size < 1e-6 || size >= 1e15):
		return strconv.FormatFloat(x, 'g', -1, bits), nil
	}
	return strconv.FormatFloat(x, 'f', -1, bits), nil
}

// wantOf says what a value of a type looks like, for "expected ...".
func wantOf(t reflect.Type) string {
	switch shapeOf(t) {
	case free:
		return "a value"
	case pointer:
		return wantOf(t.Elem())
	case section, table:
		return "keys with values"
	case list:
		return "a list"
	}
	if t == durationType {
		return "a duration such as 90s, 10m, 1h30m or 2d"
	}
	if isText(t) {
		if w, ok := reflect.New(t).Interface().(interface{ Want() string }); ok {
			return w.Want()
		}
		return "a value"
	}
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number " + reach(t)
	}
	return "a whole number"
}

// compare orders two values of a type with an order; false for the others.
func compare(a, b reflect.Value) (int, bool) {
	switch {
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int()), true
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint()), true
	case a.CanFloat():
		return cmp.Compare(a.Float(), b.Float()), true
	}
	return 0, false
}
