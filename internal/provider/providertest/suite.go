package providertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/route"
)

// secret stands in what an upstream says to its operator; no caller may see it.
const secret = "the key sk-1234 of host db7 leaked"

// Run holds a provider against every behaviour, in every mode.
func Run(t *testing.T, w Wire) {
	for i := range w.Modes {
		s := &suite{Wire: w, mode: &w.Modes[i]}
		t.Run(s.mode.Name, func(t *testing.T) {
			t.Run("answers", s.answers)
			t.Run("streams", s.answersStream)
			t.Run("a tool's input in single bytes", s.toolInBytes)
			t.Run("no usage", s.noUsage)
			t.Run("refusals", s.refusals)
			t.Run("a slow head", s.slowHead)
			t.Run("nobody there", s.nobodyThere)
			t.Run("a whole answer that is none", s.brokenWhole)
			t.Run("broken streams", s.brokenStreams)
			t.Run("an error in a stream", s.errorInStream)
			t.Run("the client leaves", s.clientLeaves)
			t.Run("the client closes", s.clientCloses)
		})
	}
}

// suite is one provider in one mode.
type suite struct {
	Wire
	mode *Mode
}

var used = chat.Usage{Input: 11, Output: 7}

// start gives a provider for a scripted server.
func (s *suite) start(t testing.TB, do script, patience time.Duration) provider.Provider {
	t.Helper()
	return s.provider(t, serve(t, do).URL, patience)
}

func (s *suite) provider(t testing.TB, url string, patience time.Duration) provider.Provider {
	t.Helper()
	p := s.New(t, url, patience)
	if c, ok := p.(io.Closer); ok {
		t.Cleanup(func() { _ = c.Close() })
	}
	return p
}

// drained is what a stream came to.
type drained struct {
	text, tool string
	usage      chat.Usage
	kinds      map[chat.EventKind]int
	err        error // nil for a whole answer
}

// drain reads a stream to its end.
func (s *suite) drain(t testing.TB, in provider.Stream) drained {
	t.Helper()
	d := drained{kinds: map[chat.EventKind]int{}}
	tool := false
	for {
		e, err := in.Next()
		if err != nil {
			if _, again := in.Next(); again != err { //nolint:errorlint // the very same
				t.Errorf("Next said %v, and %v when asked again", err, again)
			}
			if err != io.EOF { //nolint:errorlint // nothing else is the end
				d.err = err
			}
			return d
		}
		d.kinds[e.Kind]++
		switch e.Kind {
		case chat.BlockStart:
			tool = true
		case chat.BlockDelta:
			if tool {
				d.tool += s.mode.text(t, e)
			} else {
				d.text += s.mode.text(t, e)
			}
		case chat.BlockStop:
			tool = false
		case chat.Metadata:
			d.usage = e.Usage
		}
	}
}

// stream makes a streamed call and reads it to its end, wherever that is.
func (s *suite) stream(t testing.TB, p provider.Provider) drained {
	t.Helper()
	in, err := p.Stream(t.Context(), s.mode.Request())
	if err != nil {
		return drained{err: err}
	}
	defer in.Close()
	return s.drain(t, in)
}

// hello is a whole streamed answer.
func (s *suite) hello(u *chat.Usage) [][]byte {
	return [][]byte{s.Start(s.mode), s.Text(s.mode, "Hel"), s.Text(s.mode, "lo, \"wörld\""), s.Stop(s.mode), s.Usage(s.mode, u)}
}

const helloText = "Hello, \"wörld\""

func (s *suite) answers(t *testing.T) {
	p := s.start(t, func(w http.ResponseWriter, _ *http.Request) { s.Whole(s.mode, helloText, &used).write(w) }, 0)
	for range 2 { // the second over the connection of the first
		got, err := p.Chat(t.Context(), s.mode.Request())
		if err != nil {
			t.Fatal(err)
		}
		if said := s.mode.said(t, got); said != helloText || got.Usage != used {
			t.Errorf("got %q, %+v", said, got.Usage)
		}
	}
}

func (s *suite) answersStream(t *testing.T) {
	p := s.start(t, s.streams(nil, s.hello(&used)...), 0)
	for range 2 {
		d := s.stream(t, p)
		if d.err != nil || d.text != helloText || d.usage != used || d.kinds[chat.Metadata] != 1 || d.kinds[chat.MessageStop] > 1 {
			t.Errorf("got %+v", d)
		}
	}
}

