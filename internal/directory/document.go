package directory

import (
	"errors"
	"fmt"

	"github.com/outcrop/outcrop/internal/policy"
)

// Document is a policy as its writer gave it, and as it is evaluated. The zero Document is none.
type Document struct {
	text   string
	policy *policy.Policy
}

// NewDocument compiles a policy. The name is what a denial calls it: an ARN, or "inline policy NAME". Errors are
// those of policy.Parse.
func NewDocument(kind policy.Kind, name, text string) (Document, error) {
	parsed, err := policy.Parse([]byte(text), kind)
	if err != nil {
		return Document{}, err
	}
	return Document{text, &policy.Policy{Name: name, Document: parsed}}, nil
}

// NewInline compiles a policy that is written into a user, a group or a role.
func NewInline(name, text string) (Inline, error) {
	d, err := NewDocument(policy.Identity, "inline policy "+name, text)
	return Inline{name, d}, err
}

// Text is the policy as its writer gave it.
func (d Document) Text() string { return d.text }

// Policy is the policy as it is evaluated.
func (d Document) Policy() *policy.Policy { return d.policy }

// MarshalText is the text.
func (d Document) MarshalText() ([]byte, error) { return []byte(d.text), nil }

// UnmarshalText takes the text. What is evaluated is compiled by the entity, which knows its kind and its name.
func (d *Document) UnmarshalText(text []byte) error {
	d.text = string(text)
	return nil
}

func (d *Document) compile(kind policy.Kind, name string) (err error) {
	if d.policy != nil {
		return nil
	}
	if *d, err = NewDocument(kind, name, d.text); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Inline is a policy by its name inside one user, group or role.
type Inline struct {
	Name     string
	Document Document
}

// Rights are the policies of a user, a group or a role.
type Rights struct {
	Inline   []Inline // sorted by name
	Attached []string // ARNs of managed policies, in the order they were attached
}

// Policy finds an inline policy.
func (r *Rights) Policy(name string) (*Inline, bool) {
	for i := range r.Inline {
		if r.Inline[i].Name == name {
			return &r.Inline[i], true
		}
	}
	return nil, false
}

func (r *Rights) compile() error {
	var errs []error
	for i := range r.Inline {
		errs = append(errs, r.Inline[i].Document.compile(policy.Identity, "inline policy "+r.Inline[i].Name))
	}
	return errors.Join(errs...)
}
