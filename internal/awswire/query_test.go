package awswire

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/fault"
)

func TestQueryErrors(t *testing.T) {
	status := func(name string) int { return map[string]int{"NoSuchEntity": 404, "ServiceFailure": 500}[name] }
	for _, test := range []struct {
		err    error
		status int
		body   string
	}{
		{fault.New(fault.Validation, "no"), 400, `<Type>Sender</Type><Code>ValidationError</Code><Message>no</Message>`},
		{fault.New(fault.Serialization, "no"), 400, `<Type>Sender</Type><Code>MalformedInput</Code><Message>no</Message>`},
		{fault.New(fault.MalformedQuery, "no"), 400, `<Type>Sender</Type><Code>MalformedQueryString</Code><Message>no</Message>`},
		{fault.New(fault.AccessDenied, `User: <"x">`), 403, `<Type>Sender</Type><Code>AccessDenied</Code><Message>User: &lt;&quot;x&quot;&gt;</Message>`},
		{fault.New(fault.MissingAuthentication, "no"), 403, `<Type>Sender</Type><Code>MissingAuthenticationToken</Code><Message>Request is missing Authentication Token</Message>`},
		{fault.New(fault.IncompleteSignature, "no"), 400, `<Type>Sender</Type><Code>IncompleteSignature</Code><Message>no</Message>`},
		{fault.New(fault.InvalidSignature, "no"), 403, `<Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>no</Message>`},
		{fault.New(fault.UnrecognizedClient, "no"), 403, `<Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>no</Message>`},
		{fault.New(fault.ExpiredToken, "no"), 403, `<Type>Sender</Type><Code>ExpiredToken</Code><Message>no</Message>`},
		{fault.New(fault.Throttling, "no"), 400, `<Type>Sender</Type><Code>Throttling</Code><Message>no</Message>`},
		{fault.New(fault.LimitExceeded, "no"), 409, `<Type>Sender</Type><Code>LimitExceeded</Code><Message>no</Message>`},
		{fault.New(fault.Conflict, "no"), 409, `<Type>Sender</Type><Code>ConcurrentModification</Code><Message>no</Message>`},
		{fault.New(fault.RequestTooLarge, "no"), 413, `<Type>Sender</Type><Code>RequestEntityTooLarge</Code><Message>no</Message>`},
		{fault.New(fault.ServiceUnavailable, "no"), 503, `<Type>Receiver</Type><Code>ServiceUnavailable</Code><Message>no</Message>`},
		{fault.Named(fault.Validation, "NoSuchEntity", "no"), 404, `<Type>Sender</Type><Code>NoSuchEntity</Code><Message>no</Message>`},
		{fault.Named(fault.Conflict, "Unlisted", "no"), 409, `<Type>Sender</Type><Code>Unlisted</Code><Message>no</Message>`},
		{fault.Named(fault.Conflict, "ServiceFailure", "no"), 500, `<Type>Receiver</Type><Code>ServiceFailure</Code><Message>no</Message>`},
		{errors.New("the disk is on fire"), 500, `<Type>Receiver</Type><Code>InternalFailure</Code><Message>The system encountered an unexpected error during processing. Try your request again.</Message>`},
	} {
		t.Run(test.body, func(t *testing.T) {
			rec := httptest.NewRecorder()
			call := &Call{RequestID: "id-1", Request: httptest.NewRequest("POST", "/", nil)}
			got := NewService("iam", Query{Namespace: "https://iam.amazonaws.com/doc/", Status: status}).WriteError(rec, call, test.err)
			if got != test.status || rec.Code != test.status {
				t.Errorf("status %d, sent %d, want %d", got, rec.Code, test.status)
			}
			want := `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/"><Error>` + test.body + `</Error><RequestId>id-1</RequestId></ErrorResponse>`
			if diff := cmp.Diff(want, rec.Body.String()); diff != "" {
				t.Error(diff)
			}
			if h := rec.Header(); h.Get("Content-Type") != "text/xml" || h.Get("X-Amzn-Requestid") != "id-1" {
				t.Errorf("headers %v", h)
			}
		})
	}
}

