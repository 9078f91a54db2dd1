package sns

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	api "github.com/outcrop/outcrop/internal/awsapi/sns"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/notify"
)

// name is the error's name and sentence; empty for none.
func name(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return ""
	}
	return f.Name + ": " + f.Message
}

func (h *house) topicNamed(name string) string {
	h.t.Helper()
	out, err := h.CreateTopic(h.t.Context(), by(owner), &api.CreateTopicInput{Name: name})
	if err != nil {
		h.t.Fatal(err)
	}
	return *out.TopicARN
}

// subscribed is the ARN of a confirmed subscription.
func (h *house) subscribed(topic, protocol, endpoint string) string {
	h.t.Helper()
	_, err := h.Subscribe(h.t.Context(), by(owner), &api.SubscribeInput{TopicARN: topic, Protocol: protocol, Endpoint: &endpoint})
	if err != nil {
		h.t.Fatal(err)
	}
	asked := h.out.take()
	if len(asked) != 1 {
		h.t.Fatalf("%d confirmations", len(asked))
	}
	out, err := h.ConfirmSubscription(h.t.Context(), by(""), &api.ConfirmSubscriptionInput{TopicARN: topic, Token: tokenIn(h.t, asked[0])})
	if err != nil {
		h.t.Fatal(err)
	}
	return *out.SubscriptionARN
}

// tokenIn finds the token in the link of a confirmation, whatever form that has.
func tokenIn(t *testing.T, d notify.Delivery) string {
	t.Helper()
	_, rest, _ := strings.Cut(d.Body, "http://outcrop.example/?")
	link := strings.FieldsFunc(rest, func(r rune) bool { return r == '\n' || r == '"' })
	q, err := url.ParseQuery(strings.ReplaceAll(link[0], `\u0026`, "&"))
	if err != nil || q.Get("Action") != "ConfirmSubscription" {
		t.Fatalf("no link in %s", d.Body)
	}
	return q.Get("Token")
}

func TestTopics(t *testing.T) {
	h := newHouse(t)
	first := h.topicNamed("budgets")
	if first != "arn:aws:sns:us-east-1:111122223333:budgets" || h.topicNamed("budgets") != first {
		t.Errorf("topic %s", first)
	}
	for want, in := range map[string]*api.CreateTopicInput{
		"InvalidParameter: Invalid parameter: Topic Name":                                                        {Name: "a b"},
		"InvalidParameter: Invalid parameter: AttributeName":                                                     {Name: "a", Attributes: map[string]string{"X": "y"}},
		"InvalidParameter: Invalid parameter: Attributes Reason: Topic already exists with different attributes": {Name: "budgets", Attributes: map[string]string{"DisplayName": "x"}},
		"InvalidParameter: Invalid parameter: Tags Reason: Topic already exists with different tags":             {Name: "budgets", Tags: []api.Tag{{Key: "a", Value: "b"}}},
		"InvalidParameter: Invalid parameter: Attributes Reason: FIFO topics are not supported here":             {Name: "f", Attributes: map[string]string{"FifoTopic": "true"}},
	} {
		if _, err := h.CreateTopic(t.Context(), by(owner), in); name(err) != want {
			t.Errorf("%+v: %s, want %s", in, name(err), want)
		}
	}
	version := "2"
	if err := h.SetTopicAttributes(t.Context(), by(owner), &api.SetTopicAttributesInput{TopicARN: first, AttributeName: "SignatureVersion", AttributeValue: &version}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.TagResource(t.Context(), by(owner), &api.TagResourceRequest{ResourceARN: first, Tags: []api.Tag{{Key: "b", Value: "2"}, {Key: "a", Value: "1"}}}); err != nil {
		t.Fatal(err)
	}
	h.restart()
	got, err := h.GetTopicAttributes(t.Context(), by(owner), &api.GetTopicAttributesInput{TopicARN: first})
	if err != nil || got.Attributes["SignatureVersion"] != "2" || got.Attributes["Owner"] != string(owner) || got.Attributes["SubscriptionsConfirmed"] != "0" {
		t.Errorf("%+v, %v", got, err)
	}
	tags, err := h.ListTagsForResource(t.Context(), by(owner), &api.ListTagsForResourceRequest{ResourceARN: first})
	if diff := cmp.Diff([]api.Tag{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}}, tags.Tags); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if _, err := h.UntagResource(t.Context(), by(owner), &api.UntagResourceRequest{ResourceARN: first, TagKeys: []string{"a", "c"}}); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := h.DeleteTopic(t.Context(), by(owner), &api.DeleteTopicInput{TopicARN: first}); err != nil {
			t.Error(err)
		}
	}
	if _, err := h.GetTopicAttributes(t.Context(), by(owner), &api.GetTopicAttributesInput{TopicARN: first}); name(err) != "NotFound: Topic does not exist" {
		t.Errorf("a deleted topic: %v", err)
	}
	if _, err := h.ListTagsForResource(t.Context(), by(owner), &api.ListTagsForResourceRequest{ResourceARN: first}); name(err) != "ResourceNotFound: Resource does not exist" {
		t.Errorf("its tags: %v", err)
	}
}

