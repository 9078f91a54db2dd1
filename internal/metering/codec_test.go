package metering

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
)

var someTags = rapid.Custom(func(t *rapid.T) map[string]string {
	m := rapid.MapOfN(rapid.String(), rapid.String(), 0, 3).Draw(t, "tags")
	if len(m) == 0 {
		return nil
	}
	return m
})

var someRecord = rapid.Custom(func(t *rapid.T) meter.Record {
	text := func(name string) string { return rapid.String().Draw(t, name) }
	r := meter.Record{Usage: meter.Usage{
		RequestID: text("id"), At: time.Unix(0, rapid.Int64().Draw(t, "at")).UTC(), Account: arn.Account(text("account")),
		Principal: text("principal"), PrincipalTags: someTags.Draw(t, "principal tags"),
		Application: meter.Application{ARN: text("arn"), ID: text("profile"), Name: text("name"), Tags: someTags.Draw(t, "profile tags")},
		System:      text("system"), Model: text("model"), Source: arn.Region(text("source")), Serving: arn.Region(text("serving")),
		Scope: catalog.Scope(text("scope")), Tier: catalog.Tier(rapid.Byte().Draw(t, "tier")), Operation: text("operation"),
		Estimated: rapid.Bool().Draw(t, "estimated"), Latency: meter.Elapsed(rapid.Int64().Draw(t, "latency")),
		FirstToken: meter.Elapsed(rapid.Int64().Draw(t, "first")), Attempts: rapid.IntRange(0, 99).Draw(t, "attempts"),
		Outcome: meter.Outcome(rapid.Byte().Draw(t, "outcome")), Metadata: someTags.Draw(t, "metadata"),
	}}
	amount := func(name string) money.Amount {
		return money.FromWords(rapid.Int64().Draw(t, name), rapid.Uint64().Draw(t, name))
	}
	for class := range r.Counts {
		r.Counts[class], r.Costs[class] = rapid.Int64().Draw(t, "count"), amount("cost")
	}
	r.Version, r.Total = text("version"), amount("total")
	r.Unpriced, r.Assumed, r.Approximate = rapid.Bool().Draw(t, "unpriced"), rapid.Bool().Draw(t, "assumed"), rapid.Bool().Draw(t, "approximate")
	return r
})

func TestRecordsSurviveTheirCodec(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := someRecord.Draw(rt, "record")
		b := Encode(nil, &want)
		got, err := Decode(b)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(money.Amount{})); err != nil || diff != "" {
			rt.Fatalf("%v\n%s", err, diff)
		}
		if _, err := Decode(b[:rapid.IntRange(0, len(b)-1).Draw(rt, "cut")]); err == nil {
			rt.Fatal("a cut record was read")
		}
		if _, err := Decode(append(bytes.Clone(b), 0)); err == nil {
			rt.Fatal("a record with something behind it was read")
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(Encode(nil, &meter.Record{Usage: meter.Usage{RequestID: "id", Metadata: map[string]string{"k": "v"}}}))
	f.Add([]byte{codecVersion})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Decode(b)
		if err != nil {
			return
		}
		again, err := Decode(Encode(nil, &r))
		if diff := cmp.Diff(r, again, cmp.AllowUnexported(money.Amount{})); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}
