package sqlite_test

import (
	"flag"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

// How much history BenchmarkMonth makes before it asks. Ten million records:
//
//	go test -run xxx -bench Month -ledger-records 10000000 -timeout 30m ./internal/store/sqlite
var ledgerRecords = flag.Int("ledger-records", 100_000, "records of the month that BenchmarkMonth reads")

const firstHour = int64(24 * 20_000)

// keyTexts are as long as real ones: twenty teams with five models in three regions, four classes each.
func keyTexts() []string {
	var keys []string
	for i := range 20 * 5 * 3 {
		for class := range 4 {
			keys = append(keys, fmt.Sprintf(`{"account":"111122223333","region":"eu-west-%d","service":"Claude Sonnet 4.6 (Amazon Bedrock Edition)","usageType":"EUW1-MP:EUW1_InputTokenCount-Units","operation":"InvokeModelInference","recordType":"Usage","class":%d,"model":"anthropic.claude-sonnet-4-6","application":"arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/%012d","tags":"%032d"}`, i%3, class, i, i))
		}
	}
	return keys
}

// madeBatch is n records of one hour, numbered from first on.
func madeBatch(first, n int, hour int64, keys []string) store.Batch {
	b := store.Batch{Through: int64(first + n), Entries: make([]store.Entry, n)}
	body := make([]byte, 300)
	for i := range b.Entries {
		id, who := first+i, (first+i)%(len(keys)/4)
		e := store.Entry{
			UsageRecord: store.UsageRecord{
				// Real ids are random: spread them.
				RequestID: fmt.Sprintf("%08x-7777-4777-8777-%012x", uint32(id)*2654435761, id), At: time.Unix(hour*3600+int64(i%3600), 0),
				Account: "111122223333", Resource: fmt.Sprintf("arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/%012d", who), Body: body,
			},
			Lines: make([]store.Line, 2),
		}
		for class := range e.Lines {
			e.Lines[class] = store.Line{Hour: hour, Key: keys[who*4+class], Counters: store.Counters{Count: 500, Cost: money.Pico(1_500_000_123), Calls: 1}}
		}
		b.Entries[i] = e
	}
	return b
}

func openBench(b *testing.B) *sqlite.DB {
	db, err := sqlite.Open(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return db
}

func BenchmarkIngest(b *testing.B) {
	db, keys := openBench(b), keyTexts()
	const size = 5_000
	n, making, began := 0, time.Duration(0), processorTime(b)
	for b.Loop() {
		b.StopTimer()
		making -= processorTime(b)
		batch := madeBatch(n*size, size, firstHour+int64(n/100), keys)
		making += processorTime(b)
		n++
		b.StartTimer()
		if added, err := db.Ingest(b.Context(), batch); err != nil || added != size {
			b.Fatal(added, err)
		}
	}
	b.ReportMetric(float64(n*size)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(processorTime(b)-began-making)/float64(n*size), "cpu-ns/record")
}

// processorTime is what the process has used of its processors: what counts on a machine that others use too.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkMonth(b *testing.B) {
	db, keys := openBench(b), keyTexts()
	const hours, size = 30 * 24, 5_000
	per := max(*ledgerRecords/hours, 1)
	for h := range int64(hours) {
		for at := 0; at < per; at += size {
			if _, err := db.Ingest(b.Context(), madeBatch(int(h)*per+at, min(size, per-at), firstHour+h, keys)); err != nil {
				b.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name  string
		parts int64
	}{{"whole", 1}, {"by-day", 30}, {"by-hour", hours}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				step := hours / c.parts
				for p := range c.parts {
					if _, err := db.Sums(b.Context(), firstHour+p*step, firstHour+(p+1)*step); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(per*hours), "records")
		})
	}
}
