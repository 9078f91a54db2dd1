package bedrock_test

import (
	"net/http"
	"strings"
	"testing"
)

const logging = "/logging/modelinvocations"

func TestLoggingConfiguration(t *testing.T) {
	n := newNode(t)
	const full = `{"loggingConfig":{"cloudWatchConfig":{"logGroupName":"/aws/calls","roleArn":"arn:aws:iam::111122223333:role/logs","largeDataDeliveryS3Config":{"bucketName":"large-bodies"}},` +
		`"s3Config":{"bucketName":"all-calls","keyPrefix":"a/b"},"textDataDeliveryEnabled":true,"imageDataDeliveryEnabled":false,"embeddingDataDeliveryEnabled":true,"videoDataDeliveryEnabled":false,"audioDataDeliveryEnabled":false}}`
	check := func(when, want string) {
		t.Helper()
		if got := n.get(logging); got.status != http.StatusOK || got.body != want {
			t.Errorf("%s: %d %s, want %s", when, got.status, got.body, want)
		}
	}
	put := func(body string) answer { return n.do(request{method: "PUT", path: logging, body: body}) }
	check("at first", "{}")
	if a := put(full); a.status != http.StatusOK || a.body != "{}" {
		t.Fatalf("put: %+v", a)
	}
	check("after put", full)
	n.restart()
	check("after a restart", full)
	for _, other := range []request{{region: "us-west-2"}, {account: "444455556666"}} {
		other.method, other.path = "GET", logging
		if got := n.do(other); got.body != "{}" {
			t.Errorf("%+v sees %s", other, got.body)
		}
	}
	if a := put(`{"loggingConfig":{"textDataDeliveryEnabled":true}}`); a.kind != "ValidationException" {
		t.Errorf("without a destination: %+v", a)
	}
	check("after a put that failed", full)
	for range 2 {
		if a := n.do(request{method: "DELETE", path: logging}); a.status != http.StatusOK || a.body != "{}" {
			t.Errorf("delete: %+v", a)
		}
		check("after delete", "{}")
	}
}

func TestLoggingConfigurationConstraints(t *testing.T) {
	n := newNode(t)
	for body, want := range map[string]string{
		`{}`:                                "at 'loggingConfig' failed to satisfy constraint: Member must not be null",
		`{"loggingConfig":{"s3Config":{}}}`: "at 'loggingConfig.s3Config.bucketName' failed to satisfy constraint: Member must not be null",
		`{"loggingConfig":{"cloudWatchConfig":{"logGroupName":"x","roleArn":"nobody"}}}`: "at 'loggingConfig.cloudWatchConfig.roleArn' failed to satisfy constraint: Member must satisfy regular expression pattern",
		`{"loggingConfig":{"s3Config":{"bucketName":"../x"}}}`:                           "The bucket name ../x is not valid",
		`{"loggingConfig":{"s3Config":{"bucketName":"abc","keyPrefix":"../../etc"}}}`:    "The key prefix ../../etc is not valid",
	} {
		a := n.do(request{method: "PUT", path: logging, body: body})
		if a.status != http.StatusBadRequest || a.kind != "ValidationException" || !strings.Contains(a.body, want) {
			t.Errorf("%s: %+v, want %s", body, a, want)
		}
	}
}
