package sqlite

import (
	"context"
	"database/sql"
	"math/big"
	"sync"

	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/store"
)

// adder gathers lines and adds them to the sums in the end: of many records few keys come.
type adder struct {
	ctx   context.Context
	tx    *sql.Tx
	known *keyNumbers

	sums   map[sumKey]store.Counters
	learnt map[string]int64 // keys that the transaction added
}

type sumKey struct {
	hour int64
	key  string
}

func (a *adder) add(lines []store.Line) {
	if a.sums == nil {
		a.sums = map[sumKey]store.Counters{}
	}
	for i := range lines {
		l := &lines[i]
		at := sumKey{l.Hour, l.Key}
		a.sums[at] = a.sums[at].Add(l.Counters)
	}
}

// addSQL adds to a sum, which it makes if need be. The names of tables cannot be parameters.
func addSQL(table string) string {
	return `INSERT INTO ` + table + ` (period, key, count, usd, pico, calls, unpriced, estimated) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (period, key) DO UPDATE SET
			count = count + excluded.count,
			usd = usd + excluded.usd + (pico + excluded.pico) / 1000000000000,
			pico = (pico + excluded.pico) % 1000000000000,
			calls = calls + excluded.calls,
			unpriced = unpriced + excluded.unpriced,
			estimated = estimated + excluded.estimated`
}

const (
	hoursTable = "rollup_hours"
	daysTable  = "rollup_days"
	dayHours   = 24
)

// write adds everything that was gathered, by hour and by day.
func (a *adder) write() error {
	if len(a.sums) == 0 {
		return nil
	}
	type numbered struct{ period, key int64 }
	hours, days := map[numbered]store.Counters{}, map[numbered]store.Counters{}
	for at, c := range a.sums {
		key, err := a.number(at.key)
		if err != nil {
			return err
		}
		hours[numbered{at.hour, key}] = c
		day := numbered{floorDiv(at.hour, dayHours), key}
		days[day] = days[day].Add(c)
	}
	for table, sums := range map[string]map[numbered]store.Counters{hoursTable: hours, daysTable: days} {
		stmt, err := a.tx.PrepareContext(a.ctx, addSQL(table))
		if err != nil {
			return err
		}
		defer stmt.Close()
		for at, c := range sums {
			usd, pico := split(c.Cost)
			if _, err := stmt.ExecContext(a.ctx, at.period, at.key, c.Count, usd, pico, c.Calls, c.Unpriced, c.Estimated); err != nil {
				return err
			}
		}
	}
	return nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// number is the small number of a key, which it adds if need be.
func (a *adder) number(key string) (n int64, err error) {
	if n, ok := a.known.of(key); ok {
		return n, nil
	}
	if n, ok := a.learnt[key]; ok {
		return n, nil
	}
	if _, err := a.tx.ExecContext(a.ctx, `INSERT INTO rollup_keys (text) VALUES (?) ON CONFLICT (text) DO NOTHING`, key); err != nil {
		return 0, err
	}
	if err := a.tx.QueryRowContext(a.ctx, `SELECT id FROM rollup_keys WHERE text = ?`, key).Scan(&n); err != nil {
		return 0, err
	}
	if a.learnt == nil {
		a.learnt = map[string]int64{}
	}
	a.learnt[key] = n
	return n, nil
}

// maxKnownKeys bounds the keys kept in memory; past it all are forgotten and looked up again.
const maxKnownKeys = 100_000

// keyNumbers remembers the numbers of keys whose transactions have been committed.
type keyNumbers struct {
	mu      sync.Mutex
	numbers map[string]int64
}

func (k *keyNumbers) of(key string) (int64, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n, ok := k.numbers[key]
	return n, ok
}

func (k *keyNumbers) learn(more map[string]int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.numbers == nil || len(k.numbers)+len(more) > maxKnownKeys {
		k.numbers = make(map[string]int64, len(more))
	}
	for key, n := range more {
		k.numbers[key] = n
	}
}

const picoPerUSD = 1_000_000_000_000

// split takes an amount apart into dollars, rounded down, and the pico-dollars above them.
func split(a money.Amount) (usd, pico int64) {
	if n, fits := a.Pico(); fits {
		usd = floorDiv(n, picoPerUSD)
		return usd, n - usd*picoPerUSD
	}
	hi, lo := a.Words()
	n := new(big.Int).Lsh(big.NewInt(hi), 64)
	n.Add(n, new(big.Int).SetUint64(lo))
	rest := new(big.Int)
	n.DivMod(n, big.NewInt(picoPerUSD), rest)
	return n.Int64(), rest.Int64()
}

// joined is the reverse of split, for sums of both parts.
func joined(usd, pico int64) money.Amount {
	return money.Rate(picoPerUSD).Times(usd).Add(money.Pico(pico))
}
