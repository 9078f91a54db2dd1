package invocationlog

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// group is the file that takes a log group's lines now.
type group struct {
	file *os.File
	buf  *bufio.Writer
	size int64
}

// ending is that of a file of lines.
const ending = ".ndjson"

// toGroup adds a record to the file of a log group.
func (w *writer) toGroup(k *call, r *record, to *LogGroup) {
	line := w.line(r)
	if line == nil {
		return
	}
	name := to.path(k.principal.Account, k.source)
	g, err := w.group(name, int64(len(line)))
	if err != nil {
		w.failed(err)
		return
	}
	g.size += int64(len(line))
	if _, err = g.buf.Write(line); err != nil {
		w.lost(name, err)
		return
	}
	w.to.metrics.written.Inc()
}

// group is the open file of a log group with room for so many bytes more.
func (w *writer) group(name string, more int64) (*group, error) {
	g := w.groups[name]
	if g != nil && (g.size == 0 || g.size+more <= w.to.opt.FileSize) {
		return g, nil
	}
	if g != nil {
		w.lost(name, g.close())
		delete(w.groups, name)
		if err := w.rotate(name); err != nil {
			return nil, err
		}
	}
	g, err := w.to.files.open(name + ending)
	if err != nil {
		return nil, err
	}
	w.groups[name] = g
	return g, nil
}

// open continues a file of lines, or begins it.
func (f *files) open(name string) (*group, error) {
	if err := f.root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return nil, err
	}
	file, err := f.root.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &group{file: file, buf: bufio.NewWriterSize(file, 64<<10), size: info.Size()}, nil
}

func (g *group) flush() error {
	return g.buf.Flush()
}

func (g *group) close() error { return errors.Join(g.flush(), g.file.Close()) }

// lost forgets a file that could not be written: the next record opens it again.
func (w *writer) lost(name string, err error) {
	if err == nil {
		return
	}
	w.failed(err)
	if g := w.groups[name]; g != nil {
		delete(w.groups, name)
		g.file.Close() // what went wrong has been told
	}
}

// rotate gives a full file the name of the moment, and removes the oldest of too many.
func (w *writer) rotate(name string) error {
	root := w.to.files.root
	if err := root.Rename(name+ending, name+time.Now().UTC().Format("-20060102T150405.000000000Z")+ending); err != nil {
		return err
	}
	if w.to.opt.KeepFiles == 0 {
		return nil
	}
	entries, err := fs.ReadDir(root.FS(), path.Dir(name))
	if err != nil {
		return err
	}
	var old []string // in the order of their names, which is that of time
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), path.Base(name)+"-") {
			old = append(old, path.Join(path.Dir(name), e.Name()))
		}
	}
	slices.Sort(old)
	for len(old) > w.to.opt.KeepFiles {
		if err := root.Remove(old[0]); err != nil {
			return err
		}
		old = old[1:]
	}
	return nil
}
