// Package strict decodes YAML into Go values, refuses what it does not know, and remembers where everything stood.
//
// Decoding never stops at the first fault: a Document collects them all, those of form found here and
// those of meaning its user adds by path, and shows each with its line, its column and an excerpt.
package strict

import (
	"fmt"
	"slices"
	"strings"
)

// Place is where a value stands: line and column count from 1, width is in characters.
// The zero Place means nowhere in particular.
type Place struct {
	Line, Column, Width int
}

// Document is one decoded file: the place of each value, and the faults found so far.
type Document struct {
	name    string
	lines   []string
	places  map[string]Place
	broken  map[string]bool // what has a fault of form already
	secrets map[int]bool    // lines whose values an excerpt must not show
	faults  []Fault
}

// Has reports whether the file gives the value at path, such as "limits.body" or "providers[0].name".
func (d *Document) Has(path string) bool {
	_, ok := d.places[path]
	return ok
}

// At returns the place of the value at path, or of the nearest value around it that the file has.
func (d *Document) At(path string) Place {
	for path != "" {
		if p, ok := d.places[path]; ok {
			return p
		}
		path = parent(path)
	}
	return Place{}
}

// Fault adds a fault of meaning at path. The message should say what is wrong and what to write instead.
// It adds nothing when the value, or one around it, has the wrong form: that has been said, and whatever
// the value holds now is not what the file meant.
func (d *Document) Fault(path, format string, args ...any) {
	for p := path; ; p = parent(p) {
		if d.broken[p] {
			return
		}
		if p == "" {
			break
		}
	}
	d.add(d.At(path), path, format, args...)
}

// Err returns nil, or an *Error with every fault in the order of the file.
func (d *Document) Err() error {
	if len(d.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(d.faults, func(a, b Fault) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return &Error{Faults: slices.Clone(d.faults)}
}

// misformed adds a fault of form.
func (d *Document) misformed(at Place, path, format string, args ...any) {
	d.broken[path] = true
	d.add(at, path, format, args...)
}

func (d *Document) add(at Place, path, format string, args ...any) {
	f := Fault{File: d.name, Place: at, Path: path, Message: fmt.Sprintf(format, args...)}
	if 0 < at.Line && at.Line <= len(d.lines) {
		f.line = mask(d.lines[at.Line-1], d.secrets[at.Line])
	}
	d.faults = append(d.faults, f)
}

// parent cuts the last key or index off a path; the parent of a first key is "".
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

// join appends a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
