package awswire

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/fault"
)

func TestRESTJSONErrors(t *testing.T) {
	const service = ":http://internal.amazon.com/coral/com.amazon.bedrock/"
	const framework = ":http://internal.amazon.com/coral/com.amazon.coral.service/"
	for _, test := range []struct {
		err    error
		status int
		name   string
		body   string
	}{
		{fault.New(fault.Validation, "The provided model identifier is invalid."), 400, "ValidationException" + service, `{"message":"The provided model identifier is invalid."}`},
		{fault.New(fault.Serialization, "no"), 400, "SerializationException" + framework, `{"message":"no"}`},
		{fault.New(fault.AccessDenied, `User: "x"`), 403, "AccessDeniedException" + service, `{"Message":"User: \"x\""}`},
		{fault.New(fault.ResourceNotFound, "no"), 404, "ResourceNotFoundException" + service, `{"message":"no"}`},
		{fault.New(fault.Conflict, "no"), 400, "ConflictException" + service, `{"message":"no"}`},
		{fault.New(fault.ServiceQuotaExceeded, "no"), 400, "ServiceQuotaExceededException" + service, `{"message":"no"}`},
		{&fault.Error{Code: fault.TooManyTags, Message: "no", Resource: "arn:r"}, 400, "TooManyTagsException" + service, `{"message":"no","resourceName":"arn:r"}`},
		{fault.New(fault.Throttling, "no"), 429, "ThrottlingException" + service, `{"message":"no"}`},
		{fault.New(fault.ModelNotReady, "no"), 429, "ModelNotReadyException" + service, `{"message":"no"}`},
		{fault.New(fault.ModelTimeout, "no"), 408, "ModelTimeoutException" + service, `{"message":"no"}`},
		{&fault.Error{Code: fault.ModelError, Message: "no", OriginalStatus: 500, OriginalMessage: "boom", Resource: "m"}, 424, "ModelErrorException" + service, `{"message":"no","originalStatusCode":500,"resourceName":"m"}`},
		{&fault.Error{Code: fault.ModelStreamError, Message: "no", OriginalStatus: 500, OriginalMessage: "boom", Resource: "m"}, 424, "ModelStreamErrorException" + service, `{"message":"no","originalStatusCode":500,"originalMessage":"boom"}`},
		{fault.New(fault.ServiceUnavailable, "no"), 503, "ServiceUnavailableException" + service, `{"message":"no"}`},
		{fault.New(fault.UnknownOperation, "no"), 404, "UnknownOperationException" + framework, `{"message":"no"}`},
		{fault.New(fault.RequestTooLarge, "no"), 413, "RequestEntityTooLargeException" + framework, `{"message":"no"}`},
		{fault.New(fault.RequestTimeout, "no"), 408, "RequestTimeoutException" + framework, `{"message":"no"}`},
		{fault.New(fault.MissingAuthentication, "no"), 403, "MissingAuthenticationTokenException" + framework, `{"message":"no"}`},
		{fault.New(fault.IncompleteSignature, "no"), 403, "IncompleteSignatureException" + framework, `{"message":"no"}`},
		{fault.New(fault.InvalidSignature, "no"), 403, "InvalidSignatureException" + framework, `{"message":"no"}`},
		{fault.New(fault.UnrecognizedClient, "no"), 403, "UnrecognizedClientException" + framework, `{"message":"no"}`},
		{fault.New(fault.ExpiredToken, "no"), 403, "ExpiredTokenException" + framework, `{"message":"no"}`},
		{errors.New("the disk is on fire"), 500, "InternalServerException" + service, `{"message":"The system encountered an unexpected error during processing. Try your request again."}`},
		{fault.New(fault.Internal, "secret"), 500, "InternalServerException" + service, `{"message":"The system encountered an unexpected error during processing. Try your request again."}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			s := NewService("bedrock", RESTJSON{})
			status := s.WriteError(rec, &Call{RequestID: "id-1"}, test.err)
			if status != test.status || rec.Code != test.status {
				t.Errorf("status %d, sent %d, want %d", status, rec.Code, test.status)
			}
			got := map[string]string{}
			for name, values := range rec.Result().Header {
				got[name] = values[0]
			}
			delete(got, "Content-Length")
			want := map[string]string{"X-Amzn-Requestid": "id-1", "X-Amzn-Errortype": test.name, "Content-Type": "application/json"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if rec.Body.String() != test.body {
				t.Errorf("got  %s\nwant %s", rec.Body, test.body)
			}
		})
	}
}

func TestRetryAfterIsWholeMillisecondsAndNeverTooEarly(t *testing.T) {
	for _, test := range []struct {
		code  fault.Code
		after time.Duration
		want  string
	}{
		{fault.Throttling, 1500 * time.Millisecond, "1500"},
		{fault.Throttling, time.Microsecond, "1"},
		{fault.ModelNotReady, time.Second + 1, "1001"},
		{fault.ServiceUnavailable, time.Minute, "60000"},
		{fault.Throttling, 0, ""},
		{fault.Validation, time.Second, ""},
	} {
		rec := httptest.NewRecorder()
		RESTJSON{}.WriteError(rec, &Call{}, &fault.Error{Code: test.code, RetryAfter: test.after})
		if got := rec.Header().Get("x-amz-retry-after"); got != test.want {
			t.Errorf("%v after %v: got %q, want %q", test.code, test.after, got, test.want)
		}
	}
}

func TestErrorsCarryTheCallsHeaders(t *testing.T) {
	rec := httptest.NewRecorder()
	c := &Call{Header: http.Header{"X-Outcrop-Region": {"us-east-2"}}}
	RESTJSON{}.WriteError(rec, c, fault.New(fault.Throttling, "no"))
	if got := rec.Header().Get("x-outcrop-region"); got != "us-east-2" {
		t.Errorf("got %q", got)
	}
}
