package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/route"
	operatorapi "github.com/outcrop/outcrop/internal/service/operator"
)

// profileCommand makes cross-region profiles and drains while the server runs.
type profileCommand struct {
	List    profileListCommand    `cmd:"" help:"List the profiles made at run time, and the drained regions."`
	Create  profileCreateCommand  `cmd:"" help:"Make a cross-region profile."`
	Update  profileUpdateCommand  `cmd:"" help:"Change where a profile's calls may run, and how they are routed."`
	Delete  profileDeleteCommand  `cmd:"" help:"Remove a profile; calls that run go on."`
	Drain   profileDrainCommand   `cmd:"" help:"Send nothing new to a region; calls that run there go on."`
	Undrain profileUndrainCommand `cmd:"" help:"Send calls to a drained region again."`
}

// profileFlags say what a profile is.
type profileFlags struct {
	Model       string        `help:"The model's id (default: the profile's id behind its first dot)." placeholder:"MODEL"`
	Name        string        `help:"A name to show." placeholder:"TEXT"`
	Regions     []arn.Region  `help:"From each of these regions a call may run in all of them." placeholder:"REGION,…"`
	Route       []string      `help:"From this source region a call may run in these; may be given again." placeholder:"SOURCE=REGION,…" sep:"none"`
	Policy      string        `help:"source-first, least-loaded, cheapest or sticky." placeholder:"POLICY"`
	QueueLength int           `help:"How many calls may wait for room." placeholder:"N"`
	QueueWait   time.Duration `help:"How long a call waits at most." placeholder:"TIME"`
	Hedge       time.Duration `help:"Ask a second place when the first has not begun to answer after so long." placeholder:"TIME"`
}

// change lays what was given over a profile.
func (f *profileFlags) change(p *operatorapi.Profile) error {
	if f.Model != "" {
		p.Model = f.Model
	}
	if f.Name != "" {
		p.Name = f.Name
	}
	if len(f.Regions) > 0 {
		p.Regions, p.Routes = f.Regions, nil
	}
	if len(f.Route) > 0 {
		routes, err := parseRoutes(f.Route)
		if err != nil {
			return err
		}
		p.Regions, p.Routes = nil, routes
	}
	if f.Policy != "" {
		p.Policy = new(route.Policy)
		if err := p.Policy.UnmarshalText([]byte(f.Policy)); err != nil {
			return exit{exitMisuse, fmt.Errorf("--policy: %w", err)}
		}
	}
	if f.QueueLength > 0 || f.QueueWait > 0 {
		if p.Queue == nil {
			p.Queue = &operatorapi.Queue{}
		}
		if f.QueueLength > 0 {
			p.Queue.Length = f.QueueLength
		}
		if f.QueueWait > 0 {
			p.Queue.Wait = operatorapi.Duration(f.QueueWait)
		}
	}
	if f.Hedge > 0 {
		after := operatorapi.Duration(f.Hedge)
		p.Hedge = &after
	}
	return nil
}

// parseRoutes reads "site-a=site-a,site-b".
func parseRoutes(texts []string) (map[arn.Region][]arn.Region, error) {
	routes := map[arn.Region][]arn.Region{}
	for _, text := range texts {
		source, list, ok := strings.Cut(text, "=")
		if !ok || source == "" || list == "" {
			return nil, exit{exitMisuse, fmt.Errorf("--route: want SOURCE=REGION,REGION…, found %q", text)}
		}
		for r := range strings.SplitSeq(list, ",") {
			routes[arn.Region(source)] = append(routes[arn.Region(source)], arn.Region(r))
		}
	}
	return routes, nil
}

type profileCreateCommand struct {
	clientFlags
	profileFlags
	ID string `arg:"" help:"The profile's id: a geography of your own, a dot, and a model's id, such as house.meta.llama3-3-70b-instruct-v1:0."`
}

// Run makes the profile.
func (c *profileCreateCommand) Run(ctx context.Context, p *process) error {
	client, err := c.operator(p)
	if err != nil {
		return err
	}
	want := operatorapi.Profile{ID: c.ID}
	if err := c.change(&want); err != nil {
		return err
	}
	var made operatorapi.Profile
	if err := client.call(ctx, http.MethodPost, "profiles", want, &made); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s can be called from %s\n", made.ID, strings.Join(sources(&made), ", "))
	return err
}

type profileUpdateCommand struct {
	clientFlags
	profileFlags
	ID string `arg:"" help:"The profile's id."`
}

// Run changes what is given and leaves the rest.
func (c *profileUpdateCommand) Run(ctx context.Context, p *process) error {
	client, err := c.operator(p)
	if err != nil {
		return err
	}
	var now operatorapi.Profile
	if err := client.call(ctx, http.MethodGet, "profiles/"+segment(c.ID), nil, &now); err != nil {
		return err
	}
	if err := c.change(&now); err != nil {
		return err
	}
	now.Created, now.Updated = time.Time{}, time.Time{}
	var made operatorapi.Profile
	if err := client.call(ctx, http.MethodPut, "profiles/"+segment(c.ID), now, &made); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s can be called from %s\n", made.ID, strings.Join(sources(&made), ", "))
	return err
}

