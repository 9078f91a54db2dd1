package awswire

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/fault"
)

func TestJSON11Errors(t *testing.T) {
	for _, test := range []struct {
		err    error
		status int
		body   string
	}{
		{fault.New(fault.Validation, "no"), 400, `{"__type":"ValidationException","message":"no"}`},
		{fault.New(fault.Serialization, "no"), 400, `{"__type":"SerializationException","message":"no"}`},
		{fault.New(fault.AccessDenied, `User: "x"`), 400, `{"__type":"AccessDeniedException","Message":"User: \"x\""}`},
		{&fault.Error{Code: fault.ResourceNotFound, Message: "no", Resource: "arn:r"}, 400, `{"__type":"ResourceNotFoundException","Message":"no","ResourceName":"arn:r"}`},
		{fault.New(fault.BillExpiration, "no"), 400, `{"__type":"BillExpirationException","Message":"no"}`},
		{fault.New(fault.DataUnavailable, "no"), 400, `{"__type":"DataUnavailableException","Message":"no"}`},
		{fault.New(fault.InvalidNextToken, "no"), 400, `{"__type":"InvalidNextTokenException","Message":"no"}`},
		{fault.New(fault.LimitExceeded, "no"), 400, `{"__type":"LimitExceededException","Message":"no"}`},
		{fault.New(fault.Throttling, "no"), 400, `{"__type":"LimitExceededException","Message":"no"}`},
		{fault.New(fault.RequestChanged, "no"), 400, `{"__type":"RequestChangedException","Message":"no"}`},
		{fault.New(fault.UnresolvableUsageUnit, "no"), 400, `{"__type":"UnresolvableUsageUnitException","Message":"no"}`},
		{fault.New(fault.UnknownOperation, "no"), 400, `{"__type":"UnknownOperationException","message":"no"}`},
		{fault.New(fault.InvalidSignature, "no"), 400, `{"__type":"InvalidSignatureException","message":"no"}`},
		{fault.New(fault.UnrecognizedClient, "no"), 400, `{"__type":"UnrecognizedClientException","message":"no"}`},
		{fault.New(fault.ExpiredToken, "no"), 400, `{"__type":"ExpiredTokenException","message":"no"}`},
		{fault.New(fault.MissingAuthentication, "no"), 400, `{"__type":"MissingAuthenticationTokenException","message":"no"}`},
		{fault.New(fault.RequestTooLarge, "no"), 413, `{"__type":"RequestEntityTooLargeException","message":"no"}`},
		{fault.New(fault.ServiceUnavailable, "no"), 503, `{"__type":"ServiceUnavailableException","Message":"no"}`},
		{errors.New("the disk is on fire"), 500, `{"__type":"InternalServerException","Message":"The system encountered an unexpected error during processing. Try your request again."}`},
	} {
		t.Run(test.body, func(t *testing.T) {
			rec := httptest.NewRecorder()
			status := NewService("ce", JSON11{}).WriteError(rec, &Call{RequestID: "id-1"}, test.err)
			if status != test.status || rec.Code != test.status {
				t.Errorf("status %d, sent %d, want %d", status, rec.Code, test.status)
			}
			if diff := cmp.Diff(test.body, rec.Body.String()); diff != "" {
				t.Error(diff)
			}
			if got := rec.Header().Get("Content-Type"); got != "application/x-amz-json-1.1" {
				t.Errorf("content type %q", got)
			}
			if got := rec.Header().Get("X-Amzn-Requestid"); got != "id-1" {
				t.Errorf("request id %q", got)
			}
		})
	}
}

func TestJSON11ServicesWithNamesOfTheirOwn(t *testing.T) {
	var c Checker
	c.reset(new(gaps))
	c.Match("AccountId", "me", &Pattern{Source: "[0-9]+", Go: `\A[0-9]+\z`})
	c.Absent("Name")
	var enum Checker
	enum.reset(new(gaps))
	enum.Enum("Type", "X", "A, B")
	var short Checker
	short.reset(new(gaps))
	short.Length("Name", "", 1, 5)
	const constraint = "failed to satisfy constraint: "
	reasoned := fault.Named(fault.LimitExceeded, "ConstraintViolationException", "no")
	reasoned.Reason = "QUOTA"
	for _, test := range []struct {
		err        error
		own, plain string
	}{
		{
			c.Err(), `{"__type":"InvalidInputException","Message":"You provided a value that does not match the required pattern. (2 validation errors detected: Value 'me' at 'accountId' ` + constraint +
				`Member must satisfy regular expression pattern: [0-9]+; Value null at 'name' ` + constraint + `Member must not be null)","Reason":"INVALID_PATTERN"}`,
			`{"__type":"ValidationException","message":"2 validation errors detected: Value 'me' at 'accountId' ` + constraint +
				`Member must satisfy regular expression pattern: [0-9]+; Value null at 'name' ` + constraint + `Member must not be null"}`,
		},
		{
			enum.Err(), `{"__type":"InvalidInputException","Message":"You specified an invalid value. (1 validation error detected: Value 'X' at 'type' ` + constraint +
				`Member must satisfy enum value set: [A, B])","Reason":"INVALID_ENUM"}`,
			`{"__type":"ValidationException","message":"1 validation error detected: Value 'X' at 'type' ` + constraint + `Member must satisfy enum value set: [A, B]"}`,
		},
		{
			short.Err(), `{"__type":"InvalidInputException","Message":"1 validation error detected: Value '' at 'name' ` + constraint +
				`Member must have length greater than or equal to 1","Reason":"MIN_LENGTH_EXCEEDED"}`,
			`{"__type":"ValidationException","message":"1 validation error detected: Value '' at 'name' ` + constraint + `Member must have length greater than or equal to 1"}`,
		},
		{reasoned, `{"__type":"ConstraintViolationException","Message":"no","Reason":"QUOTA"}`, `{"__type":"ConstraintViolationException","Message":"no","Reason":"QUOTA"}`},
		{fault.Named(fault.Validation, "InvalidParameterException", "no"), `{"__type":"InvalidParameterException","Message":"no"}`, `{"__type":"InvalidParameterException","Message":"no"}`},
	} {
		for protocol, want := range map[JSON11]string{{Invalid: "InvalidInputException"}: test.own, {}: test.plain} {
			rec := httptest.NewRecorder()
			protocol.WriteError(rec, &Call{}, fault.Public(test.err))
			if diff := cmp.Diff(want, rec.Body.String()); rec.Code != 400 || diff != "" {
				t.Errorf("HTTP %d (-want +got):\n%s", rec.Code, diff)
			}
		}
	}
}

