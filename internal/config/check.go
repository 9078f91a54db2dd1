package config

import (
	"fmt"
	"net"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/config/strict"
)

// checker collects the faults of meaning: values that have the right form and still cannot be served.
type checker struct{ *strict.Document }

// check finds every value that cannot be served, and every name that nothing has.
func (c *Config) check(doc *strict.Document, n names) {
	k := checker{doc}
	if err := CheckListen(c.Listen); err != nil {
		k.Fault("listen", "%v", err)
	}
	if c.Data == "" {
		k.Fault("data", "name a directory, such as ./outcrop-data")
	}
	k.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	k.oneOf("log.format", c.Log.Format, "text", "json")
	k.oneOf("catalog.lifecycle", c.Catalog.Lifecycle, LifecycleIgnore, LifecycleEnforce)
	k.sealing(&c.Sealing)
	k.oidcIssuers(c.OIDCIssuers)
	k.limits(&c.Limits)
	k.quotas(&c.Quotas, n)
	k.metering(&c.Metering)
	k.costExplorer(&c.CostExplorer)
	k.telemetry(c)
	k.audit(&c.Audit)
	k.notifications(&c.Notifications)
	k.providers(c.Providers)
	k.deployments(c)
	k.routing(&c.Routing)
	k.simulator(&c.Simulator)
	c.references(k, n)
}

// CheckListen says what is wrong with an address to listen on.
func CheckListen(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is not host:port; write 127.0.0.1:8080, or :8080 for every address of this machine", address)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q is not a port from 0 to 65535; 0 takes a free one", port)
	} else if n > 65535 {
		return fmt.Errorf("port %d is above 65535", n)
	}
	return nil
}

func (k checker) oneOf(path, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		last := len(allowed) - 1
		k.Fault(path, "want %s or %s, found %q%s", strings.Join(allowed[:last], ", "), allowed[last], value, strict.DidYouMean(value, allowed))
	}
}

// The bounds of limits: below the least no SDK works, above the most a limit limits nothing.
const (
	minBody, maxBody       = Size(1 << 10), Size(1 << 30)
	minTimeout, maxTimeout = 100 * time.Millisecond, 24 * time.Hour
	maxProfiles            = 1_000_000
)

func (k checker) limits(l *Limits) {
	if l.Body < minBody || l.Body > maxBody {
		k.Fault("limits.body", "want %s to %s, found %s", minBody, maxBody, l.Body)
	}
	k.timeout("limits.header-timeout", l.HeaderTimeout)
	k.timeout("limits.body-timeout", l.BodyTimeout)
	k.timeout("limits.write-timeout", l.WriteTimeout)
	if l.DrainTimeout < 0 || l.DrainTimeout > maxTimeout {
		k.Fault("limits.drain-timeout", "want 0s (do not wait) to %s, found %s", plain(maxTimeout), plain(l.DrainTimeout))
	}
	k.within("limits.profiles-per-account", l.ProfilesPerAccount, 1, maxProfiles)
}

func (k checker) timeout(path string, d time.Duration) {
	if d < minTimeout || d > maxTimeout {
		k.Fault(path, "want %s to %s, found %s", plain(minTimeout), plain(maxTimeout), plain(d))
	}
}

func (k checker) within(path string, n, least, most int) {
	if n < least || n > most {
		k.Fault(path, "want %d to %d, found %d", least, most, n)
	}
}

// plain is a duration as a person writes it: 24h and not 24h0m0s.
func plain(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-len("0s")]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-len("0m")]
	}
	return s
}

const maxConcurrency = 1_000_000

func (k checker) deployments(c *Config) {
	names := []string{SimulatorName}
	for _, p := range c.Providers {
		names = append(names, p.Name)
	}
	first := map[string]int{}
	for i, d := range c.Deployments {
		at := fmt.Sprintf("deployments[%d]", i)
		if d.Model == "" {
			k.Fault(at+".model", "a deployment needs a model: the id of a foundation model, or a glob such as anthropic.*")
		}
		k.wellFormed(at+".model", d.Model)
		switch {
		case d.Provider == "":
			k.Fault(at+".provider", "a deployment needs a provider; the file has %s", strings.Join(names, ", "))
		case !slices.Contains(names, d.Provider):
			k.Fault(at+".provider", "no provider is named %q; there are %s%s", d.Provider, strings.Join(names, ", "), strict.DidYouMean(d.Provider, names))
		}
		k.holds(at, &d)
		same := fmt.Sprint(d.Model, d.Regions, d.Provider, d.UpstreamModel)
		if j, twice := first[same]; twice && d.Model != "" {
			k.Fault(at, "is the same as the deployment in line %d; raise its concurrency instead", k.At(fmt.Sprintf("deployments[%d]", j)).Line)
		} else {
			first[same] = i
		}
	}
}

// wellFormed checks an id or a glob.
func (k checker) wellFormed(path, glob string) {
	if malformed(glob) {
		k.Fault(path, "%q is not a well-formed glob; * stands for any characters", glob)
	}
}

func malformed(glob string) bool {
	_, err := path.Match(glob, "")
	return err != nil
}
