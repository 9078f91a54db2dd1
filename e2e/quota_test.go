package e2e

import (
	"fmt"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
)

// withQuotas is a server that answers at once, within quotas.
func withQuotas(quotas string) string {
	return "simulator: {first-token: 1ms, tokens-per-second: 100000}\nquotas:\n" + quotas
}

// bounded asks one question whose answer may have so many tokens, and returns the headers of whatever comes back.
func (c client) bounded(t *testing.T, model string, maxTokens int32) (http.Header, error) {
	t.Helper()
	in := &bedrockruntime.ConverseInput{ModelId: &model, Messages: ask("What is an outcrop?")}
	if maxTokens > 0 {
		in.InferenceConfig = &types.InferenceConfiguration{MaxTokens: &maxTokens}
	}
	out, err := c.runtime.Converse(withPatience(t), in)
	if err != nil {
		return nil, err
	}
	return headers(t, out.ResultMetadata), nil
}

// count is a header's number, -1 where there is none.
func count(h http.Header, name string) int {
	n, err := strconv.Atoi(h.Get(name))
	if err != nil {
		return -1
	}
	return n
}

func TestQuotasRefuseInAWSsWords(t *testing.T) {
	t.Parallel()
	c := start(t, withQuotas(`
  overrides:
    - {model: "`+claude+`", scope: in-region, requests-per-minute: 2}
    - {model: "`+claude+`", scope: geo, tokens-per-minute: 1500}
    - {model: "amazon.nova-lite-v1:0", tokens-per-day: 1500}
    - {model: "amazon.nova-micro-v1:0", tokens-per-minute: 0}
`)).client()
	for _, refused := range []struct {
		model, sentence, quota string
		served                 int
		retry                  bool
	}{
		{claude, "Too many requests, please wait before trying again.", "requests-per-minute", 2, true},
		{claudeProfile, "Too many tokens, please wait before trying again.", "tokens-per-minute", 1, true},
		{"amazon.nova-lite-v1:0", "Too many tokens per day, please wait before trying again.", "tokens-per-day", 1, false},
		{"amazon.nova-micro-v1:0", "Too many tokens per day, please wait before trying again.", "tokens-per-minute", 0, false},
	} {
		for range refused.served {
			if _, err := c.bounded(t, refused.model, 1000); err != nil {
				t.Fatalf("%s: %v", refused.model, err)
			}
		}
		_, err := c.bounded(t, refused.model, 1490)
		got, h := failure[*types.ThrottlingException](t, err, http.StatusTooManyRequests)
		if got.ErrorMessage() != refused.sentence || !strings.HasPrefix(h.Get("X-Outcrop-Quota"), refused.quota+"; limit=") {
			t.Errorf("%s: %q because of %q", refused.model, got.ErrorMessage(), h.Get("X-Outcrop-Quota"))
		}
		ms, seconds := count(h, "X-Amz-Retry-After"), count(h, "Retry-After")
		if told := ms > 0 && ms <= 60_500 && seconds == (ms+999)/1000; told != refused.retry || !refused.retry && ms+seconds != -2 {
			t.Errorf("%s: x-amz-retry-after %d, retry-after %d", refused.model, ms, seconds)
		}
	}
}

func TestAnUnsetMaximumReservesTheModels(t *testing.T) {
	t.Parallel()
	c := start(t, withQuotas(`
  overrides: [{model: "`+claude+`", tokens-per-minute: 4000}]
`)).client()
	h, err := c.bounded(t, claude, 100)
	if err != nil {
		t.Fatal(err)
	}
	if reserved := count(h, "X-Outcrop-Reserved-Tokens"); reserved <= 100 || reserved > 120 || h.Get("X-Outcrop-Unset-Max-Tokens") != "" {
		t.Errorf("%d tokens reserved for 100 and a question; unset: %q", reserved, h.Get("X-Outcrop-Unset-Max-Tokens"))
	}
	_, err = c.bounded(t, claude, 0)
	_, h = failure[*types.ThrottlingException](t, err, http.StatusTooManyRequests)
	if most := count(h, "X-Outcrop-Unset-Max-Tokens"); most < 4096 || count(h, "X-Outcrop-Reserved-Tokens") <= most {
		t.Errorf("unset: %d, reserved: %d", most, count(h, "X-Outcrop-Reserved-Tokens"))
	}
	if !strings.Contains(h.Get("X-Outcrop-Quota"), "never fits") {
		t.Errorf("the refusal says %q", h.Get("X-Outcrop-Quota"))
	}
}

