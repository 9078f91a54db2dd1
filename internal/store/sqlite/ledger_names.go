package sqlite

import (
	"context"
	"database/sql"
	"sync"
)

// names gives long texts small numbers, which a table keeps, and remembers those that were committed.
type names struct {
	mu      sync.Mutex
	numbers map[string]int64
}

// maxNames bounds the texts kept in memory; past it all are forgotten and looked up again.
const maxNames = 100_000

func (n *names) of(text string) (int64, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	number, ok := n.numbers[text]
	return number, ok
}

func (n *names) learn(more map[string]int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.numbers == nil || len(n.numbers)+len(more) > maxNames {
		n.numbers = make(map[string]int64, len(more))
	}
	for text, number := range more {
		n.numbers[text] = number
	}
}

// numbering is the use of names in one transaction. What it learns counts once that has committed.
type numbering struct {
	table  string
	known  *names
	learnt map[string]int64
}

// number is the number of text, which is added to the table if need be.
func (n *numbering) number(ctx context.Context, tx *sql.Tx, text string) (number int64, err error) {
	if number, ok := n.known.of(text); ok {
		return number, nil
	}
	if number, ok := n.learnt[text]; ok {
		return number, nil
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO `+n.table+` (text) VALUES (?) ON CONFLICT (text) DO NOTHING`, text); err != nil {
		return 0, err
	}
	if err := tx.QueryRowContext(ctx, `SELECT id FROM `+n.table+` WHERE text = ?`, text).Scan(&number); err != nil {
		return 0, err
	}
	if n.learnt == nil {
		n.learnt = map[string]int64{}
	}
	n.learnt[text] = number
	return number, nil
}

// committed makes what was learnt known to later transactions.
func (n *numbering) committed() { n.known.learn(n.learnt) }
