package server

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/sigv4"
)

func TestTargetsNameServices(t *testing.T) {
	e := start(t, func(o *Options) {
		o.APIs = o.APIs[:1]
		for _, name := range []string{"ce", "budgets"} {
			s := awswire.NewService(name, awswire.JSON11{}, awswire.Operation{
				Name: "Get", Target: name + "Service.Get",
				Handle: func(_ context.Context, _ *awswire.Request, w *awswire.Response) error {
					return w.JSON(200, []byte(`{"by":"`+name+`"}`))
				},
			})
			o.APIs = append(o.APIs, API{SigningName: name, Service: s})
		}
		services := []sigv4.Service{{Name: "bedrock"}, {Name: "ce"}, {Name: "budgets"}}
		o.Authenticators = []Authenticator{Signatures{Verifier: sigv4.NewVerifier(keys{}, sigv4.Options{Services: services})}}
	})
	unknown := `{"__type":"UnknownOperationException","message":"The requested operation is not recognized by the service."}`
	for _, test := range []struct{ signed, region, path, target, want string }{
		{"ce", "us-east-1", "/", "ceService.Get", `200  {"by":"ce"}`},
		{"ce", "eu-west-1", "/", "ceService.Get", `200  {"by":"ce"}`},
		{"budgets", "us-east-1", "/", "budgetsService.Get", `200  {"by":"budgets"}`},
		{"ce", "us-east-1", "/", "budgetsService.Get", "400  " + unknown},
		{"budgets", "us-east-1", "/", "budgetsService.Put", "400  " + unknown},
		{"ce", "us-east-1", "/echo", "", "400  " + unknown},
		{"", "", "/", "ceService.Get", `400  {"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`},
		{"", "", "/", "budgetsService.Put", `400  {"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`},
		{"bedrock", "us-east-1", "/", "ceService.Get", `404 UnknownOperationException {"message":"The requested operation is not recognized by the service."}`},
	} {
		r, err := http.NewRequest(http.MethodPost, e.URL()+test.path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if test.target != "" {
			r.Header.Set("X-Amz-Target", test.target)
		}
		if test.signed != "" {
			sigv4.Sign(r, []byte("{}"), key, arn.Region(test.region), test.signed, time.Now())
		}
		if got := say(t, http.DefaultClient, r); got != test.want {
			t.Errorf("signed for %q, %s %q: %s\nwant %s", test.signed, test.path, test.target, got, test.want)
		}
	}
}