func TestSharesKeepTeamsApart(t *testing.T) {
	t.Parallel()
	c := start(t, withQuotas(`
  overrides: [{model: "`+claude+`", requests-per-minute: 6}]
  shares:
    - {name: team-a, tags: {team: a}, requests-per-minute: 50%}
`)).client()
	a := c.createProfile(t, "a", modelARN("us-east-1", claude), tag("team", "a"))
	b := c.createProfile(t, "b", modelARN("us-east-1", claude), tag("team", "b"))
	served := func(model string) (n int, why string) {
		for range 5 {
			if _, err := c.bounded(t, model, 10); err != nil {
				_, h := failure[*types.ThrottlingException](t, err, http.StatusTooManyRequests)
				return n, h.Get("X-Outcrop-Quota")
			}
			n++
		}
		return n, ""
	}
	if n, why := served(a); n != 3 || !strings.Contains(why, "share team-a of account "+account) {
		t.Errorf("team a was served %d times, then %q", n, why)
	}
	if n, why := served(b); n != 3 || strings.Contains(why, "share") {
		t.Errorf("team b was served %d times, then %q", n, why)
	}
}

// Whoever may assume a role chooses the names of its sessions, and gets no more by choosing many.
func TestSessionsOfARoleHaveOneShare(t *testing.T) {
	t.Parallel()
	s := start(t, withQuotas(`
  shares: [{name: fair, principal: "*", each: true, pooled: true, requests-per-minute: 2}]
`))
	role := s.newRole(t, "worker", homely)
	as := func(session string) client {
		return s.callsWith(stscreds.NewAssumeRoleProvider(s.tokens(s.static()), role, func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = session }))
	}
	for _, session := range []string{"one", "two"} {
		if _, err := as(session).bounded(t, claude, 10); err != nil {
			t.Fatal(err)
		}
	}
	_, err := as("three").bounded(t, claude, 10)
	if _, h := failure[*types.ThrottlingException](t, err, http.StatusTooManyRequests); !strings.Contains(h.Get("X-Outcrop-Quota"), "share fair ("+role+")") {
		t.Errorf("refused because of %q", h.Get("X-Outcrop-Quota"))
	}
	if _, err := s.client().bounded(t, claude, 10); err != nil {
		t.Errorf("the administrator has no share of its own: %v", err)
	}
	out, _ := s.outcrop(t, nil, "quotas", "--data", s.data, "--share", "fair")
	if !strings.Contains(out, "all models, share fair of "+role) || !strings.Contains(out, "2 of 2 ") {
		t.Errorf("outcrop quotas shows:\n%s", out)
	}
}

func TestAStreamSettlesAtItsEnd(t *testing.T) {
	t.Parallel()
	c := start(t, withQuotas(`
  overrides: [{model: "`+claude+`", tokens-per-minute: 50000}]
`)).instantClient()
	s, h, err := c.stream(t, claude, "What is an outcrop?")
	if err != nil {
		t.Fatal(err)
	}
	reserved := count(h, "X-Outcrop-Reserved-Tokens")
	if left := count(h, "X-Ratelimit-Remaining-Tokens"); reserved < 4096 || left != 50000-reserved {
		t.Errorf("at the stream's head %d of 50000 tokens are left with %d reserved", left, reserved)
	}
	h, err = c.bounded(t, claude, 1)
	if err != nil {
		t.Fatal(err)
	}
	used := int(*s.usage.InputTokens + *s.usage.OutputTokens)
	if left := count(h, "X-Ratelimit-Remaining-Tokens"); left > 50000-used || left < 50000-used-20 {
		t.Errorf("after a stream of %d tokens and a call of a few %d of 50000 are left", used, left)
	}
}

func TestADaysQuotaOutlivesTheServer(t *testing.T) {
	t.Parallel()
	config := withQuotas(`
  accounts: [{tokens-per-day: 100000}]
`)
	s := start(t, config)
	before, err := s.client().bounded(t, claude, 50)
	if err != nil {
		t.Fatal(err)
	}
	after, err := s.restart(config).client().bounded(t, claude, 50)
	if err != nil {
		t.Fatal(err)
	}
	const left = "X-Ratelimit-Remaining-Tokens-Day"
	if used := 100000 - count(before, left); used < 10 || count(after, left) != 100000-2*used {
		t.Errorf("%d tokens are left of the day, then after the same call again and a restart %d", count(before, left), count(after, left))
	}
}

