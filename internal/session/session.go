// Package session puts the sessions of STS into tokens that need no table: everything a session is, its secret too, is
// sealed in the token that comes with each of its requests.
package session

import (
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/seal"
)

// Grant is a session as its token carries it.
type Grant struct {
	// Key is the key pair. Its principal has a Session; its tags are those of the session alone.
	Key identity.AccessKey
	// IssuerID is the unique id of the role or user that the session is of, "AROA…" or "AIDA…", or the account of a
	// root user. It tells a role from another one made later under the same name.
	IssuerID string
}

// Codec seals and opens tokens.
type Codec struct{ Ring *seal.Ring }

const purpose = "session-token"

// MaxToken is the longest token there can be, in bytes.
const MaxToken = 16 << 10

// Token seals a grant.
func (c Codec) Token(g *Grant) (string, error) {
	text, err := json.Marshal(toClaims(g))
	if err != nil {
		return "", fmt.Errorf("cannot encode a session: %w", err)
	}
	token := base64.StdEncoding.EncodeToString(c.Ring.Seal(purpose, text))
	if len(token) > MaxToken {
		return "", fmt.Errorf("a session token of %d bytes is longer than %d: pass smaller policies or fewer tags", len(token), MaxToken)
	}
	return token, nil
}

// Open opens a token. Whether its session has expired is the caller's to ask.
func (c Codec) Open(token string) (*Grant, error) {
	if len(token) > MaxToken {
		return nil, errors.New("the session token is longer than any")
	}
	sealed, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return nil, fmt.Errorf("the session token is not base64: %w", err)
	}
	text, err := c.Ring.Open(purpose, sealed)
	if err != nil {
		return nil, err
	}
	var m claims
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("cannot decode a session: %w", err)
	}
	return m.grant(), nil
}

// claims is a grant as JSON. Names are short because tokens travel with every request; they must never change their
// meaning, for tokens outlive the server that made them.
type claims struct {
	Key        string         `json:"k"`
	Secret     string         `json:"s"`
	Account    arn.Account    `json:"a"`
	ARN        string         `json:"r"`
	UserID     string         `json:"u"`
	Kind       identity.Kind  `json:"t,omitzero"`
	Name       string         `json:"n,omitempty"`
	Issuer     string         `json:"i"`
	IssuerID   string         `json:"d"`
	Session    string         `json:"m,omitempty"`
	Issued     int64          `json:"f"` // seconds of Unix time, as Expires
	Expires    int64          `json:"x"`
	Tags       []identity.Tag `json:"g,omitempty"`
	Transitive []string       `json:"v,omitempty"`
	Policies   []string       `json:"p,omitempty"`
	PolicyARNs []string       `json:"q,omitempty"`
	Limited    bool           `json:"l,omitzero"`
	Chained    bool           `json:"c,omitzero"`
	MFA        bool           `json:"h,omitzero"`
	Source     string         `json:"o,omitempty"`
	Provider   string         `json:"w,omitempty"`
}

func toClaims(g *Grant) *claims {
	p, s := &g.Key.Principal, g.Key.Principal.Session
	return &claims{
		Key: g.Key.ID, Secret: g.Key.Secret.Reveal(), Account: p.Account, ARN: p.ARN, UserID: p.UserID, Kind: p.Kind, Name: p.Name,
		Issuer: s.Issuer, IssuerID: g.IssuerID, Session: s.Name, Issued: s.Issued.Unix(), Expires: s.Expires.Unix(),
		Tags: p.Tags, Transitive: s.Transitive, Policies: s.Policies, PolicyARNs: s.PolicyARNs, Limited: s.Limited,
		Chained: s.Chained, MFA: s.MFA, Source: s.SourceIdentity, Provider: s.Provider,
	}
}

func (m *claims) grant() *Grant {
	return &Grant{IssuerID: m.IssuerID, Key: identity.AccessKey{
		ID: m.Key, Secret: identity.NewSecret(m.Secret),
		Principal: identity.Principal{
			Account: m.Account, ARN: m.ARN, UserID: m.UserID, AccessKeyID: m.Key, Kind: m.Kind, Name: m.Name, Tags: m.Tags,
			Session: &identity.Session{
				Issuer: m.Issuer, Name: m.Session, Issued: time.Unix(m.Issued, 0).UTC(), Expires: time.Unix(m.Expires, 0).UTC(),
				Policies: m.Policies, PolicyARNs: m.PolicyARNs, Limited: m.Limited, Transitive: m.Transitive,
				Chained: m.Chained, MFA: m.MFA, SourceIdentity: m.Source, Provider: m.Provider,
			},
		},
	}}
}
