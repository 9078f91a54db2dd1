package iam

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/policy"
)

// follow lets trust policies follow a user or a role that they name, in whichever account. Whoever has a new name stays
// trusted under it. Whoever is deleted leaves its unique id in the place of its ARN, so that nobody who is made anew under
// the old name inherits the trust. Both are as on AWS, where trust policies are kept by unique ids.
func follow(now *directory.Snapshot, from, to string) ([]directory.Change, error) {
	var changes []directory.Change
	for _, a := range now.Accounts() {
		for _, r := range a.Roles() {
			if !slices.Contains(r.Trust.Policy().Named(), from) {
				continue
			}
			next, err := trusting(r, from, to)
			if err != nil {
				return nil, err
			}
			changes = append(changes, directory.Put(next))
		}
	}
	return changes, nil
}

// trusting is a role that trusts one principal in the place of another.
func trusting(r *directory.Role, from, to string) (*directory.Role, error) {
	text, err := renamedPrincipal(r.Trust.Text(), from, to)
	if err != nil {
		return nil, err
	}
	next := *r
	next.Trust, err = directory.NewDocument(policy.Trust, r.ARN(), text)
	return &next, err
}

// renamedPrincipal is the text of a policy with one principal in the place of another, however that is escaped. All else
// stays as it is: what a condition compares with, too.
func renamedPrincipal(text, from, to string) (string, error) {
	quoted, err := jsontext.AppendQuote(nil, to)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	d := jsontext.NewDecoder(strings.NewReader(text))
	for rest := 0; ; {
		if d.PeekKind() != '"' {
			_, err := d.ReadToken()
			if errors.Is(err, io.EOF) {
				out.WriteString(text[rest:])
				return out.String(), nil
			}
			if err != nil {
				return "", err
			}
			continue
		}
		value, err := d.ReadValue()
		if err != nil {
			return "", err
		}
		if plain, err := jsontext.AppendUnquote(nil, value); err != nil || string(plain) != from || !inPrincipal(d.StackPointer()) {
			continue
		}
		end := int(d.InputOffset())
		out.WriteString(text[rest : end-len(value)])
		out.Write(quoted)
		rest = end
	}
}

// inPrincipal reports whether a place in a policy is in a statement's element Principal: /Statement/Principal/AWS when
// there is one statement, /Statement/0/Principal/AWS/1 in lists.
func inPrincipal(place jsontext.Pointer) bool {
	at := slices.Index(slices.Collect(place.Tokens()), "Principal")
	return at == 1 || at == 2
}