func TestListsComeInPages(t *testing.T) {
	h := newHouse(t)
	for i := range pageSize + 5 {
		h.topicNamed(fmt.Sprintf("t%03d", i))
	}
	first, err := h.ListTopics(t.Context(), by(owner), &api.ListTopicsInput{})
	if err != nil || len(first.Topics) != pageSize || first.NextToken == nil {
		t.Fatalf("%d topics, %v", len(first.Topics), err)
	}
	rest, err := h.ListTopics(t.Context(), by(owner), &api.ListTopicsInput{NextToken: first.NextToken})
	if err != nil || len(rest.Topics) != 5 || rest.NextToken != nil {
		t.Errorf("then %d topics, %v", len(rest.Topics), err)
	}
	if _, err := h.ListTopics(t.Context(), by(owner), &api.ListTopicsInput{NextToken: new("!")}); name(err) != "InvalidParameter: Invalid parameter: NextToken" {
		t.Error(err)
	}
	others, err := h.ListTopics(t.Context(), by(stranger), &api.ListTopicsInput{})
	if err != nil || len(others.Topics) != 0 {
		t.Errorf("another account sees %d topics, %v", len(others.Topics), err)
	}
}

func TestSubscriptions(t *testing.T) {
	h := newHouse(t)
	topic := h.topicNamed("budgets")
	for endpoint, c := range map[string]struct{ protocol, want string }{
		"ftp://x":           {"http", "InvalidParameter: Invalid parameter: Unsupported endpoint: an endpoint of http is a URL that begins with http://"},
		"ann":               {"email", "InvalidParameter: Invalid parameter: Email address"},
		"Ann <ann@x.org>":   {"email", "InvalidParameter: Invalid parameter: Email address"},
		"arn:aws:sqs:a:b:c": {"sqs", "InvalidParameter: Invalid parameter: Does not support this protocol string: sqs. Topics here reach http, https, email and email-json"},
		"x":                 {"smoke", "InvalidParameter: Invalid parameter: Does not support this protocol string: smoke"},
	} {
		if _, err := h.Subscribe(t.Context(), by(owner), &api.SubscribeInput{TopicARN: topic, Protocol: c.protocol, Endpoint: &endpoint}); name(err) != c.want {
			t.Errorf("%s: %s, want %s", endpoint, name(err), c.want)
		}
	}
	in := &api.SubscribeInput{TopicARN: topic, Protocol: "email", Endpoint: new("ann@example.com")}
	out, err := h.Subscribe(t.Context(), by(owner), in)
	if err != nil || *out.SubscriptionARN != "pending confirmation" {
		t.Fatalf("%v %v", out, err)
	}
	list, err := h.ListSubscriptionsByTopic(t.Context(), by(owner), &api.ListSubscriptionsByTopicInput{TopicARN: topic})
	if err != nil || len(list.Subscriptions) != 1 || *list.Subscriptions[0].SubscriptionARN != "PendingConfirmation" {
		t.Fatalf("%+v %v", list, err)
	}
	asked := h.out.take()
	token := tokenIn(t, asked[0])
	if asked[0].Kind != notify.Email || asked[0].Address != "ann@example.com" {
		t.Errorf("asked by %+v", asked[0])
	}
	if _, err := h.ConfirmSubscription(t.Context(), by(""), &api.ConfirmSubscriptionInput{TopicARN: topic, Token: "x"}); name(err) != "InvalidParameter: Invalid parameter: Token" {
		t.Errorf("a wrong token: %v", err)
	}
	h.restart()
	var confirmed string
	for range 2 { // a link may be visited twice
		out, err := h.ConfirmSubscription(t.Context(), by(""), &api.ConfirmSubscriptionInput{TopicARN: topic, Token: token})
		if err != nil {
			t.Fatal(err)
		}
		confirmed = *out.SubscriptionARN
	}
	again, err := h.Subscribe(t.Context(), by(owner), in)
	if err != nil || *again.SubscriptionARN != confirmed || len(h.out.take()) != 0 {
		t.Errorf("subscribed again: %+v, %v", again, err)
	}
	if err := h.Unsubscribe(t.Context(), by(stranger), &api.UnsubscribeInput{SubscriptionARN: confirmed}); !fault.Is(err, fault.AccessDenied) {
		t.Errorf("a stranger ends it: %v", err)
	}
	if err := h.Unsubscribe(t.Context(), by(""), &api.UnsubscribeInput{SubscriptionARN: confirmed}); err != nil {
		t.Errorf("who has the link: %v", err)
	}
	if _, err := h.GetSubscriptionAttributes(t.Context(), by(owner), &api.GetSubscriptionAttributesInput{SubscriptionARN: confirmed}); name(err) != "NotFound: Subscription does not exist" {
		t.Error(err)
	}
}

