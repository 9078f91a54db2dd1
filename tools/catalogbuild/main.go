// Command catalogbuild turns collected facts about Bedrock into the catalog's embedded data.
//
// It reads five JSON files (regions, foundation_models, inference_profiles, prices, quotas) and writes one JSON-lines
// file for each kind of entry. The written data is what the product ships; this tool documents how it came to be.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	in := flag.String("in", "", "folder with the collected facts")
	out := flag.String("out", "internal/catalog/data", "folder to write the embedded data to")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "catalogbuild:", err)
		os.Exit(1)
	}
}

// run converts every file; a file that cannot be converted does not keep the others from being reported.
func run(in, out string) error {
	if in == "" {
		return errors.New("no input folder; name it with -in")
	}
	src := newSources()
	steps := []struct {
		file    string
		convert func(dir string, src *sources) ([]any, error)
	}{
		{"regions.jsonl", regions},
		{"models.jsonl", models},
		{"profiles.jsonl", profiles},
		{"quotas.jsonl", quotas},
		{"prices.jsonl", prices},
		{"commitments.jsonl", commitments},
		{"notes.jsonl", notes},
	}
	var errs []error
	for _, s := range steps {
		rows, err := s.convert(in, src)
		if err == nil {
			err = writeLines(filepath.Join(out, s.file), rows)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.file, err))
		}
	}
	errs = append(errs, writeLines(filepath.Join(out, "sources.jsonl"), src.rows()))
	return errors.Join(errs...)
}
