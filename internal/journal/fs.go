package journal

import (
	"errors"
	"io"
	"os"
)

// FS is what a journal needs of one directory. Tests make every call of it fail in turn.
type FS interface {
	// List names the files.
	List() ([]string, error)
	// Create makes a file that must not exist, for reading and writing.
	Create(name string) (File, error)
	// Open opens a file for reading and writing.
	Open(name string) (File, error)
	Remove(name string) error
	// SyncDir makes created and removed names durable.
	SyncDir() error
}

// File is one segment. Writes go to its end.
type File interface {
	io.ReaderAt
	io.Writer
	io.Closer
	Size() (int64, error)
	Truncate(size int64) error
	Sync() error
}

// Dir opens a directory of the disk as an FS, and makes it with mode 0700 if need be.
func Dir(path string) (FS, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	return dir(path), nil
}

type dir string

func (d dir) List() ([]string, error) {
	f, err := os.Open(string(d))
	if err != nil {
		return nil, err
	}
	names, err := f.Readdirnames(-1)
	return names, errors.Join(err, f.Close())
}

func (d dir) Create(name string) (File, error) {
	return d.open(name, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL)
}

func (d dir) Open(name string) (File, error) { return d.open(name, os.O_RDWR|os.O_APPEND) }

func (d dir) open(name string, flag int) (File, error) {
	f, err := os.OpenFile(d.path(name), flag, 0o600)
	if err != nil {
		return nil, err
	}
	return diskFile{f}, nil
}

func (d dir) Remove(name string) error { return os.Remove(d.path(name)) }

func (d dir) SyncDir() error {
	f, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (d dir) path(name string) string { return string(d) + string(os.PathSeparator) + name }

type diskFile struct{ *os.File }

func (f diskFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
