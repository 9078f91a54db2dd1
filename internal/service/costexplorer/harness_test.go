package costexplorer

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/store"
)

const (
	management arn.Account = "111122223333"
	member     arn.Account = "444455556666"
)

// now is a Sunday in the middle of the afternoon.
var now = time.Date(2026, 11, 22, 15, 30, 0, 0, time.UTC)

// memory is a ledger of lines, with the status of tags and two accounts.
type memory struct {
	lines  []meter.Line
	sets   map[meter.TagSet]map[string]string
	status map[string]store.CostTag
	err    error

	keys  []store.Key
	known map[meter.Dimensions]int64
}

// key is the number of a line's key.
func (m *memory) key(d meter.Dimensions) int64 {
	id, ok := m.known[d]
	if !ok {
		text, err := json.Marshal(d)
		if err != nil {
			panic(err)
		}
		id = int64(len(m.keys) + 1)
		m.known[d] = id
		m.keys = append(m.keys, store.Key{ID: id, Text: string(text)})
	}
	return id
}

func (m *memory) Keys(_ context.Context, after int64) ([]store.Key, error) {
	for i := range m.lines {
		m.key(m.lines[i].Dimensions)
	}
	return m.keys[after:], nil
}

func (m *memory) TagSets(_ context.Context, after int64) ([]store.TagSet, error) {
	var list []store.TagSet
	for i, id := range slices.Sorted(maps.Keys(m.sets)) {
		list = append(list, store.TagSet{Number: int64(i + 1), ID: string(id), Tags: m.sets[id]})
	}
	return list, nil
}

func (m *memory) Sums(_ context.Context, from, to int64) ([]store.Sum, error) {
	var list []store.Sum
	for i := range m.lines {
		l := &m.lines[i]
		if key := m.key(l.Dimensions); int64(l.Hour) >= from && int64(l.Hour) < to {
			list = append(list, store.Sum{Key: key, Counters: store.Counters(l.Sums)})
		}
	}
	return list, m.err
}

func (m *memory) CostTags(context.Context) ([]store.CostTag, error) {
	return slices.Collect(maps.Values(m.status)), nil
}

func (m *memory) SetCostTags(_ context.Context, tags []store.CostTag) error {
	for _, t := range tags {
		m.status[t.Key] = t
	}
	return nil
}

func (m *memory) Accounts() []Account {
	return []Account{{ID: management, Name: "main"}, {ID: member, Name: "lab"}}
}

// usage is one line to add, with defaults for what is left out.
type usage struct {
	at        string // "2026-11-20 10"
	account   arn.Account
	region    arn.Region
	service   string
	usageType string
	unit      meter.Unit
	model     string
	app       string
	system    string
	principal string
	tags      map[string]string
	count     int64
	cost      string
}

// add puts usage into the ledger.
func (m *memory) add(t testing.TB, list ...usage) {
	t.Helper()
	for _, u := range list {
		at, err := time.Parse("2006-01-02 15", u.at)
		if err != nil {
			t.Fatal(err)
		}
		cost, err := money.Parse(u.cost)
		if err != nil {
			t.Fatal(err)
		}
		m.lines = append(m.lines, meter.Line{
			Key: meter.Key{Hour: meter.HourOf(at), Dimensions: meter.Dimensions{
				Account: or(u.account, management), Region: or(u.region, "us-east-1"),
				Service: or(u.service, "Amazon Bedrock"), UsageType: or(u.usageType, "USE1-NovaLite-input-tokens"),
				Operation: "InvokeModelInference", RecordType: "Usage", Class: catalog.Input,
				Unit: or(u.unit, meter.Unit{Name: "1K tokens", Scale: 1000}), Model: or(u.model, "amazon.nova-lite-v1:0"),
				System: u.system, Application: u.app, Principal: u.principal, Tags: m.set(u.tags),
			}},
			Sums: meter.Sums{Count: u.count, Cost: cost, Calls: 1},
		})
	}
}

func (m *memory) set(tags map[string]string) meter.TagSet {
	id := meter.TagSetOf(tags)
	if id != "" {
		m.sets[id] = tags
	}
	return id
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func newMemory() *memory {
	return &memory{
		sets: map[meter.TagSet]map[string]string{}, status: map[string]store.CostTag{}, known: map[meter.Dimensions]int64{},
	}
}

// server is a server over m, with changes to its options.
func (m *memory) server(change ...func(*Options)) *Server {
	o := Options{Ledger: m, Tags: m, Directory: m, Management: management}
	for _, f := range change {
		f(&o)
	}
	return New(o)
}

// call is a call of an account at the time of the tests.
func call(account arn.Account) *awswire.Call {
	return &awswire.Call{
		RequestID: "r", Region: "us-east-1", Arrived: now,
		Principal: identity.Principal{Account: account, ARN: "arn:aws:iam::" + string(account) + ":user/admin"},
	}
}

// wantFault asserts the code and the sentence of an error.
func wantFault(t *testing.T, err error, code fault.Code, sentence string) {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) {
		t.Fatalf("the error is %v, want %s: %s", err, code, sentence)
	}
	if e.Code != code || e.Message != sentence {
		t.Errorf("the error is %s: %s\nwant %s: %s", e.Code, e.Message, code, sentence)
	}
}

func between(start, end string) *api.DateInterval { return &api.DateInterval{Start: start, End: end} }

func byTag(key string) api.GroupDefinition {
	return api.GroupDefinition{Type: new(api.GroupDefinitionTypeTag), Key: &key}
}

func byDimension(d string) api.GroupDefinition {
	return api.GroupDefinition{Type: new(api.GroupDefinitionTypeDimension), Key: &d}
}

func dimension(d api.Dimension, values ...string) *api.Expression {
	return &api.Expression{Dimensions: &api.DimensionValues{Key: &d, Values: values}}
}

func tagged(key string, values ...string) *api.Expression {
	return &api.Expression{Tags: &api.TagValues{Key: &key, Values: values}}
}
