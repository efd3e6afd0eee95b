package journal

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
)

// memory is a file system that knows what is durable: a crash leaves that, and any beginning of what was written since.
type memory struct {
	files   map[string]*memoryFile // as they read now
	names   map[string]*memoryFile // durable names
	fail    error                  // of every change, if not nil
	failing func(step string) error
}

type memoryFile struct {
	m       *memory
	data    []byte
	durable int // bytes
}

func newMemory() *memory {
	return &memory{files: map[string]*memoryFile{}, names: map[string]*memoryFile{}}
}

func (m *memory) step(name string) error {
	if m.failing != nil {
		if err := m.failing(name); err != nil {
			return err
		}
	}
	return m.fail
}

// crash is the disk after one: of every file what was durable and, of what was not, so many bytes.
func (m *memory) crash(kept int) *memory {
	after := newMemory()
	for name, f := range m.names {
		n := min(len(f.data), f.durable+kept)
		copied := &memoryFile{m: after, data: slices.Clone(f.data[:n]), durable: n}
		after.files[name], after.names[name] = copied, copied
	}
	return after
}

func (m *memory) Names() ([]string, error) { return slices.Collect(maps.Keys(m.files)), nil }

func (m *memory) Open(name string) (io.ReadCloser, error) {
	f, ok := m.files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(f.data)), nil
}

func (m *memory) Create(name string) (File, error) {
	if err := m.step("create"); err != nil {
		return nil, err
	}
	m.files[name] = &memoryFile{m: m}
	return m.files[name], nil
}

func (m *memory) Truncate(name string, size int64) error {
	if err := m.step("truncate"); err != nil {
		return err
	}
	f := m.files[name]
	f.data, f.durable = f.data[:size], int(size)
	return nil
}

func (m *memory) Rename(from, to string) error {
	if err := m.step("rename"); err != nil {
		return err
	}
	m.files[to] = m.files[from]
	delete(m.files, from)
	return nil
}

func (m *memory) Remove(name string) error {
	if err := m.step("remove"); err != nil {
		return err
	}
	delete(m.files, name)
	return nil
}

func (m *memory) Sync() error {
	if err := m.step("sync folder"); err != nil {
		return err
	}
	m.names = maps.Clone(m.files)
	return nil
}

func (f *memoryFile) Write(data []byte) (int, error) {
	if err := f.m.step("write"); err != nil {
		half := len(data) / 2
		f.data = append(f.data, data[:half]...)
		return half, err
	}
	f.data = append(f.data, data...)
	return len(data), nil
}

func (f *memoryFile) Sync() error {
	if err := f.m.step("sync"); err != nil {
		return err
	}
	f.durable = len(f.data)
	return nil
}

func (*memoryFile) Close() error { return nil }

var errFull = errors.New("no space left on device")
