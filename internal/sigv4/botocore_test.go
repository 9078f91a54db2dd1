package sigv4

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
)

func TestBotocoresSignaturesVerify(t *testing.T) {
	if err := exec.Command("python3", "-c", "import botocore").Run(); err != nil {
		t.Skip("python3 with botocore is not installed: its signatures are not checked")
	}
	targets := []string{
		"/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse",
		"/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A111122223333%3Aapplication-inference-profile%2Fabc/invoke",
		"/inference-profiles?maxResults=5&nextToken=a%2Bb%2Fc%3D%3D&type=APPLICATION",
		"/a//b/./c/../d~e/%7e/%C3%A9",
		"/",
		"/dir/",
	}
	args := append([]string{"testdata/sign.py", testID, testSecret, string(testBody())}, targets...)
	out, err := exec.Command("python3", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(targets) {
		t.Fatalf("%d requests were signed, want %d: %s", len(lines), len(targets), out)
	}
	for _, line := range lines {
		fields := strings.Split(line, "\t")
		r := httptest.NewRequest(http.MethodPost, fields[0], bytes.NewReader(testBody()))
		r.Host = "127.0.0.1:8080"
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Amz-Date", fields[1])
		r.Header.Set("Authorization", fields[2])
		if !strings.Contains(fields[2], "SignedHeaders=content-type;host;x-amz-date,") {
			t.Errorf("%s: botocore signs other headers now: %s", fields[0], fields[2])
		}
		date, err := parseDate(proof{date: fields[1]})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newTestVerifier().Verify(r, testBody(), date.when); err != nil {
			t.Errorf("%s: %v", fields[0], err)
		}
	}
}
