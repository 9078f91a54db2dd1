package server

import (
	"cmp"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/telemetry"
)

// genAI are the metrics of OpenTelemetry's GenAI conventions (semantic conventions 1.41) under the names that a Prometheus
// exporter gives them: dots become underscores, and the unit s the ending _seconds.
type genAI struct {
	tokens    *prometheus.HistogramVec
	duration  *prometheus.HistogramVec
	first     *prometheus.HistogramVec
	perOutput *prometheus.HistogramVec
	profiles  bool
}

// The buckets the conventions advise.
var (
	genAITokens   = []float64{1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864}
	genAIDuration = []float64{.01, .02, .04, .08, .16, .32, .64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
	genAIFirst    = []float64{.001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10}
	genAIPerToken = []float64{.01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1, 2.5}
)

func newGenAI(o MetricsOptions) *genAI {
	g := &genAI{profiles: o.Profiles > 0}
	histogram := func(name, help string, buckets []float64, more ...string) *prometheus.HistogramVec {
		labels := append([]string{"gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "gen_ai_response_model"}, more...)
		if g.profiles {
			labels = append(labels, "outcrop_profile")
		}
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	g.tokens = histogram("gen_ai_client_token_usage", "Tokens of a call; those of input with cached ones.", genAITokens, "gen_ai_token_type")
	g.duration = histogram("gen_ai_server_request_duration_seconds", "From a call's arrival to the end of its answer.", genAIDuration, "error_type")
	g.first = histogram("gen_ai_server_time_to_first_token_seconds", "From a streamed call's arrival to its first content.", genAIFirst)
	g.perOutput = histogram("gen_ai_server_time_per_output_token_seconds", "Time for each token of a streamed answer after the first.", genAIPerToken)
	return g
}

func (g *genAI) collectors() []prometheus.Collector {
	return []prometheus.Collector{g.tokens, g.duration, g.first, g.perOutput}
}

// genAISeries are the histograms of one kind of call. Those that its kind never fills are nil.
type genAISeries struct{ input, output, duration, first, perOutput prometheus.Observer }

// series finds the histograms of a kind of call that was served. The request's model is the cross-region profile, or the model:
// what callers name themselves would be without bound.
func (g *genAI) series(k seriesKey, r *gateway.Record) (s genAISeries) {
	labels := []string{telemetry.Operation(r.Target.Model), telemetry.System, cmp.Or(k.system, k.model), k.model}
	with := func(vec *prometheus.HistogramVec, more ...string) prometheus.Observer {
		all := append(labels[:len(labels):len(labels)], more...)
		if g.profiles {
			all = append(all, k.profile)
		}
		return vec.WithLabelValues(all...)
	}
	s.input, s.output = with(g.tokens, "input"), with(g.tokens, "output")
	s.duration = with(g.duration, errorType(r.Failure))
	if k.streamed {
		s.first, s.perOutput = with(g.first), with(g.perOutput)
	}
	return s
}

// errorType is AWS's name of a failure, as the conventions have it; of a client that left, which has none, our own word.
func errorType(f *fault.Error) string {
	switch {
	case f == nil:
		return ""
	case f.Code == fault.ClientGone:
		return f.Code.String()
	}
	return awswire.ErrorName(f)
}

// observe counts a call that was served.
func (s *genAISeries) observe(r *gateway.Record) {
	u := &r.Usage
	if in := u.Input + u.CacheRead + u.CacheWrite(); in > 0 {
		s.input.Observe(float64(in))
	}
	if u.Output > 0 {
		s.output.Observe(float64(u.Output))
	}
	s.duration.Observe(r.Latency.Seconds())
	if r.FirstContent <= 0 {
		return
	}
	s.first.Observe(r.FirstContent.Seconds())
	if u.Output > 1 {
		s.perOutput.Observe((r.Latency - r.FirstContent).Seconds() / float64(u.Output-1))
	}
}