func TestASubscriptionMayBeItsOwnersToEnd(t *testing.T) {
	h := newHouse(t)
	topic := h.topicNamed("budgets")
	if _, err := h.Subscribe(t.Context(), by(owner), &api.SubscribeInput{TopicARN: topic, Protocol: "https", Endpoint: new("https://example.com/in")}); err != nil {
		t.Fatal(err)
	}
	out, err := h.ConfirmSubscription(t.Context(), by(owner), &api.ConfirmSubscriptionInput{TopicARN: topic, Token: tokenIn(t, h.out.take()[0]), AuthenticateOnUnsubscribe: new("true")})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Unsubscribe(t.Context(), by(""), &api.UnsubscribeInput{SubscriptionARN: *out.SubscriptionARN}); !fault.Is(err, fault.AccessDenied) {
		t.Errorf("the link ends it: %v", err)
	}
	a, err := h.GetSubscriptionAttributes(t.Context(), by(owner), &api.GetSubscriptionAttributesInput{SubscriptionARN: *out.SubscriptionARN})
	if err != nil || a.Attributes["ConfirmationWasAuthenticated"] != "true" || a.Attributes["PendingConfirmation"] != "false" {
		t.Errorf("%+v, %v", a, err)
	}
	if err := h.Unsubscribe(t.Context(), by(owner), &api.UnsubscribeInput{SubscriptionARN: *out.SubscriptionARN}); err != nil {
		t.Error(err)
	}
}

