package oidc

import (
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/outcrop/outcrop/internal/fault"
)

// algorithms are those a token may be signed with; all have a public key.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512, jose.PS256, jose.PS384, jose.PS512}
}

// Token is a web identity token that nobody has verified yet.
type Token struct {
	// Issuer is who the token says it is from: a URL.
	Issuer string
	parsed *jwt.JSONWebToken
}

// claims are what a token says. The last two are AWS's own.
type claims struct {
	jwt.Claims
	AuthorizedParty string   `json:"azp"`
	Methods         []string `json:"amr"`
	Tags            struct {
		Principal  map[string][]string `json:"principal_tags"`
		Transitive []string            `json:"transitive_tag_keys"`
	} `json:"https://aws.amazon.com/tags"`
	SourceIdentity string `json:"https://aws.amazon.com/source_identity"`
}

// Identity is what a verified token proves.
type Identity struct {
	Issuer  string // a URL
	Subject string
	// Audience is whom the token was issued to: its authorized party, or else its audience that the issuer is known by.
	Audience string
	// Audiences are all the token's audiences.
	Audiences []string
	Methods   []string // of authentication
	// Tags, each with one value, and TransitiveKeys are for the session; SourceIdentity is whom it is for.
	Tags           map[string]string
	TransitiveKeys []string
	SourceIdentity string
}

const noJWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"

// Parse reads a token without verifying it.
func Parse(text string) (*Token, error) {
	parsed, err := jwt.ParseSigned(text, algorithms())
	if err != nil {
		return nil, because(err, invalid, noJWT)
	}
	var c jwt.Claims
	if err := parsed.UnsafeClaimsWithoutVerification(&c); err != nil || c.Issuer == "" {
		return nil, because(err, invalid, noJWT)
	}
	return &Token{c.Issuer, parsed}, nil
}

// leeway is how far the clocks of an issuer and of this server may be apart.
const leeway = 5 * time.Minute

// judge checks what a token whose signature is good says of its time and audience.
func (c *claims) judge(issuer Issuer, now time.Time) error {
	switch {
	case c.Expiry == nil:
		return refuse("The ID Token provided has no expiration date.")
	case !now.Before(c.Expiry.Time()):
		return fault.Named(fault.Validation, expired, "Token expired: current date/time %d must be before the expiration date/time %d", now.Unix(), c.Expiry.Time().Unix())
	case c.NotBefore != nil && now.Add(leeway).Before(c.NotBefore.Time()), c.IssuedAt != nil && now.Add(leeway).Before(c.IssuedAt.Time()):
		return refuse("The ID Token provided is not valid yet.")
	case c.Subject == "":
		return refuse("The ID Token provided has no subject.")
	}
	if !slices.ContainsFunc(append([]string{c.AuthorizedParty}, c.Audience...), func(a string) bool { return a != "" && slices.Contains(issuer.Audiences, a) }) {
		return refuse("Incorrect token audience")
	}
	for key, values := range c.Tags.Principal {
		if len(values) != 1 {
			return refuse("The ID Token provided has " + key + " among its tags, with another number of values than one.")
		}
	}
	return nil
}

// identity is what the token proves.
func (c *claims) identity(issuer Issuer) *Identity {
	id := &Identity{
		Issuer: c.Issuer, Subject: c.Subject, Audience: c.AuthorizedParty, Audiences: c.Audience, Methods: c.Methods,
		TransitiveKeys: c.Tags.Transitive, SourceIdentity: c.SourceIdentity, Tags: make(map[string]string, len(c.Tags.Principal)),
	}
	if id.Audience == "" {
		id.Audience = c.Audience[slices.IndexFunc(c.Audience, func(a string) bool { return slices.Contains(issuer.Audiences, a) })]
	}
	for key, values := range c.Tags.Principal {
		id.Tags[key] = values[0]
	}
	return id
}

// Name is an issuer's URL without the scheme, as policies and accounts name it.
func Name(url string) string {
	_, name, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	return name
}
