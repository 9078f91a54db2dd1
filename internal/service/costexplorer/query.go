package costexplorer

import (
	"context"
	"fmt"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/store"
)

// request is the part of an input that says which usage is meant.
type request struct {
	period      *api.DateInterval
	granularity api.Granularity
	filter      *api.Expression
	view        *string
	resources   bool
}

// query is a request that has been checked.
type query struct {
	span    interval
	account arn.Account // whose usage; empty for everyone's
	filter  predicate
	active  func(tag string) bool // whether a tag key counts; nil when all do
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
	status, err := s.tagStatus(ctx)
	if err != nil {
		return query{}, err
	}
	q := query{span: span, account: visible(c.Principal.Account, s.opt.Management), filter: filter}
	if s.opt.ActivateTags || len(status) > 0 {
		q.active = func(key string) bool { return s.active(status, key) }
	}
	return q, nil
}

// reading is a query on its way through the ledger. What it learns of a key in one period holds for the others.
type reading struct {
	query
	server *Server
	put    func(*meter.Subject) int // gives each subject that the filter lets through a place
	known  map[int64]place          // by key
	tags   map[meter.TagSet]map[string]string
}

// place is where the reader of a query keeps what happened under one key.
type place struct {
	at   int
	unit meter.Unit
}

// hidden is the place of what the filter does not let through.
const hidden = -1

// reader begins to read.
func (s *Server) reader(q query, put func(*meter.Subject) int) *reading {
	return &reading{query: q, server: s, put: put, known: map[int64]place{}, tags: map[meter.TagSet]map[string]string{}}
}

// read passes what happened in an interval to add, by place.
func (r *reading) read(ctx context.Context, span interval, add func(at int, u meter.Unit, c store.Counters)) error {
	from, to := span.hours()
	sums, err := r.server.opt.Ledger.Sums(ctx, from, to)
	if err != nil {
		return fmt.Errorf("cannot read the ledger: %w", err)
	}
	for i := range sums {
		p, ok := r.known[sums[i].Key]
		if !ok {
			if p, err = r.meet(ctx, sums[i].Key); err != nil {
				return err
			}
		}
		if p.at != hidden {
			add(p.at, p.unit, sums[i].Counters)
		}
	}
	return nil
}

// meet finds the place of a key that comes up for the first time.
func (r *reading) meet(ctx context.Context, key int64) (place, error) {
	k, err := r.server.keys.find(ctx, key)
	if err != nil {
		return place{}, err
	}
	p := place{hidden, k.Unit}
	if r.account == "" || k.Account == r.account {
		if sub := (&meter.Subject{Dimensions: &k.Dimensions, Tags: r.counting(k), Payer: r.server.opt.Management}); r.filter(sub) {
			p.at = r.put(sub)
		}
	}
	r.known[key] = p
	return p, nil
}

// counting are those tags of a key that count.
func (r *reading) counting(k *indexed) map[string]string {
	if r.active == nil || len(k.tags) == 0 {
		return k.tags
	}
	if set, ok := r.tags[k.Tags]; ok {
		return set
	}
	set := make(map[string]string, len(k.tags))
	for key, v := range k.tags {
		if r.active(key) {
			set[key] = v
		}
	}
	r.tags[k.Tags] = set
	return set
}
