package config

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/config/strict"
)

// maxFile is far more than any real configuration, and keeps a mistaken path from filling memory.
const maxFile = 4 << 20

// Default is the configuration without a file: the simulator serves every model of the catalog.
func Default() *Config {
	return &Config{
		Listen: "127.0.0.1:8080",
		Data:   "outcrop-data",
		Region: "us-east-1",
		Log:    Log{Level: "info", Format: "text"},
		Limits: Limits{
			Body:               25e6,
			HeaderTimeout:      10 * time.Second,
			BodyTimeout:        60 * time.Second,
			WriteTimeout:       60 * time.Second,
			DrainTimeout:       30 * time.Second,
			ProfilesPerAccount: 1000,
		},
		Catalog:        Catalog{Lifecycle: "ignore"},
		Routing:        defaultRouting(),
		Simulator:      Simulator{Enabled: Auto, FirstToken: 20 * time.Millisecond, TokensPerSecond: 400},
		Quotas:         defaultQuotas(),
		Prices:         Prices{Unknown: catalog.FlagUnknown},
		Metering:       defaultMetering(),
		Audit:          defaultAudit(),
		Tracing:        Tracing{ServiceName: defaultService, Sample: 1},
		Metrics:        Metrics{MaxProfiles: 100},
		InvocationLogs: defaultInvocationLogs(),
	}
}

// defaultTimeout is long because a large answer of a small machine is slow, not broken.
const defaultTimeout = 10 * time.Minute

// Load reads and checks the file at path; an empty path is Default. A bad file is a *strict.Error
// with every fault. Variables are found by env.
func Load(path string, env strict.Lookup) (*Config, error) {
	if path == "" {
		return Default(), nil
	}
	src, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration (--config): %w", err)
	}
	return Parse(path, src, env)
}

// Parse is Load for a file that is already in memory. Relative paths in it start at its directory.
func Parse(path string, src []byte, env strict.Lookup) (*Config, error) {
	c := Default()
	doc := strict.Decode(path, src, c, env)
	_, inRules := c.complete(doc, filepath.Dir(path), env)
	if err := together(doc.Err(), inRules); err != nil {
		return nil, err
	}
	return c, nil
}

// complete fills and checks what was decoded, and reads the files it names, whose own faults it returns.
func (c *Config) complete(doc *strict.Document, dir string, env strict.Lookup) (known names, inRules error) {
	c.fill(doc, dir)
	known = c.Catalog.known(doc)
	c.check(doc, known)
	c.prices(doc, dir, env, known.facts)
	return known, c.script(doc, dir, env, known)
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bytes.Buffer
	if n, err := b.ReadFrom(io.LimitReader(f, maxFile+1)); err != nil {
		return nil, err
	} else if n > maxFile {
		return nil, fmt.Errorf("%s is larger than 4 MiB, which no configuration is", path)
	}
	return b.Bytes(), nil
}
