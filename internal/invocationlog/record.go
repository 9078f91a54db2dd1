package invocationlog

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/gateway"
)

// record is a line of a log, in the schema of Bedrock's model invocation logs.
type record struct {
	SchemaType      string            `json:"schemaType"`
	SchemaVersion   string            `json:"schemaVersion"`
	Timestamp       string            `json:"timestamp"`
	AccountID       string            `json:"accountId"`
	Identity        caller            `json:"identity"`
	Region          string            `json:"region"`
	RequestID       string            `json:"requestId"`
	Operation       string            `json:"operation"`
	ModelID         string            `json:"modelId"`
	Input           *input            `json:"input,omitzero"`
	Output          *output           `json:"output,omitzero"`
	InferenceRegion string            `json:"inferenceRegion,omitzero"`
	RequestMetadata map[string]string `json:"requestMetadata,omitempty"`
	ErrorCode       string            `json:"errorCode,omitzero"`
}

type caller struct {
	ARN string `json:"arn"`
}

type input struct {
	ContentType string         `json:"inputContentType,omitzero"`
	Body        jsontext.Value `json:"inputBodyJson,omitzero"`
	Path        string         `json:"inputBodyS3Path,omitzero"`
	Tokens      int64          `json:"inputTokenCount"`
	CacheRead   int64          `json:"cacheReadInputTokenCount,omitzero"`
	CacheWrite  int64          `json:"cacheWriteInputTokenCount,omitzero"`
}

type output struct {
	ContentType string         `json:"outputContentType,omitzero"`
	Body        jsontext.Value `json:"outputBodyJson,omitzero"`
	Path        string         `json:"outputBodyS3Path,omitzero"`
	Tokens      int64          `json:"outputTokenCount"`
}

// lenient takes what callers send: whether it is good JSON was for the call to judge.
var lenient = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

func (r *record) line() ([]byte, error) {
	b, err := json.Marshal(r, lenient, json.Deterministic(true))
	return append(b, '\n'), err
}

const jsonType = "application/json"

// record is the call without its bodies.
func (k *call) head() *record {
	r := &record{
		SchemaType: "ModelInvocationLog", SchemaVersion: "1.0",
		Timestamp: k.arrived.UTC().Format("2006-01-02T15:04:05Z"),
		AccountID: string(k.principal.Account), Identity: caller{k.principal.ARN}, Region: string(k.source),
		RequestID: k.requestID, Operation: k.operation, ModelID: k.identifier(), ErrorCode: k.errorCode,
		Input: &input{ContentType: jsonType},
	}
	if k.record == nil {
		return r
	}
	u := k.record.Usage
	r.Input.Tokens, r.Input.CacheRead, r.Input.CacheWrite = u.Input, u.CacheRead, u.CacheWrite()
	if k.record.Region != "" {
		r.Output = &output{ContentType: jsonType, Tokens: u.Output}
	}
	if t := k.record.Target; t != nil && t.System != nil {
		r.InferenceRegion = string(k.record.Region)
	}
	return r
}

// requestMetadata is what the caller tagged the call with: in the body of Converse, in a header elsewhere.
func (k *call) requestMetadata(in jsontext.Value) map[string]string {
	if k.record != nil && len(k.record.Metadata) > 0 {
		return k.record.Metadata
	}
	var tags map[string]string
	if k.metadata != "" && json.Unmarshal([]byte(k.metadata), &tags) == nil {
		return tags
	}
	if k.operation == "Converse" || k.operation == "ConverseStream" {
		var body struct {
			Metadata map[string]string `json:"requestMetadata"`
		}
		if json.Unmarshal(in, &body, lenient) == nil {
			return body.Metadata
		}
	}
	return nil
}

// outputDelivered reports whether c wants the answer of a call. It goes by what the model gives.
func (c *Config) outputDelivered(r *gateway.Record) bool {
	if r == nil || r.Target == nil || len(r.Target.Model.Output) == 0 {
		return c.Text
	}
	for _, m := range r.Target.Model.Output {
		switch {
		case m == catalog.Text && c.Text, m == catalog.Embedding && c.Embedding, m == catalog.Image && c.Image,
			m == "VIDEO" && c.Video, (m == "AUDIO" || m == "SPEECH") && c.Audio:
			return true
		}
	}
	return false
}
