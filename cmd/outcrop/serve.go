package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/config/strict"
)

type serveCommand struct {
	settings
	Listen string `help:"Address to listen on; port 0 takes a free one (default: 127.0.0.1:8080)." placeholder:"HOST:PORT"`
}

// Help tells what a first start does and how to stop.
func (serveCommand) Help() string {
	return "The first start in an empty data directory makes the account " + string(firstAccount) + " with an administrator, " +
		"whose access key it writes to DIR/credentials. A configuration that changes is taken over, without a restart where that " +
		"is possible; SIGHUP has it read again at once. SIGTERM or SIGINT lets running calls end; a second one does not."
}

// Run serves until ctx ends.
func (c *serveCommand) Run(ctx context.Context, p *process) error {
	from := newSource(c.Config, func() (*config.Config, error) { return c.configuration(p.env) })
	cfg, err := from.load()
	if err != nil {
		return err
	}
	tuneCollector(p.env)
	return serve(ctx, cfg, from, p.stdout, p.stderr)
}

// configuration reads the file, and lays flags and environment over it.
func (c *serveCommand) configuration(env strict.Lookup) (*config.Config, error) {
	cfg, err := c.load(env)
	if err != nil {
		return nil, err
	}
	if c.Listen != "" {
		if err := config.CheckListen(c.Listen); err != nil {
			return nil, exit{exitMisuse, fmt.Errorf("--listen: %w", err)}
		}
		cfg.Listen = c.Listen
	}
	if cfg.Tracing, err = cfg.Tracing.Under(env); err != nil {
		return nil, exit{exitMisuse, err}
	}
	if cfg.Sealing, err = cfg.Sealing.Under(env); err != nil {
		return nil, exit{exitMisuse, err}
	}
	return cfg, nil
}

// serve is the life of a server: it takes hold of the data directory, builds, announces on out,
// serves until ctx ends, and lets go of everything in the opposite order. What changes in the source meanwhile it takes over.
// It logs to log.
func serve(ctx context.Context, cfg *config.Config, from *source, out, log io.Writer) (err error) {
	h, err := openHoldings(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	s, parts, err := assemble(ctx, cfg, h)
	if err != nil {
		return err
	}
	defer from.follow(ctx, cfg, parts, h.log)()
	endpoint := reachable(s.URL())
	h.told.begin(endpoint)
	if err := errors.Join(h.data.writeCredentials(h.admin), h.data.writeConfig(endpoint, cfg.Region)); err != nil {
		return err
	}
	if err := announce(out, s.URL(), endpoint, h.data, cfg.Region); err != nil {
		return err
	}
	return s.Serve(ctx)
}

// reachable is the URL for clients on this machine: a server on all addresses is on loopback too.
func reachable(listening string) string {
	u, err := url.Parse(listening)
	if err != nil {
		return listening
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsUnspecified() {
		u.Host = net.JoinHostPort("127.0.0.1", u.Port())
	}
	return u.String()
}

// announce prints where the server listens, and lines to paste. The first line is for programs.
func announce(out io.Writer, listening, endpoint string, data dataDir, region arn.Region) error {
	_, err := fmt.Fprintf(out, `listening on %s

Point AWS clients here, in another terminal:

  export AWS_ENDPOINT_URL=%s
  export AWS_SHARED_CREDENTIALS_FILE=%s
  export AWS_REGION=%s AWS_DEFAULT_REGION=%s

  aws bedrock-runtime converse --model-id %s \
    --messages '[{"role":"user","content":[{"text":"Hello"}]}]'

Or without the AWS CLI:

  outcrop converse%s "Hello"

`, listening, endpoint, quoted(data.credentialsFile(), `'\''`), region, region, defaultModel, data.flag())
	return err
}
