package loadprobe

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/route"
)

// Probe asks one server, again and again.
type Probe struct {
	Provider string // for whose deployments the server's figures count
	URL      string // of its metrics
	APIKey   identity.Secret
	Every    time.Duration
	Fleet    func() *route.Fleet // the deployments there are now
	Log      *slog.Logger
	Client   *http.Client
}

// maxBody is more than a server of many models tells.
const maxBody = 8 << 20

// Run asks until ctx ends. A server that cannot be asked is left with what is known of it, which soon counts no more;
// the log tells when that begins and when it ends.
func (p *Probe) Run(ctx context.Context) {
	ticker := time.NewTicker(p.Every)
	defer ticker.Stop()
	well := true
	for {
		err := p.Ask(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && well:
			p.Log.Warn("cannot ask an upstream how busy it is; routing goes on without", "provider", p.Provider, "err", err)
		case err == nil && !well:
			p.Log.Info("an upstream tells again how busy it is", "provider", p.Provider)
		}
		well = err == nil
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Ask asks once, and tells the provider's deployments.
func (p *Probe) Ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, max(p.Every, time.Second))
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL, nil)
	if err != nil {
		return err
	}
	if !p.APIKey.IsZero() {
		r.Header.Set("Authorization", "Bearer "+p.APIKey.Reveal())
	}
	resp, err := p.Client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", p.URL, resp.Status)
	}
	loads, err := Parse(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return err
	}
	p.tell(time.Now(), loads)
	return nil
}

// tell hands a model's load to each of its deployments, or the only load there is to all.
func (p *Probe) tell(now time.Time, loads map[string]route.Load) {
	fleet := p.Fleet()
	for _, d := range fleet.Table().All() {
		if d.Provider != p.Provider {
			continue
		}
		l, known := loads[d.Upstream]
		if !known {
			l, known = loads[""]
		}
		if known {
			fleet.State(d).Observe(now, l)
		}
	}
}
