package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/awswire"
)

// answer is what came back, as far as this client tells of it.
type answer struct {
	header http.Header
	usage  usage
	stop   string
}

// usage is Converse's count of tokens.
type usage struct {
	Input  int64 `json:"inputTokens"`
	Output int64 `json:"outputTokens"`
}

// whole reads an answer that comes at once and prints its text.
func (a *answer) whole(body io.Reader, out io.Writer) error {
	var in struct {
		Output struct {
			Message message `json:"message"`
		} `json:"output"`
		Stop  string `json:"stopReason"`
		Usage usage  `json:"usage"`
	}
	if err := json.UnmarshalRead(io.LimitReader(body, maxAnswer), &in); err != nil {
		return fmt.Errorf("cannot read the answer: %w", err)
	}
	a.usage, a.stop = in.Usage, in.Stop
	var text strings.Builder
	for _, b := range in.Output.Message.Content {
		text.WriteString(b.Text)
	}
	_, err := fmt.Fprintln(out, text.String())
	return err
}

// stream reads an answer that comes in frames and prints its text as it does.
func (a *answer) stream(body io.Reader, out io.Writer) error {
	frames := awswire.NewFrameReader(body)
	for {
		f, err := frames.Next()
		if errors.Is(err, io.EOF) {
			_, err = fmt.Fprintln(out)
			return err
		}
		if err != nil {
			return fmt.Errorf("the answer broke off: %w", err)
		}
		if err := a.frame(f, out); err != nil {
			return err
		}
	}
}

// frame takes what one frame adds.
func (a *answer) frame(f *awswire.Frame, out io.Writer) error {
	var in struct {
		Message string `json:"message"` // of an exception
		Delta   block  `json:"delta"`
		Stop    string `json:"stopReason"`
		Usage   usage  `json:"usage"`
	}
	if err := json.Unmarshal(f.Payload, &in); err != nil {
		return fmt.Errorf("cannot read a frame of the answer: %w", err)
	}
	if name := f.Exception(); name != "" {
		fmt.Fprintln(out) // the answer's last line may be half written
		return refused(name, in.Message)
	}
	switch f.Event() {
	case "contentBlockDelta":
		_, err := io.WriteString(out, in.Delta.Text)
		return err
	case "messageStop":
		a.stop = in.Stop
	case "metadata":
		a.usage = in.Usage
	}
	return nil
}

// summary is one line on what served the answer. took is the time the client waited.
func (a *answer) summary(took time.Duration) string {
	parts := []string{}
	for _, name := range []string{"Region", "Model", "Profile", "Attempts"} {
		if v := a.header.Get("X-Outcrop-" + name); v != "" {
			parts = append(parts, strings.ToLower(name)+" "+v[strings.LastIndexByte(v, '/')+1:]) // of an ARN, the id
		}
	}
	parts = append(parts, fmt.Sprintf("%d tokens in, %d out", a.usage.Input, a.usage.Output), took.Round(time.Millisecond).String())
	if a.stop != "" && a.stop != "end_turn" {
		parts = append(parts, "stopped by "+a.stop)
	}
	return "[" + strings.Join(parts, " · ") + "]"
}
