package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/outcrop/outcrop/internal/config/strict"
	"github.com/outcrop/outcrop/internal/identity"
)

// fill completes what the file left to be derived. dir is where its relative paths start.
func (c *Config) fill(doc *strict.Document, dir string) {
	if doc.Has("data") && c.Data != "" {
		c.Data = below(dir, c.Data)
	}
	if c.Sealing.KeyFile != "" {
		c.Sealing.KeyFile = below(dir, c.Sealing.KeyFile)
	}
	if c.Audit.File != "" && c.Audit.File != noFile {
		c.Audit.File = below(dir, c.Audit.File)
	}
	for i := range c.Deployments {
		if !doc.Has(fmt.Sprintf("deployments[%d].first-content", i)) {
			c.Deployments[i].FirstContent = c.Routing.FirstContent
		}
	}
	c.Notifications.fill(doc, dir)
	for i := range c.Providers {
		c.Providers[i].fill(doc, fmt.Sprintf("providers[%d]", i), dir)
	}
}

func below(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// maxSecret is longer than any key a provider gives out.
const maxSecret = 64 << 10

// secret follows file:PATH to the file's text, without the white space around it.
func secret(dir string, s identity.Secret) (identity.Secret, error) {
	path, isFile := strings.CutPrefix(s.Reveal(), "file:")
	if !isFile {
		return s, nil
	}
	text, err := readSecret(below(dir, path))
	if err != nil {
		return s, fmt.Errorf("cannot read the key: %w", err)
	}
	return text, nil
}

// readSecret is a file's text, without the white space around it.
func readSecret(path string) (identity.Secret, error) {
	var none identity.Secret
	info, err := os.Stat(path)
	if err != nil {
		return none, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxSecret {
		return none, fmt.Errorf("%s is not a file of at most 64 KiB", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return none, err
	}
	key := strings.TrimSpace(string(text))
	if key == "" {
		return none, errors.New(path + " is empty")
	}
	return identity.NewSecret(key), nil
}
