package config

import (
	"strings"
	"testing"
)

func TestCostExplorer(t *testing.T) {
	c, err := Parse("f.yaml", []byte("cost-explorer: {activate-tags: true, history-months: 13}\n"), environment)
	if err != nil {
		t.Fatal(err)
	}
	if want := (CostExplorer{ActivateTags: true, HistoryMonths: 13}); c.CostExplorer != want {
		t.Errorf("got %+v, want %+v", c.CostExplorer, want)
	}
	for src, want := range map[string]string{
		"cost-explorer: {history-months: -1}":   "cost-explorer.history-months: want 0 to 1200, found -1",
		"cost-explorer: {history-months: 1201}": "cost-explorer.history-months: want 0 to 1200, found 1201",
		"cost-explorer: {activate-tag: true}":   "activate-tag",
	} {
		if _, err := Parse("f.yaml", []byte(src), environment); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", src, err, want)
		}
	}
}
