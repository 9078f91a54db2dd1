package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The clients of other APIs, and of Bedrock by other hands, on a server of their own each.
func TestClientsFromNPM(t *testing.T) {
	t.Parallel()
	need(t, "Node.js", "node", "--version")
	for script, packages := range map[string][]string{
		"openai.mjs":            {"openai"},
		"anthropic.mjs":         {"@anthropic-ai/sdk"},
		"anthropic-bedrock.mjs": {"@anthropic-ai/bedrock-sdk"},
		"vercel.mjs":            {"@ai-sdk/amazon-bedrock", "ai"},
	} {
		t.Run(strings.TrimSuffix(script, ".mjs"), func(t *testing.T) {
			t.Parallel()
			needPackages(t, packages...)
			s := start(t, quickly)
			k := s.credentials()
			s.more = []string{
				"AWS_ACCESS_KEY_ID=" + k.id, "AWS_SECRET_ACCESS_KEY=" + k.secret,
				"OPENAI_BASE_URL=" + s.url + "/openai/v1", "OPENAI_API_KEY=" + k.id + ":" + k.secret,
				"ANTHROPIC_BASE_URL=" + s.url + "/anthropic", "ANTHROPIC_API_KEY=" + k.secret,
				"BASE_URL=" + s.url, "API_KEY=" + k.secret,
				"APPLICATION_PROFILE=" + s.client().createProfile(t, "npm", profileARN("us-east-1", claudeProfile)),
			}
			t.Log(s.run(t, "node", filepath.Join("clients", "js", script)))
		})
	}
}

// What the documentation tells people to paste, pasted.
func TestFrontDoorExamples(t *testing.T) {
	t.Parallel()
	need(t, "Node.js", "node", "--version")
	need(t, "curl", "curl", "--version")
	needPackages(t, "openai", "@anthropic-ai/sdk", "@anthropic-ai/bedrock-sdk", "@ai-sdk/amazon-bedrock", "ai")
	page, err := os.ReadFile(filepath.Join("..", "docs", "front-doors.md"))
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, quickly)
	ran := 0
	for i, block := range strings.Split(string(page), "```") {
		language, code, _ := strings.Cut(block, "\n")
		var cmd *exec.Cmd
		switch {
		case i%2 == 1 && language == "js":
			cmd = exec.CommandContext(withPatience(t), "node", "--input-type=module")
		case i%2 == 1 && language == "sh" && strings.Contains(code, "curl"):
			cmd = exec.CommandContext(withPatience(t), "sh", "-e")
			code = strings.ReplaceAll(code, "curl ", "curl --fail --silent --show-error ")
		default:
			continue
		}
		cmd.Dir, cmd.Stdin = filepath.Join("clients", "js"), strings.NewReader(code)
		cmd.Env = append(s.environment(), s.printed(t)...)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "simulated in us-east-1") {
			t.Errorf("%s\nprinted %s (%v)", code, out, err)
		}
		ran++
	}
	if ran < 5 {
		t.Errorf("%d examples found, expected at least 5", ran)
	}
}

// printed is the environment that the program prints for the clients of every API.
func (s *server) printed(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(withPatience(t), binary, "env", "--data", s.data, "--for", "aws,openai,anthropic").Output()
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	for line := range strings.Lines(string(out)) {
		env = append(env, strings.TrimPrefix(strings.TrimSpace(line), "export "))
	}
	return env
}

// The AWS SDKs send a key in AWS_BEARER_TOKEN_BEDROCK instead of a signature.

func TestBoto3WithAnAPIKey(t *testing.T) {
	t.Parallel()
	need(t, "boto3 that knows API keys", "python3", "-c", "import boto3; assert boto3.__version__ >= '1.39'")
	t.Log(startForAPIKey(t).run(t, "python3", filepath.Join("clients", "python", "scenario.py")))
}

func TestJavaScriptSDKWithAnAPIKey(t *testing.T) {
	t.Parallel()
	need(t, "Node.js", "node", "--version")
	needPackages(t, "@aws-sdk/client-bedrock-runtime")
	t.Log(startForAPIKey(t).run(t, "node", filepath.Join("clients", "js", "scenario.mjs")))
}

// startForAPIKey starts a server whose clients have an API key and nothing to sign with.
func startForAPIKey(t *testing.T) *server {
	t.Helper()
	s := start(t, quickly)
	s.more = []string{"AWS_BEARER_TOKEN_BEDROCK=" + s.credentials().secret, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull}
	return s
}

// quickly lets the simulator answer faster than it does by default.
const quickly = "simulator: {tokens-per-second: 5000}\n"

// needPackages skips the test unless packages from npm are installed.
func needPackages(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := os.Stat(filepath.Join("clients", "js", "node_modules", filepath.FromSlash(name))); err != nil {
			skip(t, "the package %s is not installed (make e2e-clients installs it): %v", name, err)
		}
	}
}
