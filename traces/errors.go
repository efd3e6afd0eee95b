package traces

import (
	"errors"
	"fmt"
	"strings"
)

// findings collects what is wrong with a file. A strict reader stops at the first, Check collects several.
type findings struct {
	path  string
	limit int // how many to collect; 0 and 1 stop at the first
	lines []error
}

var errEnough = errors.New("enough findings")

// add notes a finding. It returns an error where reading should stop.
func (f *findings) add(format string, values ...any) error {
	err := errors.New(f.path + ": " + oneLine(fmt.Sprintf(format, values...)))
	if f.limit <= 1 {
		return err
	}
	f.lines = append(f.lines, err)
	if len(f.lines) >= f.limit {
		return errEnough
	}
	return nil
}

// fatal is a finding after which a file cannot be read on.
func fatal(path, format string, values ...any) error {
	return errors.New(path + ": " + oneLine(fmt.Sprintf(format, values...)))
}

// oneLine keeps what a file says from breaking a message into several lines or making it endless.
func oneLine(s string) string {
	const most = 400
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// quoted shortens a word of a file for a message.
func quoted(word string) string {
	const most = 60
	if len(word) > most {
		word = strings.ToValidUTF8(word[:most], "") + "..."
	}
	return fmt.Sprintf("%q", word)
}

// among lists words for a message: a, b or c.
func among(words []string) string {
	switch len(words) {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