func TestConfirmationsExpire(t *testing.T) {
	h := newHouse(t)
	topic := h.topicNamed("budgets")
	if _, err := h.Subscribe(t.Context(), by(owner), &api.SubscribeInput{TopicARN: topic, Protocol: "email", Endpoint: new("ann@example.com")}); err != nil {
		t.Fatal(err)
	}
	token := tokenIn(t, h.out.take()[0])
	h.at = h.at.Add(tokenLife + time.Second)
	if _, err := h.ConfirmSubscription(t.Context(), by(""), &api.ConfirmSubscriptionInput{TopicARN: topic, Token: token}); name(err) != "InvalidParameter: Invalid parameter: Token" {
		t.Errorf("after three days: %v", err)
	}
	if err := h.Announce(t.Context(), string(owner), topic, "s", "m", "1"); err != nil {
		t.Fatal(err)
	}
	if list, _ := h.ListSubscriptions(t.Context(), by(owner), &api.ListSubscriptionsInput{}); len(list.Subscriptions) != 0 {
		t.Error("who did not answer is still there")
	}
}

func TestPublishing(t *testing.T) {
	h := newHouse(t)
	topic := h.topicNamed("budgets")
	h.subscribed(topic, "email", "ann@example.com")
	h.subscribed(topic, "email-json", "bob@example.com")
	web := h.subscribed(topic, "http", "http://127.0.0.1:9/in")
	raw := h.subscribed(topic, "https", "https://127.0.0.1:9/raw")
	if err := h.SetSubscriptionAttributes(t.Context(), by(owner), &api.SetSubscriptionAttributesInput{SubscriptionARN: raw, AttributeName: "RawMessageDelivery", AttributeValue: new("true")}); err != nil {
		t.Fatal(err)
	}
	out, err := h.Server.Publish(t.Context(), by(owner), &api.PublishInput{
		TopicARN: &topic, Subject: new("Over"), Message: `{"default":"80 %","email":"Dear Ann"}`, MessageStructure: new("json"),
		MessageAttributes: map[string]api.MessageAttributeValue{"budget": {DataType: "String", StringValue: new("team")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]notify.Delivery{}
	for _, d := range h.out.take() {
		by[d.Address] = d
	}
	if len(by) != 4 {
		t.Fatalf("%d deliveries", len(by))
	}
	if d := by["ann@example.com"]; !strings.HasPrefix(d.Body, "Dear Ann\n") || d.Subject != "Over" || !strings.Contains(d.Body, "Action=Unsubscribe") {
		t.Errorf("%+v", d)
	}
	if d := by["https://127.0.0.1:9/raw"]; d.Body != "80 %" || d.Header["x-amz-sns-rawdelivery"] != "true" {
		t.Errorf("%+v", d)
	}
	d := by["http://127.0.0.1:9/in"]
	want := map[string]string{
		"x-amz-sns-message-type": "Notification", "x-amz-sns-message-id": *out.MessageID, "x-amz-sns-topic-arn": topic,
		"x-amz-sns-subscription-arn": web, "User-Agent": "Amazon Simple Notification Service Agent",
	}
	if diff := cmp.Diff(want, d.Header); diff != "" || d.ContentType != "text/plain; charset=UTF-8" {
		t.Errorf("%s %s", d.ContentType, diff)
	}
	verify(t, h, d.Body, x509.SHA1WithRSA)
	verify(t, h, by["bob@example.com"].Body, x509.SHA1WithRSA)
}

// verify checks the signature of an envelope as a subscriber would: from what it says, and the certificate it names.
func verify(t *testing.T, h *house, body string, algorithm x509.SignatureAlgorithm) {
	t.Helper()
	var e map[string]any
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	text := ""
	for _, member := range []string{"Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"} {
		if v, ok := e[member].(string); ok {
			text += member + "\n" + v + "\n"
		}
	}
	if got := e["SigningCertURL"]; got != "http://outcrop.example"+h.signer.path {
		t.Errorf("the certificate is said to be at %v", got)
	}
	block, _ := pem.Decode(h.signer.pem)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(e["Signature"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if algorithm == x509.SHA1WithRSA { // which crypto/x509 does not check any more
		err = checkSHA1(cert, text, signature)
	} else {
		err = cert.CheckSignature(algorithm, []byte(text), signature)
	}
	if err != nil {
		t.Errorf("the signature of %s: %v", body, err)
	}
}

func TestTheHouseAnnouncesOnce(t *testing.T) {
	h := newHouse(t)
	topic := h.topicNamed("budgets")
	h.subscribed(topic, "http", "http://127.0.0.1:9/in")
	if err := h.SetTopicAttributes(t.Context(), by(owner), &api.SetTopicAttributesInput{TopicARN: topic, AttributeName: "SignatureVersion", AttributeValue: new("2")}); err != nil {
		t.Fatal(err)
	}
	before := h.signer.path
	for range 2 {
		if err := h.Announce(t.Context(), string(owner), topic, "Budget", "You are over.", "budget/1"); err != nil {
			t.Fatal(err)
		}
		h.restart()
	}
	sent := h.out.take()
	if len(sent) != 1 {
		t.Fatalf("%d deliveries, want one", len(sent))
	}
	if h.signer.path != before {
		t.Error("a restart made another key")
	}
	verify(t, h, sent[0].Body, x509.SHA256WithRSA)
	if err := h.Announce(t.Context(), string(stranger), topic, "s", "m", "2"); name(err) != "NotFound: Topic does not exist" {
		t.Errorf("another account's budget: %v", err)
	}
}

func TestWhatCannotBePublished(t *testing.T) {
	h := newHouse(t)
	topic := h.topicNamed("budgets")
	for want, in := range map[string]*api.PublishInput{
		"InvalidParameter: Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter": {Message: "m"},
		"InvalidParameter: Invalid parameter: Empty message":                                                 {TopicARN: &topic},
		"InvalidParameter: Invalid parameter: Message too long":                                              {TopicARN: &topic, Message: strings.Repeat("x", maxMessage+1)},
		"InvalidParameter: Invalid parameter: Subject":                                                       {TopicARN: &topic, Message: "m", Subject: new("a\nb")},
		"InvalidParameter: Invalid parameter: MessageStructure":                                              {TopicARN: &topic, Message: "m", MessageStructure: new("xml")},
		"InvalidParameter: Invalid parameter: Message Structure - No default entry in JSON message body":     {TopicARN: &topic, Message: `{"a":"b"}`, MessageStructure: new("json")},
		"InvalidParameter: Invalid parameter: Message Structure - JSON message body failed to parse":         {TopicARN: &topic, Message: `{`, MessageStructure: new("json")},
		"InvalidParameter: Invalid parameter: PhoneNumber Reason: text messages are not sent here":           {PhoneNumber: new("1"), Message: "m"},
		"InvalidParameter: Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1":  {TopicARN: new("x"), Message: "m"},
		"NotFound: Topic does not exist":                                                                     {TargetARN: new(topic + "s"), Message: "m"},
		"InvalidParameter: Invalid parameter: TopicArn":                                                      {TopicARN: new("arn:aws:sns:eu-west-1:111122223333:budgets"), Message: "m"},
	} {
		if _, err := h.Server.Publish(t.Context(), by(owner), in); name(err) != want {
			t.Errorf("%s, want %s", name(err), want)
		}
	}
	if _, err := h.Server.Publish(t.Context(), by(stranger), &api.PublishInput{TopicARN: &topic, Message: "m"}); !fault.Is(err, fault.AccessDenied) {
		t.Errorf("a stranger publishes: %v", err)
	}
	h.subscribed(topic, "email", "ann@example.com")
	h.out.fail = errors.New("disk full")
	if _, err := h.Server.Publish(t.Context(), by(owner), &api.PublishInput{TopicARN: &topic, Message: "m"}); err == nil {
		t.Error("a message that is kept nowhere was taken")
	}
}
