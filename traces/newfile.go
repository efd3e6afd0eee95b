package traces

import (
	"os"
	"path/filepath"
)

// newFile is a file being written under a temporary name beside its own.
type newFile struct {
	*os.File
	path string
}

func createFile(path string) (*newFile, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return nil, err
	}
	return &newFile{File: f, path: path}, nil
}

// commit gives a whole file its name.
func (f *newFile) commit() error {
	err := f.Chmod(0o644)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), f.path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// abandon leaves nothing behind.
func (f *newFile) abandon() {
	f.Close()
	os.Remove(f.Name())
}
