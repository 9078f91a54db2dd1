package awsapi

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/awsapi/sns"
	"github.com/outcrop/outcrop/internal/awsapi/sts"
	"github.com/outcrop/outcrop/internal/awswire"
)

// api is one generated package.
type api struct {
	name    string
	server  reflect.Type // its interface Server
	service *awswire.Service
}

func apis() []api {
	return []api{
		{"iam", reflect.TypeFor[iam.Server](), iam.NewService(iam.Unimplemented{})},
		{"sts", reflect.TypeFor[sts.Server](), sts.NewService(sts.Unimplemented{})},
		{"sns", reflect.TypeFor[sns.Server](), sns.NewService(sns.Unimplemented{})},
		{"organizations", reflect.TypeFor[organizations.Server](), organizations.NewService(organizations.Unimplemented{})},
		{"budgets", reflect.TypeFor[budgets.Server](), budgets.NewService(budgets.Unimplemented{})},
	}
}

// operations are the names of an API's operations, and what they return: nil for nothing.
func (a api) operations() map[string]reflect.Type {
	list := map[string]reflect.Type{}
	for method := range a.server.Methods() {
		list[method.Name] = nil
		if method.Type.NumOut() == 2 {
			list[method.Name] = method.Type.Out(0).Elem()
		}
	}
	return list
}

// needBotocore skips a test where there is none.
func needBotocore(t *testing.T) {
	t.Helper()
	if err := exec.Command("python3", "-c", "import botocore").Run(); err != nil {
		t.Skip("SKIPPED: no botocore for python3 here (pip install botocore)")
	}
}

// oracle runs testdata/oracle.py and returns its lines.
func oracle(t *testing.T, stdin []byte, args ...string) [][]byte {
	t.Helper()
	cmd := exec.Command("python3", append([]string{"testdata/oracle.py"}, args...)...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var lines [][]byte
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		lines = append(lines, bytes.Clone(s.Bytes()))
	}
	return lines
}

// witness is a guard that keeps what was decoded, and permits nothing.
type witness struct{ in any }

func (w *witness) Permit(_ *awswire.Call, _ string, in any) error {
	w.in = in
	return awswire.UnknownOperation()
}

// What botocore writes is what is read here: every operation, with all members and with only those that must be.
func TestInputsOfBotocore(t *testing.T) {
	needBotocore(t)
	for _, a := range apis() {
		t.Run(a.name, func(t *testing.T) {
			args := []string{"requests", a.name}
			for name := range a.operations() {
				args = append(args, name)
			}
			seen := new(witness)
			a.service.Guard = seen
			for _, line := range oracle(t, nil, args...) {
				var request struct {
					Operation, Method, URL, Target string
					Body                           []byte
					Input                          any
				}
				if err := json.Unmarshal(line, &request, json.MatchCaseInsensitiveNames(true)); err != nil {
					t.Fatal(err)
				}
				r := httptest.NewRequest(request.Method, request.URL, nil)
				r.RequestURI = r.URL.RequestURI()
				if request.Target != "" {
					r.Header.Set("X-Amz-Target", request.Target)
				}
				seen.in = nil
				rec := httptest.NewRecorder()
				a.service.Serve(rec, &awswire.Call{Request: r, Body: request.Body})
				got := plain(reflect.ValueOf(seen.in))
				if got == nil {
					got = map[string]any{}
				}
				if diff := cmp.Diff(request.Input, got); diff != "" {
					t.Errorf("%s of %s (-botocore +read): %s\n%s", request.Operation, request.Body, diff, rec.Body)
				}
			}
		})
	}
}

