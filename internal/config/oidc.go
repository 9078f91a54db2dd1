package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/outcrop/outcrop/internal/oidc"
)

// OIDCIssuer is an issuer of web identities that the roles of every account may trust, beside those that accounts register
// with IAM.
type OIDCIssuer struct {
	URL       string   `yaml:"url"`       // as its tokens name it
	Audiences []string `yaml:"audiences"` // whom its tokens may be issued to
	KeysURL   string   `yaml:"keys-url"`  // empty: where its discovery document says
}

func (k checker) oidcIssuers(all []OIDCIssuer) {
	places := map[string]int{}
	for i, o := range all {
		at := fmt.Sprintf("oidc-issuers[%d]", i)
		if err := checkIssuer(o.URL); err != nil {
			k.Fault(at+".url", "%v", err)
		}
		if o.KeysURL != "" {
			if err := checkIssuer(o.KeysURL); err != nil {
				k.Fault(at+".keys-url", "%v", err)
			}
		}
		if len(o.Audiences) == 0 {
			k.Fault(at, "an issuer needs audiences: whom its tokens are issued to, such as sts.amazonaws.com")
		}
		if first, twice := places[oidc.Name(o.URL)]; twice {
			k.Fault(at+".url", "%s stands in line %d already; add the audiences there", o.URL, k.At(fmt.Sprintf("oidc-issuers[%d]", first)).Line)
		} else {
			places[oidc.Name(o.URL)] = i
		}
	}
}

// checkIssuer says what is wrong with a URL that keys are to come from: without TLS anybody on the way could put in their
// own.
func checkIssuer(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("want an https URL without a query, found %q", text)
	}
	here, _ := netip.ParseAddr(u.Hostname())
	if u.Scheme == "https" || u.Scheme == "http" && (here.IsLoopback() || u.Hostname() == "localhost") {
		return nil
	}
	return errors.New("want https, or http on this machine alone, found " + text)
}

// Issuers are the issuers by their URL without the scheme.
func (c *Config) Issuers() map[string]oidc.Issuer {
	all := make(map[string]oidc.Issuer, len(c.OIDCIssuers))
	for _, o := range c.OIDCIssuers {
		all[oidc.Name(o.URL)] = oidc.Issuer{URL: o.URL, Audiences: o.Audiences, Keys: o.KeysURL}
	}
	return all
}
