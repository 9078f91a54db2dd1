package budgeting

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

// Spender is somebody, or something, that spends of a budget.
type Spender struct {
	Name  string // an ARN, an id, or a tag's value; empty for usage that has none
	Spent money.Amount
}

// Ranking is who spent most, of one kind.
type Ranking struct {
	Kind   string // meter.TagPrincipal, meter.TagProfile, meter.TagModel, or a key of tags
	Top    []Spender
	Others money.Amount // what is not in Top
}

// maxTagRankings is by how many keys of tags spending is told apart.
const maxTagRankings = 3

// Spenders are those who spent most of a budget in a period: the most of each kind, by callers, by profiles, by models,
// and by the tags that most of the spending has. It takes the ledger a moment.
func (k *Keeper) Spenders(ctx context.Context, key budget.Key, in budget.Period, most int) ([]Ranking, error) {
	count, ok := k.pool.Counter(key)
	if !ok {
		return nil, nil
	}
	t := tally{}
	err := k.opt.Meter.Cut(ctx, func() {}, func(ctx context.Context) error {
		r, err := k.newReading(ctx, nil)
		if err != nil {
			return err
		}
		sums, err := r.sums(ctx, in.Start, in.End)
		if err != nil {
			return err
		}
		for _, sum := range sums {
			s, line, err := r.line(in.Start, sum)
			if err != nil {
				return err
			}
			if a := count(&s, &line); a.Sign() > 0 {
				t.add(&s, a)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read who spends of the budget %s: %w", key, err)
	}
	return t.rankings(most), nil
}

// tally is what was spent, by kind and name.
type tally map[string]map[string]money.Amount

func (t tally) add(s *meter.Subject, a money.Amount) {
	for _, kind := range meter.Generated() {
		t.count(kind, s.Tag(kind), a)
	}
	for key, value := range s.Tags {
		t.count(key, value, a)
	}
}

func (t tally) count(kind, name string, a money.Amount) {
	if t[kind] == nil {
		t[kind] = map[string]money.Amount{}
	}
	t[kind][name] = t[kind][name].Add(a)
}

// rankings are those of the generated kinds, and of the keys of tags that cover most.
func (t tally) rankings(most int) (out []Ranking) {
	for _, kind := range []string{meter.TagPrincipal, meter.TagProfile, meter.TagModel} {
		if len(t[kind]) > 0 {
			out = append(out, ranking(kind, t[kind], most))
		}
	}
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(t)), func(key string) bool { return slices.Contains(meter.Generated(), key) })
	slices.SortStableFunc(keys, func(a, b string) int { return total(t[b]).Cmp(total(t[a])) })
	for _, key := range keys[:min(len(keys), maxTagRankings)] {
		out = append(out, ranking(key, t[key], most))
	}
	return out
}

func total(of map[string]money.Amount) (sum money.Amount) {
	for _, a := range of {
		sum = sum.Add(a)
	}
	return sum
}

func ranking(kind string, of map[string]money.Amount, most int) Ranking {
	r := Ranking{Kind: kind}
	for name, spent := range of {
		r.Top = append(r.Top, Spender{name, spent})
	}
	slices.SortFunc(r.Top, func(a, b Spender) int { return cmp.Or(b.Spent.Cmp(a.Spent), cmp.Compare(a.Name, b.Name)) })
	if len(r.Top) > most {
		for _, s := range r.Top[most:] {
			r.Others = r.Others.Add(s.Spent)
		}
		r.Top = r.Top[:most]
	}
	return r
}