// A large tool input may come byte by byte, and be cut anywhere on the wire.
func (s *suite) toolInBytes(t *testing.T) {
	if s.ToolStart == nil || s.ToolStart(s.mode, "t1", "f") == nil {
		t.Skip("SKIPPED: this mode has no tools of its own")
	}
	input := `{"rows":[` + strings.Repeat(`"é\"\\",`, 300) + `0]}`
	sent := s.Start(s.mode)
	sent = append(sent, s.ToolStart(s.mode, "t1", "f")...)
	for _, c := range input {
		sent = append(sent, s.ToolInput(s.mode, string(c))...)
	}
	sent = append(append(sent, s.Stop(s.mode)...), s.Usage(s.mode, &used)...)
	var pieces [][]byte
	for i, size := 0, 1; i < len(sent); i, size = i+size, size%97+1 {
		pieces = append(pieces, sent[i:min(len(sent), i+size)])
	}
	d := s.stream(t, s.start(t, s.streams(nil, pieces...), 0))
	if d.err != nil || d.tool != input || d.usage != used {
		t.Errorf("got an input of %d bytes, want %d; %+v, %v", len(d.tool), len(input), d.usage, d.err)
	}
}

// What an upstream does not count is estimated, and says so.
func (s *suite) noUsage(t *testing.T) {
	got, err := s.start(t, func(w http.ResponseWriter, _ *http.Request) { s.Whole(s.mode, helloText, nil).write(w) }, 0).Chat(t.Context(), s.mode.Request())
	if err != nil || !got.Usage.Estimated {
		t.Errorf("got %+v, %v", got, err)
	}
	d := s.stream(t, s.start(t, s.streams(nil, s.hello(nil)...), 0))
	if d.err != nil || d.text != helloText || !d.usage.Estimated || d.usage.Input == 0 || d.usage.Output == 0 {
		t.Errorf("streamed: got %+v", d)
	}
}

// refusals are answers with a status of their own: the same for both kinds of call.
func (s *suite) refusals(t *testing.T) {
	for _, test := range []struct {
		status  int
		code    fault.Code
		wait    time.Duration
		private bool
	}{
		{http.StatusTooManyRequests, fault.Throttling, 7 * time.Second, true},
		{http.StatusInternalServerError, fault.ServiceUnavailable, 0, true},
		{http.StatusServiceUnavailable, fault.ServiceUnavailable, 0, true},
		{http.StatusUnauthorized, fault.Internal, 0, true},
		{http.StatusForbidden, fault.Internal, 0, true},
		{http.StatusBadRequest, fault.Validation, 0, false},
	} {
		t.Run(fmt.Sprint(test.status), func(t *testing.T) {
			reply := s.Refusal(test.status, secret)
			if test.wait > 0 {
				reply = reply.with("Retry-After", "7")
			}
			p := s.start(t, func(w http.ResponseWriter, _ *http.Request) { reply.write(w) }, 0)
			_, err := p.Chat(t.Context(), s.mode.Request())
			for _, err := range []error{err, s.stream(t, p).err} {
				var f *fault.Error
				if !errors.As(err, &f) || f.Code != test.code || f.RetryAfter != test.wait {
					t.Fatalf("got %+v", err)
				}
				if strings.Contains(f.Message, secret) == test.private || !strings.Contains(f.Error(), secret) {
					t.Errorf("the caller reads %q, the operator %q", f.Message, f.Error())
				}
			}
		})
	}
}

// movesOn fails the test unless another destination may be tried.
func movesOn(t testing.TB, err error) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || !route.MovesOn(f) {
		t.Errorf("got %v, want a failure that moves on", err)
	}
}

func (s *suite) slowHead(t *testing.T) {
	gone := make(chan struct{}, 2)
	p := s.start(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not see the client leave
		<-r.Context().Done()
		gone <- struct{}{}
	}, 30*time.Millisecond)
	_, err := p.Chat(t.Context(), s.mode.Request())
	for _, err := range []error{err, s.stream(t, p).err} {
		if !fault.Is(err, fault.ModelTimeout) {
			t.Errorf("got %v", err)
		}
		movesOn(t, err)
		<-gone
	}
}

func (s *suite) nobodyThere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	p := s.provider(t, "http://"+address, 0)
	_, err = p.Chat(t.Context(), s.mode.Request())
	for _, err := range []error{err, s.stream(t, p).err} {
		if !fault.Is(err, fault.ServiceUnavailable) || !strings.Contains(err.Error(), address) {
			t.Errorf("got %v, want it to name %s", err, address)
		}
	}
}

