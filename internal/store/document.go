package store

import (
	"context"
	"strings"
)

// Documents keeps collections of documents that are read whole at start and live in memory from then on. What a body
// says is its writer's business. A collection needs no making: one that nobody wrote to is empty, at revision 0.
type Documents interface {
	// Documents reads a collection as it was at one moment, in the order of kind and key, and that moment's revision.
	Documents(ctx context.Context, collection string) ([]Document, Revision, error)
	// ChangeDocuments makes all changes, in their order, or none, and returns the revision that they lead to. Without
	// changes the revision stays. Error: ErrConflict, when base is not the collection's revision.
	ChangeDocuments(ctx context.Context, collection string, base Revision, changes []DocumentChange) (Revision, error)
}

// Revision counts the changes of one collection.
type Revision int64

// Document is one document of a collection, named by its kind and its key.
type Document struct {
	Kind, Key string
	Body      []byte
}

// Compare orders documents by kind and key, byte by byte.
func (d Document) Compare(other Document) int {
	if c := strings.Compare(d.Kind, other.Kind); c != 0 {
		return c
	}
	return strings.Compare(d.Key, other.Key)
}

// DocumentChange puts a document in place of any with its name, or deletes the one that has it, if there is one.
type DocumentChange struct {
	Document
	Delete bool // the body does not matter then
}
