package sns

import (
	"context"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	api "github.com/outcrop/outcrop/internal/awsapi/sns"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/notify"
)

// maxMessage is how long a message may be, in bytes.
const maxMessage = 256 << 10

// Publish sends a message to everybody who confirmed a subscription to a topic.
func (s *Server) Publish(ctx context.Context, c *awswire.Call, in *api.PublishInput) (*api.PublishResponse, error) {
	name, err := target(in)
	if err != nil {
		return nil, err
	}
	m, err := messageOf(in)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.topic(c, "Publish", name)
	if err != nil {
		return nil, err
	}
	m.id = uuid.NewString()
	return &api.PublishResponse{MessageID: &m.id}, s.send(ctx, t, m)
}

// target is the topic that a message is for.
func target(in *api.PublishInput) (string, error) {
	switch {
	case in.PhoneNumber != nil:
		return "", invalid("PhoneNumber Reason: text messages are not sent here")
	case in.TopicARN != nil && in.TargetARN != nil:
		return "", invalid("Both TopicArn and TargetArn cannot be set")
	case in.TopicARN != nil:
		return *in.TopicARN, nil
	case in.TargetARN != nil:
		return *in.TargetARN, nil
	}
	return "", invalid("TopicArn or TargetArn Reason: no value for required parameter")
}

// messageOf reads and checks what is to be sent.
func messageOf(in *api.PublishInput) (*message, error) {
	m := &message{text: in.Message, attributes: in.MessageAttributes}
	if in.Subject != nil {
		m.subject = *in.Subject
		if err := checkSubject(m.subject); err != nil {
			return nil, err
		}
	}
	switch {
	case in.Message == "":
		return nil, invalid("Empty message")
	case len(in.Message) > maxMessage:
		return nil, invalid("Message too long")
	case in.MessageGroupID != nil || in.MessageDeduplicationID != nil:
		return nil, invalid("MessageGroupId Reason: The request includes MessageGroupId parameter that is not valid for this topic type")
	case in.MessageStructure == nil:
		return m, nil
	case *in.MessageStructure != "json":
		return nil, invalid("MessageStructure")
	}
	if err := json.Unmarshal([]byte(in.Message), &m.byProtocol); err != nil {
		return nil, invalid("Message Structure - JSON message body failed to parse")
	}
	text, ok := m.byProtocol["default"]
	if !ok {
		return nil, invalid("Message Structure - No default entry in JSON message body")
	}
	m.text = text
	return m, nil
}

// checkSubject holds a subject against SNS's rules: up to 100 characters of ASCII on one line.
func checkSubject(subject string) error {
	const longest = 100
	bad := subject == "" || len(subject) > longest || subject[0] == ' ' ||
		strings.ContainsFunc(subject, func(r rune) bool { return r < ' ' || r > '~' })
	if bad {
		return invalid("Subject")
	}
	return nil
}

// Announce sends a message of the house to a topic, such as a budget's notification: once for one id, however often it
// is asked to. A topic takes what its own account's budgets send, whatever its policy says. owner is that account.
func (s *Server) Announce(ctx context.Context, owner, topicARN, subject, text, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.state.topics[topicARN]
	if t == nil || string(t.Owner) != owner {
		return notFound("Topic")
	}
	return s.send(ctx, t, &message{id: uuid.NewSHA1(uuid.NameSpaceURL, []byte(id)).String(), subject: subject, text: text})
}

// send puts a message into the outbox, once for each subscriber. The caller holds mu.
func (s *Server) send(ctx context.Context, t *topic, m *message) error {
	if err := s.forgetExpired(ctx); err != nil {
		return err
	}
	m.at = s.opt.Now().UTC()
	confirmed := slices.DeleteFunc(s.state.of(t.ARN), func(sub *subscription) bool { return !sub.Confirmed })
	deliveries := make([]notify.Delivery, len(confirmed))
	for i, sub := range confirmed {
		deliveries[i] = s.notification(t, sub, m)
	}
	return s.opt.Outbox.Put(ctx, deliveries...)
}
