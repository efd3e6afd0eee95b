package settings

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
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
