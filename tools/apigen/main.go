// Command apigen writes Outcrop's AWS API packages from botocore's service models.
//
//	go -C tools run ./apigen          writes ../internal/awsapi
//	go -C tools run ./apigen -check   compares instead, and fails when a file differs; says SKIPPED
//	                                  when botocore is not here or not the one the code was made from
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "apigen:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("apigen", flag.ContinueOnError)
	models := flags.String("models", "", "the botocore package `folder` (default: ask python3)")
	out := flags.String("out", "../internal/awsapi", "the `folder` that holds the generated packages")
	check := flags.Bool("check", false, "compare the committed files instead of writing them")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *check {
		err := checkClean(*models, *out)
		if skip, ok := errors.AsType[skipped](err); ok {
			fmt.Fprintln(stdout, "SKIPPED:", skip)
			return nil
		}
		return err
	}
	src, err := findBotocore(*models)
	if err != nil {
		return err
	}
	files, err := generate(src)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := write(filepath.Join(*out, name), files[name]); err != nil {
			return err
		}
	}
	fmt.Fprintf(stdout, "%d files from botocore %s\n", len(files), src.Version)
	return nil
}

// generate makes every file of every target, by its path under the output folder.
func generate(src source) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, t := range targets {
		model, err := src.load(t.Service)
		if err != nil {
			return nil, err
		}
		s, err := build(t, model, src)
		if err != nil {
			return nil, err
		}
		parts, err := emit(s)
		if err != nil {
			return nil, err
		}
		for name, text := range parts {
			files[filepath.Join(t.Package, name)] = text
		}
	}
	return files, nil
}

func write(path string, text []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
