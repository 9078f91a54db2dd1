package converse

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	brt "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// Envelope is what an answer says of the call beside the model's own words.
type Envelope struct {
	LatencyMs   int64
	Caching     bool     // the request had cache points, so that the cache counts appear even when they are 0
	FieldPaths  []string // the request's ExtraPaths
	Performance string   // the latency that was used, "" to leave it out
	Tier        string   // the service tier that was used, "" to leave it out
}

// Response writes a whole answer.
func Response(r *chat.Response, env Envelope) (*brt.ConverseResponse, error) {
	m := &brt.Message{Role: brt.ConversationRoleAssistant, Content: make([]brt.ContentBlock, len(r.Content))}
	for i := range r.Content {
		var err error
		if m.Content[i], err = contentBlock(&r.Content[i]); err != nil {
			return nil, fault.Wrap(fault.ModelError, err, "The model's answer has content that Converse cannot carry.")
		}
	}
	fields, err := selectFields(r.Extra, r.StopSequence, env.FieldPaths)
	if err != nil {
		return nil, err
	}
	return &brt.ConverseResponse{
		Output:                        &brt.ConverseOutput{Message: m},
		StopReason:                    stopReason(r.Stop),
		Usage:                         usage(r.Usage, env.Caching),
		Metrics:                       &brt.ConverseMetrics{LatencyMs: env.LatencyMs},
		AdditionalModelResponseFields: fields,
		PerformanceConfig:             performance(env.Performance),
		ServiceTier:                   tier(env.Tier),
	}, nil
}

func stopReason(s chat.StopReason) brt.StopReason {
	if s == "" {
		return brt.StopReasonEndTurn
	}
	return brt.StopReason(s)
}

func performance(latency string) *brt.PerformanceConfiguration {
	if latency == "" {
		return nil
	}
	return &brt.PerformanceConfiguration{Latency: new(brt.PerformanceConfigLatency(latency))}
}

func tier(name string) *brt.ServiceTier {
	if name == "" {
		return nil
	}
	return &brt.ServiceTier{Type: brt.ServiceTierType(name)}
}

// usage counts as chat does; the cache counts appear only where caching applied, the longer-lived first.
func usage(u chat.Usage, caching bool) *brt.TokenUsage {
	out := &brt.TokenUsage{InputTokens: int(u.Input), OutputTokens: int(u.Output), TotalTokens: int(u.Total())}
	if caching || u.CacheRead > 0 || u.CacheWrite() > 0 {
		out.CacheReadInputTokens, out.CacheWriteInputTokens = new(int(u.CacheRead)), new(int(u.CacheWrite()))
	}
	if u.CacheWrite1h > 0 {
		out.CacheDetails = append(out.CacheDetails, brt.CacheDetail{TTL: "1h", InputTokens: int(u.CacheWrite1h)})
	}
	if u.CacheWrite5m > 0 {
		out.CacheDetails = append(out.CacheDetails, brt.CacheDetail{TTL: "5m", InputTokens: int(u.CacheWrite5m)})
	}
	return out
}

// contentBlock writes one block of an answer.
func contentBlock(b *chat.Block) (brt.ContentBlock, error) {
	switch b.Kind {
	case chat.TextBlock:
		return brt.ContentBlock{Text: &b.Text}, nil
	case chat.ToolUseBlock:
		return toolUse(b.ToolUse)
	case chat.ReasoningBlock:
		return brt.ContentBlock{ReasoningContent: reasoningContent(b.Reasoning)}, nil
	case chat.ImageBlock:
		return brt.ContentBlock{Image: &brt.ImageBlock{
			Format: brt.ImageFormat(b.Media.Format), Source: &brt.ImageSource{Bytes: b.Media.Bytes, S3Location: s3Location(b.Media.S3)},
		}}, nil
	case chat.VideoBlock:
		return brt.ContentBlock{Video: &brt.VideoBlock{
			Format: brt.VideoFormat(b.Media.Format), Source: &brt.VideoSource{Bytes: b.Media.Bytes, S3Location: s3Location(b.Media.S3)},
		}}, nil
	case chat.AudioBlock:
		return brt.ContentBlock{Audio: &brt.AudioBlock{
			Format: brt.AudioFormat(b.Media.Format), Source: &brt.AudioSource{Bytes: b.Media.Bytes, S3Location: s3Location(b.Media.S3)},
		}}, nil
	case chat.CitationsBlock:
		c := new(brt.CitationsContentBlock)
		return brt.ContentBlock{CitationsContent: c}, read(b.Raw, c)
	}
	return brt.ContentBlock{}, fault.New(fault.ModelError, "A block of the kind %d stands in an answer.", b.Kind)
}

// toolUse refuses an input that would break the JSON around it.
func toolUse(u *chat.ToolUse) (brt.ContentBlock, error) {
	if len(u.Input) > 0 && !u.Input.IsValid() {
		return brt.ContentBlock{}, fault.New(fault.ModelError, "The input of the tool use %s is no JSON.", u.ID)
	}
	return brt.ContentBlock{ToolUse: &brt.ToolUseBlock{ToolUseID: u.ID, Name: u.Name, Input: u.Input}}, nil
}

func reasoningContent(r *chat.Reasoning) *brt.ReasoningContentBlock {
	if r.Redacted != nil {
		return &brt.ReasoningContentBlock{RedactedContent: r.Redacted}
	}
	out := &brt.ReasoningTextBlock{Text: r.Text}
	if r.Signature != "" {
		out.Signature = &r.Signature
	}
	return &brt.ReasoningContentBlock{ReasoningText: out}
}

func s3Location(l *chat.S3Location) *brt.S3Location {
	if l == nil {
		return nil
	}
	out := &brt.S3Location{URI: l.URI}
	if l.Owner != "" {
		out.BucketOwner = &l.Owner
	}
	return out
}

// read turns Converse JSON that chat kept raw back into its generated type, whose members are named
// as in the JSON but for the case of letters.
func read(raw jsontext.Value, into any) error {
	return json.Unmarshal(raw, into, json.MatchCaseInsensitiveNames(true))
}
