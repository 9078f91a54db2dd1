package invocationlog_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/invocationlog"
	"github.com/outcrop/outcrop/internal/store"
)

// forgetful is a store that keeps nothing.
type forgetful struct{}

func (forgetful) LoggingConfigs(context.Context) ([]store.LoggingConfig, error) { return nil, nil }

func (forgetful) PutLoggingConfig(context.Context, store.LoggingConfig) error        { return nil }
func (forgetful) DeleteLoggingConfig(context.Context, arn.Account, arn.Region) error { return nil }

// Records reach their files while the log runs, after the time it may keep them.
func TestFlush(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		log, err := invocationlog.Open(t.Context(), invocationlog.Options{
			Store: forgetful{}, Dir: dir, Log: slog.New(slog.DiscardHandler), Flush: time.Minute, Queue: 1 << 20, FileSize: 1 << 20,
		})
		if err != nil {
			t.Fatal(err)
		}
		l := &logs{Log: log, t: t, dir: dir}
		c := toGroup()
		c.S3 = &invocationlog.Bucket{Name: "bucket"}
		l.put(c)
		l.do(call{operation: "Converse", path: "/model/x/converse", record: served()})
		synctest.Wait()
		before := len(l.objects("s3"))
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if after := len(l.objects("s3")); before != 1 || after != 2 {
			t.Errorf("files in the bucket: %d, then %d; want the permission check, then one more", before, after)
		}
		if l.group("calls") == "" {
			t.Error("no line in the log group")
		}
		l.close()
	})
}
