package config

import (
	"reflect"
	"slices"
	"strings"
)

// Changed lists the keys in which two configurations differ: single ones of sections, such as limits.body, and lists as a
// whole, such as deployments.
func Changed(before, now *Config) []string {
	var keys []string
	differ(reflect.ValueOf(*before), reflect.ValueOf(*now), "", &keys)
	return keys
}

func differ(a, b reflect.Value, path string, keys *[]string) {
	if a.Kind() == reflect.Struct && section(a.Type()) {
		for i := range a.NumField() {
			differ(a.Field(i), b.Field(i), keyOf(path, a.Type().Field(i)), keys)
		}
		return
	}
	if !reflect.DeepEqual(a.Interface(), b.Interface()) && !slices.Contains(*keys, path) {
		*keys = append(*keys, path)
	}
}

// section reports whether a struct is read key by key, as opposed to a value that is one text in a file.
func section(t reflect.Type) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			return false
		}
		if f.Tag.Get("yaml") != "" || f.Anonymous {
			return true
		}
	}
	return false
}

// keyOf is the path of a field. What is embedded or has no key, such as what was read from a file that a key names,
// belongs to what is around it.
func keyOf(path string, f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	switch {
	case key == "":
		return path
	case path == "":
		return key
	}
	return path + "." + key
}

// live are the keys that a running server can change, with everything below them.
var live = [...]string{
	"sealing", "log.level", "limits.body", "limits.body-timeout", "limits.drain-timeout", "limits.profiles-per-account",
	"catalog.profiles", "providers", "deployments", "routing", "simulator", "quotas", "prices",
}

// fixed are those below them that it cannot.
var fixed = [...]string{"routing.explain"}

// Fixed are those of the keys that hold until a server is started anew.
func Fixed(keys []string) []string {
	covers := func(key string) func(string) bool {
		return func(top string) bool { return key == top || strings.HasPrefix(key, top+".") }
	}
	var out []string
	for _, key := range keys {
		if !slices.ContainsFunc(live[:], covers(key)) || slices.ContainsFunc(fixed[:], covers(key)) {
			out = append(out, key)
		}
	}
	return out
}

// Files are the files that the configuration was read from besides its own.
func (c *Config) Files() []string {
	files := slices.Clone(c.Prices.Files)
	if c.Simulator.RulesFile != "" {
		files = append(files, c.Simulator.RulesFile)
	}
	if c.Sealing.KeyFile != "" {
		files = append(files, c.Sealing.KeyFile)
	}
	return files
}
