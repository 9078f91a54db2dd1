package bedrock_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/outcrop/outcrop/internal/arn"
)

// together runs n callers at the same time and returns their answers.
func together(n int, call func(i int) answer) []answer {
	answers := make([]answer, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { answers[i] = call(i) })
	}
	wg.Wait()
	return answers
}

func TestConcurrentCreatesWithOneTokenMakeOne(t *testing.T) {
	n := newNode(t)
	arns := map[string]bool{}
	for _, a := range together(8, func(int) answer { return n.post("/inference-profiles", createBody("same", "token")) }) {
		if a.status != 201 {
			t.Errorf("%d %s %s", a.status, a.kind, a.body)
			continue
		}
		arns[read[created](t, a).ARN] = true
	}
	if len(arns) != 1 {
		t.Errorf("callers were told %d ARNs, want 1: %v", len(arns), arns)
	}
	if got := len(shownTags(t, n)); got != 1 {
		t.Errorf("%d profiles, want 1", got)
	}
}

func TestConcurrentTagsAreAllKept(t *testing.T) {
	n := newNode(t)
	arn := read[created](t, n.post("/inference-profiles", createBody("a", ""))).ARN
	const callers = 10
	together(callers, func(i int) answer {
		return n.post("/tagResource", fmt.Sprintf(`{"resourceARN":%q,"tags":[{"key":"k%d","value":"v"}]}`, arn, i))
	})
	if got := len(shownTags(t, n)[idOf(arn)]); got != callers+1 {
		t.Errorf("%d tags, want %d", got, callers+1)
	}
}

func TestConcurrentTagsStopAtTheLimit(t *testing.T) {
	n := newNode(t)
	arn := read[created](t, n.post("/inference-profiles", createBody("a", ""))).ARN
	refused := 0
	for _, a := range together(6, func(caller int) answer {
		return n.post("/tagResource", fmt.Sprintf(`{"resourceARN":%q,"tags":[%s]}`, arn, tagsJSON(fmt.Sprint("caller", caller, "-"), 10)))
	}) {
		if a.kind == "TooManyTagsException" {
			refused++
		}
	}
	// One tag from the start and four callers' ten are 41; the fifth would make 51.
	if got := len(shownTags(t, n)[idOf(arn)]); got != 41 || refused != 2 {
		t.Errorf("%d tags and %d refusals, want 41 and 2", got, refused)
	}
}

func TestWhoeverLearnsOfAWriteFindsIt(t *testing.T) {
	n := newNode(t)
	for i, a := range together(8, func(i int) answer {
		made := n.post("/inference-profiles", createBody(fmt.Sprint("p", i), ""))
		if made.status != 201 {
			return made
		}
		id := idOf(read[created](t, made).ARN)
		if _, err := n.registry.Snapshot().Resolve(account, arn.Region(usEast), id); err != nil {
			t.Errorf("created, but calls do not find it: %v", err)
		}
		if got := n.get("/inference-profiles/" + id); got.status != 200 {
			return got
		}
		if got := n.do(request{method: "DELETE", path: "/inference-profiles/" + id}); got.status != 200 {
			return got
		}
		return n.get("/inference-profiles/" + id)
	}) {
		if a.status != 404 {
			t.Errorf("caller %d: %d %s %s", i, a.status, a.kind, a.body)
		}
	}
}

func idOf(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// tagsJSON is n tags whose keys begin with prefix.
func tagsJSON(prefix string, n int) string {
	tags := make([]string, n)
	for i := range tags {
		tags[i] = fmt.Sprintf(`{"key":"%s%d","value":"v"}`, prefix, i)
	}
	return strings.Join(tags, ",")
}
