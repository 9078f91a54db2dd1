package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/outcrop/outcrop/internal/awswire"
)

// weather is how the model servers of the regions behave. Its zero value is fine.
type weather struct {
	slow     bool // the first token takes slowTime
	status   int  // every call is refused with it …
	flapping bool // … or every other dozen of calls
	cut      bool // the answer breaks off after its first token
	noHead   bool // the answer breaks off before its first token
	calls    atomic.Int64
}

const (
	answerTime = 20 * time.Millisecond
	slowTime   = 5 * time.Second // to the first content of a slow answer
)

func (w *weather) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	n := w.calls.Add(1)
	bad := !w.flapping || n/12%2 == 0
	switch {
	case bad && w.status != 0:
		http.Error(out, `{"error":{"message":"scripted","type":"scripted"}}`, w.status)
		return
	case bad && w.slow:
		pause(r.Context(), slowTime)
	}
	if !bytes.Contains(body, []byte(`"stream":true`)) {
		w.whole(r.Context(), out, bad)
		return
	}
	out.Header().Set("Content-Type", "text/event-stream")
	flush := func() { _ = http.NewResponseController(out).Flush() }
	fmt.Fprint(out, `data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant"}}]}`+"\n\n")
	flush()
	if bad && w.noHead {
		panic(http.ErrAbortHandler)
	}
	pause(r.Context(), answerTime/2)
	fmt.Fprint(out, `data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hello"}}]}`+"\n\n")
	flush()
	if bad && w.cut {
		panic(http.ErrAbortHandler)
	}
	pause(r.Context(), answerTime/2)
	fmt.Fprint(out, `data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}`+"\n\ndata: [DONE]\n\n")
}

// pause is the time a model takes.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (w *weather) whole(ctx context.Context, out http.ResponseWriter, bad bool) {
	if bad && (w.cut || w.noHead) {
		panic(http.ErrAbortHandler)
	}
	pause(ctx, answerTime)
	out.Header().Set("Content-Type", "application/json")
	fmt.Fprint(out, `{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}`)
}

// brownout is one row of the matrix.
type brownout struct {
	name        string
	source      weather       // of the source region; the others are well unless all says so
	all         bool          // every region has the source's weather
	concurrency int           // of each deployment
	first       time.Duration // the most of each deployment to the first content; 0: no bound
	more        string        // of the configuration
	drain       bool          // the source region, by the operator while calls run
	// lost is how many streams may break under their callers' eyes: what has begun cannot be taken over. refused says that
	// callers may be told to come back.
	lost    int
	refused bool
}

const (
	brownoutCalls   = 240
	brownoutCallers = 12
)

// The matrix: what callers of a cross-region profile see of a region in trouble. While another region has room they see
// nothing of it, but for streams that had begun.
func TestBrownouts(t *testing.T) {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "WEATHER\tANSWER\tOK\t429\tOTHER\tCUT\tIN SOURCE\tELSEWHERE\tATTEMPTS\tP50 MS\tP99 MS")
	rows := brownouts()
	for i := range rows {
		b := &rows[i]
		t.Run(b.name, func(t *testing.T) {
			for _, stream := range []bool{false, true} {
				b.run(t, stream, w)
			}
		})
	}
	w.Flush()
	t.Logf("%d calls by %d callers at once\n%s", brownoutCalls, brownoutCallers, &table)
}

func brownouts() []brownout {
	return []brownout{
		{name: "fine"},
		{name: "source slow", source: weather{slow: true}, first: time.Second},
		{name: "source 429", source: weather{status: 429}},
		{name: "source 500", source: weather{status: 500}},
		{name: "source 503", source: weather{status: 503}},
		{name: "source breaks before content", source: weather{noHead: true}},
		{name: "source cut mid-stream", source: weather{cut: true}, lost: 5 + brownoutCallers, more: "routing: {breaker: {open: 1h, max-open: 1h}}\n"},
		{name: "source flapping 500", source: weather{status: 500, flapping: true}},
		{name: "source full", concurrency: 5},
		{name: "source drained", drain: true},
		{name: "all full", concurrency: 1, refused: true},
		{name: "all full, with a queue", concurrency: 1, more: "routing: {orders: [{queue: {length: 100, wait: 60s}}]}\n"},
		{name: "all 429", source: weather{status: 429}, all: true, refused: true},
	}
}

const brownoutModel = "us.anthropic.claude-3-5-sonnet-20241022-v2:0"

