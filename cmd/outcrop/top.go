package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"text/tabwriter"
	"time"

	operatorapi "github.com/outcrop/outcrop/internal/service/operator"
)

// topCommand shows what the deployments do.
type topCommand struct {
	clientFlags
	Model string        `help:"Show this model's deployments: an id, or a glob." placeholder:"MODEL"`
	All   bool          `help:"Show deployments that were never called, too."`
	Every time.Duration `help:"How often to look, on a terminal." default:"2s"`
	Once  bool          `help:"Look once, on a terminal too."`
	JSON  bool          `name:"json" help:"Print the API's JSON, once."`
}

// Help says when it looks once.
func (topCommand) Help() string {
	return "On a terminal the table is drawn anew until you press Ctrl-C; elsewhere it is printed once."
}

// Run asks the server until ctx ends, or once.
func (c *topCommand) Run(ctx context.Context, p *process) error {
	client, err := c.operator(p)
	if err != nil {
		return err
	}
	live := isTerminal(p.stdout) && !c.Once && !c.JSON
	ticker := time.NewTicker(max(c.Every, 100*time.Millisecond))
	defer ticker.Stop()
	for {
		if err := c.look(ctx, client, p.stdout, live); err != nil || !live {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// clear moves the cursor to the top of an empty screen.
const clearScreen = "\x1b[H\x1b[2J"

func (c *topCommand) look(ctx context.Context, client *operatorClient, w io.Writer, live bool) error {
	query := url.Values{}
	if c.All {
		query.Set("all", "true")
	}
	if c.Model != "" {
		query.Set("model", c.Model)
	}
	path := "deployments"
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var all operatorapi.Deployments
	if err := client.call(ctx, http.MethodGet, path, nil, &all); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(w, all)
	}
	var screen bytes.Buffer
	if live {
		screen.WriteString(clearScreen)
	}
	if err := writeTop(&screen, &all); err != nil {
		return err
	}
	_, err := w.Write(screen.Bytes())
	return err
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func writeTop(w io.Writer, all *operatorapi.Deployments) error {
	fmt.Fprintf(w, "%s  %d deployments, %d calls waiting\n\n", all.At.Local().Format(time.TimeOnly), len(all.Deployments), all.Waiting)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "MODEL\tREGION\tPROVIDER\tRUNNING\tTOK/S\tCALLS/S\tHEADROOM\tHEALTH\tROOM\tBREAKER\tFIRST MS\tSERVED\tFAILED\t429\tSPILL IN\tOUT")
	for i := range all.Deployments {
		writeDeployment(t, &all.Deployments[i])
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(all.Spills) > 0 {
		fmt.Fprintln(w, "\nserved elsewhere:")
	}
	for _, s := range all.Spills {
		fmt.Fprintf(w, "  %s → %s  %d\n", s.Source, s.Region, s.Calls)
	}
	return nil
}

func writeDeployment(t io.Writer, d *operatorapi.Deployment) {
	running := fmt.Sprint(d.Running)
	if d.Capacity.Concurrency > 0 {
		running = fmt.Sprintf("%d/%d", d.Running, d.Capacity.Concurrency)
	}
	if d.Load != nil {
		running += fmt.Sprintf(" (upstream %d+%d)", d.Load.Running, d.Load.Waiting)
	}
	room := d.Room
	if d.Drained {
		room = "drained"
	}
	if wait := time.Until(d.Until); wait > 0 {
		room += " " + wait.Round(100*time.Millisecond).String()
	}
	fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.1f\t%.2f\t%.0f %%\t%.0f %%\t%s\t%s\t%.0f\t%d\t%d\t%d\t%d\t%d\n", d.Model, d.Region, d.Provider, running,
		d.TokensPerSecond, d.CallsPerSecond, 100*d.Headroom, 100*d.Health, room, d.Breaker, d.FirstContentMs,
		d.Served, d.Failed, d.Throttled, d.SpilledIn, d.SpilledOut)
}
