package registrar

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/store"
)

// document is an entity as the store holds it.
type document struct {
	Entity  jsontext.Value    `json:"entity"`
	Secrets map[string][]byte `json:"secrets,omitempty"` // sealed, by the id of the access key
}

// purpose binds a sealed secret to its key's id, so that no secret can be put in the place of another.
func purpose(key string) string { return "access-key/" + key }

func (r *Registrar) encode(changes []directory.Change) ([]store.DocumentChange, error) {
	documents := make([]store.DocumentChange, len(changes))
	for i, c := range changes {
		documents[i] = store.DocumentChange{
			Document: store.Document{Kind: string(c.Kind), Key: c.Key()},
			Delete:   c.Entity == nil,
		}
		if c.Entity == nil {
			continue
		}
		body, err := r.seal(c.Entity)
		if err != nil {
			return nil, err
		}
		documents[i].Body = body
	}
	return documents, nil
}

func (r *Registrar) seal(e directory.Entity) ([]byte, error) {
	text, err := directory.Encode(e)
	if err != nil {
		return nil, err
	}
	d := document{Entity: text}
	if u, ok := e.(*directory.User); ok && len(u.AccessKeys) > 0 {
		d.Secrets = make(map[string][]byte, len(u.AccessKeys))
		for _, k := range u.AccessKeys {
			d.Secrets[k.ID] = r.ring.Seal(purpose(k.ID), []byte(k.Secret.Reveal()))
		}
	}
	return json.Marshal(d, json.Deterministic(true))
}

// decode makes the directory of what the store holds, and says what of it was sealed with an old key.
func (r *Registrar) decode(documents []store.Document) (now *directory.Snapshot, old []directory.Change, err error) {
	entities := make([]directory.Entity, len(documents))
	for i := range documents {
		e, current, err := r.open(&documents[i])
		if err != nil {
			return nil, nil, fmt.Errorf("cannot read the directory in the store: %w", err)
		}
		if entities[i] = e; !current {
			old = append(old, directory.Put(e))
		}
	}
	now, err = directory.Load(entities)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the directory in the store, something else has changed it: %w", err)
	}
	return now, old, nil
}

// open is the entity of a document. It reports whether the ring's first key seals what is secret about it.
func (r *Registrar) open(stored *store.Document) (e directory.Entity, current bool, err error) {
	var d document
	if err := json.Unmarshal(stored.Body, &d); err != nil {
		return nil, false, fmt.Errorf("cannot decode the %s %q: %w", stored.Kind, stored.Key, err)
	}
	e, err = directory.Decode(directory.Kind(stored.Kind), stored.Key, d.Entity)
	if err != nil {
		return nil, false, err
	}
	u, ok := e.(*directory.User)
	if !ok {
		return e, true, nil
	}
	current = true
	for i := range u.AccessKeys {
		k := &u.AccessKeys[i]
		sealed := d.Secrets[k.ID]
		secret, err := r.ring.Open(purpose(k.ID), sealed)
		if err != nil {
			return nil, false, fmt.Errorf("the secret of access key %s of %s: %w", k.ID, u.ARN(), err)
		}
		k.Secret = identity.NewSecret(string(secret))
		current = current && r.ring.Current(sealed)
	}
	return u, current, nil
}