// What is written here is what botocore reads.
func TestOutputsForBotocore(t *testing.T) {
	needBotocore(t)
	for _, a := range apis() {
		t.Run(a.name, func(t *testing.T) {
			var stdin bytes.Buffer
			var names []string
			var want []any
			for name, out := range a.operations() {
				answer, filled := "", any(map[string]any{})
				if out == nil {
					answer = a.answer(name, nil)
				} else {
					v := reflect.New(out)
					fill(v.Elem(), 0)
					answer, filled = a.answer(name, v.Interface()), plain(v)
				}
				names, want = append(names, name), append(want, filled)
				line, err := json.Marshal(map[string]any{"operation": name, "status": 200, "body": answer})
				if err != nil {
					t.Fatal(err)
				}
				stdin.Write(append(line, '\n'))
			}
			lines := oracle(t, stdin.Bytes(), "answers", a.name)
			if len(lines) != len(names) {
				t.Fatalf("%d answers were read of %d", len(lines), len(names))
			}
			for i, line := range lines {
				var read struct {
					Output    any
					RequestID string `json:"request_id"`
				}
				if err := json.Unmarshal(line, &read, json.MatchCaseInsensitiveNames(true)); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want[i], read.Output); diff != "" || read.RequestID != "id-1" {
					t.Errorf("%s, request %q (-written +botocore):\n%s", names[i], read.RequestID, diff)
				}
			}
		})
	}
}

// answer is an output as a service of the API's protocol sends it.
func (a api) answer(name string, out any) string {
	op := awswire.Operation{Name: name, Method: "POST", Path: "/", Handle: func(_ context.Context, _ *awswire.Request, w *awswire.Response) error {
		switch out := out.(type) {
		case awswire.XMLOutput:
			return w.XML("https://example.com/doc/", name, out)
		case awswire.Output:
			return w.Output(200, name, out)
		}
		if _, ok := a.service.Protocol.(awswire.Query); ok {
			return w.XML("https://example.com/doc/", name, nil)
		}
		return w.Empty(200)
	}}
	rec := httptest.NewRecorder()
	awswire.NewService(a.name, a.service.Protocol, op).Serve(rec, &awswire.Call{RequestID: "id-1", Request: httptest.NewRequest("POST", "/", nil)})
	return rec.Body.String()
}

// fill sets all there is in v.
func fill(v reflect.Value, depth int) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 2, 28, 23, 59, 59, 0, time.UTC)))
	case v.Type() == reflect.TypeFor[[]byte]():
		v.SetBytes([]byte("\x00\xffblob"))
	case depth > 8 && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice) && v.Type().Elem().Kind() == reflect.Struct: // a shape may contain itself
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), depth+1)
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), depth+1)
		}
	case v.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		item := reflect.New(v.Type().Elem()).Elem()
		fill(item, depth+1)
		v.SetMapIndex(reflect.ValueOf("a key & <more>").Convert(v.Type().Key()), item)
	case v.Kind() == reflect.String:
		v.SetString("é <tag> & \"quoted\" 'too'")
	case v.CanInt():
		v.SetInt(42)
	case v.CanFloat():
		v.SetFloat(12.5)
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	}
}

// plain is a value as JSON would have it, without what is absent, and with the names of members in small letters.
func plain(v reflect.Value) any {
	switch {
	case !v.IsValid():
		return nil
	case v.Type() == reflect.TypeFor[time.Time]():
		if at := v.Interface().(time.Time); !at.IsZero() {
			return at.UTC().Format("2006-01-02T15:04:05Z")
		}
		return nil
	case v.Type() == reflect.TypeFor[[]byte]():
		return base64.StdEncoding.EncodeToString(v.Bytes())
	case v.Kind() == reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case v.Kind() == reflect.Struct:
		members := map[string]any{}
		for i := range v.NumField() {
			if item := plain(v.Field(i)); item != nil {
				members[strings.ToLower(v.Type().Field(i).Name)] = item
			}
		}
		return members
	case v.Kind() == reflect.Slice:
		if v.IsNil() {
			return nil
		}
		list := []any{}
		for i := range v.Len() {
			list = append(list, plain(v.Index(i)))
		}
		return list
	case v.Kind() == reflect.Map:
		if v.IsNil() {
			return nil
		}
		entries := map[string]any{}
		for _, key := range v.MapKeys() {
			entries[strings.ToLower(key.String())] = plain(v.MapIndex(key))
		}
		return entries
	case v.CanInt():
		return float64(v.Int())
	case v.CanFloat():
		return v.Float()
	case v.Kind() == reflect.Bool:
		return v.Bool()
	case v.Kind() == reflect.String:
		return v.String()
	}
	panic(fmt.Sprintf("BUG: no plain form of %v", v.Type()))
}
