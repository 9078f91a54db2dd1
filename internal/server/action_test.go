package server

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/sigv4"
)

// queryService answers by whom it was asked.
func queryService(name, version string) *awswire.Service {
	return awswire.NewService(name, awswire.Query{Namespace: "https://" + name + "/"}, awswire.Operation{
		Name: "Get", Version: version,
		Handle: func(_ context.Context, _ *awswire.Request, w *awswire.Response) error {
			return w.XML("https://"+name+"/", "Get", nil)
		},
	})
}

func TestActionsNameServices(t *testing.T) {
	e := start(t, func(o *Options) {
		o.APIs = append(o.APIs[:1], API{SigningName: "iam", Service: queryService("iam", "2010-05-08")}, API{SigningName: "sts", Service: queryService("sts", "2011-06-15")})
		services := []sigv4.Service{{Name: "bedrock"}, {Name: "iam"}, {Name: "sts"}}
		o.Authenticators = []Authenticator{Signatures{Verifier: sigv4.NewVerifier(keys{}, sigv4.Options{Services: services})}}
	})
	for _, test := range []struct {
		signed, method, address, body string
		status                        int
		want                          string
	}{
		{"iam", "POST", "/", "Action=Get&Version=2010-05-08", 200, `<GetResponse xmlns="https://iam/">`},
		{"sts", "POST", "/", "Action=Get&Version=2011-06-15", 200, `<GetResponse xmlns="https://sts/">`},
		{"sts", "GET", "/?Action=Get&Version=2011-06-15", "", 200, `<GetResponse xmlns="https://sts/">`},
		{"iam", "POST", "/", "Action=Put&Version=2010-05-08", 400, "<Code>InvalidAction</Code><Message>Could not find operation Put for version 2010-05-08</Message>"},
		{"iam", "POST", "/", "Action=Get&Version=2011-06-15", 400, `<ErrorResponse xmlns="https://iam/"><Error><Type>Sender</Type><Code>InvalidAction</Code>`},
		{"sts", "POST", "/", "", 400, "<Code>MissingAction</Code>"},
		{"sts", "POST", "/path", "Action=Get&Version=2011-06-15", 400, "<Code>MissingAction</Code>"},
		{"", "POST", "/", "Action=Get&Version=2011-06-15", 403, `<ErrorResponse xmlns="https://sts/"><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code>`},
		{"", "POST", "/", "Action=Other&Version=2010-05-08", 403, `<ErrorResponse xmlns="https://iam/"><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code>`},
		{"bedrock", "POST", "/", "Action=Get&Version=2010-05-08", 404, `{"message":"The requested operation is not recognized by the service."}`},
	} {
		r, err := http.NewRequest(test.method, e.URL()+test.address, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		if test.signed != "" {
			sigv4.Sign(r, []byte(test.body), key, "us-east-1", test.signed, time.Now())
		}
		if got := say(t, http.DefaultClient, r); !strings.HasPrefix(got, strconv.Itoa(test.status)+" ") || !strings.Contains(got, test.want) {
			t.Errorf("signed for %q, %s %s %q: %s\nwant %d %s", test.signed, test.method, test.address, test.body, got, test.status, test.want)
		}
	}
}