func (b *brownout) run(t *testing.T, stream bool, w io.Writer) {
	regions := []string{"us-east-1", "us-east-2", "us-west-2"}
	file := "log: {level: error}\n" + b.more + "providers:\n"
	deployments := "deployments:\n"
	for i, region := range regions {
		here := &weather{}
		if i == 0 || b.all {
			here.slow, here.status, here.flapping, here.cut, here.noHead = b.source.slow, b.source.status, b.source.flapping, b.source.cut, b.source.noHead
		}
		upstream := httptest.NewServer(here)
		defer upstream.Close()
		file += fmt.Sprintf("  - {name: p%d, type: openai, url: %s/v1}\n", i, upstream.URL)
		deployments += fmt.Sprintf("  - {model: anthropic.claude-3-5-sonnet-20241022-v2:0, regions: [%s], provider: p%d, concurrency: %d, first-content: %s}\n",
			region, i, b.concurrency, b.first)
	}
	s := serveHere(t, file+deployments)
	defer func() { s.stop(); <-s.ended }()
	to, err := dataDir{s.dir}.access()
	if err != nil {
		t.Fatal(err)
	}
	seen := b.callers(t, s, to, stream)
	seen.write(w, b.name, stream)
	b.judge(t, seen, stream)
}

// seen is what callers saw.
type seen struct {
	mu                            sync.Mutex
	ok, throttled, other, cut     int
	inSource, elsewhere, attempts int
	took                          []time.Duration
	others                        []string
	withoutWait                   int
}

func (b *brownout) callers(t *testing.T, s *running, to access, stream bool) *seen {
	out := &seen{}
	next := make(chan int)
	var wg sync.WaitGroup
	for range brownoutCallers {
		wg.Go(func() {
			for range next {
				out.call(t.Context(), to, stream)
			}
		})
	}
	for i := range brownoutCalls {
		if b.drain && i == brownoutCalls/4 {
			args := []string{"profile", "drain", "--data", s.dir, "us-east-1"}
			if err := run(t.Context(), args, none, strings.NewReader(""), io.Discard, io.Discard); err != nil {
				t.Error(err)
			}
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return out
}

// call makes one call and notes what came of it.
func (s *seen) call(ctx context.Context, to access, stream bool) {
	began := time.Now()
	q := question{model: brownoutModel, text: "Hello"}
	r, body, err := q.request(ctx, to.endpoint, stream)
	if err != nil {
		panic(err)
	}
	sign(r, body, to)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.note(func() { s.other++; s.others = append(s.others, err.Error()) })
		return
	}
	defer resp.Body.Close()
	text, broken := readAnswer(resp, stream)
	s.note(func() {
		switch {
		case resp.StatusCode == http.StatusTooManyRequests:
			s.throttled++
			if resp.Header.Get("X-Amz-Retry-After") == "" {
				s.withoutWait++
			}
			return
		case resp.StatusCode != http.StatusOK:
			s.other++
			s.others = append(s.others, resp.Status+" "+resp.Header.Get("X-Outcrop-Route")+" "+text)
			return
		case broken != nil:
			s.cut++
		default:
			s.ok++
		}
		s.took = append(s.took, time.Since(began))
		if resp.Header.Get("X-Outcrop-Region") == "us-east-1" {
			s.inSource++
		} else {
			s.elsewhere++
		}
		var n int
		fmt.Sscan(resp.Header.Get("X-Outcrop-Attempts"), &n)
		s.attempts += n
	})
}

func (s *seen) note(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

// readAnswer takes a whole answer, and says how a streamed one broke.
func readAnswer(resp *http.Response, stream bool) (string, error) {
	if !stream || resp.StatusCode != http.StatusOK {
		text, err := io.ReadAll(resp.Body)
		return string(text), err
	}
	frames := awswire.NewFrameReader(resp.Body)
	for {
		f, err := frames.Next()
		if errors.Is(err, io.EOF) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		if name := f.Exception(); name != "" {
			return "", errors.New(name)
		}
	}
}

func (s *seen) write(w io.Writer, name string, stream bool) {
	kind := "whole"
	if stream {
		kind = "stream"
	}
	slices.Sort(s.took)
	at := func(share float64) float64 {
		if len(s.took) == 0 {
			return 0
		}
		return float64(s.took[int(share*float64(len(s.took)-1))].Microseconds()) / 1000
	}
	fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.0f\t%.0f\n", name, kind, s.ok, s.throttled, s.other, s.cut,
		s.inSource, s.elsewhere, s.attempts, at(0.5), at(0.99))
}

// judge fails the test when callers saw more than they must.
func (b *brownout) judge(t *testing.T, s *seen, stream bool) {
	t.Helper()
	if s.other > 0 {
		t.Errorf("stream %t: %d calls failed: %v", stream, s.other, s.others[:min(3, len(s.others))])
	}
	if s.throttled > 0 && !b.refused {
		t.Errorf("stream %t: %d calls were refused with 429", stream, s.throttled)
	}
	if s.withoutWait > 0 {
		t.Errorf("stream %t: %d refusals do not say when to come back", stream, s.withoutWait)
	}
	most := 0
	if stream {
		most = b.lost
	}
	if s.cut > most {
		t.Errorf("stream %t: %d answers broke off, at most %d may", stream, s.cut, most)
	}
	if n := s.ok + s.throttled + s.other + s.cut; n != brownoutCalls {
		t.Errorf("stream %t: %d of %d calls are accounted for", stream, n, brownoutCalls)
	}
}
