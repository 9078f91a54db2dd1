package organizations

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	api "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/directory"
)

// page is a piece of a list, in the order of its items' keys. query is all that the list depends on: a token works for
// the query that it came with and no other. The second result is the token of the next page, nil at the end.
func page[T any](query string, all []T, key func(T) string, token *string, most *int) ([]T, *string, error) {
	all = append([]T{}, all...) // never nil: an empty list is shown as such
	slices.SortFunc(all, func(x, y T) int { return cmp.Compare(key(x), key(y)) })
	from := 0
	if token != nil {
		after, err := resume(query, *token)
		if err != nil {
			return nil, nil, err
		}
		at, found := slices.BinarySearchFunc(all, after, func(item T, after string) int { return cmp.Compare(key(item), after) })
		if found {
			at++
		}
		from = at
	}
	size := maxPage
	if most != nil {
		size = *most
	}
	rest := all[from:]
	if len(rest) <= size {
		return rest, nil, nil
	}
	return rest[:size], new(seal(query, key(rest[size-1]))), nil
}

// age is a key that puts the oldest first, so that what is made between two pages comes in the last one.
func age(made time.Time, id string) string {
	return made.UTC().Format("20060102150405.000000000 ") + id
}

func unitAge(u *directory.Unit) string            { return age(u.Created, u.ID) }
func accountAge(a *directory.Account) string      { return age(a.Created, string(a.ID)) }
func policyAge(p *directory.ControlPolicy) string { return age(p.Created, p.ID) }

// checksum makes whole base64 letters.
const checksum = 9

// seal is a token: a checksum over the query and a key, then the key. It needs no secret, since it leads nowhere that
// the query does not.
func seal(query, key string) string {
	return base64.RawURLEncoding.EncodeToString(append(sum(query, key), key...))
}

func sum(query, key string) []byte {
	s := sha256.Sum256(fmt.Appendf(nil, "%q %q", query, key))
	return s[:checksum]
}

// resume is the key that a page ended with.
func resume(query, token string) (string, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < checksum || string(raw[:checksum]) != string(sum(query, string(raw[checksum:]))) {
		return "", invalid(api.InvalidInputExceptionReasonInvalidNextToken, "The NextToken is not one that this operation returned for the same parameters.")
	}
	return string(raw[checksum:]), nil
}

// forms turns entities into what the API shows of them. The list is never nil.
func forms[E, F any](entities []E, form func(E) F) []F {
	list := make([]F, len(entities))
	for i, e := range entities {
		list[i] = form(e)
	}
	return list
}
