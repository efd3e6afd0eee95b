package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"trough.internal/cmd/trough-live/flock"
)

// Folder is the file system as far as a journal needs it, so that tests can have disks that are full, read-only or forgetful.
type Folder interface {
	// Names are those of all files, in any order.
	Names() ([]string, error)
	Open(name string) (io.ReadCloser, error)
	Size(name string) (int64, error)
	// Create makes a file, or empties the one that is there.
	Create(name string) (File, error)
	// Truncate cuts a file to a size, durably.
	Truncate(name string, size int64) error
	Rename(from, to string) error
	Remove(name string) error
	// Sync makes the names of files durable.
	Sync() error
}

// File is one that is being written.
type File interface {
	io.WriteCloser
	// Sync makes what was written durable.
	Sync() error
}

// Dir is a folder of the machine's own file system, to be read.
func Dir(path string) Folder { return dir(path) }

// Lock makes the folder where it is not there, and returns it for one writer: while another process has it, this is an error.
// Unlock with the function that it returns; the end of the process unlocks, too.
//
// The folder is the one that is locked, and no other of its name: where it was removed or replaced, or another disk is mounted there,
// nothing is changed in it, since nothing would keep another driver from it.
func Lock(path string) (Folder, func(), error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, nil, err
	}
	file, err := os.OpenFile(filepath.Join(path, lockName), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, nil, err
	}
	if err := flock.Try(file); err != nil {
		return nil, nil, fmt.Errorf("%s: another driver writes to this journal: %w", path, errors.Join(err, file.Close()))
	}
	return locked{dir(path), file}, func() { file.Close() }, nil
}

const lockName = "lock"

type locked struct {
	dir
	lock *os.File
}

func (l locked) Create(name string) (File, error) {
	if err := l.there(); err != nil {
		return nil, err
	}
	return l.dir.Create(name)
}

func (l locked) Truncate(name string, size int64) error {
	if err := l.there(); err != nil {
		return err
	}
	return l.dir.Truncate(name, size)
}

// there says that the folder of the name is the one that is locked.
func (l locked) there() error {
	own, err := l.lock.Stat()
	if err != nil {
		return err
	}
	if named, err := os.Stat(l.path(lockName)); err != nil || !os.SameFile(named, own) {
		return errMoved // Note: not one of a file that does not exist, which a writer could take for its segment's
	}
	return nil
}

var errMoved = errors.New("the folder is not the one that was locked at the start: put that back, or start the driver again")

type dir string

func (d dir) path(name string) string { return filepath.Join(string(d), name) }

func (d dir) Names() ([]string, error) {
	entries, err := os.ReadDir(string(d))
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

func (d dir) Open(name string) (io.ReadCloser, error) { return os.Open(d.path(name)) }

func (d dir) Size(name string) (int64, error) {
	info, err := os.Stat(d.path(name))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (d dir) Create(name string) (File, error) { return os.Create(d.path(name)) }

func (d dir) Truncate(name string, size int64) error {
	file, err := os.OpenFile(d.path(name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.Truncate(size); err != nil {
		return err
	}
	return file.Sync()
}

func (d dir) Rename(from, to string) error { return os.Rename(d.path(from), d.path(to)) }

func (d dir) Remove(name string) error { return os.Remove(d.path(name)) }

func (d dir) Sync() error {
	folder, err := os.Open(string(d))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
