package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/sigv4"
)

// costRegion is what Cost Explorer is signed for, wherever it is asked.
const costRegion arn.Region = "us-east-1"

// The parts of GetCostAndUsage's JSON that this client writes and reads.
type (
	usageRequest struct {
		TimePeriod    usagePeriod
		Granularity   string
		Metrics       []string
		GroupBy       []costKey        `json:",omitempty"`
		Filter        *usageExpression `json:",omitempty"`
		NextPageToken string           `json:",omitempty"`
	}
	usagePeriod     struct{ Start, End string }
	usageExpression struct {
		And        []usageExpression `json:",omitempty"`
		Dimensions *usageValues      `json:",omitempty"`
		Tags       *usageValues      `json:",omitempty"`
	}
	usageValues struct {
		Key    string
		Values []string
	}
	usageAnswer struct {
		ResultsByTime []struct {
			TimePeriod usagePeriod
			Total      usageMetrics
			Groups     []struct {
				Keys    []string
				Metrics usageMetrics
			}
		}
		NextPageToken string
	}
	usageMetrics struct {
		UnblendedCost struct{ Amount money.Amount }
	}
)

// request is the query as the API wants it.
func (q *costQuery) request() usageRequest {
	r := usageRequest{
		TimePeriod: usagePeriod{q.moment(q.from), q.moment(q.to)}, Granularity: q.granularity, Metrics: []string{"UnblendedCost"},
	}
	if q.by.Type != "" {
		r.GroupBy = []costKey{q.by}
	}
	r.Filter = expressionOf(q.filters)
	return r
}

// expressionOf is what usage must have to pass all filters; nil without any.
func expressionOf(filters []costFilter) *usageExpression {
	var all []usageExpression
	for _, f := range filters {
		values := &usageValues{f.Key, f.values}
		if f.Type == "TAG" {
			all = append(all, usageExpression{Tags: values})
		} else {
			all = append(all, usageExpression{Dimensions: values})
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return &all[0]
	}
	return &usageExpression{And: all}
}

// ask gets all pages.
func (q *costQuery) ask(ctx context.Context, to access) (*costSheet, error) {
	s := &costSheet{costQuery: *q}
	in := q.request()
	for {
		var out usageAnswer
		if err := callCostExplorer(ctx, to, "GetCostAndUsage", in, &out); err != nil {
			return nil, err
		}
		for _, r := range out.ResultsByTime {
			p := s.period(r.TimePeriod)
			if q.by.Type == "" {
				s.add("", p, r.Total.UnblendedCost.Amount)
			}
			for _, g := range r.Groups {
				name := g.Keys[0]
				if q.by.Type == "TAG" {
					name = strings.TrimPrefix(name, q.by.Key+"$")
				}
				s.add(name, p, g.Metrics.UnblendedCost.Amount)
			}
		}
		if in.NextPageToken = out.NextPageToken; in.NextPageToken == "" {
			s.sort()
			return s, nil
		}
	}
}

// callCostExplorer makes one signed call.
func callCostExplorer(ctx context.Context, to access, operation string, in, out any) error {
	return callJSON(ctx, to, costExplorerName, "AWSInsightsIndexService."+operation, in, out)
}

// callJSON makes one signed call of a service that speaks JSON 1.1, in the region that bills are made in.
func callJSON(ctx context.Context, to access, service, target string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("cannot write the question as JSON: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(to.endpoint, "/")+"/", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%q is not the URL of a server: %w", to.endpoint, err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", target)
	sigv4.Sign(r, body, to.key, costRegion, service, time.Now())
	resp, err := http.DefaultClient.Do(r)
	if ctx.Err() != nil {
		return errors.New("interrupted before the answer came")
	}
	if err != nil {
		return fmt.Errorf("cannot reach %s (is outcrop serve running there?): %w", to.endpoint, errors.Unwrap(err))
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("cannot read the answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return costRefusal(resp.StatusCode, text)
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("cannot read the answer: %w", err)
	}
	return nil
}

// costRefusal is an answer that is an error: its name and sentence, and what helps.
func costRefusal(status int, body []byte) error {
	var in struct {
		Type    string `json:"__type"`
		Message string `json:"Message"`
		Lower   string `json:"message"`
	}
	if json.Unmarshal(body, &in) != nil || in.Type == "" {
		return fmt.Errorf("the server answered HTTP %d, not as AWS does: %.200q", status, body)
	}
	return refused(in.Type, in.Message+in.Lower)
}

// costSheet is an answer: costs by period and name.
type costSheet struct {
	costQuery
	periods []usagePeriod
	rows    []costRow // those that cost most come first
	total   money.Amount
}

// costRow is what one name cost.
type costRow struct {
	name  string
	by    []money.Amount // by period; shorter than the periods when the last ones have nothing
	used  []bool         // whether there was anything in a period
	total money.Amount
}

// period is the number of a period; one that fills two pages is still one.
func (s *costSheet) period(p usagePeriod) int {
	if last := len(s.periods) - 1; last >= 0 && s.periods[last] == p {
		return last
	}
	s.periods = append(s.periods, p)
	return len(s.periods) - 1
}

func (s *costSheet) add(name string, period int, cost money.Amount) {
	at := slices.IndexFunc(s.rows, func(r costRow) bool { return r.name == name })
	if at < 0 {
		at = len(s.rows)
		s.rows = append(s.rows, costRow{name: name})
	}
	r := &s.rows[at]
	for len(r.by) <= period {
		r.by, r.used = append(r.by, money.Amount{}), append(r.used, false)
	}
	r.by[period], r.used[period] = r.by[period].Add(cost), true
	r.total, s.total = r.total.Add(cost), s.total.Add(cost)
}

func (s *costSheet) sort() {
	slices.SortStableFunc(s.rows, func(a, b costRow) int {
		if c := b.total.Cmp(a.total); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
}
