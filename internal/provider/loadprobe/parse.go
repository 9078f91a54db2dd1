// Package loadprobe asks model servers how busy they are: vLLM and llama.cpp tell it in the text format of Prometheus.
package loadprobe

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/outcrop/outcrop/internal/route"
)

// maxLine is longer than any line of the series that count here.
const maxLine = 64 << 10

// Parse reads what a server tells of itself, by model; the name is empty where the server has only one and does not say.
// Series it does not know are passed over, and so are those of known ones that cannot be read: a server that tells
// nothing has no loads. Several engines of one model add up; of their caches the fullest counts.
func Parse(r io.Reader) (map[string]route.Load, error) {
	loads := map[string]route.Load{}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4<<10), maxLine)
	for lines.Scan() {
		s, ok := sample(lines.Text())
		if !ok {
			continue
		}
		model := s.label("model_name")
		l, known := loads[model]
		if s.into(&l) || known {
			loads[model] = l
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("cannot read metrics: %w", err)
	}
	return loads, nil
}

// series is one line: a name, labels as they stand between the braces, a value.
type series struct {
	name, labels string
	value        float64
}

// sample reads a line that is no comment and has a finite value that is not negative.
func sample(line string) (s series, ok bool) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return s, false
	}
	rest := ""
	if open := strings.IndexByte(line, '{'); open >= 0 {
		end := strings.LastIndexByte(line, '}')
		if end < open {
			return s, false
		}
		s.name, s.labels, rest = line[:open], line[open+1:end], line[end+1:]
	} else {
		s.name, rest, _ = strings.Cut(line, " ")
	}
	fields := strings.Fields(rest) // the value, and sometimes a time
	if len(fields) == 0 {
		return s, false
	}
	v, err := strconv.ParseFloat(fields[0], 64)
	s.value = v
	return s, err == nil && v >= 0 && !math.IsInf(v, 0)
}

// label is the value of a label, with escapes as they stand; empty when there is none.
func (s *series) label(name string) string {
	_, rest, found := strings.Cut(","+s.labels, ","+name+`="`)
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// into adds what the series says to a load, and reports whether it says anything.
func (s *series) into(l *route.Load) bool {
	const most = 1 << 30 // so that sums stay numbers
	n := int(min(s.value, most))
	switch s.name {
	case "vllm:num_requests_running", "llamacpp:requests_processing":
		l.Running = min(l.Running+n, most)
	case "vllm:num_requests_waiting", "llamacpp:requests_deferred":
		l.Waiting = min(l.Waiting+n, most)
	case "vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc", "llamacpp:kv_cache_usage_ratio": // all from 0 to 1
		l.Cache = max(l.Cache, min(s.value, 1))
	default:
		return false
	}
	return true
}