func TestWhatFailsGivesItsTokensBack(t *testing.T) {
	t.Parallel()
	c := start(t, withQuotas(`
  overrides: [{model: "`+claude+`", tokens-per-minute: 10000, requests-per-minute: 10}]
`)).client()
	if _, err := c.runtime.Converse(withPatience(t), &bedrockruntime.ConverseInput{ModelId: aws.String(claude)}); err == nil {
		t.Fatal("a call without messages was served")
	}
	h, err := c.bounded(t, claude, 1)
	if err != nil {
		t.Fatal(err)
	}
	if left := count(h, "X-Ratelimit-Remaining-Requests"); left != 9 {
		t.Errorf("%d of 10 requests are left: a call that was refused for its form counts for nothing", left)
	}

	c = start(t, `simulator:
  first-token: 1ms
  failures: [{kind: unavailable, calls: 3}]
quotas:
  overrides: [{model: "`+claude+`", tokens-per-minute: 10000, requests-per-minute: 10}]
`).client()
	for range 3 {
		if _, err := c.bounded(t, claude, 1000); err == nil {
			t.Fatal("the model did not fail")
		}
	}
	if h, err = c.bounded(t, claude, 1); err != nil {
		t.Fatal(err)
	}
	if requests, tokens := count(h, "X-Ratelimit-Remaining-Requests"), count(h, "X-Ratelimit-Remaining-Tokens"); requests != 6 || tokens < 9980 {
		t.Errorf("after three failed calls and one of a few tokens %d of 10 requests and %d of 10000 tokens are left", requests, tokens)
	}
}

func TestCountingIsFreeAndEmbeddingsCount(t *testing.T) {
	t.Parallel()
	c := start(t, withQuotas(`
  overrides: [{tokens-per-minute: 10000, requests-per-minute: 2}]
`)).client()
	for range 5 {
		if _, err := c.runtime.CountTokens(withPatience(t), &bedrockruntime.CountTokensInput{
			ModelId: aws.String(claude), Input: &types.CountTokensInputMemberConverse{Value: types.ConverseTokensRequest{Messages: ask("short")}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	h, err := c.bounded(t, claude, 1)
	if err != nil || count(h, "X-Ratelimit-Remaining-Requests") != 1 {
		t.Errorf("after counting: %v, %v", h, err)
	}
	out, err := c.runtime.InvokeModel(withPatience(t), &bedrockruntime.InvokeModelInput{
		ModelId: aws.String(titan), Body: fmt.Appendf(nil, `{"inputText":%q}`, strings.Repeat("an outcrop of rock ", 100)),
	})
	if err != nil {
		t.Fatal(err)
	}
	h = headers(t, out.ResultMetadata)
	input := count(h, "X-Amzn-Bedrock-Input-Token-Count")
	if left := count(h, "X-Ratelimit-Remaining-Tokens"); input < 300 || left != 10000-input || h.Get("X-Outcrop-Unset-Max-Tokens") != "" {
		t.Errorf("after an embedding of %d tokens %d of 10000 are left", input, left)
	}
}

func TestEveryDoorTellsWhatIsLeft(t *testing.T) {
	t.Parallel()
	s := start(t, withQuotas(`
  overrides: [{requests-per-minute: 10, tokens-per-minute: 100000}]
`))
	client, _ := onProtocol(t, false)
	for route, body := range doorBodies(claudeProfile) {
		got := send(t, client, s.keyed(t, route, body))
		left := count(got.header, "X-Ratelimit-Remaining-Requests")
		if route == countRoute {
			if left != -1 {
				t.Errorf("counting tells of a quota: %v", got.header)
			}
			continue
		}
		if left < 0 || left > 9 || count(got.header, "X-Ratelimit-Limit-Tokens") != 100000 || got.header.Get("X-Ratelimit-Reset-Tokens") == "" {
			t.Errorf("%s: %v", route, got.header)
		}
		if anthropic := count(got.header, "Anthropic-Ratelimit-Requests-Remaining"); route == messagesRoute && anthropic != left || route != messagesRoute && anthropic != -1 {
			t.Errorf("%s: %d requests left in Anthropic's header, %d in the other", route, anthropic, left)
		}
	}
}

func TestTheCommandLineReadsARefusal(t *testing.T) {
	t.Parallel()
	need(t, "the AWS CLI", "aws", "--version")
	s := start(t, withQuotas(`
  overrides: [{requests-per-minute: 1}]
`))
	question := []string{"bedrock-runtime", "converse", "--model-id", claude, "--messages", `[{"role":"user","content":[{"text":"Hello"}]}]`}
	s.run(t, "aws", question...)
	again := exec.CommandContext(withPatience(t), "aws", question...)
	again.Env = s.environment()
	out, err := again.CombinedOutput()
	if want := "(ThrottlingException) when calling the Converse operation"; err == nil || !strings.Contains(string(out), want) ||
		!strings.Contains(string(out), "Too many requests, please wait before trying again.") {
		t.Errorf("%v: %s", err, out)
	}
}
