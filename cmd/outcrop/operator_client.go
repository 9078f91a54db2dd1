package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
)

// operatorClient calls Outcrop's own API.
type operatorClient struct{ to access }

func (f *clientFlags) operator(p *process) (*operatorClient, error) {
	to, err := f.access(p, "AWS_ENDPOINT_URL_BEDROCK", "")
	if err != nil {
		return nil, err
	}
	return &operatorClient{to}, nil
}

// call sends in, which may be nil, and reads the answer into out.
func (c *operatorClient) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("cannot write the request as JSON: %w", err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.to.endpoint, "/")+"/outcrop/v1/"+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%q is not the URL of a server: %w", c.to.endpoint, err)
	}
	r.Header.Set("Content-Type", "application/json")
	sign(r, body, c.to)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("cannot reach the server (is it running? --endpoint names another one): %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return c.refused(resp)
	}
	if err := json.UnmarshalRead(io.LimitReader(resp.Body, maxAnswer), out); err != nil {
		return fmt.Errorf("cannot read the answer: %w", err)
	}
	return nil
}

// refused is the error of the API, as it says it.
func (c *operatorClient) refused(resp *http.Response) error {
	var sentence struct {
		Message string `json:"message"`
		Denied  string `json:"Message"`
	}
	name, _, _ := strings.Cut(resp.Header.Get("X-Amzn-ErrorType"), ":")
	if err := json.UnmarshalRead(io.LimitReader(resp.Body, maxAnswer), &sentence); err != nil || name == "" {
		return fmt.Errorf("the server answered HTTP %d, not as Outcrop does; is %s an older one?", resp.StatusCode, c.to.endpoint)
	}
	return fmt.Errorf("%s: %s", name, sentence.Message+sentence.Denied)
}

// segment is text as one segment of a path.
func segment(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// printJSON writes a value for programs.
func printJSON(w io.Writer, value any) error {
	text, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}
