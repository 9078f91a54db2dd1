package costexplorer

import (
	"fmt"
	"testing"

	"github.com/go-json-experiment/json"

	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

// The month that the benchmarks ask about: each key has something in every hour.
const (
	benchKeys  = 1000
	benchHours = 30 * 24
)

// filled is a server over a SQLite store with a month of sums.
func filled(b *testing.B) *Server {
	b.Helper()
	db, err := sqlite.Open(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	var sets []store.TagSet
	keys := make([]string, benchKeys)
	for i := range keys {
		tags := map[string]string{"team": fmt.Sprintf("team-%d", i%50), "iamPrincipal/user": fmt.Sprintf("user-%d", i)}
		id := meter.TagSetOf(tags)
		sets = append(sets, store.TagSet{ID: string(id), Tags: tags})
		text, err := json.Marshal(meter.Dimensions{
			Account: management, Region: "us-east-1", Service: "Amazon Bedrock", UsageType: fmt.Sprintf("USE1-NovaLite-%d", i%4),
			Operation: "InvokeModelInference", RecordType: "Usage", Unit: meter.Unit{Name: "1K tokens", Scale: 1000},
			Model: "amazon.nova-lite-v1:0", Principal: fmt.Sprintf("arn:aws:iam::111122223333:user/user-%d", i), Tags: id,
		})
		if err != nil {
			b.Fatal(err)
		}
		keys[i] = string(text)
	}
	first := int64(meter.HourOf(monthOf(now)))
	for day := range int64(benchHours / 24) {
		batch := store.Batch{Through: day + 1, TagSets: sets}
		for hour := first + day*24; hour < first+day*24+24; hour++ {
			e := store.Entry{UsageRecord: store.UsageRecord{RequestID: fmt.Sprint(hour), At: meter.Hour(hour).Time(), Account: management, Resource: "r", Body: []byte{}}}
			for _, key := range keys {
				e.Lines = append(e.Lines, store.Line{Hour: hour, Key: key, Counters: store.Counters{Count: 1000, Cost: money.Pico(123_456_789), Calls: 1}})
			}
			batch.Entries = append(batch.Entries, e)
		}
		if _, err := db.Ingest(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	return New(Options{Ledger: db, Tags: db, Directory: new(memory), Management: management})
}

func BenchmarkMonth(b *testing.B) {
	s := filled(b)
	for name, in := range map[string]api.GetCostAndUsageRequest{
		"by tag":           {Granularity: "MONTHLY", GroupBy: []api.GroupDefinition{byTag("team")}},
		"by tag and day":   {Granularity: "DAILY", GroupBy: []api.GroupDefinition{byTag("team")}},
		"filtered, by two": {Granularity: "MONTHLY", Filter: tagged("team", "team-7"), GroupBy: []api.GroupDefinition{byTag("iamPrincipal/user"), byDimension("USAGE_TYPE")}},
	} {
		in.TimePeriod, in.Metrics = between("2026-11-01", "2026-12-01"), []string{unblendedCost, usageQuantity}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.GetCostAndUsage(b.Context(), call(management), &in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("hours of a day", func(b *testing.B) {
		in := api.GetCostAndUsageRequest{
			TimePeriod: between("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"), Granularity: "HOURLY", Metrics: []string{unblendedCost},
			GroupBy: []api.GroupDefinition{byTag("team")},
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.GetCostAndUsage(b.Context(), call(management), &in); err != nil {
				b.Fatal(err)
			}
		}
	})
}
