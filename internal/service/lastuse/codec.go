package lastuse

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/store"
)

// collection and kind are what the store calls the documents.
const (
	collection = "last-use"
	kind       = "credential"
)

// changes are the documents of what is new and of what is gone, which counts as written from now on.
func (l *Log) changes() (changes []store.DocumentChange, entries []*entry, gone []string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range l.gone {
		changes = append(changes, store.DocumentChange{Document: store.Document{Kind: kind, Key: id}, Delete: true})
	}
	gone, l.gone = l.gone, nil
	for id, e := range l.last {
		if !e.fresh.Swap(false) {
			continue
		}
		body, err := json.Marshal(e.use.Load())
		if err != nil {
			return nil, nil, nil, fmt.Errorf("cannot encode the last use of %s: %w", id, err)
		}
		changes = append(changes, store.DocumentChange{Document: store.Document{Kind: kind, Key: id, Body: body}})
		entries = append(entries, e)
	}
	return changes, entries, gone, nil
}

// merge takes over what the store holds, where nothing later is known.
func (l *Log) merge(ctx context.Context) error {
	documents, revision, err := l.store.Documents(ctx, collection)
	if err != nil {
		return fmt.Errorf("cannot read when credentials were used last: %w", err)
	}
	for _, d := range documents {
		var u Use
		if err := json.Unmarshal(d.Body, &u); err != nil {
			return fmt.Errorf("cannot decode the last use of %s: %w", d.Key, err)
		}
		l.takeOver(d.Key, u)
	}
	l.revision = revision
	return nil
}

func (l *Log) takeOver(id string, u Use) {
	l.mu.RLock()
	gone := slices.Contains(l.gone, id)
	l.mu.RUnlock()
	if known, ok := l.LastUse(id); !gone && (!ok || u.At.After(known.At)) {
		l.put(id, u, false)
	}
}
