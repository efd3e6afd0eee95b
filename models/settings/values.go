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

// Share is a part of a whole: 0.05 is written "5%". A plain number is refused, because 5 and 0.05 would both be
// plausible. A Share has no range of its own; a field states it with min and max.
type Share float64

// UnmarshalText reads a decimal number followed by "%". What it returns is the float64 nearest to the written
// decimal, so that "5%" is exactly 0.05.
func (s *Share) UnmarshalText(text []byte) error {
	number, found := strings.CutSuffix(string(text), "%")
	if !decimal.MatchString(number) {
		return errors.New(`expected a percentage such as "5%"`)
	}
	value, err := strconv.ParseFloat(number+"e-2", 64)
	if err != nil {
		return errors.New(`expected a percentage of a smaller size`)
	}
	if !found {
		return fmt.Errorf(`expected a percentage such as "%s%%"`, percentMeant(number, value))
	}
	*s = Share(value)
	return nil
}

// MarshalText writes the shortest percentage that reads back as the same value.
func (s Share) MarshalText() ([]byte, error) {
	if math.IsNaN(float64(s)) || math.IsInf(float64(s), 0) {
		return nil, fmt.Errorf("a share cannot be %v", float64(s))
	}
	return []byte(shiftTwo(strconv.FormatFloat(float64(s), 'f', -1, 64)) + "%"), nil
}

// String is the text of MarshalText, or NaN% and the like.
func (s Share) String() string {
	text, err := s.MarshalText()
	if err != nil {
		return fmt.Sprint(float64(s)*100) + "%"
	}
	return string(text)
}

// Want says what a reader should have written.
func (Share) Want() string { return `a percentage such as "5%"` }

var decimal = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

// percentMeant guesses what the writer of a number without "%" had in mind: 0.05 means 5 %, 5 means 5 %.
func percentMeant(number string, value float64) string {
	if math.Abs(value) < 0.01 && value != 0 {
		return shiftTwo(number)
	}
	return number
}

// shiftTwo multiplies a decimal text by 100 without the rounding of a float multiplication.
func shiftTwo(number string) string {
	whole, fraction, _ := strings.Cut(number, ".")
	sign := ""
	if whole[0] == '-' || whole[0] == '+' {
		sign, whole = strings.TrimPrefix(whole[:1], "+"), whole[1:]
	}
	for len(fraction) < 2 {
		fraction += "0"
	}
	whole = strings.TrimLeft(whole+fraction[:2], "0")
	fraction = strings.TrimRight(fraction[2:], "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	return sign + whole + fraction
}

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

const day = 24 * time.Hour

var days = regexp.MustCompile(`^([+-]?)([0-9]+)d(.*)$`)

// parseDuration reads what time.ParseDuration reads and, before it, whole days: 2d, 1d12h.
// A day is 24 hours here; a calendar day of a time zone may have 23 or 25.
func parseDuration(text string) (time.Duration, error) {
	part := days.FindStringSubmatch(text)
	if part == nil {
		d, err := time.ParseDuration(text)
		if err != nil && decimal.MatchString(text) {
			return 0, fmt.Errorf("expected a duration with its unit, such as %ss, %[1]sm or %[1]sh", text)
		}
		if err != nil {
			return 0, errors.New("expected " + wantOf(durationType))
		}
		return d, nil
	}
	whole, err := strconv.ParseInt(part[2], 10, 64)
	var rest time.Duration
	if err == nil && part[3] != "" && strings.Trim(part[3][:1], "0123456789.") == "" {
		rest, err = time.ParseDuration(part[3])
	} else if part[3] != "" {
		err = errors.New("a sign after the days")
	}
	if err != nil || whole > int64((math.MaxInt64-rest)/day) {
		return 0, errors.New("expected " + wantOf(durationType))
	}
	if part[1] == "-" {
		return -time.Duration(whole)*day - rest, nil
	}
	return time.Duration(whole)*day + rest, nil
}

// formatDuration writes 10m where time.Duration's own text is 10m0s, and whole days from two on as days.
func formatDuration(d time.Duration) string {
	if d%day == 0 && (d >= 2*day || d <= -2*day) {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := d.String()
	if d%time.Minute == 0 && d != 0 {
		text = strings.TrimSuffix(text, "0s")
	}
	if d%time.Hour == 0 && d != 0 {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
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
