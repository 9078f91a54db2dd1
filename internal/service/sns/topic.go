package sns

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/sns"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/store"
)

// The attributes of a topic that can be set, and that are read here.
const (
	displayName      = "DisplayName"
	topicPolicy      = "Policy"
	signatureVersion = "SignatureVersion"
)

// maxTags is how many tags a topic may have.
const maxTags = 50

// CreateTopic makes a topic, or finds the one with the name and the same attributes and tags.
func (s *Server) CreateTopic(ctx context.Context, c *awswire.Call, in *api.CreateTopicInput) (*api.CreateTopicResponse, error) {
	if err := checkName(in.Name); err != nil {
		return nil, err
	}
	t := &topic{
		ARN: topicARN(c, in.Name), Owner: c.Principal.Account, Attributes: map[string]string{}, Tags: tagsOf(in.Tags), Created: s.opt.Now().UTC(),
	}
	for name, value := range in.Attributes {
		if err := checkAttribute(name, value); err != nil {
			return nil, err
		}
		t.Attributes[name] = value
	}
	if len(t.Tags) > maxTags {
		return nil, tooManyTags()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.state.topics[t.ARN]; old != nil {
		switch {
		case !subset(t.Attributes, old.Attributes):
			return nil, invalid("Attributes Reason: Topic already exists with different attributes")
		case len(in.Tags) > 0 && !maps.Equal(t.Tags, old.Tags):
			return nil, invalid("Tags Reason: Topic already exists with different tags")
		}
		return &api.CreateTopicResponse{TopicARN: &old.ARN}, nil
	}
	return &api.CreateTopicResponse{TopicARN: &t.ARN}, s.keep(ctx, t)
}

func topicARN(c *awswire.Call, name string) string {
	partition := arn.AWS
	switch {
	case strings.HasPrefix(string(c.Region), "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(string(c.Region), "us-gov-"):
		partition = "aws-us-gov"
	}
	return "arn:" + string(partition) + ":sns:" + string(c.Region) + ":" + string(c.Principal.Account) + ":" + name
}

func checkName(name string) error {
	const longest = 256
	letters := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	if name == "" || len(name) > longest || strings.Trim(name, letters) != "" {
		return invalid("Topic Name")
	}
	return nil
}

// subset reports whether everything in a stands in b as well.
func subset(a, b map[string]string) bool {
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

// checkAttribute refuses what a topic cannot be told.
func checkAttribute(name, value string) error {
	switch name {
	case displayName:
		const longest = 100
		if len(value) > longest {
			return invalid("Attributes Reason: DisplayName must be at most %d characters long", longest)
		}
	case topicPolicy:
		if !isObject(value) {
			return invalid("Policy Error: null")
		}
	case signatureVersion:
		if value != "1" && value != "2" {
			return invalid("Attributes Reason: SignatureVersion must be 1 or 2")
		}
	case "DeliveryPolicy", "TracingConfig", "KmsMasterKeyId": // kept as they are; nothing here follows them
	case "FifoTopic":
		if value != "false" {
			return invalid("Attributes Reason: FIFO topics are not supported here")
		}
	default:
		return invalid("AttributeName")
	}
	return nil
}

func isObject(text string) bool {
	var v map[string]any
	return json.Unmarshal([]byte(text), &v) == nil
}

// DeleteTopic removes a topic with its subscriptions. One that is not there is fine.
func (s *Server) DeleteTopic(ctx context.Context, c *awswire.Call, in *api.DeleteTopicInput) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.topic(c, "DeleteTopic", in.TopicARN)
	if fault.Is(err, fault.ResourceNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	changes := []store.DocumentChange{drop(topicKind, t.ARN)}
	for _, sub := range s.state.of(t.ARN) {
		changes = append(changes, drop(subscriptionKind, sub.ARN))
	}
	return s.commit(ctx, changes...)
}

// ListTopics lists the caller's topics in the region.
func (s *Server) ListTopics(_ context.Context, c *awswire.Call, in *api.ListTopicsInput) (*api.ListTopicsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var mine []string
	for _, name := range slices.Sorted(maps.Keys(s.state.topics)) {
		if inPlace(name, c.Region, c.Principal.Account) {
			mine = append(mine, name)
		}
	}
	part, next, err := page(mine, in.NextToken, func(name string) string { return name })
	out := &api.ListTopicsResponse{Topics: []api.Topic{}, NextToken: next}
	for _, name := range part {
		out.Topics = append(out.Topics, api.Topic{TopicARN: &name})
	}
	return out, err
}

// GetTopicAttributes tells everything of a topic, its subscriptions counted.
func (s *Server) GetTopicAttributes(_ context.Context, c *awswire.Call, in *api.GetTopicAttributesInput) (*api.GetTopicAttributesResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.topic(c, "GetTopicAttributes", in.TopicARN)
	if err != nil {
		return nil, err
	}
	confirmed, pending := 0, 0
	for _, sub := range s.state.of(t.ARN) {
		if sub.Confirmed {
			confirmed++
		} else {
			pending++
		}
	}
	all := map[string]string{
		"TopicArn": t.ARN, "Owner": string(t.Owner), displayName: "", topicPolicy: defaultPolicy(t), signatureVersion: "1",
		"SubscriptionsConfirmed": strconv.Itoa(confirmed), "SubscriptionsPending": strconv.Itoa(pending), "SubscriptionsDeleted": "0",
		"EffectiveDeliveryPolicy": effectiveDelivery,
	}
	maps.Copy(all, t.Attributes)
	return &api.GetTopicAttributesResponse{Attributes: all}, nil
}

// effectiveDelivery is the delivery policy that topics have, in SNS's words: what notify does comes near it.
const effectiveDelivery = `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":600,"numRetries":100,"numMaxDelayRetries":0,` +
	`"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"exponential"},"disableSubscriptionOverrides":false,` +
	`"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}`

// defaultPolicy is the policy of a topic that was given none: its owner may do everything.
func defaultPolicy(t *topic) string {
	return `{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},` +
		`"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe",` +
		`"SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":"` + t.ARN + `","Condition":{"StringEquals":{"AWS:SourceOwner":"` + string(t.Owner) + `"}}}]}`
}

// SetTopicAttributes changes one attribute; without a value it goes back to its default.
func (s *Server) SetTopicAttributes(ctx context.Context, c *awswire.Call, in *api.SetTopicAttributesInput) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changeTopic(ctx, c, "SetTopicAttributes", in.TopicARN, func(t *topic) error {
		if in.AttributeValue == nil {
			delete(t.Attributes, in.AttributeName)
			return nil
		}
		if err := checkAttribute(in.AttributeName, *in.AttributeValue); err != nil {
			return err
		}
		t.Attributes[in.AttributeName] = *in.AttributeValue
		return nil
	})
}

// changeTopic keeps what change makes of a copy. The caller holds mu.
func (s *Server) changeTopic(ctx context.Context, c *awswire.Call, action, name string, change func(*topic) error) error {
	old, err := s.topic(c, action, name)
	if err != nil {
		return err
	}
	next := *old
	next.Attributes, next.Tags = cloned(old.Attributes), cloned(old.Tags)
	if err := change(&next); err != nil {
		return err
	}
	return s.keep(ctx, &next)
}

func cloned(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return maps.Clone(m)
}

// TagResource adds tags to a topic.
func (s *Server) TagResource(ctx context.Context, c *awswire.Call, in *api.TagResourceRequest) (*api.TagResourceResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.changeTopic(ctx, c, "TagResource", in.ResourceARN, func(t *topic) error {
		maps.Copy(t.Tags, tagsOf(in.Tags))
		if len(t.Tags) > maxTags {
			return tooManyTags()
		}
		return nil
	})
	return &api.TagResourceResponse{}, taggable(err)
}

// UntagResource takes tags from a topic.
func (s *Server) UntagResource(ctx context.Context, c *awswire.Call, in *api.UntagResourceRequest) (*api.UntagResourceResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.changeTopic(ctx, c, "UntagResource", in.ResourceARN, func(t *topic) error {
		for _, key := range in.TagKeys {
			delete(t.Tags, key)
		}
		return nil
	})
	return &api.UntagResourceResponse{}, taggable(err)
}

// ListTagsForResource lists the tags of a topic in the order of their keys.
func (s *Server) ListTagsForResource(_ context.Context, c *awswire.Call, in *api.ListTagsForResourceRequest) (*api.ListTagsForResourceResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.topic(c, "ListTagsForResource", in.ResourceARN)
	if err != nil {
		return nil, taggable(err)
	}
	out := &api.ListTagsForResourceResponse{Tags: []api.Tag{}}
	for _, key := range slices.Sorted(maps.Keys(t.Tags)) {
		out.Tags = append(out.Tags, api.Tag{Key: key, Value: t.Tags[key]})
	}
	return out, nil
}

// taggable gives a topic that is not there the name it has when tags are asked for.
func taggable(err error) error {
	if fault.Is(err, fault.ResourceNotFound) {
		return fault.Named(fault.ResourceNotFound, api.ResourceNotFoundException, "Resource does not exist")
	}
	return err
}

func tagsOf(list []api.Tag) map[string]string {
	tags := make(map[string]string, len(list))
	for _, t := range list {
		tags[t.Key] = t.Value
	}
	return tags
}

func tooManyTags() error {
	return fault.Named(fault.TooManyTags, api.TagLimitExceededException, "Could not complete request: tag quota of per resource exceeded")
}
