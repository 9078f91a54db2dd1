package costexplorer

import (
	"context"
	"fmt"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/meter"
)

// query is what every operation asks of the ledger: whose usage, when, and which of it.
type query struct {
	account arn.Account // empty for all
	payer   arn.Account
	span    interval
	step    Step
	filter  predicate
	counts  func(tag string) bool // whether a tag key is active
}

// request is the part of an input that says which usage is meant.
type request struct {
	period      *api.DateInterval
	granularity api.Granularity
	filter      *api.Expression
	view        *string
	resources   bool
}

// begin checks the common part of an input. It does not look at where the period lies.
func (s *Server) begin(ctx context.Context, c *awswire.Call, r request) (query, error) {
	span, err := parseInterval(r.period, r.granularity)
	if err != nil {
		return query{}, err
	}
	filter, err := (&compiler{resources: r.resources}).compile(r.filter)
	if err != nil {
		return query{}, err
	}
	if err := checkView(r.view, c.Principal.Account); err != nil {
		return query{}, err
	}
	counts, err := s.activeTags(ctx)
	if err != nil {
		return query{}, err
	}
	return query{
		account: visible(c.Principal.Account, s.opt.Management), payer: s.opt.Management,
		span: span, step: step(r.granularity), filter: filter, counts: counts,
	}, nil
}

// visit is told of usage that the filter lets through. at is a place in a list that the visitor keeps for each
// distinct subject, -1 the first time it is seen; the visitor returns the place.
type visit func(s *subject, at int, l *meter.Line) int

// run reads the ledger. A subject that comes up again costs one look at a map.
func (s *Server) run(ctx context.Context, q query, v visit) error {
	const unseen, hidden = -1, -2
	known := map[meter.Dimensions]int{}
	tags := map[meter.TagSet]map[string]string{}
	from, to := meter.HourOf(q.span.start), meter.HourOf(q.span.end)
	for l, err := range s.opt.Ledger.Usage(ctx, q.account, from, to, q.step) {
		if err != nil {
			return fmt.Errorf("cannot read the ledger: %w", err)
		}
		at, ok := known[l.Dimensions]
		if !ok {
			at = unseen
		}
		if at == hidden {
			continue
		}
		var sub *subject
		if at == unseen {
			set, err := s.tagSet(ctx, q, tags, l.Tags)
			if err != nil {
				return err
			}
			d := l.Dimensions
			if sub = (&subject{&d, set, q.payer}); !q.filter(sub) {
				known[d] = hidden
				continue
			}
		}
		if now := v(sub, at, l); now != at {
			known[l.Dimensions] = now
		}
	}
	return nil
}

// tagSet is the tags behind an id, as far as they count.
func (s *Server) tagSet(ctx context.Context, q query, known map[meter.TagSet]map[string]string, id meter.TagSet) (map[string]string, error) {
	if id == "" {
		return nil, nil
	}
	if set, ok := known[id]; ok {
		return set, nil
	}
	all, err := s.opt.Ledger.Tags(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("cannot read the tags of usage: %w", err)
	}
	set := make(map[string]string, len(all))
	for k, v := range all {
		if q.counts(k) {
			set[k] = v
		}
	}
	known[id] = set
	return set, nil
}

// ended is the beginning of the hour behind the present one.
func ended(now time.Time) time.Time { return now.UTC().Truncate(time.Hour).Add(time.Hour) }
