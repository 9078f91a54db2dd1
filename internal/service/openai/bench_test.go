package openai_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/service/inference/doortest"
)

// silent is a connection that takes everything.
type silent struct{ header http.Header }

func (s silent) Header() http.Header            { return s.header }
func (silent) Write(b []byte) (int, error)      { return len(b), nil }
func (silent) WriteHeader(int)                  {}
func (silent) Flush()                           {}
func (silent) SetWriteDeadline(time.Time) error { return nil }

// What one event of a stream costs between the provider and the connection. An iteration is a whole call of a thousand
// events, so that what a call costs once is spread over them; the figure to read is ns/event.
func BenchmarkStreamedEvent(b *testing.B) {
	const n = 1000
	text := chat.Event{Kind: chat.BlockDelta, Text: " word"}
	native := chat.Event{Kind: chat.BlockDelta, Size: 5, Native: []byte(`{"id":"chatcmpl-AbCdEf0123456789","object":"chat.completion.chunk","created":1763820000,"model":"m","choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]}`)}
	for name, c := range map[string]struct {
		path, body string
		passes     chat.Dialect
		event      chat.Event
	}{
		"chat completions": {"/v1/chat/completions", body(doortest.Claude, `,"stream":true`), "", text},
		"passed through":   {"/v1/chat/completions", body(doortest.Claude, `,"stream":true`), chat.ChatCompletionsDialect, native},
		"responses":        {"/v1/responses", asked(doortest.Claude, `,"stream":true`), "", text},
	} {
		b.Run(name, func(b *testing.B) {
			s := &doortest.Script{Passes: c.passes, Events: []chat.Event{{Kind: chat.MessageStart, Native: c.event.Native}}}
			for range n {
				s.Events = append(s.Events, c.event)
			}
			s.Events = append(s.Events, chat.Event{Kind: chat.BlockStop}, chat.Event{Kind: chat.MessageStop}, chat.Event{Kind: chat.Metadata})
			service := scripted(b, s).Service
			r, err := http.NewRequest(http.MethodPost, c.path, strings.NewReader(c.body))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				out := service.Serve(silent{http.Header{}}, &awswire.Call{
					RequestID: doortest.RequestID, Region: doortest.Region, Principal: identity.Principal{Account: doortest.Account},
					Request: r, Body: []byte(c.body), Header: http.Header{}, Arrived: time.Now(),
				})
				if out.Err != nil {
					b.Fatal(out.Err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
		})
	}
}
