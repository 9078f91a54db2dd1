package identity

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// Kind is what sort of identity a principal is, as policies tell them apart.
type Kind uint8

// The zero kind is the commonest.
const (
	User Kind = iota
	Root
	AssumedRole
	FederatedUser
)

// String is the kind as aws:PrincipalType names it.
func (k Kind) String() string {
	switch k {
	case Root:
		return "Account"
	case AssumedRole:
		return "AssumedRole"
	case FederatedUser:
		return "FederatedUser"
	}
	return "User"
}

// Principal is who a call is made by, once its credential has been verified.
type Principal struct {
	Account     arn.Account
	ARN         string // "arn:aws:iam::111122223333:user/admin"
	UserID      string // the unique id AWS calls aws:userid
	AccessKeyID string // the key that signed

	Kind Kind
	Name string // of the user, the role or the federated user; empty for the root
	// Tags are the user's or the role's own, and those of the session over them.
	Tags Tags
	// Session is nil for long-term credentials. It is the same pointer for every call with one session token.
	Session *Session
	// Bearer says that an API key was sent instead of a signature.
	Bearer Bearer
}

// Bearer is the kind of an API key, in the words of the condition key bedrock:BearerTokenType.
type Bearer string

// The kinds of API keys; a signed call has none.
const (
	ShortTerm Bearer = "SHORT_TERM"
	LongTerm  Bearer = "LONG_TERM"
)

// Session is what temporary credentials say beyond the principal. It is immutable.
type Session struct {
	// Issuer is the ARN of the role that was assumed, or of the user who asked for the session.
	Issuer  string
	Name    string // the session's name, the last part of its ARN
	Issued  time.Time
	Expires time.Time
	// Policies are the session policies: the documents that were passed, and the ARNs of managed ones. A session
	// with none has Limited false, and all the rights of its issuer.
	Policies   []string
	PolicyARNs []string
	Limited    bool
	// Transitive are the keys of the tags that follow into the next role. Chained says that a session assumed this one.
	Transitive     []string
	Chained        bool
	MFA            bool
	SourceIdentity string
	// Provider is the issuer of the web identity this session came from; empty for others.
	Provider string
}

// Tag is one key and its value.
type Tag struct{ Key, Value string }

// Tags are sorted by key. They must not be changed.
type Tags []Tag

// Get returns the value of a key, whose case counts.
func (t Tags) Get(key string) (string, bool) {
	for i := range t {
		if t[i].Key == key {
			return t[i].Value, true
		}
	}
	return "", false
}
