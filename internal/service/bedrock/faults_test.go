package bedrock_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/storetest"
)

// faultPlans break the store's n-th call in every way it can break.
var faultPlans = map[string]func(s store.Store, n int) (faulty store.Store, struck func() bool){
	"the store does not hear": func(s store.Store, n int) (store.Store, func() bool) {
		f := storetest.FailNth(s, n, storetest.Before)
		return f, f.Struck
	},
	"the answer is lost": func(s store.Store, n int) (store.Store, func() bool) {
		f := storetest.FailNth(s, n, storetest.After)
		return f, f.Struck
	},
	"the answer is lost, and the next call fails": func(s store.Store, n int) (store.Store, func() bool) {
		f := storetest.FailNth(s, n, storetest.After)
		return storetest.FailNth(f, n+1, storetest.Before), f.Struck
	},
	"three calls in a row fail": func(s store.Store, n int) (store.Store, func() bool) {
		f := storetest.FailNth(s, n, storetest.Before)
		return storetest.FailNth(storetest.FailNth(f, n, storetest.Before), n, storetest.Before), f.Struck
	},
}

// TestNthStoreCallFails walks every error path behind the API: each call of the store fails once. Every
// answer is a success or a clean 500, and what the API shows afterwards is what the store holds.
func TestNthStoreCallFails(t *testing.T) {
	for plan, fail := range faultPlans {
		t.Run(plan, func(t *testing.T) {
			n := 1
			for runWithFault(t, fail, n) {
				n++
			}
			if least := len(conversation("")) - 1; n <= least { // every request but the GET writes
				t.Errorf("only %d calls failed, want at least %d", n-1, least)
			}
		})
	}
}

func runWithFault(t *testing.T, fail func(store.Store, int) (store.Store, func() bool), n int) (struck bool) {
	t.Helper()
	armed := &switched{}
	node := newNode(t, func(n *node) {
		n.wrap = func(s store.Profiles) store.Profiles { armed.Profiles = s; return armed }
	})
	seed := read[created](t, node.post("/inference-profiles", createBody("seed", "")))
	faulty, hit := fail(node.db, n)
	armed.Profiles = faulty

	for i, q := range conversation(seed.ARN) {
		a := node.do(q)
		if a.status >= 300 && (a.status != 500 || a.kind != "InternalServerException" || strings.Contains(a.body, "injected")) {
			t.Errorf("n=%d, request %d: %d %s %s", n, i, a.status, a.kind, a.body)
		}
		if shown, held := shownTags(t, node), heldTags(t, node); shown != nil && !cmp.Equal(shown, held) {
			t.Errorf("n=%d, after request %d: the API shows what the store does not hold (-store +API):\n%s", n, i, cmp.Diff(held, shown))
		}
	}
	armed.Profiles = node.db // the store is well again
	if diff := cmp.Diff(heldTags(t, node), shownTags(t, node)); diff != "" {
		t.Errorf("n=%d, in the end (-store +API):\n%s", n, diff)
	}
	return hit()
}

// switched lets a test change the store behind a registry.
type switched struct{ store.Profiles }

func conversation(arn string) []request {
	id := arn[strings.LastIndex(arn, "/")+1:]
	return []request{
		{method: "POST", path: "/inference-profiles", body: createBody("first", "one")},
		{method: "POST", path: "/tagResource", body: fmt.Sprintf(`{"resourceARN":%q,"tags":[{"key":"k","value":"v"}]}`, arn)},
		{method: "POST", path: "/inference-profiles", body: createBody("first", "one")},
		{method: "POST", path: "/untagResource", body: fmt.Sprintf(`{"resourceARN":%q,"tagKeys":["seed"]}`, arn)},
		{method: "GET", path: "/inference-profiles/" + id},
		{method: "DELETE", path: "/inference-profiles/" + id},
		{method: "POST", path: "/inference-profiles", body: createBody("second", "two")},
	}
}

// shownTags are all application profiles with their tags as the API shows them; nothing when it fails.
func shownTags(t *testing.T, n *node) map[string]map[string]string {
	t.Helper()
	list := n.get("/inference-profiles?type=APPLICATION&maxResults=1000")
	if list.status == 500 {
		return nil
	}
	out := map[string]map[string]string{}
	for _, p := range read[page](t, list).Summaries {
		tags := n.post("/listTagsForResource", fmt.Sprintf(`{"resourceARN":%q}`, p.ARN))
		if tags.status == 500 {
			return nil
		}
		out[p.ID] = map[string]string{}
		for _, tag := range read[tagList](t, tags).Tags {
			out[p.ID][tag.Key] = tag.Value
		}
	}
	return out
}

// heldTags is the same as the store holds it.
func heldTags(t *testing.T, n *node) map[string]map[string]string {
	t.Helper()
	rows, err := n.db.ListProfiles(t.Context(), store.ProfileKey{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for _, row := range rows {
		out[row.ID] = maps.Clone(map[string]string(row.Tags))
	}
	return out
}
