package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/server"
	"github.com/outcrop/outcrop/internal/sigv4"
)

// asker is somebody with a key.
type asker struct {
	account string
	key     identity.AccessKey
	token   string
}

// fields are the members of a request, by their names in the API.
type fields map[string]any

// member is what a field says, as a text.
func (f fields) member(name string) string {
	text, _ := f[name].(string)
	return text
}

// with is a copy of fields with some of them replaced.
func (f fields) with(more fields) fields {
	out := fields{}
	for _, from := range [...]fields{f, more} {
		for name, value := range from {
			out[name] = value
		}
	}
	return out
}

// town is a server with all its APIs, called without a listener.
type town struct {
	t    *testing.T
	s    *server.Server
	main asker // the administrator of the management account
}

func newTown(t *testing.T) *town {
	t.Helper()
	s, admin := inMemory(t, "simulator: {first-token: 0s, tokens-per-second: 0}\n")
	return &town{t: t, s: s, main: asker{account: "111122223333", key: admin}}
}

// patient is a recorder with the deadlines that the server sets.
type patient struct{ *httptest.ResponseRecorder }

func (patient) SetReadDeadline(time.Time) error  { return nil }
func (patient) SetWriteDeadline(time.Time) error { return nil }

// ask does an operation of an API: with every field there is, whichever of them the operation has.
func (w *town) ask(who asker, api server.API, op awswire.Operation, in fields) (status int, answer string) {
	w.t.Helper()
	method, path, kind, body := op.Method, op.Path, "application/json", ""
	switch {
	case op.Target != "":
		method, path, kind, body = "POST", "/", "application/x-amz-json-1.1", w.json(in)
	case op.Version != "":
		form := url.Values{"Action": {op.Name}, "Version": {op.Version}}
		flatten(form, "", map[string]any(in))
		method, path, kind, body = "POST", "/", "application/x-www-form-urlencoded", form.Encode()
	default:
		path = label.ReplaceAllStringFunc(path, func(l string) string { return url.PathEscape(in.member(l[1 : len(l)-1])) })
		if method == "POST" || method == "PUT" {
			body = w.json(in)
		}
	}
	r := httptest.NewRequestWithContext(w.t.Context(), method, "http://127.0.0.1"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	if op.Target != "" {
		r.Header.Set("X-Amz-Target", op.Target)
	}
	if api.Service.Name == "anthropic" {
		r.Header.Set("Anthropic-Version", "2023-06-01")
	}
	if who.token != "" {
		r.Header.Set("X-Amz-Security-Token", who.token)
	}
	sigv4.Sign(r, []byte(body), who.key, "us-east-1", api.SigningName, time.Now())
	out := patient{httptest.NewRecorder()}
	w.s.ServeHTTP(out, r)
	return out.Code, out.Body.String() + " " + out.Header().Get("X-Amzn-Errortype")
}

// label is a label of a path.
var label = regexp.MustCompile(`\{[A-Za-z]+\+?\}`)

func (w *town) json(in fields) string {
	w.t.Helper()
	text, err := json.Marshal(map[string]any(in))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// flatten writes a value as the parameters of a form: Name.member.1.Key.
func flatten(form url.Values, name string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, one := range v {
			flatten(form, strings.TrimPrefix(name+"."+key, "."), one)
		}
	case []any:
		for i, one := range v {
			flatten(form, name+".member."+strconv.Itoa(i+1), one)
		}
	case string:
		form.Set(name, v)
	}
}

// must does an operation by its names, which must succeed, and returns its answer.
func (w *town) must(who asker, service, operation string, in fields) string {
	w.t.Helper()
	for _, api := range w.s.APIs() {
		for _, op := range api.Service.Operations() {
			if api.Service.Name != service || op.Name != operation {
				continue
			}
			status, answer := w.ask(who, api, op, in)
			if status >= http.StatusBadRequest {
				w.t.Fatalf("%s %s: %d %s", service, operation, status, answer)
			}
			return answer
		}
	}
	w.t.Fatalf("nobody serves %s of %s", operation, service)
	return ""
}

// found is what an answer says between two texts.
func (w *town) found(answer, before, after string) string {
	w.t.Helper()
	_, rest, ok := strings.Cut(answer, before)
	text, _, closed := strings.Cut(rest, after)
	if !ok || !closed {
		w.t.Fatalf("no %q in %s", before, answer)
	}
	return text
}

// newAccount makes a member account and returns its administrator.
func (w *town) newAccount(name string) asker {
	w.t.Helper()
	made := w.must(w.main, "organizations", "CreateAccount", fields{"AccountName": name, "Email": name + "@example.com"})
	id := w.found(made, `"AccountId":"`, `"`)
	return w.assume(w.main, "arn:aws:iam::"+id+":role/OrganizationAccountAccessRole", id)
}

// assume is a session of a role in an account.
func (w *town) assume(who asker, role, account string) asker {
	w.t.Helper()
	s := w.must(who, "sts", "AssumeRole", fields{"RoleArn": role, "RoleSessionName": "visitor"})
	return asker{account, identity.AccessKey{
		ID: w.found(s, "<AccessKeyId>", "<"), Secret: identity.NewSecret(w.found(s, "<SecretAccessKey>", "<")),
	}, w.found(s, "<SessionToken>", "<")}
}
