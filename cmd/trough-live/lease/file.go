package lease

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"trough.internal/cmd/trough-live/flock"
)

// File is a store in one file, for drivers that share a folder. Its versions are its documents, of which no two are the same.
//
// Note: a network file system must lock for all of its machines, as NFS does from version 4 on.
type File string

// Read returns the file's content.
func (f File) Read(context.Context) ([]byte, string, error) {
	content, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	return content, string(content), err
}

// Write replaces the file, durably, while it has the file beside it locked that no other driver can lock then.
func (f File) Write(ctx context.Context, document []byte, version string) error {
	beside, err := os.OpenFile(string(f)+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer beside.Close() // which unlocks
	for err = flock.Try(beside); err != nil; err = flock.Try(beside) {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
	switch _, now, err := f.Read(ctx); {
	case err != nil:
		return err
	case now != version:
		return ErrChanged
	}
	return replace(string(f), document)
}

func replace(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".trough-partial-")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return err
}