func TestSNSDeniesInItsOwnWords(t *testing.T) {
	rec := httptest.NewRecorder()
	e := &fault.Error{Code: fault.AccessDenied, Message: "no", RetryAfter: 1500 * time.Microsecond}
	status := Query{Denied: "AuthorizationError"}.WriteError(rec, &Call{RequestID: "id-1"}, e)
	want := `<ErrorResponse xmlns=""><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>no</Message></Error><RequestId>id-1</RequestId></ErrorResponse>`
	if diff := cmp.Diff(want, rec.Body.String()); status != 403 || diff != "" || rec.Header().Get("X-Amz-Retry-After") != "2" {
		t.Errorf("HTTP %d, %v\n%s", status, rec.Header(), diff)
	}
}

// stone is the smallest answer in XML.
type stone struct{ text string }

func (s *stone) AppendXML(b []byte) []byte {
	return append(AppendText(append(b, "<Text>"...), s.text), "</Text>"...)
}

func TestXMLAnswers(t *testing.T) {
	for want, out := range map[string]XMLOutput{
		`<DoResponse xmlns="https://x/"><DoResult><Text>a &lt; b</Text></DoResult><ResponseMetadata><RequestId>id&amp;1</RequestId></ResponseMetadata></DoResponse>`: &stone{"a < b"},
		`<DoResponse xmlns="https://x/"><ResponseMetadata><RequestId>id&amp;1</RequestId></ResponseMetadata></DoResponse>`:                                           nil,
	} {
		s := NewService("x", Query{}, Operation{Name: "Do", Version: "1", Handle: func(_ context.Context, _ *Request, w *Response) error {
			return w.XML("https://x/", "Do", out)
		}})
		rec := httptest.NewRecorder()
		s.Serve(rec, &Call{RequestID: "id&1", Request: httptest.NewRequest("GET", "/?Action=Do&Version=1", nil)})
		if diff := cmp.Diff(want, rec.Body.String()); rec.Code != 200 || diff != "" || rec.Header().Get("Content-Type") != "text/xml" {
			t.Errorf("HTTP %d, %v\n%s", rec.Code, rec.Header(), diff)
		}
	}
}

// Whatever a text is, a parser reads it back; only what XML cannot say is lost.
func TestTextSurvivesXML(t *testing.T) {
	check := func(t interface{ Errorf(string, ...any) }, s, want string) {
		doc := append(AppendText([]byte(`<a b="`), s), `">`...)
		doc = append(AppendText(doc, s), `</a>`...)
		var got struct {
			B    string `xml:"b,attr"`
			Text string `xml:",chardata"`
		}
		if err := xml.Unmarshal(doc, &got); err != nil || got.Text != want || got.B != want {
			t.Errorf("%q was read as %q and %q (%v), want %q", s, got.Text, got.B, err, want)
		}
	}
	for s, want := range map[string]string{
		"":                      "",
		"plain":                 "plain",
		"<&>\"'\r\n\t]]>":       "<&>\"'\r\n\t]]>",
		"é\U0001F600\uFFFD":     "é\U0001F600\uFFFD",
		"a\x00b\x1Fc\uFFFEd":    "a\uFFFDb\uFFFDc\uFFFDd",
		"broken \xC3 and \xFF.": "broken \uFFFD and \uFFFD.",
	} {
		check(t, s, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("ab<>&'\"\r\n\t é]"))).Draw(t, "s")
		check(t, s, s)
	})
}

func TestTimesAndBlobsInXML(t *testing.T) {
	at := time.Date(2026, 2, 28, 23, 59, 59, 999, time.FixedZone("", 3600))
	if got := string(AppendTextTime(nil, at)); got != "2026-02-28T22:59:59Z" {
		t.Error(got)
	}
	if got := string(AppendTextBlob(nil, []byte{0, 255})); got != "AP8=" {
		t.Error(got)
	}
}
