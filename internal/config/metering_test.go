package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/config"
)

func TestMetering(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	for text, want := range map[string]string{
		"fsync: always":      "",
		"fsync: 10s":         "",
		"fsync: 11s":         `want always, or a time from 1ms to 10s, found "11s"`,
		"fsync: 0":           `found "0"`,
		"fsync: sometimes":   `found "sometimes"`,
		"segment-size: 1MB":  "want 1MiB to 2GiB",
		"max-journal: 64MiB": "want at least two segments, 128MiB",
		"on-failure: ignore": `want refuse or serve, found "ignore"`,
		"retention-days: -1": "want 0 to 36500, found -1",
		"retention-days: 0":  "",
		"{segment-size: 1MiB, max-journal: 2MiB}": "",
		"sync: always": "sync",
	} {
		_, err := config.Parse("x.yaml", []byte("metering:\n  "+text+"\n"), none)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	c := config.Default().Metering.Options()
	if c.Journal.Interval != 50*time.Millisecond || c.Retention != 90*24*time.Hour {
		t.Errorf("%+v", c)
	}
}
