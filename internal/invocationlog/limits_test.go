package invocationlog_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/invocationlog"
	"github.com/outcrop/outcrop/internal/store/storetest"
)

// counted reads one of the log's own metrics.
func (l *logs) counted(name string) float64 {
	l.t.Helper()
	for _, c := range l.Collectors() {
		descs := make(chan *prometheus.Desc, 1)
		c.Describe(descs)
		if strings.Contains((<-descs).String(), `"`+name+`"`) {
			return testutil.ToFloat64(c)
		}
	}
	l.t.Fatalf("no metric is named %s", name)
	return 0
}

func TestConfigurations(t *testing.T) {
	l := newLogs(t)
	if _, ok := l.Config(account, region); ok {
		t.Error("a new log is configured")
	}
	c := toGroup()
	c.S3 = &invocationlog.Bucket{Name: "bucket-a", KeyPrefix: "a/b"}
	c.CloudWatch.Large = &invocationlog.Bucket{Name: "bucket-b"}
	l.put(c)
	l.close()
	l.open()
	got, _ := l.Config(account, region)
	if diff := cmp.Diff(c, got); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	if _, ok := l.Config(account, "us-west-2"); ok {
		t.Error("another region is configured too")
	}
}

func TestPutRefuses(t *testing.T) {
	bucket := func(name, prefix string) invocationlog.Config {
		return invocationlog.Config{S3: &invocationlog.Bucket{Name: name, KeyPrefix: prefix}}
	}
	group := toGroup()
	group.CloudWatch.Name = "a b"
	for name, c := range map[string]invocationlog.Config{
		"no destination": {Text: true},
		"upper case":     bucket("Bucket", ""),
		"two dots":       bucket("a..b", ""),
		"a leading dot":  bucket(".ab", ""),
		"a slash":        bucket("a/b", ""),
		"up":             bucket("abc", "../x"),
		"up within":      bucket("abc", "x/../../y"),
		"absolute":       bucket("abc", "/etc"),
		"empty part":     bucket("abc", "a//b"),
		"long part":      bucket("abc", strings.Repeat("x", 256)),
		"group":          group,
	} {
		t.Run(name, func(t *testing.T) {
			l := newLogs(t)
			if err := l.Put(t.Context(), account, region, c); !fault.Is(err, fault.Validation) {
				t.Errorf("got %v", err)
			}
			if _, ok := l.Config(account, region); ok {
				t.Error("it counts")
			}
		})
	}
}

func TestPutNeedsAWritableBucket(t *testing.T) {
	l := newLogs(t)
	if err := os.MkdirAll(filepath.Join(l.dir, "s3"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(l.dir, "s3", "taken"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := l.Put(t.Context(), account, region, invocationlog.Config{S3: &invocationlog.Bucket{Name: "taken"}})
	if !fault.Is(err, fault.Validation) || !strings.Contains(fault.Public(err).Message, "bucket taken") {
		t.Errorf("got %v", err)
	}
}

func TestStoreFails(t *testing.T) {
	l := newLogs(t)
	l.put(toGroup())
	l.close()
	l.open(func(o *invocationlog.Options) { o.Store = storetest.FailNth(l.db, 2, storetest.Before) })
	c := toGroup()
	c.CloudWatch.Name = "other"
	if err := l.Put(t.Context(), account, region, c); !errors.Is(err, storetest.ErrInjected) {
		t.Errorf("got %v", err)
	}
	if got, _ := l.Config(account, region); got.CloudWatch.Name != "calls" {
		t.Errorf("what the store refused counts: %+v", got.CloudWatch)
	}
}

func TestNamesStayInside(t *testing.T) {
	for _, name := range []string{"..", ".", "a/../../../b", "/aws/bedrock", strings.Repeat("#", 512)} {
		l := newLogs(t)
		c := toGroup()
		c.CloudWatch.Name = name
		l.put(c)
		l.do(call{operation: "Converse", path: "/model/x/converse", record: served()})
		l.close()
		files := l.objects("cloudwatch/111122223333/us-east-1")
		if len(files) != 1 || l.counted("outcrop_invocation_logs_total") != 1 {
			t.Errorf("%.20s: %v", name, files)
		}
	}
}

func TestFullQueueDrops(t *testing.T) {
	l := newLogs(t, func(o *invocationlog.Options) { o.Queue = 1 })
	l.put(toGroup())
	for range 3 {
		l.do(call{operation: "Converse", path: "/model/x/converse", record: served()})
	}
	if n := l.counted("outcrop_invocation_logs_dropped_total"); n != 3 {
		t.Errorf("dropped %v, want 3", n)
	}
}

func TestGroupFilesRotate(t *testing.T) {
	l := newLogs(t, func(o *invocationlog.Options) { o.FileSize, o.KeepFiles = 1000, 2 })
	l.put(toGroup())
	for i := range 9 {
		l.do(call{id: fmt.Sprintf("id-%d", i), operation: "Converse", path: "/model/x/converse", record: served()})
	}
	l.close()
	files := l.objects("cloudwatch")
	var all strings.Builder
	for _, text := range files {
		all.WriteString(text)
	}
	if len(files) != 3 || strings.Contains(all.String(), "id-0") || !strings.Contains(all.String(), "id-8") {
		t.Errorf("%d files: %s", len(files), all.String())
	}
}

func TestUnwritableFilesAreCounted(t *testing.T) {
	l := newLogs(t)
	l.put(toGroup())
	if err := os.WriteFile(filepath.Join(l.dir, "cloudwatch"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l.do(call{operation: "Converse", path: "/model/x/converse", record: served()})
	l.close()
	if n := l.counted("outcrop_invocation_log_failures_total"); n != 1 {
		t.Errorf("%v failures, want 1", n)
	}
}
