// Package memory is a file system for a journal's tests: it knows what is durable, and fails as its test wants.
package memory

import (
	"bytes"
	"io"
	"io/fs"
	"maps"
	"slices"

	"trough.internal/cmd/trough-live/journal"
)

// Folder is a journal.Folder of which a crash leaves what is durable, and any beginning of what was written since.
type Folder struct {
	Files map[string]*File // as they read now
	names map[string]*File // durable names

	Fail    error                   // of every change, if not nil
	Failing func(step string) error // asked before every change, if not nil
}

// File is one of its files.
type File struct {
	Data    []byte
	Durable int // bytes
	folder  *Folder
}

// New is an empty one.
func New() *Folder { return &Folder{Files: map[string]*File{}, names: map[string]*File{}} }

func (m *Folder) step(name string) error {
	if m.Failing != nil {
		if err := m.Failing(name); err != nil {
			return err
		}
	}
	return m.Fail
}

// Crash is the disk after one: of every file what was durable and, of what was not, so many bytes.
func (m *Folder) Crash(kept int) *Folder {
	after := New()
	for name, f := range m.names {
		n := min(len(f.Data), f.Durable+kept)
		copied := &File{folder: after, Data: slices.Clone(f.Data[:n]), Durable: n}
		after.Files[name], after.names[name] = copied, copied
	}
	return after
}

// Names are those of all files.
func (m *Folder) Names() ([]string, error) { return slices.Collect(maps.Keys(m.Files)), nil }

// Open reads a file.
func (m *Folder) Open(name string) (io.ReadCloser, error) {
	f, ok := m.Files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(f.Data)), nil
}

// Size is a file's, in bytes.
func (m *Folder) Size(name string) (int64, error) {
	f, ok := m.Files[name]
	if !ok {
		return 0, fs.ErrNotExist
	}
	return int64(len(f.Data)), nil
}

// Create makes a file, or empties it.
func (m *Folder) Create(name string) (journal.File, error) {
	if err := m.step("create"); err != nil {
		return nil, err
	}
	m.Files[name] = &File{folder: m}
	return m.Files[name], nil
}

// Truncate cuts a file, durably.
func (m *Folder) Truncate(name string, size int64) error {
	if err := m.step("truncate"); err != nil {
		return err
	}
	f := m.Files[name]
	f.Data, f.Durable = f.Data[:size], int(size)
	return nil
}

// Rename gives a file another name.
func (m *Folder) Rename(from, to string) error {
	if err := m.step("rename"); err != nil {
		return err
	}
	m.Files[to] = m.Files[from]
	delete(m.Files, from)
	return nil
}

// Remove takes a file away.
func (m *Folder) Remove(name string) error {
	if err := m.step("remove"); err != nil {
		return err
	}
	delete(m.Files, name)
	return nil
}

// Sync makes names durable.
func (m *Folder) Sync() error {
	if err := m.step("sync folder"); err != nil {
		return err
	}
	m.names = maps.Clone(m.Files)
	return nil
}

// Write appends, half of it where it fails.
func (f *File) Write(data []byte) (int, error) {
	if err := f.folder.step("write"); err != nil {
		half := len(data) / 2
		f.Data = append(f.Data, data[:half]...)
		return half, err
	}
	f.Data = append(f.Data, data...)
	return len(data), nil
}

// Sync makes what was written durable.
func (f *File) Sync() error {
	if err := f.folder.step("sync"); err != nil {
		return err
	}
	f.Durable = len(f.Data)
	return nil
}

// Close does nothing.
func (*File) Close() error { return nil }
