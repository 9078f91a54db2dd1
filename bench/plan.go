package main

import (
	"context"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/outcrop/outcrop/bench/internal/compare"
	"github.com/outcrop/outcrop/bench/internal/process"
)

// streamEvents is how many pieces of text a streamed answer has.
const streamEvents = 64

// job is one way to load a program.
type job struct {
	name        string
	stream      bool
	connections int
	rate        float64 // 0: closed loop
}

// jobs are done for every contestant in every round: the first shows the cost of a call, the second of a
// stream event, the third the latency at a pace that leaves the machine room.
func jobs() []job {
	return []job{
		{name: "whole replies", connections: 64},
		{name: "streams", stream: true, connections: 64},
		{name: "500 calls a second", connections: 64, rate: 500},
	}
}

// contestant is one program under test.
type contestant struct {
	name   string
	signed bool // speaks Converse and checks signatures; else OpenAI chat completions
}

func contestants() []contestant {
	return []contestant{
		{name: "reverse proxy (httputil), OpenAI in and out"},
		{name: "outcrop, Converse in, OpenAI out", signed: true},
	}
}

// profile is the identifier that the calls name: a cross-region profile, so that a call is resolved and routed.
const profile = "us.anthropic.claude-3-5-sonnet-20241022-v2%3A0"

// target is the process that serves the contestant, and the URL to load.
func (c contestant) target(f *field, j job) (*process.Child, string) {
	switch {
	case !c.signed:
		return f.proxy, f.proxy.URL + "/v1/chat/completions"
	case j.stream:
		return f.outcrop, f.outcrop.URL + "/model/" + profile + "/converse-stream"
	}
	return f.outcrop, f.outcrop.URL + "/model/" + profile + "/converse"
}

// question is what every call asks.
const question = "Explain in a few sentences how a river finds its way to the sea."

func (c contestant) body(j job) string {
	switch {
	case c.signed:
		return `{"system":[{"text":"Answer briefly."}],"messages":[{"role":"user","content":[{"text":"` + question + `"}]}],"inferenceConfig":{"maxTokens":256}}`
	case j.stream:
		return `{"model":"mock","messages":[{"role":"system","content":"Answer briefly."},{"role":"user","content":"` + question + `"}],"max_tokens":256,"stream":true,"stream_options":{"include_usage":true}}`
	}
	return `{"model":"mock","messages":[{"role":"system","content":"Answer briefly."},{"role":"user","content":"` + question + `"}],"max_tokens":256}`
}

// measure takes turns between the contestants, so that whatever disturbs the machine disturbs them alike.
func (c *runCommand) measure(ctx context.Context, f *field) ([]compare.Row, error) {
	all, todo := contestants(), jobs()
	steps := c.Rounds * len(all) * len(todo)
	const overhead = 600 * time.Millisecond // warm-up and start of the generator
	each := max(c.Budget/time.Duration(steps)-overhead, 500*time.Millisecond)
	bar := progressbar.NewOptions(steps, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetVisibility(isTerminal(os.Stderr)),
		progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionSetDescription("measuring"),
		progressbar.OptionClearOnFinish())
	samples := make([]compare.Samples, len(all))
	for range c.Rounds {
		for _, j := range todo {
			for i, who := range all {
				m, err := f.load(ctx, who, j, each)
				if err != nil {
					return nil, err
				}
				note(&samples[i], j, m)
				_ = bar.Add(1) // a bar that cannot be drawn spoils nothing
			}
		}
	}
	rows := make([]compare.Row, len(all))
	for i, who := range all {
		rows[i] = samples[i].Row(who.name)
	}
	return rows, nil
}

// isTerminal reports whether a person watches f: a log has no use for a bar.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// note keeps of a measurement what its job is for.
func note(s *compare.Samples, j job, m *measurement) {
	const mib = 1 << 20
	s.Memory = append(s.Memory, float64(m.PeakMemory)/mib)
	switch {
	case j.stream:
		s.CPUPerEvent = append(s.CPUPerEvent, m.CPUPerEvent)
		s.EventsPerSecond = append(s.EventsPerSecond, float64(m.Events)/m.Seconds)
	case j.rate > 0:
		s.P50 = append(s.P50, m.P50)
		s.P99 = append(s.P99, m.P99)
	default:
		s.CPUPerCall = append(s.CPUPerCall, m.CPUPerRequest)
		s.PerSecond = append(s.PerSecond, m.PerSecond)
	}
}
