// Package providertest holds every provider against the same behaviours of an upstream: slow, busy, broken, cut off,
// talkative in the wrong places. A provider's own tests say how its upstream spells them, and call Run.
package providertest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/provider"
)

// Wire is one provider and the language of its upstream. All its functions give bytes as that upstream sends them.
type Wire struct {
	// New makes a provider for a server, which it may keep waiting for the head of an answer for so long; 0 is for as
	// long as it likes. The suite closes it when it is an io.Closer.
	New func(t testing.TB, url string, patience time.Duration) provider.Provider
	// Modes are the ways to ask, at least one.
	Modes []Mode

	// Whole is an answer in one piece.
	Whole func(m *Mode, text string, usage *chat.Usage) Reply
	// Refusal is an error with a status of its own.
	Refusal func(status int, message string) Reply

	StreamType string // the Content-Type of a stream
	// The parts of a streamed answer in their order. ToolStart and ToolInput are nil for a mode without tools, and any
	// part may be empty.
	Start     func(m *Mode) []byte
	Text      func(m *Mode, s string) []byte
	ToolStart func(m *Mode, id, name string) []byte
	ToolInput func(m *Mode, fragment string) []byte
	Stop      func(m *Mode) []byte
	Usage     func(m *Mode, u *chat.Usage) []byte // and the end of the stream; nil usage: the end alone

	// Busy is an error inside a stream which says that the upstream is overloaded, with the message.
	Busy func(m *Mode, message string) []byte
	// Garbage is what no reader of the stream can take for a part of one.
	Garbage []byte
}

// Mode is one way to ask a provider: in chat's words, or in a dialect that it passes on.
type Mode struct {
	Name    string
	Request func() *provider.Request
	// Text is the text or tool input that an event of a passed stream adds; nil for chat's own words.
	Text func(t testing.TB, e *chat.Event) string
	// Said is the text of a whole answer that was passed on; nil for chat's own words.
	Said func(t testing.TB, native []byte) string
}

func (m *Mode) text(t testing.TB, e *chat.Event) string {
	if m.Text == nil || e.Native == nil {
		return e.Text
	}
	return m.Text(t, e)
}

func (m *Mode) said(t testing.TB, r *chat.Response) string {
	if m.Said != nil {
		return m.Said(t, r.Native)
	}
	var b strings.Builder
	for _, block := range r.Content {
		b.WriteString(block.Text)
	}
	return b.String()
}

// Reply is a whole answer of an upstream.
type Reply struct {
	Status int // 0: 200
	Header map[string]string
	Body   []byte
}

func (r Reply) write(w http.ResponseWriter) {
	for name, value := range r.Header {
		w.Header().Set(name, value)
	}
	if r.Status != 0 {
		w.WriteHeader(r.Status)
	}
	_, _ = w.Write(r.Body)
}

// with adds a header.
func (r Reply) with(name, value string) Reply {
	header := map[string]string{name: value}
	for n, v := range r.Header {
		header[n] = v
	}
	r.Header = header
	return r
}

// script is what the upstream does with one request.
type script func(w http.ResponseWriter, r *http.Request)

// server is a scripted upstream. gone is closed when a client has left a request that waits for that.
type server struct {
	*httptest.Server
	gone chan struct{}
}

func serve(t testing.TB, s script) *server {
	t.Helper()
	srv := &server{gone: make(chan struct{})}
	srv.Server = httptest.NewServer(http.HandlerFunc(s))
	t.Cleanup(srv.Close)
	return srv
}

// streams writes the pieces of a stream, each flushed, and then does what the last step says.
func (w *Wire) streams(then script, pieces ...[]byte) script {
	return func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", w.StreamType)
		rw.WriteHeader(http.StatusOK)
		flush := http.NewResponseController(rw)
		_ = flush.Flush()
		for _, p := range pieces {
			_, _ = rw.Write(p)
			_ = flush.Flush()
		}
		if then != nil {
			then(rw, r)
		}
	}
}

func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// untilGone waits for the client to leave.
func untilGone(gone chan struct{}) script {
	return func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		close(gone)
	}
}
