package access

import (
	"strings"

	"github.com/outcrop/outcrop/internal/awswire"
)

// SNS guards Amazon SNS.
func (c *Control) SNS() awswire.Guard {
	r := &rules{control: c, prefix: "sns", table: map[string]rule{}}
	r.add(anything, "ListTopics", "ListSubscriptions")
	r.add(free, "ConfirmSubscription") // the token that was sent to the endpoint is the right
	r.add(onTopic, "CreateTopic", "DeleteTopic", "GetTopicAttributes", "SetTopicAttributes", "Subscribe", "ListSubscriptionsByTopic",
		"Publish", "GetSubscriptionAttributes", "SetSubscriptionAttributes", "TagResource", "UntagResource", "ListTagsForResource")
	r.add(func(a *asking) error {
		if a.call.Principal.Account == "" {
			return nil // whoever has the link; the service knows whether that is enough
		}
		return onTopic(a)
	}, "Unsubscribe")
	return r
}

// onTopic judges the topic that an input names in one way or another.
func onTopic(a *asking) error {
	a.ask.Keys.RequestTags, a.ask.Keys.TagKeys = tagField(a.in, "Tags"), keysField(a.in, "TagKeys")
	if name := field(a.in, "Name"); name != "" {
		return a.mine("arn:" + string(a.partition()) + ":sns:" + string(a.call.Region) + ":" + string(a.account()) + ":" + name)
	}
	for _, f := range [...]string{"TopicARN", "TargetARN", "ResourceARN"} {
		if name := field(a.in, f); name != "" {
			return a.mine(name)
		}
	}
	// A subscription's ARN is its topic's with one part more.
	name := field(a.in, "SubscriptionARN")
	if end := strings.LastIndexByte(name, ':'); strings.Count(name, ":") > 5 {
		name = name[:end]
	}
	return a.mine(name)
}