// A pattern that looks ahead is two, and a name's violation has a sentence of its own when it stands alone.
func TestPatternsInTwoParts(t *testing.T) {
	p := &Pattern{Source: "(?!x)[a-z]+", Go: `\A[a-z]+\z`, Not: `\Ax.*\z`, Allowed: "-"}
	for s, want := range map[string]bool{"abc": true, "xbc": false, "bxc": true, "1": false, "": false} {
		if got := p.Match(s); got != want {
			t.Errorf("%q matches: %v, want %v", s, got, want)
		}
	}
	for want, names := range map[string][]string{
		"The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: -": {"UserName"},
		"2 validation errors detected: Value 'xyz' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!x)[a-z]+; " +
			"Value 'xyz' at 'path' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!x)[a-z]+": {"UserName", "Path"},
	} {
		var c Checker
		c.reset(new(gaps))
		for _, name := range names {
			c.Match(name, "xyz", p)
		}
		if err := c.Err(); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestTargetsNameOperations(t *testing.T) {
	ran := ""
	handle := func(name string) Handler {
		return func(_ context.Context, _ *Request, w *Response) error {
			ran = name
			return w.JSON(200, []byte("{}"))
		}
	}
	s := NewService("ce", JSON11{},
		Operation{Name: "GetTags", Target: "Index.GetTags", Handle: handle("GetTags")},
		Operation{Name: "GetCost", Target: "Index.GetCost", Handle: handle("GetCost")})
	for _, test := range []struct {
		method, path, target, want string
		speaks                     bool
	}{
		{"POST", "/", "Index.GetTags", "GetTags", true},
		{"POST", "/?a=b", "Index.GetCost", "GetCost", true},
		{"POST", "", "Index.GetCost", "GetCost", true},
		{"POST", "//", "Index.GetCost", "GetCost", true},
		{"GET", "/", "Index.GetTags", "", true},
		{"POST", "/model/x/converse", "Index.GetTags", "", true},
		{"POST", "/", "Index.getTags", "", true},
		{"POST", "/", "Index.", "", true},
		{"POST", "/", "Index", "", false},
		{"POST", "/", "Other.GetTags", "", false},
		{"POST", "/", ".GetTags", "", false},
		{"POST", "/", "", "", false},
	} {
		r := httptest.NewRequest(test.method, "http://host"+test.path, nil)
		r.RequestURI = test.path
		if test.target != "" {
			r.Header.Set("X-Amz-Target", test.target)
		}
		ran = ""
		rec := httptest.NewRecorder()
		out := s.Serve(rec, &Call{Request: r})
		if ran != test.want || out.Operation != test.want {
			t.Errorf("%s %q %q ran %q, want %q", test.method, test.path, test.target, ran, test.want)
		}
		if got := s.Speaks(r, nil); got != test.speaks {
			t.Errorf("%q is of the service: %v, want %v", test.target, got, test.speaks)
		}
		if test.want != "" && rec.Header().Get("Content-Type") != "application/x-amz-json-1.1" {
			t.Errorf("answered with %q", rec.Header().Get("Content-Type"))
		}
	}
	paths := NewService("bedrock", RESTJSON{}, Operation{Name: "Root", Method: "POST", Path: "/", Handle: handle("Root")})
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("X-Amz-Target", ".Root")
	if m, ok := paths.Find(r, nil); !ok || m.Operation.Name != "Root" || paths.Speaks(r, nil) {
		t.Error("a service of paths must not look at targets")
	}
}

func TestEpoch(t *testing.T) {
	for text, want := range map[string]time.Time{
		"0":              time.Unix(0, 0),
		"1763824000":     time.Unix(1763824000, 0),
		"1763824000.25":  time.UnixMilli(1763824000250),
		"-1.5":           time.UnixMilli(-1500),
		"1.763824e9":     time.Unix(1763824000, 0),
		"1763824000.999": time.UnixMilli(1763824000999),
	} {
		var r Reader
		r.Reset([]byte(text))
		got := r.Epoch()
		if err := r.Err(); err != nil || !got.Equal(want) {
			t.Errorf("%s is %v (%v), want %v", text, got, err, want)
		}
		again := AppendEpoch(nil, got)
		r.Reset(again)
		if back := r.Epoch(); !back.Equal(want) {
			t.Errorf("%s was written as %s", text, again)
		}
	}
	for _, text := range []string{"1e300", "-1e300", `"2026-01-01"`, "253402300800"} {
		var r Reader
		r.Reset([]byte(text))
		if r.Epoch(); !fault.Is(r.Err(), fault.Serialization) {
			t.Errorf("%s: %v", text, r.Err())
		}
	}
}
