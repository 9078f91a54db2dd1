package bedrock

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/outcrop/outcrop/internal/fault"
)

// position is a place in a list of profiles: the profile a page ended with. It stays a place when that
// profile is deleted. The zero position is before all others.
type position struct {
	kind    kind
	created int64 // nanoseconds since 1970; only application profiles are in that order
	id      string
}

// kind says which part of the list a position is in.
type kind string

// The parts, in the order of the list.
const (
	system      kind = "1"
	application kind = "2"
)

// behind reports whether p comes later in the list than other.
func (p position) behind(other position) bool {
	return cmp.Or(cmp.Compare(p.kind, other.kind), cmp.Compare(p.created, other.created), cmp.Compare(p.id, other.id)) > 0
}

// checksumSize makes whole base64 letters.
const checksumSize = 9

// token is a position as callers carry it: a checksum over it and the query, then the position itself. It needs no
// secret, since it leads nowhere that the query does not, and so lives as long as the list.
func (q query) token(p position) string {
	text := fmt.Sprintf("%s:%d:%s", p.kind, p.created, p.id)
	return base64.RawURLEncoding.EncodeToString(append(q.checksum(text), text...))
}

// resume reads a token of the same query.
func (q query) resume(token string) (position, error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) < checksumSize || string(raw[:checksumSize]) != string(q.checksum(string(raw[checksumSize:]))) {
		return position{}, invalidToken()
	}
	part, rest, _ := strings.Cut(string(raw[checksumSize:]), ":")
	number, id, _ := strings.Cut(rest, ":")
	created, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return position{}, invalidToken()
	}
	return position{kind(part), created, id}, nil
}

func (q query) checksum(text string) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "ListInferenceProfiles %q %q %q %q", q.account, q.region, q.kind, text))
	return sum[:checksumSize]
}

func invalidToken() error {
	return fault.New(fault.Validation, "The provided nextToken is invalid: it is not one that this list returned for the same type, Region and account.")
}
