// Package identity says who calls: principals, their access keys, and secrets that never print.
package identity

import "log/slog"

// AccessKey is a key pair and the principal it speaks for.
type AccessKey struct {
	ID        string // 20 characters: "AKIA…", or "ASIA…" of a session
	Secret    Secret
	Principal Principal
}

// Secret prints as "[redacted]" through fmt, slog, JSON and YAML alike; only Reveal gives the text.
type Secret struct{ text string }

// NewSecret wraps text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the text. The word is easy to search for.
func (s Secret) Reveal() string { return s.text }

// IsZero reports whether there is no secret at all.
func (s Secret) IsZero() bool { return s.text == "" }

const redacted = "[redacted]"

func (Secret) String() string               { return redacted }
func (Secret) GoString() string             { return redacted }
func (Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText takes the secret as it stands in a file.
func (s *Secret) UnmarshalText(b []byte) error {
	s.text = string(b)
	return nil
}
