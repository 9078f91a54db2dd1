package sns

import (
	"net/url"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	api "github.com/outcrop/outcrop/internal/awsapi/sns"
	"github.com/outcrop/outcrop/internal/notify"
)

// message is what was published.
type message struct {
	id         string
	subject    string
	text       string
	byProtocol map[string]string // texts of a message that has several
	attributes map[string]api.MessageAttributeValue
	at         time.Time
}

// forProtocol is the text that subscribers of one protocol get.
func (m *message) forProtocol(protocol string) string {
	if text, ok := m.byProtocol[protocol]; ok {
		return text
	}
	return m.text
}

// The types of messages.
const (
	notificationType = "Notification"
	confirmationType = "SubscriptionConfirmation"
)

// envelope is the JSON that SNS wraps messages in, its members in SNS's order.
type envelope struct {
	Type             string               `json:"Type"`
	MessageID        string               `json:"MessageId"`
	Token            string               `json:"Token,omitzero"`
	TopicARN         string               `json:"TopicArn"`
	Subject          string               `json:"Subject,omitzero"`
	Message          string               `json:"Message"`
	SubscribeURL     string               `json:"SubscribeURL,omitzero"`
	Timestamp        string               `json:"Timestamp"`
	SignatureVersion string               `json:"SignatureVersion"`
	Signature        string               `json:"Signature"`
	SigningCertURL   string               `json:"SigningCertURL"`
	UnsubscribeURL   string               `json:"UnsubscribeURL,omitzero"`
	Attributes       map[string]attribute `json:"MessageAttributes,omitzero"`
}

type attribute struct {
	Type  string `json:"Type"`
	Value string `json:"Value"`
}

// stamp is SNS's form of a time.
func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z") }

// notification is a message on its way to one subscriber.
func (s *Server) notification(t *topic, sub *subscription, m *message) notify.Delivery {
	e := &envelope{
		Type: notificationType, MessageID: m.id, TopicARN: t.ARN, Subject: m.subject, Message: m.forProtocol(sub.Protocol), Timestamp: stamp(m.at),
		UnsubscribeURL: s.link("Unsubscribe", "SubscriptionArn", sub.ARN),
	}
	for name, v := range m.attributes {
		if e.Attributes == nil {
			e.Attributes = make(map[string]attribute, len(m.attributes))
		}
		e.Attributes[name] = attributeOf(v)
	}
	d := s.sealed(t, sub, e)
	d.ID, d.Created = "sns/"+m.id+"/"+sub.ARN, m.at
	switch sub.Protocol {
	case "email":
		d.Subject = m.subject
		if d.Subject == "" {
			d.Subject = "AWS Notification Message"
		}
		d.Body = e.Message + "\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:\n" +
			e.UnsubscribeURL + "\n"
	case "email-json":
		d.Subject = "AWS Notification Message"
	default:
		if sub.Raw {
			d.Body, d.Header["x-amz-sns-rawdelivery"] = e.Message, "true"
		}
	}
	return d
}

// confirmation asks an endpoint whether it wants a topic's messages.
func (s *Server) confirmation(t *topic, sub *subscription) notify.Delivery {
	at := s.opt.Now().UTC()
	e := &envelope{
		Type: confirmationType, MessageID: uuid.NewSHA1(uuid.NameSpaceURL, []byte(sub.Token)).String(), Token: sub.Token, TopicARN: t.ARN, Timestamp: stamp(at),
		Message:      "You have chosen to subscribe to the topic " + t.ARN + ".\nTo confirm the subscription, visit the SubscribeURL included in this message.",
		SubscribeURL: s.link("ConfirmSubscription", "TopicArn", t.ARN, "Token", sub.Token),
	}
	d := s.sealed(t, sub, e)
	d.ID, d.Created = "sns/confirm/"+sub.Token, at
	if sub.Protocol == "email" || sub.Protocol == "email-json" {
		d.Subject = "AWS Notification - Subscription Confirmation"
	}
	if sub.Protocol == "email" {
		d.Body = "You have chosen to subscribe to the topic:\n" + t.ARN + "\n\nTo confirm this subscription, click or visit the link below " +
			"(If this was in error no action is necessary):\n" + e.SubscribeURL + "\n"
	}
	return d
}

// sealed is a delivery whose body is the signed envelope.
func (s *Server) sealed(t *topic, sub *subscription, e *envelope) notify.Delivery {
	s.signer.sign(e, t.Attributes[signatureVersion])
	e.SigningCertURL = s.opt.PublicURL() + s.signer.path
	body, err := json.Marshal(e, json.Deterministic(true), jsontext.Multiline(true), jsontext.WithIndent("  "), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		panic("BUG: an envelope cannot be written: " + err.Error())
	}
	d := notify.Delivery{Kind: notify.HTTP, Address: sub.Endpoint, Body: string(body), ContentType: "text/plain; charset=UTF-8"}
	if sub.Protocol == "email" || sub.Protocol == "email-json" {
		d.Kind, d.ContentType = notify.Email, ""
		return d
	}
	d.Header = map[string]string{
		"x-amz-sns-message-type": e.Type, "x-amz-sns-message-id": e.MessageID, "x-amz-sns-topic-arn": t.ARN,
		"User-Agent": "Amazon Simple Notification Service Agent",
	}
	if e.Type == notificationType {
		d.Header["x-amz-sns-subscription-arn"] = sub.ARN
	}
	return d
}

// link is the URL of an operation that needs no signature.
func (s *Server) link(action string, parameters ...string) string {
	q := url.Values{"Action": {action}, "Version": {"2010-03-31"}}
	for i := 0; i < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	return s.opt.PublicURL() + "/?" + q.Encode()
}
