package trace

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
)

// The columns that a trace can have.
const (
	colTime = iota
	colInput
	colOutput
	colMax
	colProfile
	colRegion
	colSession
	columns
)

// names are what headers call a column, without case, spaces and punctuation: our own names first, then those of the
// Azure LLM inference traces and of BurstGPT.
var names = [columns][]string{
	colTime:    {"time", "timestamp"},
	colInput:   {"inputtokens", "contexttokens", "requesttokens", "input"},
	colOutput:  {"outputtokens", "generatedtokens", "responsetokens", "output"},
	colMax:     {"maxtokens"},
	colProfile: {"profile", "identifier", "modelid"},
	colRegion:  {"region", "source"},
	colSession: {"session", "sessionid"},
}

// mostTokens is more than any model reads or writes in one call; mostTargets is how many pairs of profile and region
// one trace may name.
const (
	mostTokens  = 100_000_000
	mostTargets = math.MaxUint16
	mostFaults  = 10
)

// Read reads a trace in CSV, whose first line names the columns: time, input_tokens and output_tokens, and where the
// trace has them max_tokens, profile, region and session. The headers of the Azure LLM inference traces and of BurstGPT
// say the same in other words. Other columns are passed over.
//
// A time is a number of seconds, a duration such as 1m30s, or a date and time. Rows may come in any order. An error
// lists the first faults, each with its line.
func Read(name string, in io.Reader) (*Trace, error) {
	c := csv.NewReader(in)
	c.ReuseRecord, c.TrimLeadingSpace, c.FieldsPerRecord = true, true, 0
	header, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s is empty; a trace begins with a line such as time,input_tokens,output_tokens", name)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the trace %s: %w", name, err)
	}
	r := &reader{name: name, trace: &Trace{Name: name, Targets: make([]Target, 1)}}
	if err := r.header(header); err != nil {
		return nil, err
	}
	for len(r.faults) < mostFaults {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			r.faults = append(r.faults, fmt.Errorf("%s: %w", name, err))
			if !errors.Is(err, csv.ErrFieldCount) {
				break // what follows a broken quote is no row
			}
			continue
		}
		line, _ := c.FieldPos(0)
		r.row(line, row)
	}
	if len(r.faults) > 0 {
		return nil, errors.Join(r.faults...)
	}
	if len(r.trace.Calls) == 0 {
		return nil, fmt.Errorf("%s has no calls", name)
	}
	r.trace.settle()
	return r.trace, nil
}

// reader turns rows into calls.
type reader struct {
	name     string
	trace    *Trace
	at       [columns]int // where each column stands; -1: nowhere
	clock    clock
	sessions map[string]uint32
	targets  map[Target]uint16
	faults   []error
}

// header finds the columns.
func (r *reader) header(row []string) error {
	for col, known := range names {
		r.at[col] = slices.IndexFunc(row, func(cell string) bool { return slices.Contains(known, plainly(cell)) })
	}
	for _, need := range [...]struct {
		col  int
		what string
	}{{colTime, "time"}, {colInput, "input_tokens"}, {colOutput, "output_tokens"}} {
		if r.at[need.col] < 0 {
			return fmt.Errorf("%s:1: no column is named %s, TIMESTAMP,ContextTokens,GeneratedTokens as in Azure's traces, "+
				"or Timestamp,Request tokens,Response tokens as in BurstGPT; found %s", r.name, need.what, strings.Join(row, ","))
		}
	}
	r.sessions, r.targets = map[string]uint32{}, map[Target]uint16{{}: 0}
	return nil
}

// plainly is a header in small letters and digits alone. A file may begin with a byte order mark.
func plainly(header string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			return c
		case 'A' <= c && c <= 'Z':
			return c + 'a' - 'A'
		}
		return -1
	}, header)
}

// row adds the call of a row, or its faults.
func (r *reader) row(line int, row []string) {
	before := len(r.faults)
	call := Call{
		Input:   r.tokens(line, row, colInput),
		Output:  r.tokens(line, row, colOutput),
		Max:     r.tokens(line, row, colMax),
		Session: r.session(row),
		Target:  r.target(line, row),
	}
	var err error
	if call.At, err = r.clock.parse(row[r.at[colTime]]); err != nil {
		r.fault(line, colTime, err)
	}
	switch {
	case len(r.faults) > before:
	case call.Output == 0:
		r.trace.LeftOut++
	default:
		r.trace.Calls = append(r.trace.Calls, call)
	}
}

func (r *reader) fault(line, col int, err error) {
	r.faults = append(r.faults, fmt.Errorf("%s:%d: column %d: %w", r.name, line, r.at[col]+1, err))
}

// cell is the text in a column, empty where the trace has none.
func (r *reader) cell(row []string, col int) string {
	if r.at[col] < 0 {
		return ""
	}
	return strings.TrimSpace(row[r.at[col]])
}

func (r *reader) tokens(line int, row []string, col int) int32 {
	text := r.cell(row, col)
	if text == "" && col == colMax {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n > mostTokens {
		r.fault(line, col, fmt.Errorf("want a number of tokens, 0 to %d, found %q", mostTokens, text))
		return 0
	}
	return int32(n)
}

// session numbers the conversations from 1.
func (r *reader) session(row []string) uint32 {
	text := r.cell(row, colSession)
	if text == "" {
		return 0
	}
	n, ok := r.sessions[text]
	if !ok {
		n = uint32(len(r.sessions) + 1)
		r.sessions[strings.Clone(text)] = n
	}
	return n
}

func (r *reader) target(line int, row []string) uint16 {
	t := Target{r.cell(row, colProfile), arn.Region(r.cell(row, colRegion))}
	n, ok := r.targets[t]
	if ok {
		return n
	}
	if len(r.trace.Targets) > mostTargets {
		r.fault(line, colTime, fmt.Errorf("more than %d pairs of profile and region", mostTargets))
		return 0
	}
	t = Target{strings.Clone(t.Identifier), arn.Region(strings.Clone(string(t.Source)))}
	n = uint16(len(r.trace.Targets))
	r.targets[t] = n
	r.trace.Targets = append(r.trace.Targets, t)
	return n
}
