package sigv4

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
)

func BenchmarkVerify(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 1024)
	r := httptest.NewRequest(http.MethodPost, "/model/us.anthropic.claude-sonnet-4-20250514-v1%3A0/converse", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Amz-Sdk-Invocation-Id", "8f5a1f0e-0b0f-4ad5-9f0d-0c6a6a4d0c11")
	r.Header.Set("Amz-Sdk-Request", "attempt=1; max=3")
	Sign(r, body, testKey(), "us-east-1", "bedrock", signedAt())
	v := newTestVerifier()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(r, body, signedAt()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	r := newRequest()
	b.ReportAllocs()
	for b.Loop() {
		Sign(r, testBody(), testKey(), "us-east-1", "bedrock", signedAt())
	}
}
