package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"trough.internal/cmd/trough/bucket"
)

// folder is where files lie that several machines may write at once: a directory, or a bucket's prefix. Names are below it,
// with slashes. Methods may be called from several goroutines.
type folder interface {
	// Empty says whether nothing is there: no folder either, or what another writer has not made whole.
	Empty() (bool, error)
	// Read returns a file; nil if there is none.
	Read(name string) ([]byte, error)
	// Write writes a file whole or not at all, in the place of one that is there.
	Write(name string, text []byte) error
	// Create is Write where there is no such file yet, and says whether it wrote.
	Create(name string, text []byte) (bool, error)
	// Place is a file as messages name it; of the name "", the folder.
	Place(name string) string
}

// openFolder opens a directory, which need not be there yet, or a bucket's prefix by its URL.
func openFolder(ctx context.Context, name string) (folder, error) {
	if bucket.IsURL(name) {
		return bucket.Open(ctx, name)
	}
	return directory(name), nil
}

// directory is a folder on a disk.
type directory string

func (d directory) Place(name string) string {
	return filepath.Join(string(d), filepath.FromSlash(name))
}

func (d directory) Empty() (bool, error) {
	entries, err := os.ReadDir(string(d))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, fileError(string(d), err)
	}
	for _, e := range entries {
		if ours, _ := filepath.Match(temporaryName("*"), e.Name()); !ours { // another writer's that begins now, or was killed
			return false, nil
		}
	}
	return true, nil
}

func (d directory) Read(name string) ([]byte, error) {
	text, err := os.ReadFile(d.Place(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fileError(d.Place(name), err)
	}
	return text, nil
}

func (d directory) Write(name string, text []byte) error { return d.put(name, text, os.Rename) }

// Create links the whole file to its name, which fails where there is one. Some shared disks have no links: there the last
// one to come is the one that stays.
func (d directory) Create(name string, text []byte) (bool, error) {
	err := d.put(name, text, func(temp, path string) error {
		err := os.Link(temp, path)
		if err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
		return os.Rename(temp, path)
	})
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	return err == nil, err
}

// put writes a file under a temporary name beside its own, and gives it that.
func (d directory) put(name string, text []byte, give func(temp, path string) error) error {
	path := d.Place(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fileError(path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), temporaryName(filepath.Base(path)))
	if err != nil {
		return failure{fileError(path, err)}
	}
	defer os.Remove(f.Name()) // after a rename there is nothing of that name
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = give(f.Name(), path)
	}
	if err != nil {
		return failure{fileError(path, err)}
	}
	return nil
}

// temporaryName is a pattern of the names that a file has until it is whole.
func temporaryName(name string) string { return "." + name + ".*.tmp" }
