package settings

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Change returns a document with one value replaced or added, given its path, such as margin.share or windows[0].from, and its
// text as a file would have it. Sections on the way that are not there are added; items of lists are not. It does not know what
// the document means: whoever decodes the result learns whether the setting exists.
func Change(document []byte, path, value string) ([]byte, error) {
	steps, err := stepsOf(path)
	if err != nil {
		return nil, err
	}
	changed, err := replaced(document, steps, value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return changed, nil
}

// Unplaced is an error of Decode without line and column, which would be of a document that nobody wrote.
func Unplaced(err error) error {
	var placed *Error
	if !errors.As(err, &placed) {
		return err
	}
	unplaced := *placed
	unplaced.Line, unplaced.Column = 0, 0
	return &unplaced
}

// step is a key, or an index where the key is empty.
type step struct {
	key   string
	index int
}

func stepsOf(path string) ([]step, error) {
	var steps []step
	for part := range strings.SplitSeq(path, ".") {
		key, indexes, _ := strings.Cut(part, "[")
		if key == "" {
			return nil, fmt.Errorf("%q: expected a setting such as margin.share", path)
		}
		steps = append(steps, step{key: key})
		if indexes == "" {
			continue
		}
		index, err := strconv.Atoi(strings.TrimSuffix(indexes, "]"))
		if err != nil || index < 0 || !strings.HasSuffix(indexes, "]") {
			return nil, fmt.Errorf("%q: expected an index such as windows[0]", path)
		}
		steps = append(steps, step{index: index})
	}
	return steps, nil
}

// replaced returns a YAML document with the value at the end of the steps replaced or added.
func replaced(data []byte, steps []step, value string) ([]byte, error) {
	if len(steps) == 0 {
		var raw Raw
		err := Decode("", []byte(value), &raw)
		if err == nil && (raw.Kind() != "map" || strings.HasPrefix(value, "{")) {
			return []byte(value), nil
		}
		return Encode(value) // a text that YAML takes for something else, such as * * * * * or a: b
	}
	if first := steps[0]; first.key != "" {
		keys := map[string]Raw{}
		if err := Decode("", data, &keys); err != nil {
			return nil, fmt.Errorf("expected a setting without anything below it")
		}
		if keys == nil {
			keys = map[string]Raw{}
		}
		inner, err := replacedIn(keys[first.key], steps[1:], value)
		keys[first.key] = inner
		if err != nil {
			return nil, err
		}
		return Encode(keys)
	}
	var items []Raw
	if err := Decode("", data, &items); err != nil || steps[0].index >= len(items) {
		return nil, fmt.Errorf("there are %d items: [%d] is none of them", len(items), steps[0].index)
	}
	inner, err := replacedIn(items[steps[0].index], steps[1:], value)
	items[steps[0].index] = inner
	if err != nil {
		return nil, err
	}
	return Encode(items)
}

func replacedIn(raw Raw, steps []step, value string) (Raw, error) {
	var data []byte
	var err error
	if !raw.IsZero() {
		if data, err = Encode(raw); err != nil {
			return raw, err
		}
	}
	if data, err = replaced(data, steps, value); err != nil {
		return raw, err
	}
	err = Decode("", data, &raw)
	return raw, err
}
