package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/store"
)

var loggingTests = map[string]func(*testing.T, Open){"configurations survive": loggingSurvives}

func loggingSurvives(t *testing.T, open Open) {
	s := open(t)
	if configs, err := s.LoggingConfigs(t.Context()); err != nil || len(configs) != 0 {
		t.Errorf("a new store has %v (%v)", configs, err)
	}
	if err := s.DeleteLoggingConfig(t.Context(), account, region); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
	for _, c := range []store.LoggingConfig{
		{Account: account, Region: "us-west-2", Document: `{"b":"é"}`},
		{Account: account, Region: region, Document: `{}`},
		{Account: "444455556666", Region: region, Document: `{"other":true}`},
		{Account: account, Region: region, Document: `{"a":1}`},
	} {
		if err := s.PutLoggingConfig(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.DeleteLoggingConfig(t.Context(), "444455556666", region); err != nil {
		t.Error(err)
	}
	closeStore(t, s)
	got, err := opened(t, open).LoggingConfigs(t.Context())
	want := []store.LoggingConfig{
		{Account: account, Region: region, Document: `{"a":1}`},
		{Account: account, Region: "us-west-2", Document: `{"b":"é"}`},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
