package loadprobe

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/route"
)

func TestLoadsAreReadFromMetrics(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want map[string]route.Load
	}{
		"vLLM": {
			`# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="llama-3.3-70b"} 3.0
vllm:num_requests_waiting{engine="0",model_name="llama-3.3-70b"} 2.0
vllm:kv_cache_usage_perc{engine="0",model_name="llama-3.3-70b"} 0.42
vllm:prompt_tokens_total{engine="0",model_name="llama-3.3-70b"} 1.5e+06
`,
			map[string]route.Load{"llama-3.3-70b": {Running: 3, Waiting: 2, Cache: 0.42}},
		},
		"two engines and an older name of the cache": {
			`vllm:num_requests_running{engine="0",model_name="m"} 3
vllm:num_requests_running{engine="1",model_name="m"} 4
vllm:gpu_cache_usage_perc{engine="0",model_name="m"} 0.1
vllm:gpu_cache_usage_perc{engine="1",model_name="m"} 0.9`,
			map[string]route.Load{"m": {Running: 7, Cache: 0.9}},
		},
		"llama.cpp": {
			"llamacpp:requests_processing 1\nllamacpp:requests_deferred 5\n",
			map[string]route.Load{"": {Running: 1, Waiting: 5}},
		},
		"a server at rest tells so": {"llamacpp:requests_processing 0\n", map[string]route.Load{"": {}}},
		"a time behind the value":   {"llamacpp:requests_processing 2 1395066363000\n", map[string]route.Load{"": {Running: 2}}},
		"a name that only looks alike has no say": {
			`vllm:num_requests_running{my_model_name="x",model_name="y"} 1`,
			map[string]route.Load{"y": {Running: 1}},
		},
		"nothing that can be read": {
			"vllm:num_requests_running\nvllm:num_requests_running{ 1\nvllm:num_requests_running} 1\nvllm:num_requests_running x\nvllm:num_requests_running NaN\nvllm:num_requests_running -1\nvllm:num_requests_running +Inf\n<html>\n",
			map[string]route.Load{},
		},
		"more than a cache can hold": {"llamacpp:kv_cache_usage_ratio 7\n", map[string]route.Load{"": {Cache: 1}}},
		"nothing":                    {"", map[string]route.Load{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(strings.NewReader(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestALineWithoutEndIsAnError(t *testing.T) {
	if _, err := Parse(strings.NewReader(strings.Repeat("x", maxLine+1))); err == nil {
		t.Error("a line longer than memory for it was read")
	}
}

// Whatever a server tells, its loads are figures that routing can count with.
func FuzzParse(f *testing.F) {
	f.Add("vllm:num_requests_running{model_name=\"m\"} 3\nllamacpp:requests_deferred 5")
	f.Add("vllm:num_requests_waiting{a=\"}\"} 1e300\nvllm:kv_cache_usage_perc 0.5 1")
	f.Fuzz(func(t *testing.T, text string) {
		loads, err := Parse(strings.NewReader(text))
		if err != nil {
			return
		}
		for model, l := range loads {
			if l.Running < 0 || l.Waiting < 0 || !(l.Cache >= 0 && l.Cache <= 1) {
				t.Errorf("%q: %+v", model, l)
			}
		}
	})
}

func TestDeploymentsLearnTheirLoad(t *testing.T) {
	metrics := `vllm:num_requests_running{model_name="up"} 3
vllm:num_requests_waiting{model_name="up"} 1
vllm:kv_cache_usage_perc{model_name="up"} 0.5`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if metrics == "" {
			http.Error(w, "no", http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, metrics)
	}))
	defer server.Close()
	table := route.NewTable([]route.Rule{
		{Model: "m", Regions: []arn.Region{"a"}, Provider: "vllm", Upstream: "up"},
		{Model: "m", Regions: []arn.Region{"b"}, Provider: "vllm", Upstream: "another"},
		{Model: "m", Regions: []arn.Region{"c"}, Provider: "other", Upstream: "up"},
	}, []route.Offer{{Model: "m"}})
	fleet := route.NewFleet(table, nil, route.Tuning{}, route.Facts{}, nil)
	p := &Probe{Provider: "vllm", URL: server.URL, Every: time.Second, Fleet: func() *route.Fleet { return fleet }, Log: slog.New(slog.DiscardHandler), Client: server.Client()}
	if err := p.Ask(context.Background()); err != nil {
		t.Fatal(err)
	}
	want := map[arn.Region]route.Load{"a": {Running: 3, Waiting: 1, Cache: 0.5}, "b": {}, "c": {}}
	for _, d := range table.All() {
		f := fleet.State(d).Figures(time.Now())
		if diff := cmp.Diff(want[d.Region], f.Load); diff != "" || f.LoadAt.IsZero() == (d.Region == "a") {
			t.Errorf("%s: %s at %s", d.Region, diff, f.LoadAt)
		}
	}
	if room := fleet.State(table.All()[0]).View(time.Now(), 0).Room; room != route.Crowded {
		t.Errorf("an upstream with a queue is %s", room)
	}
	metrics = ""
	if err := p.Ask(context.Background()); err == nil {
		t.Error("a server without metrics was taken for one at rest")
	}
}
