// Package mock is an upstream that costs next to nothing: it answers OpenAI chat completions, whole or streamed, with canned bytes.
package mock

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"strings"
	"time"
)

// Options shape the answers.
type Options struct {
	Events  int           // pieces of text in a streamed answer
	Size    int           // bytes of text in a whole answer
	Latency time.Duration // before the first byte of an answer
}

// Mock is the upstream. Its answers are made once; serving one is a few writes.
type Mock struct {
	whole   []byte   // a complete HTTP reply
	stream  [][]byte // a reply's head, then one chunk an event, then the end
	latency time.Duration
}

// New prepares the answers.
func New(o Options) *Mock {
	text := strings.Repeat("lorem ipsum dolor sit amet ", o.Size/27+1)[:o.Size]
	usage := fmt.Sprintf(`{"prompt_tokens":24,"completion_tokens":%[1]d,"total_tokens":%[2]d}`, o.Events, o.Events+24)
	body := fmt.Sprintf(`{"id":"chatcmpl-mock","object":"chat.completion","created":1,"model":"mock","choices":[`+
		`{"index":0,"message":{"role":"assistant","content":%q},"finish_reason":"stop"}],"usage":%s}`, text, usage)
	m := &Mock{
		whole: fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			len(body), body),
		stream:  [][]byte{[]byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")},
		latency: o.Latency,
	}
	event := func(choices, usage string) {
		m.chunk(`data: {"id":"chatcmpl-mock","object":"chat.completion.chunk","created":1,"model":"mock","choices":[` +
			choices + `]` + usage + "}\n\n")
	}
	for i := range o.Events {
		event(fmt.Sprintf(`{"index":0,"delta":{"content":"word%d "},"finish_reason":null}`, i), "")
	}
	event(`{"index":0,"delta":{},"finish_reason":"stop"}`, "")
	event("", `,"usage":`+usage)
	m.chunk("data: [DONE]\n\n")
	m.stream = append(m.stream, []byte("0\r\n\r\n"))
	return m
}

// chunk adds one chunk to the streamed answer.
func (m *Mock) chunk(data string) {
	m.stream = append(m.stream, fmt.Appendf(nil, "%x\r\n%s\r\n", len(data), data))
}

// Serve answers until the listener is closed.
func (m *Mock) Serve(ln net.Listener) error {
	for {
		c, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			r := bufio.NewReaderSize(c, 16<<10)
			for m.answer(c, r) == nil {
			}
		}()
	}
}

// answer reads one request and answers it.
func (m *Mock) answer(w io.Writer, r *bufio.Reader) error {
	body, err := readRequest(r)
	if err != nil {
		return err
	}
	if m.latency > 0 {
		time.Sleep(m.latency)
	}
	if !wantsStream(body) {
		_, err = w.Write(m.whole)
		return err
	}
	for _, part := range m.stream { // one write an event: a relay must handle each
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// wantsStream looks for "stream":true without parsing the document.
func wantsStream(body []byte) bool {
	_, after, found := bytes.Cut(body, []byte(`"stream":`))
	return found && bytes.HasPrefix(bytes.TrimLeft(after, " "), []byte("true"))
}

// readRequest returns the body of the next request; method, path and headers do not matter.
func readRequest(r *bufio.Reader) ([]byte, error) {
	length, chunked := 0, false
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 && !first {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch value = bytes.TrimSpace(value); {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return nil, fmt.Errorf("the Content-Length %q is no number", value)
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		}
	}
	if !chunked {
		body := make([]byte, length)
		_, err := io.ReadFull(r, body)
		return body, err
	}
	body, err := io.ReadAll(httputil.NewChunkedReader(r))
	if err == nil {
		_, err = r.ReadSlice('\n') // the empty line behind the last chunk
	}
	return body, err
}
