package bedrock_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pages reads a whole list, some at a time, and calls between after every page.
func pages(t *testing.T, n *node, query string, size int, between func(last summary)) (ids []string) {
	t.Helper()
	for token := ""; ; {
		path := fmt.Sprintf("/inference-profiles?maxResults=%d%s", size, query)
		if token != "" {
			path += "&nextToken=" + url.QueryEscape(token)
		}
		p := read[page](t, n.get(path))
		if len(p.Summaries) > size || p.NextToken != "" && len(p.Summaries) != size {
			t.Fatalf("a page of %d has %d profiles", size, len(p.Summaries))
		}
		for _, s := range p.Summaries {
			ids = append(ids, s.ID)
		}
		if token = p.NextToken; token == "" {
			return ids
		}
		between(p.Summaries[len(p.Summaries)-1])
	}
}

func TestListPages(t *testing.T) {
	n := newNode(t)
	var mine []string
	for i := range 5 {
		mine = append(mine, idOf(read[created](t, n.post("/inference-profiles", createBody(fmt.Sprint("p", i), ""))).ARN))
	}
	all := pages(t, n, "", 1000, nil)
	systems := pages(t, n, "&type=SYSTEM_DEFINED", 1000, nil)
	if diff := cmp.Diff(slices.Concat(systems, mine), all); diff != "" {
		t.Errorf("both kinds, the system's first, then the oldest of mine (-want +got):\n%s", diff)
	}
	if !slices.IsSorted(systems) || !slices.Contains(systems, usSonnet) || slices.Contains(systems, "eu.amazon.nova-lite-v1:0") {
		t.Errorf("systems of us-east-1: %v", systems)
	}
	for query, want := range map[string][]string{"": all, "&type=APPLICATION": mine, "&type=SYSTEM_DEFINED": systems} {
		for _, size := range []int{1, 2, 5, len(want) - 1, len(want), len(want) + 1} {
			if diff := cmp.Diff(want, pages(t, n, query, size, func(summary) {})); diff != "" {
				t.Errorf("%q in pages of %d (-want +got):\n%s", query, size, diff)
			}
		}
	}
}

func TestPagesWithoutASizeHaveAHundred(t *testing.T) {
	n := newNode(t)
	have := len(pages(t, n, "", 1000, nil))
	for i := have; i < 101; i++ {
		read[created](t, n.post("/inference-profiles", createBody(fmt.Sprint("p", i), "")))
	}
	if p := read[page](t, n.get("/inference-profiles")); len(p.Summaries) != 100 || p.NextToken == "" {
		t.Errorf("%d profiles, token %q", len(p.Summaries), p.NextToken)
	}
}

func TestPagingSurvivesRestartsAndChanges(t *testing.T) {
	n := newNode(t)
	var mine []string
	for i := range 4 {
		mine = append(mine, idOf(read[created](t, n.post("/inference-profiles", createBody(fmt.Sprint("p", i), ""))).ARN))
	}
	var deleted string
	got := pages(t, n, "&type=APPLICATION", 2, func(last summary) {
		deleted = last.ID // the very one the page ended with
		if a := n.do(request{method: "DELETE", path: "/inference-profiles/" + last.ID}); a.status != 200 {
			t.Fatal(a)
		}
		n.restart()
	})
	if diff := cmp.Diff(mine, got); diff != "" || deleted != mine[1] {
		t.Errorf("deleted %s (-want +got):\n%s", deleted, diff)
	}
}

func TestTokensAreForOneList(t *testing.T) {
	n := newNode(t)
	token := read[page](t, n.get("/inference-profiles?maxResults=1")).NextToken
	flipped := []byte(token)
	flipped[len(flipped)/2] ^= 1
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]request{
		"another type":     {path: "?type=APPLICATION&nextToken=" + token},
		"another region":   {path: "?nextToken=" + token, region: "us-west-2"},
		"another account":  {path: "?nextToken=" + token, account: "444455556666"},
		"a changed letter": {path: "?nextToken=" + string(flipped)},
		"cut short":        {path: "?nextToken=" + token[:len(token)-1]},
		"no base64":        {path: "?nextToken=%21%21"},
		"nothing in it":    {path: "?nextToken=AAAA"},
		"another checksum": {path: "?nextToken=" + base64.RawURLEncoding.EncodeToString(append(make([]byte, 9), raw[9:]...))},
	}
	for name, q := range tests {
		t.Run(name, func(t *testing.T) {
			q.method, q.path = "GET", "/inference-profiles"+q.path
			if a := n.do(q); a.status != 400 || a.kind != "ValidationException" || !strings.Contains(a.body, "nextToken") {
				t.Errorf("%d %s %s", a.status, a.kind, a.body)
			}
		})
	}
	if a := n.get("/inference-profiles?maxResults=7&nextToken=" + token); a.status != 200 {
		t.Errorf("another size: %d %s %s", a.status, a.kind, a.body)
	}
}
