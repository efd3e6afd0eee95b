package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// output is files in the making: they lie in a hidden folder beside their place until all of them are whole. It is how
// every command but those that make run directories writes, so that nothing half written has a name.
type output struct {
	dir   string // where the files are to be
	temp  string
	force bool
	made  madeFolders
}

// createOutput begins to write files of these names into a folder that is made where it is not there. Existing ones are
// refused unless force is set.
func createOutput(dir string, force bool, names ...string) (*output, error) {
	o := &output{dir: filepath.Clean(dir), force: force}
	for _, name := range names {
		if err := o.refuse(name); err != nil {
			return nil, err
		}
	}
	made, err := makeFolders(o.dir)
	if err != nil {
		return nil, fileError(o.dir, err)
	}
	o.made = made
	temp, err := os.MkdirTemp(o.dir, ".trough-partial-")
	if err != nil {
		return nil, fileError(o.dir, err)
	}
	o.temp = filepath.Clean(temp)
	return o, nil
}

// refuse is an error where a file or folder of that name is there already.
func (o *output) refuse(name string) error {
	path := filepath.Join(o.dir, name)
	if _, err := os.Lstat(path); err == nil && !o.force {
		return fmt.Errorf("%s exists: name another place, or replace it with --force", path)
	}
	return nil
}

// path is where a file is written.
func (o *output) path(name string) string { return filepath.Join(o.temp, name) }

// commit gives all files their names, those in folders too.
func (o *output) commit() error {
	err := filepath.WalkDir(o.temp, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(o.temp, path)
		if err != nil {
			return err
		}
		final := filepath.Join(o.dir, name)
		if entry.IsDir() {
			return os.MkdirAll(final, 0o755)
		}
		return os.Rename(path, final)
	})
	if err != nil {
		return failure{fileError(o.dir, err)}
	}
	return nil
}

// abandon removes what has not got its name. It tries for a second: a conversion that was interrupted may be about to
// make another file.
func (o *output) abandon() {
	defer o.made.removeEmpty()
	for range 100 {
		if os.RemoveAll(o.temp) == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// until does something that cannot be interrupted, and does not wait for its end where ctx ends first.
func until(ctx context.Context, do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return failure{ctx.Err()}
	}
}

// madeFolders are folders that were made on the way to an output, the outermost first.
type madeFolders []string

// makeFolders makes a folder and those that it lies in, and says which were not there.
func makeFolders(dir string) (madeFolders, error) {
	var made madeFolders
	for path := dir; ; path = filepath.Dir(path) {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = append(madeFolders{path}, made...)
	}
	return made, os.MkdirAll(dir, 0o755)
}

// removeEmpty removes those that nothing was put in.
func (m madeFolders) removeEmpty() {
	for i := len(m) - 1; i >= 0; i-- {
		if os.Remove(m[i]) != nil {
			return
		}
	}
}
