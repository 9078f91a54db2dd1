package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	operatorapi "github.com/outcrop/outcrop/internal/service/operator"
)

// explainCommand tells why a call ran where it did.
type explainCommand struct {
	clientFlags
	RequestID string `arg:"" optional:"" help:"The call's x-amzn-requestid. Left out: the last calls are listed."`
	Last      int    `help:"How many calls to list." default:"20"`
	JSON      bool   `name:"json" help:"Print the API's JSON."`
}

// Help says what a node remembers.
func (explainCommand) Help() string {
	return "Every place that was considered, the parts of its score, every attempt, and where the time went. " +
		"A server remembers the calls that have ended since it was started, as many as routing.explain says."
}

// Run asks the server.
func (c *explainCommand) Run(ctx context.Context, p *process) error {
	client, err := c.operator(p)
	if err != nil {
		return err
	}
	if c.RequestID == "" {
		return c.list(ctx, client, p.stdout)
	}
	var e operatorapi.CallExplanation
	if err := client.call(ctx, http.MethodGet, "calls/"+segment(c.RequestID), nil, &e); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, e)
	}
	return writeExplanation(p.stdout, &e)
}

func (c *explainCommand) list(ctx context.Context, client *operatorClient, w io.Writer) error {
	var out struct {
		Calls []operatorapi.CallSummary `json:"calls"`
	}
	if err := client.call(ctx, http.MethodGet, fmt.Sprintf("calls?limit=%d", c.Last), nil, &out); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(w, out)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "REQUEST\tARRIVED\tIDENTIFIER\tOUTCOME\tMS\tROUTE")
	for _, s := range out.Calls {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.0f\t%s\n", s.RequestID, s.Arrived.Local().Format(time.TimeOnly), s.Called, s.Outcome, s.LatencyMs, s.Route)
	}
	return t.Flush()
}

func writeExplanation(w io.Writer, e *operatorapi.CallExplanation) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "request\t%s\n", e.RequestID)
	fmt.Fprintf(t, "call\t%s %s by %s\n", e.Operation, e.Called, e.Principal)
	fmt.Fprintf(t, "arrived\t%s from %s\n", e.Arrived.Local().Format(time.DateTime+".000"), e.Source)
	fmt.Fprintf(t, "outcome\t%s\n", strings.TrimSpace(e.Outcome+" "+e.Message))
	fmt.Fprintf(t, "route\t%s\n", e.Route)
	fmt.Fprintf(t, "decided\t%s: the first was chosen by %s%s\n", e.Policy, e.Reason, again(e.Plans))
	fmt.Fprintf(t, "timing\t%s\n", timing(e))
	fmt.Fprintf(t, "used\t%d tokens in, %d out, %s USD\n", e.InputTokens, e.OutputTokens, e.CostUSD)
	if err := t.Flush(); err != nil {
		return err
	}
	if len(e.Candidates) > 0 {
		fmt.Fprintln(w)
		if err := writeCandidates(w, e); err != nil {
			return err
		}
	}
	if len(e.Attempts) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return writeAttempts(w, e.Attempts)
}

func again(plans int) string {
	if plans < 2 {
		return ""
	}
	return fmt.Sprintf(", in the last of %d plans", plans)
}

func timing(e *operatorapi.CallExplanation) string {
	var parts []string
	if e.QueuedMs > 0 {
		parts = append(parts, fmt.Sprintf("queued %.1f ms", e.QueuedMs))
	}
	parts = append(parts, fmt.Sprintf("waited for providers %.1f ms", e.UpstreamMs))
	if e.FirstContentMs > 0 {
		parts = append(parts, fmt.Sprintf("first content after %.1f ms", e.FirstContentMs))
	}
	return strings.Join(append(parts, fmt.Sprintf("ended after %.1f ms", e.LatencyMs)), ", ")
}

func writeCandidates(w io.Writer, e *operatorapi.CallExplanation) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RANK\tREGION\tPROVIDER\tROOM\tBREAKER\tRUNNING\tKM\tUSD/1M\tSCORE\tHEADROOM\tHEALTH\tNEARNESS\tPRICE\tAFFINITY\tORDER\tSPREAD")
	if g := e.Weights; g != nil {
		fmt.Fprintf(t, "\tweights\t\t\t\t\t\t\t\t%g\t%g\t%g\t%g\t%g\t%g\t%g\n", g.Headroom, g.Health, g.Nearness, g.Price, g.Affinity, g.Order, g.Spread)
	}
	for i := range e.Candidates {
		writeCandidate(t, &e.Candidates[i])
	}
	return t.Flush()
}

func writeCandidate(t io.Writer, c *operatorapi.CallCandidate) {
	rank, km, price := "-", "-", "-"
	if c.Rank > 0 {
		rank = fmt.Sprint(c.Rank)
	}
	if c.DistanceKm != nil {
		km = fmt.Sprintf("%.0f", *c.DistanceKm)
	}
	if c.PriceUSD > 0 {
		price = fmt.Sprintf("%.2f", c.PriceUSD)
	}
	room := c.Room
	if c.Strained {
		room += ", strained"
	}
	fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s", rank, c.Region, c.Provider, room, c.Breaker, c.Running, km, price)
	if s := c.Score; s != nil {
		fmt.Fprintf(t, "\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f", s.Total, s.Headroom, s.Health, s.Nearness, s.Price, s.Affinity, s.Order, s.Spread)
	}
	fmt.Fprintln(t)
}

func writeAttempts(w io.Writer, attempts []operatorapi.CallAttempt) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ATTEMPT\tREGION\tPROVIDER\tUPSTREAM\tFROM MS\tTO MS\tOUTCOME\tREASON")
	for i, a := range attempts {
		outcome := a.Outcome
		if a.Hedge {
			outcome += " (hedge)"
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%.1f\t%.1f\t%s\t%s\n", i+1, a.Region, a.Provider, a.Upstream, a.BeganMs, a.EndedMs, outcome, a.Reason)
	}
	return t.Flush()
}
