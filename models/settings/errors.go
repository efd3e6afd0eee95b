package settings

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Error is one mistake in a file of settings. Line and Column count from 1; 0 is unknown.
type Error struct {
	File         string
	Line, Column int
	Path         string // policy.windows[2].from; empty for the document itself
	Value, Want  string // a scalar as written, and what was expected instead
	Problem      string // in place of Want, and mostly of Value, where more is wrong than the text of a scalar
	Err          error  // of a Check or a type that reads itself; may be nil
}

// Error is one line: market.yaml:12:9: policy.margin.share is "5": expected a percentage such as "5%"
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	for _, place := range []int{e.Line, e.Column} {
		if place > 0 {
			b.WriteString(":" + strconv.Itoa(place))
		}
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	problem := e.Problem
	if problem == "" {
		problem = "expected " + e.Want
	}
	b.WriteString(e.Path)
	switch {
	case e.Path == "" && (e.Value != "" || e.Problem == ""):
		b.WriteString(quote(e.Value) + ": ")
	case e.Value != "" || e.Problem == "":
		b.WriteString(" is " + quote(e.Value) + ": ")
	case e.Path != "":
		b.WriteString(": ")
	}
	b.WriteString(problem)
	return oneLine(b.String())
}

// Unwrap returns the error of the Check or of the type that reads itself, if any.
func (e *Error) Unwrap() error { return e.Err }

// Nearest returns the word with the smallest edit distance (insertions, deletions, replacements and swaps of
// neighbours, upper and lower case alike), the first of several; false if none is near enough to be what was meant:
// at most one edit per three letters, and always one.
func Nearest(word string, words []string) (string, bool) {
	length := utf8.RuneCountInString(word)
	best, least := "", max(1, (length+1)/3)+1
	for _, candidate := range words {
		if gap := utf8.RuneCountInString(candidate) - length; max(gap, -gap) >= least {
			continue // each letter too many is an edit
		}
		if d := distance(strings.ToLower(word), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best, best != ""
}

// distance is the optimal string alignment distance.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	rows := make([][]int, len(from)+1)
	for i := range rows {
		rows[i] = make([]int, len(to)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(from); i++ {
		for j := 1; j <= len(to); j++ {
			replaced := rows[i-1][j-1]
			if from[i-1] != to[j-1] {
				replaced++
			}
			d := min(replaced, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(from)][len(to)]
}

// wrong turns the refusal of a scalar into an Error without its place.
func wrong(value string, err error) *Error {
	if want, ok := strings.CutPrefix(err.Error(), "expected "); ok {
		return &Error{Value: value, Want: want, Err: err}
	}
	return &Error{Value: value, Problem: err.Error(), Err: err}
}

// at puts an Error at a node.
func (e *Error) at(file, path string, n *yaml.Node) *Error {
	e.File, e.Path, e.Line, e.Column = file, path, n.Line, n.Column
	return e
}

var yamlLine = regexp.MustCompile(`^yaml: (line [0-9]+: )?`)

// syntaxError reshapes what the YAML library says. The library often names the line where a block begins, or the one
// before; the reader needs the first line after which nothing could be right: the shortest beginning of the file that fails alike.
func syntaxError(file string, data []byte, err error) error {
	lines := bytes.SplitAfter(data, []byte("\n"))
	line := 1 + sort.Search(len(lines)-1, func(i int) bool {
		short := readable(bytes.Join(lines[:i+1], nil))
		return short != nil && short.Error() == err.Error()
	})
	text := lines[line-1]
	indentation := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
	if column := bytes.IndexByte(indentation, '\t') + 1; column > 0 {
		return &Error{File: file, Line: line, Column: column, Problem: "a tab in the indentation: use spaces", Err: err}
	}
	return &Error{File: file, Line: line, Problem: yamlLine.ReplaceAllString(err.Error(), ""), Err: err}
}

// readable returns the first syntax error.
func readable(data []byte) error {
	reader := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var document yaml.Node
		switch err := reader.Decode(&document); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// quote shortens what would not fit a line of a terminal.
func quote(value string) string {
	const most = 60
	if letters := []rune(value); len(letters) > most {
		value = string(letters[:most]) + "..."
	}
	return `"` + value + `"`
}

func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
}

// asError finds an Error that already has its place, so that it is not given a second one.
func asError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok && e.Line > 0
}
