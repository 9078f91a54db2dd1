package simulator

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/tokens"
)

// Rerank ranks documents by the words they share with the query, after the time to a first token.
func (p *Provider) Rerank(ctx context.Context, r *provider.RerankRequest) (*chat.RerankResponse, error) {
	c, err := p.arrive(ctx, deploymentKey{r.Region, r.Model})
	if err != nil {
		return nil, err
	}
	if err := c.admit(0, 0); err != nil {
		return nil, err
	}
	defer c.end()
	out := &chat.RerankResponse{Results: rank(r.Rerank), Usage: chat.Usage{SearchUnits: tokens.Rerank(r.Rerank)}}
	return out, c.clock.until(c.pace.due(0))
}

// rank scores all documents; of two with the same score the first in the request comes first.
func rank(r *chat.RerankRequest) []chat.Ranked {
	query := traits(r.Query)
	out := make([]chat.Ranked, len(r.Documents))
	for i, d := range r.Documents {
		out[i] = chat.Ranked{Index: i, Score: likeness(query, traits(d))}
	}
	slices.SortStableFunc(out, func(a, b chat.Ranked) int { return cmp.Compare(b.Score, a.Score) })
	if r.Top > 0 && r.Top < len(out) {
		out = out[:r.Top]
	}
	return out
}

// traits are the words of a text, and with less weight the letter sequences in them.
func traits(text string) map[string]float64 {
	out := map[string]float64{}
	for word := range strings.FieldsSeq(text) {
		word = plainWord(word)
		if word == "" {
			continue
		}
		out[word] = wordWeight
		for i := range word {
			if end := gramEnd(word, i); end > 0 {
				out["…"+word[i:end]] = gramWeight
			}
		}
	}
	return out
}

// likeness is the cosine of the angle between two texts: 0 when they share nothing, 1 when they are the same words.
func likeness(a, b map[string]float64) float64 {
	var shared tally
	for k, w := range a {
		if b[k] != 0 {
			shared.add(w)
		}
	}
	size := math.Sqrt(tallied(a).square() * tallied(b).square())
	if size == 0 {
		return 0
	}
	return min(shared.square()/size, 1)
}

// tally counts traits of the two weights. Counts, unlike sums, do not depend on the order of a map.
type tally struct{ words, grams int }

func (t *tally) add(weight float64) {
	if weight == wordWeight {
		t.words++
	} else {
		t.grams++
	}
}

func tallied(traits map[string]float64) (t tally) {
	for _, w := range traits {
		t.add(w)
	}
	return t
}

func (t tally) square() float64 {
	return float64(t.words)*wordWeight*wordWeight + float64(t.grams)*gramWeight*gramWeight
}
