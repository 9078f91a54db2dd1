package directory

import (
	"fmt"

	"github.com/go-json-experiment/json"
)

// Encode is an entity as JSON. Secrets are left out: whoever keeps them seals them.
func Encode(e Entity) ([]byte, error) {
	text, err := json.Marshal(e, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("cannot encode the %s %q: %w", e.Ref().Kind, e.Ref().Key(), err)
	}
	return text, nil
}

// Decode is the reverse of Encode. Policies of the entity are compiled.
func Decode(kind Kind, key string, text []byte) (Entity, error) {
	e := kind.empty()
	if e == nil {
		return nil, fmt.Errorf("cannot decode %q: this version knows no entities of the kind %q", key, kind)
	}
	if err := json.Unmarshal(text, e); err != nil {
		return nil, fmt.Errorf("cannot decode the %s %q: %w", kind, key, err)
	}
	if got := e.Ref().Key(); got != key {
		return nil, fmt.Errorf("cannot decode the %s %q: its document is that of %q", kind, key, got)
	}
	if err := e.compile(); err != nil {
		return nil, fmt.Errorf("cannot decode the %s %q: %w", kind, key, err)
	}
	return e, nil
}
