package main

// sns is the part of SNS that is served: topics that notify by HTTP and by mail.
var sns = target{
	Service: "sns",
	Package: "sns",
	Denied:  "AuthorizationError",
	Operations: []string{
		"CreateTopic",
		"DeleteTopic",
		"ListTopics",
		"GetTopicAttributes",
		"SetTopicAttributes",
		"Subscribe",
		"ConfirmSubscription",
		"Unsubscribe",
		"ListSubscriptions",
		"ListSubscriptionsByTopic",
		"GetSubscriptionAttributes",
		"SetSubscriptionAttributes",
		"Publish",
		"TagResource",
		"UntagResource",
		"ListTagsForResource",
	},
}
