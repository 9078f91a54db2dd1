package load_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/outcrop/outcrop/bench/internal/load"
)

func plan(t *testing.T, url string, keys *aws.Credentials) load.Plan {
	t.Helper()
	r, err := load.NewRequest(t.Context(), url, []byte(`{"a":1}`), keys)
	if err != nil {
		t.Fatal(err)
	}
	return load.Plan{Request: r, Connections: 4, Duration: 100 * time.Millisecond, Timeout: 10 * time.Second}
}

func TestRunCountsRepliesAndEvents(t *testing.T) {
	var served atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		if r.Method != http.MethodPost || r.ContentLength != 7 || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") {
			t.Errorf("got %s of %d bytes, authorization %q", r.Method, r.ContentLength, r.Header.Get("Authorization"))
		}
		for range 3 {
			_, _ = w.Write([]byte(`data: {"content":"x"}` + "\n\n"))
			w.(http.Flusher).Flush()
		}
	}))
	defer server.Close()
	keys := &aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}
	measuring := false
	got, err := load.Run(t.Context(), plan(t, server.URL, keys), func() { measuring = true })
	if err != nil {
		t.Fatal(err)
	}
	if !measuring || got.Done != served.Load() || got.Events != 3*got.Done || got.Failed != 0 {
		t.Errorf("measured %v: %d done of %d served, %d events, %d failed", measuring, got.Done, served.Load(), got.Events, got.Failed)
	}
	if got.TTFBP50 <= 0 || got.P50 < got.TTFBP50 || got.Max < got.P99 || got.P99 < got.P50 {
		t.Errorf("quantiles out of order: %+v", got)
	}
}

// One slow reply must show in the latency of every request that was due meanwhile.
func TestOpenLoopCountsFromWhenARequestWasDue(t *testing.T) {
	var first atomic.Bool
	var p load.Plan
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if first.CompareAndSwap(false, true) {
			<-time.After(p.Duration) // from its arrival, so that all the others are due meanwhile
		}
		w.WriteHeader(http.StatusOK)
	}))
	defer server.Close()
	p = plan(t, server.URL, nil)
	p.Connections, p.Rate = 1, 1000
	got, err := load.Run(t.Context(), p, func() {})
	if err != nil {
		t.Fatal(err)
	}
	if got.Done != 100 {
		t.Errorf("%d requests done, 100 were due", got.Done)
	}
	// The median request was due no later than half-way through the stall, and so waited for half of it
	// at least, however busy the machine is.
	if half := float64(p.Duration.Microseconds()) / 2; got.P50 < half*0.9 {
		t.Errorf("the median is %.0f µs, it must be at least %.0f µs", got.P50, half*0.9)
	}
}

func TestFailuresAreNotMeasured(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no room", http.StatusTooManyRequests)
	}))
	defer server.Close()
	_, err := load.Run(t.Context(), plan(t, server.URL, nil), func() {})
	if err == nil || !strings.Contains(err.Error(), "status 429: no room") {
		t.Errorf("error %v, want one that shows the reply", err)
	}
}

func TestOnlyLoopbackIsLoaded(t *testing.T) {
	for _, url := range []string{"http://192.0.2.1/", "http://example.org/", "https://127.0.0.1/", "127.0.0.1:80"} {
		if _, err := load.NewRequest(t.Context(), url, nil, nil); err == nil {
			t.Errorf("%s was accepted", url)
		}
	}
}
