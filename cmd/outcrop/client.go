package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/config/strict"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/sigv4"
)

// The parts of Converse's JSON that this client writes.
type (
	converseRequest struct {
		Messages  []message  `json:"messages"`
		System    []block    `json:"system,omitempty"`
		Inference *inference `json:"inferenceConfig,omitempty"`
	}
	message struct {
		Role    string  `json:"role"`
		Content []block `json:"content"`
	}
	block struct {
		Text string `json:"text"`
	}
	inference struct {
		MaxTokens int `json:"maxTokens"`
	}
)

// request is the HTTP request for a question, unsigned, and its body.
func (q question) request(ctx context.Context, endpoint string, stream bool) (*http.Request, []byte, error) {
	in := converseRequest{Messages: []message{{Role: "user", Content: []block{{q.text}}}}}
	if q.system != "" {
		in.System = []block{{q.system}}
	}
	if q.maxTokens != 0 {
		in.Inference = &inference{q.maxTokens}
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot write the question as JSON: %w", err)
	}
	operation := "converse"
	if stream {
		operation = "converse-stream"
	}
	target := strings.TrimRight(endpoint, "/") + "/model/" + escape(q.model) + "/" + operation
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return nil, nil, fmt.Errorf("%q is not the URL of a server: %w", endpoint, err)
	}
	r.Header.Set("Content-Type", "application/json")
	return r, body, nil
}

// escape makes one path segment of an identifier, as the AWS SDKs do.
func escape(model string) string {
	return strings.ReplaceAll(url.QueryEscape(model), "+", "%20")
}

func sign(r *http.Request, body []byte, to access) {
	sigv4.Sign(r, body, to.key, to.region, "bedrock", time.Now())
}

// environmentKey is the key of AWS's own variables: the key itself, or the file that has it. Its ID is empty when they
// are not set.
func environmentKey(env strict.Lookup) (identity.AccessKey, error) {
	id, secret := firstSet(env, "AWS_ACCESS_KEY_ID"), firstSet(env, "AWS_SECRET_ACCESS_KEY")
	if file := firstSet(env, "AWS_SHARED_CREDENTIALS_FILE"); (id == "" || secret == "") && file != "" {
		name := cmp.Or(firstSet(env, "AWS_PROFILE"), "default")
		found, ok, err := readProfile(file, name)
		if err != nil {
			return identity.AccessKey{}, fmt.Errorf("cannot read the file that AWS_SHARED_CREDENTIALS_FILE names: %w", err)
		}
		id, secret = found["aws_access_key_id"], found["aws_secret_access_key"]
		if !ok || id == "" || secret == "" {
			return identity.AccessKey{}, fmt.Errorf("%s has no access key under [%s]", file, name)
		}
	}
	if id == "" || secret == "" {
		return identity.AccessKey{}, nil
	}
	return identity.AccessKey{ID: id, Secret: identity.NewSecret(secret)}, nil
}

// firstSet is the first of the variables that is not empty.
func firstSet(env strict.Lookup, names ...string) string {
	for _, name := range names {
		if v, _ := env(name); v != "" {
			return v
		}
	}
	return ""
}

// maxAnswer bounds what is read of an answer that is not streamed.
const maxAnswer = 64 << 20

// refusal is a response that is no answer: the error's name and sentence, and what helps.
func refusal(resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("cannot read the refusal (HTTP %d): %w", resp.StatusCode, err)
	}
	name, _, _ := strings.Cut(resp.Header.Get("X-Amzn-ErrorType"), ":")
	var sentence struct {
		Message string `json:"message"`
		Denial  string `json:"Message"` // authorisers spell it with a capital
	}
	if json.Unmarshal(body, &sentence) != nil || name == "" {
		return fmt.Errorf("the server answered HTTP %d, not as Bedrock does: %.200q", resp.StatusCode, body)
	}
	if full := resp.Header.Get("X-Outcrop-Quota"); full != "" { // another region would have no room in it either
		return fmt.Errorf("%s: %s\n%s: %s", name, sentence.Message, hintQuota, full)
	}
	return refused(name, sentence.Message+sentence.Denial)
}

// refused is AWS's error with a line on what to do about it, where there is something.
func refused(name, sentence string) error {
	if h := hint(name, sentence); h != "" {
		return fmt.Errorf("%s: %s\n%s", name, sentence, h)
	}
	return fmt.Errorf("%s: %s", name, sentence)
}
