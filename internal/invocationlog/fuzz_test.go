package invocationlog

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/awswire"
)

// Whatever a caller sends and a model answers, a line is one line of good JSON.
func FuzzLine(f *testing.F) {
	frame := awswire.CloseFrame(append(awswire.OpenFrame(nil, awswire.EventHeaders("chunk")), `{"bytes":"e30="}`...), 0)
	f.Add([]byte(`{"image":{"source":{"bytes":"QQ=="}},"a":["data:image/png;base64,QQ==", null, 1e5]}`), []byte(`{}`), 0)
	f.Add([]byte(`{"a":1,"a":2}`), append(frame, frame[:9]...), 1)
	f.Add([]byte("{\"a\":\"\xff\"}\n{}"), []byte("data: {}\n\ndata:[1\n2]\n"), 2)
	f.Add([]byte(strings.Repeat("[", 20000)), []byte(`{"type":"image","type":3}`), 0)
	kinds := [...]string{jsonType, eventStream, sse}
	f.Fuzz(func(t *testing.T, in, out []byte, kind int) {
		k := &call{config: &Config{Text: true, Video: true}, arrived: time.Unix(0, 0), operation: "Converse", input: in, answer: &capture{kind: kinds[uint(kind)%3]}}
		k.answer.buf.Write(out)
		r := k.head()
		r.RequestMetadata, r.Input.Body = k.requestMetadata(in), k.inputBody()
		r.Output = &output{Body: k.outputBody()}
		line, err := r.line()
		if err != nil {
			t.Fatal(err)
		}
		if !jsontext.Value(bytes.TrimSuffix(line, []byte("\n"))).IsValid(lenient) || bytes.Count(line, []byte("\n")) != 1 {
			t.Errorf("%q", line)
		}
	})
}

// What a call pays for logs that nobody asked for.
func BenchmarkOff(b *testing.B) {
	l := new(Log)
	l.configs.Store(&map[owner]*Config{})
	w := httptest.NewRecorder()
	c := &awswire.Call{Region: "us-east-1", Request: httptest.NewRequest(http.MethodPost, "/", nil)}
	b.ReportAllocs()
	for b.Loop() {
		if _, end := l.Begin(w, c, "Converse"); end != nil {
			b.Fatal("logged")
		}
	}
}
