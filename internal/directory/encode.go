package directory

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Encode is an entity as JSON. Secrets are left out: whoever keeps them seals them.
func Encode(e Entity) ([]byte, error) {
	text, err := json.Marshal(e, json.Deterministic(true), json.WithMarshalers(json.MarshalToFunc(writeSeconds)))
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
	if err := json.Unmarshal(text, e, json.WithUnmarshalers(json.UnmarshalFromFunc(readSeconds))); err != nil {
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

// writeSeconds writes a span of time, for which JSON has no form, as whole seconds.
func writeSeconds(enc *jsontext.Encoder, d time.Duration) error {
	return enc.WriteToken(jsontext.Int(int64(d / time.Second)))
}

func readSeconds(dec *jsontext.Decoder, d *time.Duration) error {
	var seconds int64
	if err := json.UnmarshalDecode(dec, &seconds); err != nil {
		return err
	}
	*d = time.Duration(seconds) * time.Second
	return nil
}
