package invocationlog_test

import (
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/invocationlog"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	account   = arn.Account("111122223333")
	region    = arn.Region("us-east-1")
	requestID = "0aa86f9a-6bd0-4a8f-8f0e-6d4b0f7a1c11"
)

var arrived = time.Date(2026, 7, 13, 14, 0, 42, 680_000_000, time.UTC)

// logs is a Log over a store of its own.
type logs struct {
	*invocationlog.Log
	t   *testing.T
	dir string
	db  *sqlite.DB
}

// newLogs opens a log whose files are written when it closes, unless change says otherwise.
func newLogs(t *testing.T, change ...func(*invocationlog.Options)) *logs {
	t.Helper()
	l := &logs{t: t, dir: t.TempDir()}
	db, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l.db = db
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	l.open(change...)
	return l
}

func (l *logs) open(change ...func(*invocationlog.Options)) {
	l.t.Helper()
	o := invocationlog.Options{
		Store: l.db, Dir: l.dir, Log: slog.New(slog.DiscardHandler), Flush: time.Hour, Queue: 1 << 24, FileSize: 1 << 24,
	}
	for _, f := range change {
		f(&o)
	}
	log, err := invocationlog.Open(l.t.Context(), o)
	if err != nil {
		l.t.Fatal(err)
	}
	l.Log = log
	l.t.Cleanup(l.close)
}

func (l *logs) close() {
	if err := l.Close(context.Background()); err != nil {
		l.t.Error(err)
	}
}

func (l *logs) put(c invocationlog.Config) {
	l.t.Helper()
	if err := l.Put(l.t.Context(), account, region, c); err != nil {
		l.t.Fatal(err)
	}
}

// call is one call as a test has it.
type call struct {
	id, operation, path, body, metadata string
	record                              *gateway.Record
	answer                              func(http.ResponseWriter)
	err                                 error
}

// do is the edge and the gateway in one.
func (l *logs) do(c call) {
	r := httptest.NewRequest(http.MethodPost, c.path, nil)
	r.Header.Set("Content-Type", "application/json")
	if c.metadata != "" {
		r.Header.Set("X-Amzn-Bedrock-Request-Metadata", c.metadata)
	}
	k := &awswire.Call{
		RequestID: c.id, Region: region, Request: r, Body: []byte(c.body), Arrived: arrived,
		Principal: identity.Principal{Account: account, ARN: "arn:aws:iam::111122223333:user/admin", AccessKeyID: "AKIASECRETSECRET"},
	}
	if k.RequestID == "" {
		k.RequestID = requestID
	}
	w, end := l.Begin(httptest.NewRecorder(), k, c.operation)
	if c.record != nil {
		c.record.RequestID = k.RequestID
		l.Settled(c.record)
	}
	if c.answer != nil {
		c.answer(w)
	}
	if end != nil {
		end(awswire.Outcome{Operation: c.operation, Err: c.err})
	}
}

// answering answers with a whole body.
func answering(kind, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", kind)
		io.WriteString(w, body)
	}
}

// served is the record of a call through a cross-region profile that another region served.
func served(outputs ...catalog.Modality) *gateway.Record {
	return &gateway.Record{
		Identifier: "us.amazon.nova-lite-v1:0", Source: region, Region: "us-west-2",
		Usage:  chat.Usage{Input: 11, Output: 7, CacheRead: 5, CacheWrite5m: 3},
		Target: &profile.Target{Model: &catalog.Model{ID: "amazon.nova-lite-v1:0", Output: outputs}, System: &catalog.Profile{ID: "us.amazon.nova-lite-v1:0"}},
	}
}

// objects reads every file below a directory of the logs; compressed ones as what they hold.
func (l *logs) objects(under string) map[string]string {
	l.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(filepath.Join(l.dir, under), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(l.dir, path)
		if err != nil {
			return err
		}
		all[filepath.ToSlash(name)] = l.read(path)
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		l.t.Fatal(err)
	}
	return all
}

func (l *logs) read(path string) string {
	l.t.Helper()
	f, err := os.Open(path)
	if err != nil {
		l.t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			l.t.Fatal(err)
		}
	}
	b, err := io.ReadAll(r)
	if err != nil {
		l.t.Fatal(err)
	}
	return string(b)
}

// group is the file of lines of a log group.
func (l *logs) group(name string) string {
	l.t.Helper()
	return l.objects("cloudwatch")["cloudwatch/111122223333/us-east-1/"+name+"/aws/bedrock/modelinvocations.ndjson"]
}

// pretty is JSON in the one form that tests compare.
func pretty(t *testing.T, s string) string {
	t.Helper()
	v := jsontext.Value(strings.TrimSpace(s))
	if err := v.Canonicalize(); err != nil {
		t.Fatalf("%v: %s", err, s)
	}
	if err := v.Indent(); err != nil {
		t.Fatal(err)
	}
	return string(v)
}
