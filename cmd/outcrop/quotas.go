package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/quota"
	"github.com/outcrop/outcrop/internal/service/quotas"
)

type quotasCommand struct {
	clientFlags
	Account string        `help:"Only this account's (default: all that the caller may see)." placeholder:"ACCOUNT"`
	Model   string        `help:"Only models with this id, or that this glob covers, such as anthropic.*" placeholder:"GLOB" default:"*"`
	Share   string        `help:"Only shares with this name, or that this glob covers." placeholder:"GLOB"`
	Watch   bool          `help:"Show it again and again, until interrupted." short:"w"`
	Every   time.Duration `help:"How often --watch looks." default:"1s" placeholder:"TIME"`
}

// Help says what is shown.
func (quotasCommand) Help() string {
	return "A quota is shown while something of it is used. Those marked as watched refuse nobody: AWS's published ones, unless quotas.defaults is enforce. " +
		"An account sees its own, the management account everyone's. The server and the key are found as for outcrop converse."
}

// Run shows the quotas once, or until ctx ends.
func (c *quotasCommand) Run(ctx context.Context, p *process) error {
	if err := checkEvery(c.Watch, c.Every); err != nil {
		return err
	}
	if err := errors.Join(checkGlob("--model", c.Model), checkGlob("--share", c.Share)); err != nil {
		return misuse(err)
	}
	to, err := c.access(p, "AWS_ENDPOINT_URL_BEDROCK", "")
	if err != nil {
		return err
	}
	show := func(out io.Writer) error {
		list, err := c.ask(ctx, to)
		if err != nil {
			return err
		}
		return c.write(out, list)
	}
	if !c.Watch {
		return show(p.stdout)
	}
	return watched(ctx, c.Every, p.stdout, newScreen(p), false, show)
}

// ask makes one signed call.
func (c *quotasCommand) ask(ctx context.Context, to access) (*quotas.List, error) {
	target := strings.TrimRight(to.endpoint, "/") + "/outcrop/v1/quotas"
	if c.Account != "" {
		target += "?account=" + url.QueryEscape(c.Account)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("%q is not the URL of a server: %w", to.endpoint, err)
	}
	sign(r, nil, to)
	resp, err := http.DefaultClient.Do(r)
	if ctx.Err() != nil {
		return nil, errors.New("interrupted before the answer came")
	}
	if err != nil {
		return nil, fmt.Errorf("cannot reach %s (is outcrop serve running there?): %w", to.endpoint, errors.Unwrap(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, refusal(resp)
	}
	list := new(quotas.List)
	if err := json.UnmarshalRead(io.LimitReader(resp.Body, maxAnswer), list); err != nil {
		return nil, fmt.Errorf("cannot read the answer: %w", err)
	}
	return list, nil
}

// covers reports whether a use is asked for. What counts over all models is there with every model.
func (c *quotasCommand) covers(u *quotas.Use) bool {
	return (c.Model == "*" || globbed(c.Model, u.Model)) && (c.Share == "" || globbed(c.Share, u.Share)) &&
		(c.Account == "" || u.Account == arn.Account(c.Account))
}

// quotaSummary says in a line what is limited.
func quotaSummary(p *quota.Policy) string {
	text := map[quota.Defaults]string{quota.Watch: "AWS's are watched", quota.EnforceThose: "AWS's are enforced", quota.Off: "AWS's are off"}[p.Defaults]
	text += fmt.Sprintf("; %d overrides, %d limits of accounts, %d shares", len(p.Overrides), len(p.Accounts), len(p.Shares))
	if !p.Enforce {
		text += "; nothing is refused (quotas.enforce: false)"
	}
	return text
}
