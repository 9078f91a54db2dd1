package costexplorer

import (
	"context"
	"fmt"
	"sync"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/meter"
)

// index remembers what the ledger's keys stand for. Keys are only ever added, and they are few beside the usage they
// are keys of.
type index struct {
	ledger Ledger

	mu      sync.Mutex // held while more is read, so that it is read once
	keys    map[int64]*indexed
	sets    map[meter.TagSet]map[string]string
	lastKey int64
	lastSet int64
}

// indexed is one key: its dimensions, and all of its tags.
type indexed struct {
	meter.Dimensions
	tags map[string]string
}

// find is the key with an id. One that is not known yet has been added since the index was last read.
func (x *index) find(ctx context.Context, id int64) (*indexed, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if k := x.keys[id]; k != nil {
		return k, nil
	}
	if err := x.read(ctx); err != nil {
		return nil, err
	}
	if k := x.keys[id]; k != nil {
		return k, nil
	}
	// Of two keys made at once the larger may have come first.
	x.lastKey, x.lastSet = 0, 0
	if err := x.read(ctx); err != nil {
		return nil, err
	}
	if k := x.keys[id]; k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("the ledger has a sum under the key %d, and no such key", id)
}

// everything is all keys that there are now.
func (x *index) everything(ctx context.Context) (map[int64]*indexed, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.read(ctx); err != nil {
		return nil, err
	}
	all := make(map[int64]*indexed, len(x.keys))
	for id, k := range x.keys {
		all[id] = k
	}
	return all, nil
}

// read takes in what was added. Keys come first: the sets that they name are in the ledger no later than they.
func (x *index) read(ctx context.Context) error {
	keys, err := x.ledger.Keys(ctx, x.lastKey)
	if err != nil {
		return fmt.Errorf("cannot read the keys of usage: %w", err)
	}
	sets, err := x.ledger.TagSets(ctx, x.lastSet)
	if err != nil {
		return fmt.Errorf("cannot read the tags of usage: %w", err)
	}
	if x.keys == nil {
		x.keys, x.sets = map[int64]*indexed{}, map[meter.TagSet]map[string]string{}
	}
	for _, s := range sets {
		x.sets[meter.TagSet(s.ID)] = s.Tags
		x.lastSet = max(x.lastSet, s.Number)
	}
	for _, k := range keys {
		entry := new(indexed)
		if err := json.Unmarshal([]byte(k.Text), &entry.Dimensions); err != nil {
			return fmt.Errorf("cannot read the key %d of usage: %w", k.ID, err)
		}
		entry.tags = x.sets[entry.Tags]
		x.keys[k.ID] = entry
		x.lastKey = max(x.lastKey, k.ID)
	}
	return nil
}
