package inference

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// readHead reads the head of a body as a service would.
func readHead(t *testing.T, body string) (h Head, err error) {
	t.Helper()
	s := awswire.NewService("test", awswire.RESTJSON{}, awswire.Operation{
		Name: "Op", Method: "POST", Path: "/", Handle: func(_ context.Context, r *awswire.Request, _ *awswire.Response) error {
			h, err = ReadHead(r)
			return err
		},
	})
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	s.Serve(httptest.NewRecorder(), &awswire.Call{Request: r, Body: []byte(body), Header: http.Header{}})
	return h, err
}

func TestHeads(t *testing.T) {
	for body, want := range map[string]Head{
		`{"model":"m"}`: {Model: "m"},
		`{"messages":[{"model":"x"}],"stream":true,"model":"m","stream_options":{"include_usage":true,"x":1}}`: {Model: "m", Stream: true, Usage: true},
		`{"model":"m","service_tier":"flex"}`:                                   {Model: "m", Tier: "flex"},
		`{"model":"m","service_tier":"auto"}`:                                   {Model: "m"},
		`{"model":"m","service_tier":"standard_only"}`:                          {Model: "m"},
		`{"model":"m","service_tier":null,"stream":null,"stream_options":null}`: {Model: "m"},
	} {
		got, err := readHead(t, body)
		if err != nil {
			t.Errorf("%s: %v", body, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
}

func TestHeadsThatAreRefused(t *testing.T) {
	for body, want := range map[string]fault.Code{
		``: fault.Validation, `[]`: fault.Serialization, `{`: fault.Serialization, `{"model":7}`: fault.Serialization,
		`{}`: fault.Validation, `{"model":""}`: fault.Validation, `{"model":"a","model":"b"}`: fault.Validation,
		`{"model":"a","service_tier":7}`: fault.Serialization,
	} {
		if h, err := readHead(t, body); !fault.Is(err, want) {
			t.Errorf("%q: %+v %v, want %s", body, h, err, want)
		}
	}
}
