package main

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/server"
)

// Of two accounts neither sees nor changes anything of the other, whichever operation it asks, and whatever names it knows:
// until a resource policy or a role says so.
func TestTwoAccounts(t *testing.T) {
	w := newTown(t)
	owner, stranger := w.newAccount(inside+"-owner"), w.newAccount("stranger")
	known := w.furnish(owner)
	w.spent(owner)

	before := w.picture(owner, known)
	for _, service := range []string{"iam", "bedrock", "openai", "anthropic", "ce", "budgets", "outcrop-budgets", "sns"} {
		own := func(answer string) bool {
			return w.tells(answer) || strings.Contains(answer, `"account":"`+owner.account)
		}
		if !slices.ContainsFunc(before[service], own) {
			t.Errorf("%s shows the owner nothing of its own, so that this test says nothing of it:\n%s", service, strings.Join(before[service], "\n"))
		}
	}
	if !slices.ContainsFunc(w.picture(w.main, known)["organizations"], w.tells) {
		t.Error("organizations shows the management account nothing, so that this test says nothing of it")
	}

	for _, account := range []string{owner.account, stranger.account} {
		asked := known.about(account)
		w.each(func(api server.API, op awswire.Operation) {
			w.tryAs(stranger, owner, api, op, asked)
		})
	}
	if diff := cmp.Diff(before, w.picture(owner, known)); diff != "" {
		t.Errorf("the stranger changed what its owner sees (-before +after):\n%s", diff)
	}

	w.open(owner, stranger, known)
}

// tryAs asks one operation as somebody else: nothing may come of it. A question that is not understood would prove nothing,
// so it must be one that the operation could have answered.
func (w *town) tryAs(stranger, owner asker, api server.API, op awswire.Operation, asked belongings) {
	w.t.Helper()
	name := api.Service.Name + " " + op.Name
	question := asked.question(api.Service.Name, op.Name)
	status, answer := w.ask(stranger, api, op, question)
	switch {
	case strings.Contains(answer, owner.account) && !strings.Contains(w.json(question), owner.account):
		w.t.Errorf("%s tells a stranger of the owner's account: %d %s", name, status, answer)
	case w.tells(answer) || slices.ContainsFunc(asked.ids, func(id string) bool { return strings.Contains(answer, id) }):
		w.t.Errorf("%s tells a stranger: %d %s", name, status, answer)
	case status >= http.StatusInternalServerError:
		w.t.Errorf("%s: %d %s", name, status, answer)
	case misunderstood.MatchString(answer) && !asked.senseless[name]:
		w.t.Errorf("%s does not understand the question: %d %s", name, status, answer)
	case asked.closed(api.Service.Name, op.Name) && status != http.StatusForbidden:
		w.t.Errorf("%s is open to a stranger: %d %s", name, status, answer)
	}
}

// misunderstood are errors about the form of a question.
var misunderstood = regexp.MustCompile(`ValidationE|SerializationE|Malformed|InvalidParameter|InvalidInput|invalid_request_error|UnknownOperation|InvalidAction`)

// tells reports whether an answer holds what only its owner knows.
func (*town) tells(answer string) bool {
	return strings.Contains(strings.ToLower(answer), strings.ToLower(inside))
}

// each goes through all operations, those that only look first.
func (w *town) each(do func(server.API, awswire.Operation)) {
	for _, looking := range []bool{true, false} {
		for _, api := range w.s.APIs() {
			for _, op := range api.Service.Operations() {
				if looks(op.Name) == looking {
					do(api, op)
				}
			}
		}
	}
}

// looks reports whether an operation changes nothing.
func looks(operation string) bool {
	return regexp.MustCompile(`^(Get|List|Describe|Retrieve|Simulate|Advise|Explain)`).MatchString(operation)
}

// picture is all that an account sees, by service.
func (w *town) picture(who asker, known belongings) map[string][]string {
	w.t.Helper()
	all := map[string][]string{}
	w.each(func(api server.API, op awswire.Operation) {
		service := api.Service.Name
		if !looks(op.Name) || service == "sts" {
			return
		}
		status, answer := w.ask(who, api, op, known.question(service, op.Name))
		all[service] = append(all[service], fmt.Sprintf("%s %d %s", op.Name, status, volatile.ReplaceAllString(answer, "…")))
	})
	return all
}

// volatile is what differs between two equal answers.
var volatile = regexp.MustCompile(`<RequestId>[^<]*|<LastUsedDate>[^<]*|"(at|since|resetMs|request_id|requestID|used|held|calls|periodEnd|periodStart)":("[^"]*"|[0-9]+)|"(next_?[tT]oken|NextPageToken)":"[^"]*"|req_[a-z0-9]+`)

// spent waits until the cost of the owner's call can be seen.
func (w *town) spent(owner asker) {
	w.t.Helper()
	const patience = 30 * time.Second
	for began := time.Now(); ; {
		if w.tells(w.must(owner, "ce", "GetTags", costs()["ce"])) {
			return
		}
		if time.Since(began) > patience {
			w.t.Fatal("Cost Explorer does not show the owner's call")
		}
	}
}

// open shows the two ways in: a resource policy opens what it names, and a role all that it may.
func (w *town) open(owner, stranger asker, known belongings) {
	w.t.Helper()
	profile := known.all["bedrock"].member("resourceArn")
	hello := fields{"modelId": profile, "messages": saying()}
	w.must(owner, "bedrock", "PutResourcePolicy", fields{"resourceArn": profile, "resourcePolicy": `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"` + stranger.account + `"},"Action":["bedrock:InvokeModel*","bedrock:GetInferenceProfile"],"Resource":"` + profile + `"}]}`})
	w.must(stranger, "bedrock-runtime", "Converse", hello)
	shown := w.must(stranger, "bedrock", "GetInferenceProfile", fields{"inferenceProfileIdentifier": profile})
	if !w.tells(shown) {
		w.t.Errorf("a shared profile looks like %s", shown)
	}
	w.tryAs(stranger, owner, w.api("bedrock"), w.operation("bedrock", "ListTagsForResource"), known)
	w.tryAs(stranger, owner, w.api("bedrock"), w.operation("bedrock", "GetResourcePolicy"), known)

	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + stranger.account + `"},"Action":"sts:AssumeRole"}]}`
	w.must(owner, "iam", "UpdateAssumeRolePolicy", fields{"RoleName": "clerk-role", "PolicyDocument": trust})
	w.must(owner, "iam", "AttachRolePolicy", fields{"RoleName": "clerk-role", "PolicyArn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"})
	w.must(owner, "iam", "DeleteRolePermissionsBoundary", fields{"RoleName": "clerk-role"})
	visitor := w.assume(stranger, "arn:aws:iam::"+owner.account+":role/clerk-role", owner.account)
	if user := w.must(visitor, "iam", "GetUser", fields{"UserName": "clerk"}); !w.tells(user) {
		w.t.Errorf("the role sees %s", user)
	}
}

func (w *town) api(service string) server.API {
	w.t.Helper()
	i := slices.IndexFunc(w.s.APIs(), func(a server.API) bool { return a.Service.Name == service })
	if i < 0 {
		w.t.Fatalf("nobody serves %s", service)
	}
	return w.s.APIs()[i]
}

func (w *town) operation(service, name string) awswire.Operation {
	w.t.Helper()
	all := w.api(service).Service.Operations()
	i := slices.IndexFunc(all, func(o awswire.Operation) bool { return o.Name == name })
	if i < 0 {
		w.t.Fatalf("%s has no operation %s", service, name)
	}
	return all[i]
}
