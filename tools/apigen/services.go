package main

// target is one service to generate: which operations, and where the model says less or more than
// the service does.
type target struct {
	Service    string // the folder in botocore's data
	Package    string // the Go package under internal/awsapi
	Operations []string
	Adjust     map[string]adjustment // by shape name
	// HeaderDefaults are response headers the service always sends, when the operation names none.
	HeaderDefaults map[string]string
	// Unread names operations whose body the server reads only when it needs to, and whose answer may
	// be one that another server wrote.
	Unread []string
	// Client also writes requests and reads answers, for a provider that calls the same API.
	Client bool
	// Invalid is what the service calls a violated constraint, where that is not ValidationException.
	Invalid string
	// Denied is what the service calls a denial by policy, where that is not AccessDenied.
	Denied string
}

// adjustment corrects the constraints of one shape.
type adjustment struct {
	Max int64 // replaces the model's maximum, when not 0
	// Accept names a func(string) bool in awswire that is quick and true only for values that need
	// no look at the pattern. A hot path then never runs a costly expression.
	Accept string
	// Pattern is an expression of the same language as the model's that Go's engine can run, where that looks ahead or
	// behind. Violations print the model's. Not is an expression of what must not match, for the same reason.
	Pattern, Not string
	// Allowed are the characters a name may have besides letters and digits, where the service words a violated pattern
	// by them.
	Allowed string
}

// targets is the whole list: a new AWS operation is one line here and one method on the server.
var targets = []target{
	{
		Service: "bedrock",
		Package: "bedrock",
		Operations: []string{
			"ListFoundationModels",
			"GetFoundationModel",
			"GetFoundationModelAvailability",
			"CreateInferenceProfile",
			"GetInferenceProfile",
			"ListInferenceProfiles",
			"DeleteInferenceProfile",
			"TagResource",
			"UntagResource",
			"ListTagsForResource",
			"PutModelInvocationLoggingConfiguration",
			"GetModelInvocationLoggingConfiguration",
			"DeleteModelInvocationLoggingConfiguration",
			"PutResourcePolicy",
			"GetResourcePolicy",
			"DeleteResourcePolicy",
		},
		Adjust: map[string]adjustment{
			// The model's pattern lost its tab and its ends of lines on the way: as in every other service, policies have them.
			"ResourcePolicyDocument": {Pattern: `[\t\n\r -ÿ]+`},
		},
	},
	{
		Service: "bedrock-runtime",
		Package: "bedrockruntime",
		Operations: []string{
			"InvokeModel",
			"InvokeModelWithResponseStream",
			"Converse",
			"ConverseStream",
			"CountTokens",
		},
		Adjust: map[string]adjustment{
			"ConversationalModelId": {Accept: "PlainModelID"},
			"InvokeModelIdentifier": {Accept: "PlainModelID"},
			// The service takes profile identifiers and ARNs here, which outgrow the model's 256.
			"FoundationModelVersionIdentifier": {Max: 2048, Accept: "PlainModelID"},
		},
		HeaderDefaults: map[string]string{
			"X-Amzn-Bedrock-Content-Type": "application/json",
		},
		Unread: []string{"Converse", "ConverseStream", "CountTokens"},
		Client: true,
	},
	costExplorer,
	iam,
	sts,
	organizations,
	budgets,
	sns,
}
