package e2e

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// snsMessage is what a topic posts to its subscribers.
type snsMessage struct {
	Type, MessageID, Token, TopicARN, Subject, Message, SubscribeURL, Timestamp string
	Signature, SignatureVersion, SigningCertURL, UnsubscribeURL                 string
}

// subscriber is a program that takes what a topic posts.
func subscriber(t *testing.T) (url string, posted <-chan snsMessage) {
	t.Helper()
	all := make(chan snsMessage, 16)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m snsMessage
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil || m.Type != r.Header.Get("X-Amz-Sns-Message-Type") {
			t.Errorf("%v, %+v with %v", err, m, r.Header)
		}
		all <- m
	}))
	t.Cleanup(s.Close)
	return s.URL, all
}

// nextPosted waits for a message, and checks its signature with the certificate that it names.
func nextPosted(t *testing.T, posted <-chan snsMessage) snsMessage {
	t.Helper()
	select {
	case m := <-posted:
		signed := "Message\n" + m.Message + "\nMessageId\n" + m.MessageID + "\n"
		if m.Type == "Notification" {
			signed += "Subject\n" + m.Subject + "\nTimestamp\n" + m.Timestamp + "\n"
		} else {
			signed += "SubscribeURL\n" + m.SubscribeURL + "\nTimestamp\n" + m.Timestamp + "\nToken\n" + m.Token + "\n"
		}
		signed += "TopicArn\n" + m.TopicARN + "\nType\n" + m.Type + "\n"
		block, _ := pem.Decode([]byte(visit(t, m.SigningCertURL)))
		if block == nil {
			t.Fatalf("there is no certificate at %s", m.SigningCertURL)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := base64.StdEncoding.DecodeString(m.Signature)
		if err != nil {
			t.Fatal(err)
		}
		if m.SignatureVersion != "2" { // crypto/x509 checks no signatures over SHA-1
			t.Fatalf("the signature has version %s", m.SignatureVersion)
		}
		if err := cert.CheckSignature(x509.SHA256WithRSA, []byte(signed), signature); err != nil {
			t.Fatalf("%v: %+v", err, m)
		}
		return m
	case <-withPatience(t).Done():
		t.Fatal("the topic posts nothing")
	}
	panic("unreachable")
}

// visit follows a link as a browser does, without credentials.
func visit(t *testing.T, link string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(withPatience(t), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: HTTP %d, %v: %s", link, resp.StatusCode, err, text)
	}
	return string(text)
}

// A topic that the AWS CLI makes asks its subscriber, and tells it what is published and what a budget has to say, all signed.
func TestATopicTellsItsSubscribers(t *testing.T) {
	t.Parallel()
	need(t, "the AWS CLI", "aws", "--version")
	s := start(t, "")
	sns := func(args ...string) string {
		t.Helper()
		return strings.TrimSpace(s.run(t, "aws", append([]string{"sns", "--output", "text"}, args...)...))
	}
	topic := sns("create-topic", "--name", "alerts", "--attributes", "SignatureVersion=2")
	url, posted := subscriber(t)
	sns("subscribe", "--topic-arn", topic, "--protocol", "http", "--notification-endpoint", url)
	asked := nextPosted(t, posted)
	if asked.Type != "SubscriptionConfirmation" || asked.TopicARN != topic {
		t.Fatalf("the topic asks %+v", asked)
	}
	if got := visit(t, asked.SubscribeURL); !strings.Contains(got, "<SubscriptionArn>"+topic+":") {
		t.Errorf("the link answers %s", got)
	}

	sns("publish", "--topic-arn", topic, "--subject", "Greeting", "--message", "Hello\nthere")
	if got := nextPosted(t, posted); got.Message != "Hello\nthere" || got.Subject != "Greeting" {
		t.Errorf("the topic tells %+v", got)
	}

	s.budgets(t, "CreateBudget", `{"AccountId":"111122223333","Budget":{"BudgetName":"small","BudgetType":"COST","TimeUnit":"MONTHLY",
		"BudgetLimit":{"Amount":"0.0001","Unit":"USD"}},"NotificationsWithSubscribers":[{
		"Notification":{"NotificationType":"ACTUAL","ComparisonOperator":"GREATER_THAN","Threshold":80},
		"Subscribers":[{"SubscriptionType":"SNS","Address":"`+topic+`"}]}]}`, nil)
	s.run(t, "aws", "bedrock-runtime", "converse", "--model-id", "us.anthropic.claude-3-5-sonnet-20241022-v2:0",
		"--messages", `[{"role":"user","content":[{"text":"Hello"}]}]`)
	if got := nextPosted(t, posted); !strings.Contains(got.Subject, "Budget small") || !strings.Contains(got.Message, "user/admin") {
		t.Errorf("the budget tells %+v", got)
	}

	visit(t, asked.SubscribeURL) // once more, which changes nothing
	link := sns("list-subscriptions-by-topic", "--topic-arn", topic, "--query", "Subscriptions[0].SubscriptionArn")
	sns("unsubscribe", "--subscription-arn", link)
	if got := sns("list-subscriptions"); got != "" {
		t.Errorf("there is still %s", got)
	}
	sns("delete-topic", "--topic-arn", topic)
	if got := sns("list-topics"); got != "" {
		t.Errorf("there is still %s", got)
	}
}
