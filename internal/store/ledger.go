package store

import (
	"context"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/money"
)

// Ledger keeps the usage records of calls, and the sums of what they used by hour and by day. What a
// record and a key say is their writer's business; the ledger sees texts and adds numbers.
type Ledger interface {
	// Ingest adds records and their lines, and moves the mark of their journal. A record whose time and
	// id are known already adds nothing, so that a batch may be repeated. It returns how many were new.
	Ingest(ctx context.Context, b Batch) (added int, err error)
	// Mark reads up to where a journal's run has been ingested; 0 for a run nobody has heard of.
	Mark(ctx context.Context, run [16]byte) (int64, error)

	// Keys reads the keys of lines that were added after the one with the given id; 0 reads all.
	Keys(ctx context.Context, after int64) ([]Key, error)
	// TagSets reads the sets of tags that were added after the one with the given number; 0 reads all.
	TagSets(ctx context.Context, after int64) ([]TagSet, error)
	// Sums adds up what happened from one hour up to and without another, for each key that has any.
	Sums(ctx context.Context, from, to int64) ([]Sum, error)
	// Records reads usage records in the order they came in.
	Records(ctx context.Context, q RecordQuery) ([]UsageRecord, error)

	// Amend replaces bodies of records and adds the differences to the sums, all in one transaction
	// with the entry of r in the trail. An amendment whose record has another body by now, or is
	// gone, changes nothing. It returns how many did.
	Amend(ctx context.Context, r Repricing, changes []Amendment) (changed int, err error)
	// Repricings reads the trail, oldest first.
	Repricings(ctx context.Context) ([]Repricing, error)
	// Prune removes at most limit records from before a time. The sums stay.
	Prune(ctx context.Context, before time.Time, limit int) (removed int, err error)
}

// Batch is a stretch of a journal.
type Batch struct {
	Run     [16]byte // of the journal
	Through int64    // the mark: every settled record of the run before it is here or was before
	Entries []Entry
	TagSets []TagSet // that entries name and the ledger may not have yet; their numbers do not count
}

// Entry is one record and what it adds to the sums.
type Entry struct {
	UsageRecord
	Lines []Line
}

// UsageRecord is one call as it is kept.
type UsageRecord struct {
	Number    int64 // in the order they came in; given by the ledger
	RequestID string
	At        time.Time
	Account   arn.Account
	Resource  string // what RESOURCE_ID calls it
	Body      []byte
}

// Line is what a record adds to one sum.
type Line struct {
	Hour int64  // since 1970, UTC
	Key  string // JSON
	Counters
}

// Counters are what a sum counts. Amounts are kept exactly.
type Counters struct {
	Count     int64
	Cost      money.Amount
	Calls     int64
	Unpriced  int64
	Estimated int64
}

// Add is the sum of both.
func (c Counters) Add(o Counters) Counters {
	return Counters{c.Count + o.Count, c.Cost.Add(o.Cost), c.Calls + o.Calls, c.Unpriced + o.Unpriced, c.Estimated + o.Estimated}
}

// Key is the key of lines, by a small number.
type Key struct {
	ID   int64
	Text string
}

// TagSet is a set of tags that keys name.
type TagSet struct {
	Number int64
	ID     string
	Tags   Tags
}

// Sum is everything under one key in a stretch of time.
type Sum struct {
	Key int64
	Counters
}

// RecordQuery says which records to read. Zero fields do not restrict.
type RecordQuery struct {
	After    int64     // the number of the last record of the page before
	From, To time.Time // To is exclusive
	Account  arn.Account
	Resource string
	Limit    int // at least 1
}

// Amendment is a new body for one record.
type Amendment struct {
	At        time.Time
	RequestID string
	Old, New  []byte
	Lines     []Line // new minus old
}

// Repricing is one entry of the trail of repriced records: who, when, which, and what came of it. Its
// numbers grow while its pages are amended.
type Repricing struct {
	ID       string
	At       time.Time
	By       string
	From, To time.Time
	Before   string       // price versions that were charged, by comma
	After    string       // those that are charged now
	Records  int64        // that changed
	Delta    money.Amount // new minus old
}
