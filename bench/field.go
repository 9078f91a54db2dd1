package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/outcrop/outcrop/bench/internal/process"
)

// field is everything that runs during a comparison.
type field struct {
	bench string // this program
	dir   string // for data and configuration

	mock, proxy, outcrop *process.Child
	accessKey, secretKey string
}

// config sends every model to the mock upstream. Only the log is turned down, as a server under load has it.
const config = `log: {level: warn}
providers:
  - {name: mock, type: openai, url: %s/v1}
deployments:
  - {model: "*", provider: mock, upstream-model: mock}
`

func (f *field) start(ctx context.Context, outcrop string) (err error) {
	if f.mock, err = process.Start(ctx, generatorCore, f.bench, "mock", "--events", strconv.Itoa(streamEvents)); err != nil {
		return err
	}
	if f.proxy, err = process.Start(ctx, testedCore, f.bench, "proxy", "--to", f.mock.URL); err != nil {
		return err
	}
	file, data := filepath.Join(f.dir, "outcrop.yaml"), filepath.Join(f.dir, "data")
	if err := os.WriteFile(file, fmt.Appendf(nil, config, f.mock.URL), 0o600); err != nil {
		return err
	}
	f.outcrop, err = process.Start(ctx, testedCore, outcrop, "serve", "--listen", "127.0.0.1:0", "--data", data, "--config", file)
	if err != nil {
		return err
	}
	return f.readKeys(filepath.Join(data, "credentials"))
}

// stop ends what was started, the last first.
func (f *field) stop() error {
	var errs []error
	for _, c := range []*process.Child{f.outcrop, f.proxy, f.mock} {
		if c != nil {
			errs = append(errs, c.Stop())
		}
	}
	return errors.Join(errs...)
}

// readKeys takes the access key from an AWS shared-credentials file.
func (f *field) readKeys(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot read outcrop's credentials: %w", err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), "=")
		switch strings.TrimSpace(name) {
		case "aws_access_key_id":
			f.accessKey = strings.TrimSpace(value)
		case "aws_secret_access_key":
			f.secretKey = strings.TrimSpace(value)
		}
	}
	if f.accessKey == "" || f.secretKey == "" {
		return fmt.Errorf("cannot read outcrop's credentials: %s has no key pair", path)
	}
	return nil
}

// load runs the generator as a process of its own, so that it can have a core and a signature of its own.
func (f *field) load(ctx context.Context, c contestant, j job, d time.Duration) (*measurement, error) {
	child, url := c.target(f, j)
	args := []string{
		"load", url, "--json", "--body", c.body(j), "--connections", strconv.Itoa(j.connections),
		"--rate", strconv.FormatFloat(j.rate, 'f', -1, 64), "--duration", d.String(), "--pid", strconv.Itoa(child.PID()),
	}
	cmd := process.Command(ctx, generatorCore, f.bench, args...)
	cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=")
	if c.signed {
		cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID="+f.accessKey, "AWS_SECRET_ACCESS_KEY="+f.secretKey)
	}
	cmd.Stderr = new(strings.Builder)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("cannot load %s with %s: %w\n%s", c.name, j.name, err, cmd.Stderr)
	}
	var m measurement
	if err := json.Unmarshal(out, &m); err != nil {
		return nil, fmt.Errorf("cannot read what the generator printed: %w\n%s", err, out)
	}
	if m.Failed > 0 {
		return nil, fmt.Errorf("%s: %d of %d calls with %s failed: %s", c.name, m.Failed, m.Failed+m.Done, j.name, m.FirstFail)
	}
	if want := m.Done * streamEvents; j.stream && m.Events != want {
		return nil, fmt.Errorf("%s: %d streams brought %d events, expected %d", c.name, m.Done, m.Events, want)
	}
	return &m, nil
}
