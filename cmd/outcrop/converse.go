package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// defaultModel is what both converse and the lines that serve prints call: a cross-region profile, so
// that a first call shows what those are for.
const defaultModel = "us.anthropic.claude-3-5-sonnet-20241022-v2:0"

type converseCommand struct {
	clientFlags
	Model     string `help:"Model, inference profile, or ARN of either (default: ${model})." short:"m" default:"${model}" placeholder:"ID"`
	Stream    bool   `help:"Print the answer as it comes." short:"s"`
	System    string `help:"System prompt." placeholder:"TEXT"`
	MaxTokens int    `help:"Most tokens to answer with." placeholder:"N"`
	Region    string `help:"Source region of the call (default: AWS_REGION, then the server's)." placeholder:"REGION"`
	Text      string `arg:"" help:"What to say; - reads it from standard input."`
}

// Help says whose credentials are used.
func (converseCommand) Help() string {
	return "With --endpoint or AWS_ENDPOINT_URL the call is signed with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY " +
		"when they are set. In all other cases the administrator's key in the data directory signs it. " +
		"The answer goes to standard output, and what served it to standard error."
}

// maxText is about what a model with the largest context can read.
const maxText = 16 << 20

// Run asks once and prints the answer.
func (c *converseCommand) Run(ctx context.Context, p *process) error {
	text, err := c.text(p.stdin)
	if err != nil {
		return err
	}
	to, err := c.access(p, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", arn.Region(c.Region))
	if err != nil {
		return err
	}
	q := question{model: c.Model, system: c.System, maxTokens: c.MaxTokens, text: text}
	began := time.Now()
	resp, err := ask(ctx, to, q, c.Stream)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	got := answer{header: resp.Header}
	if c.Stream {
		err = got.stream(resp.Body, p.stdout)
	} else {
		err = got.whole(resp.Body, p.stdout)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stderr, got.summary(time.Since(began)))
	return err
}

func (c *converseCommand) text(stdin io.Reader) (string, error) {
	text := c.Text
	if text == "-" {
		b, err := io.ReadAll(io.LimitReader(stdin, maxText))
		if err != nil {
			return "", fmt.Errorf("cannot read standard input: %w", err)
		}
		text = string(b)
	}
	if strings.TrimSpace(text) == "" {
		return "", exit{exitMisuse, errors.New("there is nothing to say; give a text, or - and something on standard input")}
	}
	return text, nil
}

// question is what converse asks.
type question struct {
	model, system, text string
	maxTokens           int
}

// ask sends the question. The response has status 200; every other one is an error that says what
// the server said.
func ask(ctx context.Context, to access, q question, stream bool) (*http.Response, error) {
	r, body, err := q.request(ctx, to.endpoint, stream)
	if err != nil {
		return nil, err
	}
	sign(r, body, to)
	resp, err := http.DefaultClient.Do(r)
	if ctx.Err() != nil {
		return nil, errors.New("interrupted before the answer came")
	}
	if err != nil {
		return nil, fmt.Errorf("cannot reach %s (is outcrop serve running there?): %w", to.endpoint, errors.Unwrap(err))
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, refusal(resp)
}
