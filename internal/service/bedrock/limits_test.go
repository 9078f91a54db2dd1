package bedrock_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestTagLimit(t *testing.T) {
	n := newNode(t)
	body := func(tags int) string {
		return fmt.Sprintf(`{"inferenceProfileName":"a","modelSource":{"copyFrom":%q},"tags":[%s]}`, novaLite, tagsJSON("k", tags))
	}
	if a := n.post("/inference-profiles", body(51)); a.status != 400 || a.kind != "TooManyTagsException" || !strings.Contains(a.body, `"resourceName":"a"`) {
		t.Errorf("create with 51 tags: %d %s %s", a.status, a.kind, a.body)
	}
	arn := read[created](t, n.post("/inference-profiles", body(50))).ARN
	one := n.post("/tagResource", fmt.Sprintf(`{"resourceARN":%q,"tags":[{"key":"new","value":""}]}`, arn))
	if one.status != 400 || one.kind != "TooManyTagsException" || !strings.Contains(one.body, fmt.Sprintf(`"resourceName":%q`, arn)) {
		t.Errorf("a 51st tag: %d %s %s", one.status, one.kind, one.body)
	}
	if a := n.post("/tagResource", fmt.Sprintf(`{"resourceARN":%q,"tags":[{"key":"k0","value":"changed"}]}`, arn)); a.status != 200 {
		t.Errorf("a new value for one of 50: %d %s %s", a.status, a.kind, a.body)
	}
	if got := shownTags(t, n)[idOf(arn)]; len(got) != 50 || got["k0"] != "changed" {
		t.Errorf("%d tags, k0=%q", len(got), got["k0"])
	}
}

func TestProfileQuota(t *testing.T) {
	n := newNode(t, func(n *node) { n.options.MaxProfiles = 2 })
	first := n.post("/inference-profiles", createBody("a", "token"))
	elsewhere := n.do(request{
		method: "POST", path: "/inference-profiles", region: "us-west-2",
		body: strings.ReplaceAll(createBody("b", ""), usEast, "us-west-2"),
	})
	if first.status != 201 || elsewhere.status != 201 {
		t.Fatalf("%v %v", first, elsewhere)
	}
	third := n.post("/inference-profiles", createBody("c", ""))
	if third.status != 400 || third.kind != "ServiceQuotaExceededException" || !strings.Contains(third.body, "quota of 2 inference profiles") {
		t.Errorf("third: %d %s %s", third.status, third.kind, third.body)
	}
	if a := n.post("/inference-profiles", createBody("a", "token")); a != first {
		t.Errorf("a repeat at the quota: %v, want %v", a, first)
	}
	if a := n.do(request{method: "POST", path: "/inference-profiles", account: "444455556666", body: createBody("d", "")}); a.status != 201 {
		t.Errorf("another account: %v", a)
	}
	n.do(request{method: "DELETE", path: "/inference-profiles/" + idOf(read[created](t, first).ARN)})
	if a := n.post("/inference-profiles", createBody("c", "")); a.status != 201 {
		t.Errorf("after a delete: %v", a)
	}
}
