package journal

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

var errInjected = errors.New("injected fault")

// memFS is a directory in memory that fails on demand. Its files remember how much of them was synced.
type memFS struct {
	mu    sync.Mutex
	files map[string]*memFile
	// fail, when set, is asked before every call, by its number and name.
	fail  func(n int, op string) bool
	calls int
	room  int // bytes that still fit; negative: any
	syncs int
}

func newMemFS() *memFS { return &memFS{files: map[string]*memFile{}, room: -1} }

type memFile struct {
	fs     *memFS
	data   []byte
	synced int
}

// op counts one call. Callers hold mu.
func (m *memFS) op(name string) error {
	m.calls++
	if m.fail != nil && m.fail(m.calls, name) {
		return fmt.Errorf("%s: %w", name, errInjected)
	}
	return nil
}

func (m *memFS) do(op string, f func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.op(op); err != nil {
		return err
	}
	return f()
}

// clone is what a new process finds: everything written, or with power lost only what was synced.
func (m *memFS) clone(powerLost bool) *memFS {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := newMemFS()
	for name, f := range m.files {
		n := len(f.data)
		if powerLost {
			n = f.synced
		}
		c.files[name] = &memFile{c, slices.Clone(f.data[:n]), n}
	}
	return c
}

func (m *memFS) List() (names []string, err error) {
	return names, m.do("list", func() error {
		for name := range m.files {
			names = append(names, name)
		}
		return nil
	})
}

func (m *memFS) Create(name string) (f File, err error) {
	return f, m.do("create", func() error {
		if m.files[name] != nil {
			return fmt.Errorf("%s exists", name)
		}
		made := &memFile{fs: m}
		m.files[name], f = made, made
		return nil
	})
}

func (m *memFS) Open(name string) (f File, err error) {
	return f, m.do("open", func() error {
		found := m.files[name]
		if found == nil {
			return fmt.Errorf("%s does not exist", name)
		}
		f = found
		return nil
	})
}

func (m *memFS) Remove(name string) error {
	return m.do("remove", func() error { delete(m.files, name); return nil })
}

func (m *memFS) SyncDir() error { return m.do("syncdir", func() error { return nil }) }

func (f *memFile) ReadAt(b []byte, at int64) (n int, err error) {
	return n, f.fs.do("read", func() error {
		if at >= int64(len(f.data)) {
			return io.EOF
		}
		if n = copy(b, f.data[at:]); n < len(b) {
			return io.EOF
		}
		return nil
	})
}

// Write that fails has written half.
func (f *memFile) Write(b []byte) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.fs.op("write"); err != nil {
		f.data = append(f.data, b[:len(b)/2]...)
		return len(b) / 2, err
	}
	if room := f.fs.room; room >= 0 {
		if room < len(b) {
			f.data, f.fs.room = append(f.data, b[:room]...), 0
			return room, errors.New("no space left on device")
		}
		f.fs.room -= len(b)
	}
	f.data = append(f.data, b...)
	return len(b), nil
}

func (f *memFile) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	f.fs.syncs++
	if err := f.fs.op("sync"); err != nil {
		return err
	}
	f.synced = len(f.data)
	return nil
}

func (f *memFile) Truncate(n int64) error {
	return f.fs.do("truncate", func() error {
		f.data = f.data[:n]
		f.synced = min(f.synced, int(n))
		return nil
	})
}

func (f *memFile) Size() (n int64, err error) {
	return n, f.fs.do("size", func() error { n = int64(len(f.data)); return nil })
}

func (f *memFile) Close() error { return f.fs.do("close", func() error { return nil }) }

// names are the segments there are, for failure messages.
func (m *memFS) names() string {
	names, _ := m.clone(false).List()
	slices.Sort(names)
	return strings.Join(names, " ")
}

// synced counts the syncs of files.
func (m *memFS) synced() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.syncs
}
