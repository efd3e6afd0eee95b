package drive

import (
	"bytes"
	"io"
	"io/fs"
	"strings"

	"trough.internal/cmd/trough-live/journal"
)

// MemoryFolder is a folder in memory, for the tests of both packages.
type MemoryFolder struct{ files map[string][]byte }

// NewMemoryFolder is an empty one.
func NewMemoryFolder() *MemoryFolder { return &MemoryFolder{files: map[string][]byte{}} }

func (f *MemoryFolder) Names() ([]string, error) {
	var names []string
	for name := range f.files {
		names = append(names, name)
	}
	return names, nil
}

func (f *MemoryFolder) Open(name string) (io.ReadCloser, error) {
	data, ok := f.files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

func (f *MemoryFolder) Create(name string) (journal.File, error) {
	f.files[name] = nil
	return &memoryFile{f, name}, nil
}

func (f *MemoryFolder) Truncate(name string, size int64) error {
	f.files[name] = f.files[name][:size]
	return nil
}

func (f *MemoryFolder) Rename(from, to string) error {
	f.files[to] = f.files[from]
	delete(f.files, from)
	return nil
}

func (f *MemoryFolder) Remove(name string) error {
	delete(f.files, name)
	return nil
}

func (f *MemoryFolder) Sync() error { return nil }

type memoryFile struct {
	f    *MemoryFolder
	name string
}

func (f *memoryFile) Write(data []byte) (int, error) {
	name, _ := strings.CutSuffix(f.name, ".partial")
	if _, ok := f.f.files[f.name]; ok {
		name = f.name
	}
	f.f.files[name] = append(f.f.files[name], data...)
	return len(data), nil
}

func (*memoryFile) Sync() error  { return nil }
func (*memoryFile) Close() error { return nil }
