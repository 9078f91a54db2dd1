package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// environment is what an AWS client of any language needs to reach the server, and nothing that this
// machine may say of AWS otherwise.
func (s *server) environment() []string {
	s.t.Helper()
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	return append(append(env,
		"AWS_ENDPOINT_URL="+s.url, "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1",
		"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(s.data, "credentials"), "AWS_CONFIG_FILE="+os.DevNull,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1", "AWS_PAGER=", "PYTHONIOENCODING=utf-8",
	), s.more...)
}

// run runs a client to its end and returns what it printed.
func (s *server) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(withPatience(t), name, args...)
	cmd.Env = s.environment()
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, &complaint)
	}
	return string(out)
}

// need skips the test unless the probe runs, and says what is missing.
func need(t *testing.T, what, name string, probe ...string) {
	t.Helper()
	if out, err := exec.CommandContext(withPatience(t), name, probe...).CombinedOutput(); err != nil {
		skip(t, "%s is not here (%s %s: %v %.200s)", what, name, strings.Join(probe, " "), err, out)
	}
}

// skip skips the test, and says so even where go test hides the log of what passes.
func skip(t *testing.T, format string, args ...any) {
	t.Helper()
	text := "SKIPPED: " + t.Name() + ": " + fmt.Sprintf(format, args...)
	fmt.Fprintln(os.Stderr, text)
	t.Skip(text)
}

func TestBoto3(t *testing.T) {
	t.Parallel()
	need(t, "boto3", "python3", "-c", "import boto3")
	t.Log(start(t, "").run(t, "python3", filepath.Join("clients", "python", "scenario.py")))
}

func TestJavaScriptSDK(t *testing.T) {
	t.Parallel()
	need(t, "Node.js", "node", "--version")
	if _, err := os.Stat(filepath.Join("clients", "js", "node_modules", "@aws-sdk", "client-bedrock-runtime")); err != nil {
		skip(t, "the AWS SDK for JavaScript is not installed (make e2e-clients installs it): %v", err)
	}
	t.Log(start(t, "").run(t, "node", filepath.Join("clients", "js", "scenario.mjs")))
}

func TestAWSCommandLine(t *testing.T) {
	t.Parallel()
	need(t, "the AWS CLI", "aws", "--version")
	s := start(t, "")
	aws := func(into any, args ...string) {
		t.Helper()
		out := s.run(t, "aws", append(args, "--output", "json")...)
		if err := json.Unmarshal([]byte(out), into); err != nil && into != nil {
			t.Fatalf("aws %s printed %q: %v", strings.Join(args, " "), out, err)
		}
	}
	var made struct{ InferenceProfileArn, Status string }
	aws(&made, "bedrock", "create-inference-profile", "--inference-profile-name", "from the shell",
		"--model-source", "copyFrom="+profileARN("us-east-1", claudeProfile), "--tags", "key=team,value=search")
	if made.Status != "ACTIVE" {
		t.Errorf("created %+v", made)
	}
	var listed struct {
		InferenceProfileSummaries []struct{ InferenceProfileArn, Type string }
	}
	aws(&listed, "bedrock", "list-inference-profiles", "--type-equals", "APPLICATION")
	if n := len(listed.InferenceProfileSummaries); n != 1 || listed.InferenceProfileSummaries[0].InferenceProfileArn != made.InferenceProfileArn {
		t.Errorf("listed %+v", listed)
	}
	var tagged struct{ Tags []struct{ Key, Value string } }
	aws(&tagged, "bedrock", "list-tags-for-resource", "--resource-arn", made.InferenceProfileArn)
	if diff := cmp.Diff([]struct{ Key, Value string }{{"team", "search"}}, tagged.Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	for _, id := range []string{claude, claudeProfile, made.InferenceProfileArn} {
		var answered struct {
			Output struct {
				Message struct{ Content []struct{ Text string } }
			}
			StopReason string
		}
		aws(&answered, "bedrock-runtime", "converse", "--model-id", id, "--messages", `[{"role":"user","content":[{"text":"What is an outcrop?"}]}]`)
		if len(answered.Output.Message.Content) == 0 || answered.StopReason != "end_turn" {
			t.Errorf("%s answered %+v", id, answered)
		}
	}
	from, into := filepath.Join(t.TempDir(), "body.json"), filepath.Join(t.TempDir(), "answer.json")
	if err := os.WriteFile(from, []byte(messages), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run(t, "aws", "bedrock-runtime", "invoke-model", "--model-id", made.InferenceProfileArn, "--body", "fileb://"+from, into)
	text, err := os.ReadFile(into)
	var native anthropic
	if err != nil || json.Unmarshal(text, &native) != nil || native.Type != "message" {
		t.Errorf("invoke-model wrote %q (%v)", text, err)
	}
	s.run(t, "aws", "bedrock", "delete-inference-profile", "--inference-profile-identifier", made.InferenceProfileArn)
}
