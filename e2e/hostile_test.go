package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// stillServes asserts that the server answers a good call.
func (s *server) stillServes(t *testing.T) {
	t.Helper()
	client, _ := onProtocol(t, false)
	if got := send(t, client, s.signed(t, http.MethodPost, "/model/"+claudeProfile+"/converse", []byte(question))); got.status != http.StatusOK {
		t.Errorf("a good call after bad ones: status %d: %s", got.status, got.body)
	}
}

// user wraps content into a Converse body of one turn.
func user(content string) string {
	return `{"messages":[{"role":"user","content":[` + content + `]}]}`
}

// with adds members to a good Converse body.
func with(members string) string { return strings.TrimSuffix(question, "}") + "," + members + "}" }

// hostileConverse are bodies that Converse must refuse.
func hostileConverse() map[string]string {
	return map[string]string{
		"no body":                      ``,
		"half a body":                  `{"messages":[{"role":"user","content":[{"text":"`,
		"not JSON":                     `<xml/>`,
		"an array":                     `[]`,
		"a string":                     `"hello"`,
		"no messages":                  `{}`,
		"null messages":                `{"messages":null}`,
		"empty messages":               `{"messages":[]}`,
		"messages of another type":     `{"messages":"hello"}`,
		"an empty message":             `{"messages":[{}]}`,
		"a null message":               `{"messages":[null]}`,
		"an unknown role":              `{"messages":[{"role":"system","content":[{"text":"x"}]}]}`,
		"no content":                   `{"messages":[{"role":"user","content":[]}]}`,
		"an empty block":               user(`{}`),
		"two members in a union":       user(`{"text":"x","cachePoint":{"type":"default"}}`),
		"a text that is a number":      user(`{"text":1}`),
		"a block of unknown kind":      user(`{"telepathy":{}}`),
		"bytes that are not base64":    user(`{"image":{"format":"png","source":{"bytes":"***"}}}`),
		"an unknown image format":      user(`{"image":{"format":"bmp","source":{"bytes":"AAAA"}}}`),
		"an image without a source":    user(`{"image":{"format":"png"}}`),
		"a document without a name":    user(`{"text":"x"},{"document":{"format":"txt","source":{"bytes":"AAAA"}}}`),
		"a document without a text":    user(`{"document":{"format":"txt","name":"d","source":{"bytes":"AAAA"}}}`),
		"a tool use by the user":       user(`{"toolUse":{"toolUseId":"a b","name":"x","input":{}}}`),
		"trailing garbage":             question + `}`,
		"two documents":                question + question,
		"bad UTF-8":                    user(`{"text":"` + "\xff\xfe" + `"}`),
		"zero tokens":                  with(`"inferenceConfig":{"maxTokens":0}`),
		"negative tokens":              with(`"inferenceConfig":{"maxTokens":-1}`),
		"half a token":                 with(`"inferenceConfig":{"maxTokens":0.5}`),
		"tokens in words":              with(`"inferenceConfig":{"maxTokens":"many"}`),
		"tokens beyond every integer":  with(`"inferenceConfig":{"maxTokens":1e400}`),
		"too hot":                      with(`"inferenceConfig":{"temperature":1.5}`),
		"a temperature in words":       with(`"inferenceConfig":{"temperature":"NaN"}`),
		"an empty stop sequence":       with(`"inferenceConfig":{"stopSequences":[""]}`),
		"no tools":                     with(`"toolConfig":{"tools":[]}`),
		"a tool without a name":        with(`"toolConfig":{"tools":[{"toolSpec":{"inputSchema":{"json":{}}}}]}`),
		"a tool with a bad name":       with(`"toolConfig":{"tools":[{"toolSpec":{"name":"a b","inputSchema":{"json":{}}}}]}`),
		"a tool without a schema":      with(`"toolConfig":{"tools":[{"toolSpec":{"name":"a"}}]}`),
		"metadata with a bad key":      with(`"requestMetadata":{"é":"x"}`),
		"an unknown service tier":      with(`"serviceTier":{"type":"golden"}`),
		"a path that is not a pointer": with(`"additionalModelResponseFieldPaths":["no-slash"]`),
		"an array ten thousand deep":   with(`"additionalModelRequestFields":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)),
		"an array that never ends":     strings.Repeat("[", 1_000_000),
	}
}

func TestHostileBodiesAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	client, _ := onProtocol(t, false)
	for what, body := range hostileConverse() {
		for _, operation := range []string{"converse", "converse-stream"} {
			got := send(t, client, s.signed(t, http.MethodPost, "/model/"+claudeProfile+"/"+operation, []byte(body)))
			checkRefusal(t, operation+" with "+what, got)
		}
	}
	for what, body := range map[string]string{
		"no body": ``, "not JSON": `{`, "an array": `[]`, "no version": `{"max_tokens":1,"messages":[{"role":"user","content":"x"}]}`,
		"no messages": `{"anthropic_version":"bedrock-2023-05-31","max_tokens":1}`,
		"no tokens":   `{"anthropic_version":"bedrock-2023-05-31","max_tokens":0,"messages":[{"role":"user","content":"x"}]}`,
		"bad content": `{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[{"role":"user","content":7}]}`,
		"a bad role":  `{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[{"role":"wizard","content":"x"}]}`,
	} {
		for _, operation := range []string{"invoke", "invoke-with-response-stream"} {
			got := send(t, client, s.signed(t, http.MethodPost, "/model/"+claudeProfile+"/"+operation, []byte(body)))
			checkRefusal(t, operation+" with "+what, got)
		}
	}
	for what, body := range map[string]string{
		"nothing": `{}`, "no input": `{"input":{}}`, "a null input": `{"input":null}`, "both inputs": `{"input":{"converse":{},"invokeModel":{"body":"e30="}}}`,
		"no base64": `{"input":{"invokeModel":{"body":"***"}}}`,
	} {
		got := send(t, client, s.signed(t, http.MethodPost, "/model/"+claudeProfile+"/count-tokens", []byte(body)))
		checkRefusal(t, "count-tokens with "+what, got)
	}
	s.stillServes(t)
}

func TestHostileTargetsAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	client, _ := onProtocol(t, false)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	long := strings.Repeat("a", 3000)
	for _, x := range []struct{ method, path, body string }{
		{http.MethodPost, "/", "{}"},
		{http.MethodGet, "/", ""},
		{http.MethodPost, "/model", "{}"},
		{http.MethodPost, "/model//converse", question},
		{http.MethodPost, "/model/" + long + "/converse", question},
		{http.MethodPost, "/model/%20/converse", question},
		{http.MethodPost, "/model/%00/converse", question},
		{http.MethodPost, "/model/..%2f..%2fetc%2fpasswd/converse", question},
		{http.MethodPost, "/model/%E2%98%83/converse", question},
		{http.MethodPost, "/model/arn%3Aaws%3As3%3A%3A%3Abucket%2Fkey/converse", question},
		{http.MethodPost, "/model/arn%3A/converse", question},
		{http.MethodPost, "/model/" + claudeProfile + "/levitate", question},
		{http.MethodPut, "/model/" + claudeProfile + "/converse", question},
		{http.MethodDelete, "/model/" + claudeProfile + "/converse", ""},
		{http.MethodGet, "/inference-profiles?maxResults=0", ""},
		{http.MethodGet, "/inference-profiles?maxResults=many", ""},
		{http.MethodGet, "/inference-profiles?maxResults=99999999999999999999", ""},
		{http.MethodGet, "/inference-profiles?nextToken=forged", ""},
		{http.MethodGet, "/inference-profiles?type=IMAGINARY", ""},
		{http.MethodGet, "/inference-profiles/%FF", ""},
		{http.MethodGet, "/foundation-models/" + long, ""},
		{http.MethodPost, "/inference-profiles", `{"inferenceProfileName":7}`},
		{http.MethodPost, "/inference-profiles", `{"inferenceProfileName":"x","modelSource":{}}`},
		{http.MethodPost, "/inference-profiles", `{"inferenceProfileName":"x","modelSource":{"copyFrom":"arn:aws:bedrock:us-east-1::foundation-model/none.such"}}`},
		{http.MethodPost, "/tagResource", `{"resourceARN":"x","tags":null}`},
		{http.MethodPost, "/tagResource", `{"resourceARN":"arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcdef012345","tags":[{}]}`},
		{http.MethodPost, "/untagResource", `[]`},
	} {
		got := send(t, client, s.signed(t, x.method, x.path, []byte(x.body)))
		checkRefusal(t, fmt.Sprintf("%s %.80s with %.60s", x.method, x.path, x.body), got)
	}
	s.stillServes(t)
}

// Authorization headers that are almost right, each to be refused with one of the authentication errors.
func TestHostileSignaturesAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	client, _ := onProtocol(t, false)
	good := s.signed(t, http.MethodPost, "/model/"+claudeProfile+"/converse", []byte(question)).Header.Get("Authorization")
	replace := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for what, authorization := range map[string]string{
		"empty":                   " ",
		"another scheme":          "Basic dXNlcjpwYXNz",
		"the scheme alone":        "AWS4-HMAC-SHA256",
		"another algorithm":       replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"),
		"no signature":            good[:strings.Index(good, "Signature=")],
		"an empty signature":      good[:strings.Index(good, "Signature=")] + "Signature=",
		"a signature of letters":  good[:strings.Index(good, "Signature=")] + "Signature=" + strings.Repeat("z", 64),
		"a flipped signature":     good[:len(good)-1] + map[bool]string{true: "1", false: "0"}[good[len(good)-1] == '0'],
		"no host signed":          replace("host;", ""),
		"no signed headers":       replace("SignedHeaders=", "Headers="),
		"a header that is absent": replace("host;", "host;x-absent;"),
		"another region":          replace("/us-east-1/", "/eu-west-1/"),
		"another service":         replace("/bedrock/", "/s3/"),
		"another terminator":      replace("aws4_request", "aws5_request"),
		"a scope of four":         replace("/bedrock/", "/"),
		"no equals sign":          replace("Credential=", "Credential "),
	} {
		r := s.signed(t, http.MethodPost, "/model/"+claudeProfile+"/converse", []byte(question))
		r.Header.Set("Authorization", authorization)
		got := send(t, client, r)
		checkRefusal(t, "authorization: "+what, got)
	}
	for what, date := range map[string]string{
		"no date": "", "nonsense": "yesterday", "an extended date": time.Now().UTC().Format(time.RFC3339), "year zero": "00000101T000000Z",
	} {
		r := s.signed(t, http.MethodPost, "/model/"+claudeProfile+"/converse", []byte(question))
		r.Header.Set("X-Amz-Date", date)
		checkRefusal(t, "date: "+what, send(t, client, r))
	}
	r := s.signed(t, http.MethodPost, "/model/"+claudeProfile+"/converse", []byte(question))
	r.Body = io.NopCloser(strings.NewReader(strings.Replace(question, "What", "Whut", 1)))
	checkRefusal(t, "a body that was not signed", send(t, client, r))
	s.stillServes(t)
}

// What is not HTTP at all gets a 4xx or a closed connection, and nobody else notices. Two answers of
// the standard library are left out, because HTTP itself asks for them: 501 for an unknown transfer
// coding and 505 for an unknown version.
func TestHostileConnectionsHurtNobody(t *testing.T) {
	t.Parallel()
	s := start(t, "limits: {header-timeout: 200ms, body-timeout: 200ms}\n")
	address := strings.TrimPrefix(s.url, "http://")
	for what, bytes := range map[string]string{
		"binary":                 "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x00",
		"a line of nothing":      "\r\n\r\n",
		"a bad escape":           "POST /model/%zz/converse HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
		"no host":                "GET /livez HTTP/1.1\r\n\r\n",
		"two lengths":            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"a negative length":      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
		"a bad chunk":            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"a header without end":   "GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("a", 1<<20),
		"many headers":           "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-A: b\r\n", 20_000) + "\r\n",
		"a control character":    "GET / HTTP/1.1\r\nHost: x\r\nX-A: \x01\r\n\r\n",
		"half a request":         "POST /model/x/converse HTTP/1.1\r\nHost: x\r\nContent-Le",
		"a body that never ends": "POST /model/x/converse HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc",
		"an absolute target":     "GET http://elsewhere.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
		"a star":                 "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
		"connect":                "CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n\r\n",
		"half of HTTP/2":         "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\xff\xff\xff\xff\xff\xff\xff",
	} {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(patience))
		_, _ = io.WriteString(c, bytes) // the server may close before all is written
		if tcp, ok := c.(*net.TCPConn); ok && what != "a body that never ends" && what != "half a request" {
			_ = tcp.CloseWrite()
		}
		line, _ := bufio.NewReader(c).ReadString('\n')
		if strings.HasPrefix(line, "HTTP/1.") && !strings.Contains(line, " 4") && !strings.Contains(line, "200 OK") {
			t.Errorf("%s: %q, want a 4xx or silence", what, line)
		}
		if err := c.Close(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	s.stillServes(t)
}
