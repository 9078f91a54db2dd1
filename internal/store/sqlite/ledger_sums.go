package sqlite

import (
	"context"
	"database/sql"
	"math/big"

	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/store"
)

// adder gathers lines and adds them to the sums in the end: of many records few keys come.
type adder struct {
	ctx  context.Context
	tx   *sql.Tx
	keys *numbering
	sums map[sumKey]store.Counters
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
		key, err := a.keys.number(a.ctx, a.tx, at.key)
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
