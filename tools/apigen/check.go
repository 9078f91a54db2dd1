package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// skipped says why the committed code could not be compared.
type skipped string

func (s skipped) Error() string { return string(s) }

// checkClean generates afresh and compares with the files in dir. Without the botocore that the
// committed code was made from there is nothing to compare with: the error is then a skipped.
func checkClean(models, dir string) error {
	recorded, err := recordedSource(dir)
	if err != nil {
		return err
	}
	src, err := findBotocore(models)
	if err != nil {
		return skipped(fmt.Sprintf("cannot compare the generated code: %v", err))
	}
	if installed := "botocore " + src.Version; installed != recorded {
		return skipped(fmt.Sprintf("cannot compare the generated code: it was made from %s, installed is %s", recorded, installed))
	}
	files, err := generate(src)
	if err != nil {
		return err
	}
	return compare(dir, files)
}

// compare lists every file that is missing, differs, or should not be there.
func compare(dir string, files map[string][]byte) error {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		old, err := os.ReadFile(filepath.Join(dir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			faults = append(faults, fmt.Errorf("%s is missing", name))
		case err != nil:
			faults = append(faults, err)
		case !bytes.Equal(old, files[name]):
			faults = append(faults, fmt.Errorf("%s is not what the generator writes", name))
		}
	}
	found, err := filepath.Glob(filepath.Join(dir, "*", "*.gen.go"))
	if err != nil {
		return err
	}
	for _, path := range found {
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if _, ok := files[name]; !ok {
			faults = append(faults, fmt.Errorf("%s is no longer generated: delete it", name))
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("generated code is not clean (run apigen without -check): %w", errors.Join(faults...))
	}
	return nil
}

// recordedSource returns the "botocore X" that committed code was made from.
func recordedSource(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, targets[0].Package, "server.gen.go"))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, sourcePrefix); ok {
			name, _, _ := strings.Cut(v, ",")
			return name, nil
		}
	}
	return "", fmt.Errorf("%s names no source", dir)
}