type profileDeleteCommand struct {
	clientFlags
	ID string `arg:"" help:"The profile's id."`
}

// Run removes the profile.
func (c *profileDeleteCommand) Run(ctx context.Context, p *process) error {
	client, err := c.operator(p)
	if err != nil {
		return err
	}
	return client.call(ctx, http.MethodDelete, "profiles/"+segment(c.ID), nil, &struct{}{})
}

// drainFlags say what is drained.
type drainFlags struct {
	clientFlags
	Region  arn.Region `arg:"" help:"The region."`
	Profile string     `help:"Whose calls alone: a profile's or model's id, or a glob (default: all)." placeholder:"ID"`
}

func (f *drainFlags) path() string {
	path := "drains/" + segment(string(f.Region))
	if f.Profile != "" {
		path += "?profile=" + url.QueryEscape(f.Profile)
	}
	return path
}

// of says whose calls are meant, when that is not everybody's.
func (f *drainFlags) of() string {
	if f.Profile == "" {
		return ""
	}
	return " of " + f.Profile
}

type profileDrainCommand struct {
	drainFlags
	Reason string `help:"Why, for those who see it." placeholder:"TEXT"`
}

// Run drains the region.
func (c *profileDrainCommand) Run(ctx context.Context, p *process) error {
	client, err := c.operator(p)
	if err != nil {
		return err
	}
	body := struct {
		Region arn.Region `json:"region"`
		Reason string     `json:"reason,omitzero"`
	}{c.Region, c.Reason}
	if err := client.call(ctx, http.MethodPut, c.path(), body, &operatorapi.Drain{}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s gets no new calls%s; those that run there go on\n", c.Region, c.of())
	return err
}

type profileUndrainCommand struct{ drainFlags }

// Run ends the drain.
func (c *profileUndrainCommand) Run(ctx context.Context, p *process) error {
	client, err := c.operator(p)
	if err != nil {
		return err
	}
	if err := client.call(ctx, http.MethodDelete, c.path(), nil, &struct{}{}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s gets calls%s again\n", c.Region, c.of())
	return err
}

type profileListCommand struct {
	clientFlags
	JSON bool `name:"json" help:"Print the API's JSON."`
}

// Run lists profiles and drains.
func (c *profileListCommand) Run(ctx context.Context, p *process) error {
	client, err := c.operator(p)
	if err != nil {
		return err
	}
	var out struct {
		Profiles []operatorapi.Profile `json:"profiles"`
		Drains   []operatorapi.Drain   `json:"drains"`
	}
	if err := errors.Join(
		client.call(ctx, http.MethodGet, "profiles", nil, &out),
		client.call(ctx, http.MethodGet, "drains", nil, &out),
	); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, out)
	}
	return writeProfiles(p.stdout, out.Profiles, out.Drains)
}

func writeProfiles(w io.Writer, profiles []operatorapi.Profile, drains []operatorapi.Drain) error {
	if len(profiles) == 0 && len(drains) == 0 {
		_, err := fmt.Fprintln(w, "Nothing was made at run time.")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := range profiles {
		p := &profiles[i]
		fmt.Fprintf(t, "%s\t%s\t%s\n", p.ID, shownRoutes(p), shownSettings(p))
	}
	for _, d := range drains {
		fmt.Fprintf(t, "drained: %s\t%s\t%s\n", d.Region, d.Profile, strings.TrimSpace(d.Reason+" since "+d.Since.Local().Format(time.DateTime)))
	}
	return t.Flush()
}

func shownRoutes(p *operatorapi.Profile) string {
	if len(p.Routes) == 0 {
		return joined(p.Regions)
	}
	var parts []string
	for _, source := range slices.Sorted(maps.Keys(p.Routes)) {
		parts = append(parts, string(source)+"="+joined(p.Routes[source]))
	}
	return strings.Join(parts, " ")
}

func joined(regions []arn.Region) string {
	parts := make([]string, len(regions))
	for i, r := range regions {
		parts[i] = string(r)
	}
	return strings.Join(parts, ",")
}

func shownSettings(p *operatorapi.Profile) string {
	var parts []string
	if p.Policy != nil {
		parts = append(parts, p.Policy.String())
	}
	if p.Queue != nil {
		parts = append(parts, fmt.Sprintf("queue %d for %s", p.Queue.Length, time.Duration(p.Queue.Wait)))
	}
	if p.Hedge != nil {
		parts = append(parts, "hedge "+time.Duration(*p.Hedge).String())
	}
	return strings.Join(parts, ", ")
}

// sources are the regions a profile can be called from.
func sources(p *operatorapi.Profile) []string {
	var out []string
	for _, r := range p.Regions {
		out = append(out, string(r))
	}
	for _, r := range slices.Sorted(maps.Keys(p.Routes)) {
		out = append(out, string(r))
	}
	return out
}
