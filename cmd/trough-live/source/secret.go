package source

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Secret is what nobody may read in an error, a log, a journal or a configuration: however it is printed or written, it is dots. It
// is behind a function, because fmt prints what lies in unexported fields without asking their methods.
type Secret struct{ reveal func() string }

const dots = "..."

// NewSecret keeps a text.
func NewSecret(text string) Secret { return Secret{func() string { return text }} }

// Reveal is the text, for whoever sends or compares it.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// String is dots.
func (Secret) String() string { return dots }

// Format is dots, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { f.Write([]byte(dots)) }

// MarshalText is dots, also for JSON and YAML.
func (Secret) MarshalText() ([]byte, error) { return []byte(dots), nil }

// secretMin keeps out files that hold something else: what is shorter is no secret, and would be found by chance in answers.
const secretMin = 8

// secretFile reads a file's secret, without the white space around it.
func secretFile(name string) (Secret, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return Secret{}, fileError(name, err)
	}
	if text = bytes.TrimSpace(text); len(text) < secretMin || bytes.ContainsAny(text, "\r\n") {
		return Secret{}, fmt.Errorf("%s: expected one line of at least %d characters", name, secretMin)
	}
	return NewSecret(string(text)), nil
}

// fileError is an operating system's error as one line that begins with the file.
func fileError(name string, err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}
