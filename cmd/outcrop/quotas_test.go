package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/service/quotas"
)

func TestQuotasAreDrawn(t *testing.T) {
	minute, day := int64(59_200), (23*time.Hour + 58*time.Minute + time.Second).Milliseconds()
	list := &quotas.List{Quotas: []quotas.Use{
		{Account: "111122223333", Quota: "tokens-per-day", Limit: 700_000_000, Used: 4_250_000, ResetMs: day},
		{Account: "111122223333", Model: "amazon.nova-lite-v1:0", Source: "us-east-1", Scope: "geo", Quota: "requests-per-minute", Limit: 6, Used: 3, Enforced: true, ResetMs: minute},
		{Account: "111122223333", Model: "amazon.nova-lite-v1:0", Source: "us-east-1", Scope: "geo", Quota: "tokens-per-minute", Limit: 20_000, Used: 31_000, ResetMs: minute},
		{Account: "111122223333", Model: "amazon.nova-lite-v1:0", Source: "us-east-1", Scope: "geo", Share: "fair", Who: "arn:aws:iam::111122223333:user/ana", Quota: "concurrency", Limit: 8, Used: 1, Enforced: true},
		{Account: "444455556666", Quota: "tokens-per-day", Enforced: true},
	}}
	for name, c := range map[string]struct {
		command quotasCommand
		want    string
	}{
		"all": {quotasCommand{Model: "*"}, `Account 111122223333

  all models
    tokens-per-day           4,250,000 of 700,000,000       0.6 %  ▏                         watched, all free in 23h59m

  amazon.nova-lite-v1:0 from us-east-1 (geo)
    requests-per-minute              3 of 6                50.0 %  ████████████              all free in 1m
    tokens-per-minute           31,000 of 20,000          155.0 %  ████████████████████████  watched, all free in 1m

  amazon.nova-lite-v1:0 from us-east-1 (geo), share fair of arn:aws:iam::111122223333:user/ana
    concurrency                      1 of 8                12.5 %  ███

Account 444455556666

  all models
    tokens-per-day                   0 of 0               100.0 %  ████████████████████████
`},
		"one share":   {quotasCommand{Model: "amazon.*", Share: "f*"}, "Account 111122223333\n\n  amazon.nova-lite-v1:0 from us-east-1 (geo), share fair of arn:aws:iam::111122223333:user/ana\n    concurrency                      1 of 8                12.5 %  ███\n"},
		"one account": {quotasCommand{Model: "*", Account: "444455556666"}, "Account 444455556666\n\n  all models\n    tokens-per-day                   0 of 0               100.0 %  ████████████████████████\n"},
		"nothing":     {quotasCommand{Model: "meta.*"}, "Nothing is used of any quota.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := c.command.write(&b, list); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, b.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestQuotasAreAskedFor(t *testing.T) {
	var asked *http.Request
	status, body := http.StatusOK, `{"at":"2026-11-22T12:00:00Z","quotas":[{"account":"111122223333","quota":"concurrency","limit":2,"used":1,"enforced":true,"resetMs":0}]}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r
		w.Header().Set("X-Amzn-Errortype", "AccessDeniedException:http://internal.amazon.com/")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	defer server.Close()
	to := access{endpoint: server.URL + "/", region: "eu-west-1", key: identity.AccessKey{ID: "AKIA", Secret: identity.NewSecret("s")}}
	c := &quotasCommand{Model: "*", Account: "1111 2222"}
	list, err := c.ask(t.Context(), to)
	if err != nil || len(list.Quotas) != 1 || list.Quotas[0].Limit != 2 {
		t.Errorf("%+v, %v", list, err)
	}
	if asked.URL.String() != "/outcrop/v1/quotas?account=1111+2222" || !strings.Contains(asked.Header.Get("Authorization"), "/eu-west-1/bedrock/aws4_request") {
		t.Errorf("asked %s with %v", asked.URL, asked.Header)
	}
	status, body = http.StatusForbidden, `{"Message":"not you"}`
	if _, err := c.ask(t.Context(), to); err == nil || !strings.Contains(err.Error(), "AccessDeniedException") {
		t.Errorf("%v", err)
	}
	status, body = http.StatusOK, `<html>`
	if _, err := c.ask(t.Context(), to); err == nil || !strings.Contains(err.Error(), "cannot read the answer") {
		t.Errorf("%v", err)
	}
}

func TestARefusalSaysWhichQuota(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Errortype", "ThrottlingException:http://internal.amazon.com/")
		w.Header().Set("X-Outcrop-Quota", "tokens-per-minute; limit=1")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(`{"message":"Too many tokens, please wait before trying again."}`))
	}))
	defer server.Close()
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	want := "ThrottlingException: Too many tokens, please wait before trying again.\nthe quota (outcrop quotas shows all): tokens-per-minute; limit=1"
	if got := refusal(resp); got.Error() != want {
		t.Errorf("%v", got)
	}
}