// brokenWhole: what is passed on is not read, so there only a cut is noticed.
func (s *suite) brokenWhole(t *testing.T) {
	whole := s.Whole(s.mode, helloText, &used)
	for name, do := range map[string]script{
		"garbage": func(w http.ResponseWriter, _ *http.Request) {
			Reply{Header: whole.Header, Body: []byte("<html>" + secret)}.write(w)
		},
		"cut": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(whole.Body)))
			Reply{Header: whole.Header, Body: whole.Body[:len(whole.Body)/2]}.write(w)
			cut(w, r)
		},
	} {
		_, err := s.start(t, do, 0).Chat(t.Context(), s.mode.Request())
		if name == "garbage" && s.mode.Said != nil {
			continue
		}
		movesOn(t, err)
		if err != nil && strings.Contains(fault.Public(err).Message, secret) {
			t.Errorf("%s: the caller reads %q", name, fault.Public(err).Message)
		}
	}
}

// brokenStreams end in ways a stream must not: before its first content another place may be tried, behind it the
// failure is the answer's own.
func (s *suite) brokenStreams(t *testing.T) {
	start, text := s.Start(s.mode), s.Text(s.mode, "Hel")
	for name, test := range map[string]struct {
		do      script
		content bool
	}{
		"nothing at all":         {s.streams(nil), false},
		"cut at once":            {s.streams(cut), false},
		"cut before content":     {s.streams(cut, start), false},
		"ended before content":   {s.streams(nil, start), false},
		"garbage before content": {s.streams(nil, start, s.Garbage), false},
		"cut after content":      {s.streams(cut, start, text), true},
		"cut inside a piece":     {s.streams(cut, start, text, text[:len(text)/2]), true},
		"ended after content":    {s.streams(nil, start, text), true},
		"garbage after content":  {s.streams(nil, start, text, s.Garbage), true},
	} {
		t.Run(name, func(t *testing.T) {
			d := s.stream(t, s.start(t, test.do, 0))
			switch {
			case !test.content && d.err != nil:
				movesOn(t, d.err)
			case !fault.Is(d.err, fault.ModelStreamError) || d.text != "Hel":
				t.Errorf("got %+v", d)
			}
		})
	}
	t.Run("no stream", func(t *testing.T) {
		d := s.stream(t, s.start(t, func(w http.ResponseWriter, _ *http.Request) {
			Reply{Header: map[string]string{"Content-Type": "text/html"}, Body: []byte("<html>" + secret)}.write(w)
		}, 0))
		movesOn(t, d.err)
	})
}

func (s *suite) errorInStream(t *testing.T) {
	start, text, busy := s.Start(s.mode), s.Text(s.mode, "Hel"), s.Busy(s.mode, secret)
	for name, pieces := range map[string][][]byte{"at once": {busy}, "before content": {start, busy}} {
		d := s.stream(t, s.start(t, s.streams(nil, pieces...), 0))
		if d.err == nil {
			t.Fatalf("%s: no error", name)
		}
		movesOn(t, d.err)
	}
	d := s.stream(t, s.start(t, s.streams(nil, start, text, busy), 0))
	var f *fault.Error
	if !errors.As(d.err, &f) || f.Code == fault.Validation || d.text != "Hel" || !strings.Contains(f.Error(), secret) {
		t.Errorf("behind content: got %+v", d)
	}
}

func (s *suite) clientLeaves(t *testing.T) {
	reason := errors.New("the client left")
	gone := make(chan struct{})
	p := s.start(t, s.streams(untilGone(gone), s.Start(s.mode), s.Text(s.mode, "Hel")), 0)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	in, err := p.Stream(ctx, s.mode.Request())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for err == nil {
		var e *chat.Event
		if e, err = in.Next(); err == nil && e.IsContent() {
			cancel(reason)
		}
	}
	if !errors.Is(err, reason) {
		t.Errorf("got %v, want the context's cause", err)
	}
	<-gone
}

func (s *suite) clientCloses(t *testing.T) {
	gone := make(chan struct{})
	p := s.start(t, s.streams(untilGone(gone), s.Start(s.mode), s.Text(s.mode, "Hel")), 0)
	in, err := p.Stream(t.Context(), s.mode.Request())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Next(); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	<-gone
	if _, err := in.Next(); err == nil || err == io.EOF { //nolint:errorlint // nothing else is the end
		t.Errorf("behind Close: %v", err)
	}
}
