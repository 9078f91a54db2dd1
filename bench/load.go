package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/outcrop/outcrop/bench/internal/load"
	"github.com/outcrop/outcrop/bench/internal/process"
)

type loadCommand struct {
	URL         string        `arg:"" help:"http URL on a loopback address."`
	Body        string        `help:"JSON body to POST; without one, GET."`
	AccessKey   string        `env:"AWS_ACCESS_KEY_ID" help:"Sign with this access key."`
	SecretKey   string        `env:"AWS_SECRET_ACCESS_KEY" help:"The secret of the access key."`
	Connections int           `short:"c" default:"64" help:"Connections."`
	Duration    time.Duration `short:"d" default:"5s" help:"How long to measure."`
	Warmup      time.Duration `default:"500ms" help:"Load before measuring."`
	Rate        float64       `help:"Requests a second that are due (open loop); 0 sends as soon as a reply is in (closed loop)."`
	Timeout     time.Duration `default:"30s" help:"For one exchange."`
	PID         int           `help:"Process whose CPU time and memory to account for."`
	JSON        bool          `help:"Print one line of JSON."`
}

// measurement is what one load showed, and what it cost the program under test.
type measurement struct {
	load.Result
	CPUPerRequest float64 `json:"cpu_us_per_request,omitempty"`
	CPUPerEvent   float64 `json:"cpu_us_per_event,omitempty"`
	PeakMemory    int64   `json:"peak_memory_bytes,omitempty"`
}

// Run loads and prints what it showed.
func (c *loadCommand) Run(ctx context.Context) error {
	m, err := c.measure(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(m)
	}
	fmt.Printf("%d replies in %.1f s, %d failed; %.0f a second; p50 %.0f µs, p99 %.0f µs, max %.0f µs\n",
		m.Done, m.Seconds, m.Failed, m.PerSecond, m.P50, m.P99, m.Max)
	if m.Events > 0 {
		fmt.Printf("%d stream events; first byte p50 %.0f µs, p99 %.0f µs\n", m.Events, m.TTFBP50, m.TTFBP99)
	}
	if c.PID != 0 {
		fmt.Printf("process %d: %.1f µs CPU a request, %.2f µs an event, at most %.1f MiB\n",
			c.PID, m.CPUPerRequest, m.CPUPerEvent, float64(m.PeakMemory)/(1<<20))
	}
	if m.FirstFail != "" {
		fmt.Printf("first failure: %s\n", m.FirstFail)
	}
	return nil
}

func (c *loadCommand) measure(ctx context.Context) (*measurement, error) {
	var body []byte
	if c.Body != "" {
		body = []byte(c.Body)
	}
	var keys *aws.Credentials
	if c.AccessKey != "" {
		keys = &aws.Credentials{AccessKeyID: c.AccessKey, SecretAccessKey: c.SecretKey}
	}
	request, err := load.NewRequest(ctx, c.URL, body, keys)
	if err != nil {
		return nil, err
	}
	var before time.Duration
	var cpuErr error
	result, err := load.Run(ctx, load.Plan{
		Request: request, Connections: c.Connections, Duration: c.Duration, Warmup: c.Warmup, Rate: c.Rate, Timeout: c.Timeout,
	}, func() {
		if c.PID != 0 {
			before, cpuErr = process.CPU(c.PID)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("cannot measure %s: %w", c.URL, err)
	}
	m := &measurement{Result: *result}
	if c.PID == 0 {
		return m, nil
	}
	if cpuErr != nil {
		return nil, cpuErr
	}
	after, err := process.CPU(c.PID)
	if err != nil {
		return nil, err
	}
	used := float64((after - before).Microseconds())
	m.CPUPerRequest = used / float64(m.Done)
	if m.Events > 0 {
		m.CPUPerEvent = used / float64(m.Events)
	}
	m.PeakMemory, err = process.PeakMemory(c.PID)
	return m, err
}
