package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// section is one profile of a file in the form of AWS's shared credentials and config files.
type section map[string]string

// readProfile reads the named profile, which the config file calls [profile NAME] and the credentials
// file [NAME]. It reports false when the file has no such profile.
func readProfile(path, name string) (section, bool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, false, err
	}
	found, inside := section{}, false
	seen := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "", line[0] == '#', line[0] == ';':
		case line[0] == '[':
			title := strings.TrimSpace(strings.Trim(line, "[]"))
			inside = title == name || title == "profile "+name
			seen = seen || inside
		case inside:
			key, value, _ := strings.Cut(line, "=")
			found[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return found, seen, nil
}

// writeProfile replaces the file at path by one with a comment and the profile "default".
func writeProfile(path, comment string, pairs ...[2]string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n[default]\n", comment)
	for _, p := range pairs {
		fmt.Fprintf(&b, "%s = %s\n", p[0], p[1])
	}
	return replaceFile(path, b.String())
}

// replaceFile puts a file with text in the place of the one at path. It is readable by its owner alone from the first
// byte on, and whole whenever anybody reads it.
func replaceFile(path, text string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if _, err = f.WriteString(text); err != nil {
		f.Close()
		return err
	}
	if err = f.Sync(); err != nil { // a key that is in use must survive a power cut
		f.Close()
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
