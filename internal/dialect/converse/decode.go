// Package converse turns Converse requests into chat's words and chat's answers into Converse's.
//
// The generated shapes have been checked when a request comes here; what remains are the rules that Bedrock
// applies beyond shapes: who may say what, which blocks need each other, how large and how many.
//
// additionalModelRequestFields stay in chat.Request.Extra whole. Those few that chat has words for and that
// the words say completely (thinking, reasoning_config, top_k) are said in both, whatever the model: a
// provider that knows the fields reads Extra, which wins, and any other still learns what was wanted.
package converse

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	brt "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// invalid makes the error of every refusal here.
func invalid(format string, args ...any) error { return fault.New(fault.Validation, format, args...) }

// noPrompts is said to promptVariables. AWS passes over them unless the model's identifier is a stored
// prompt's; here, where no prompts are stored, a caller who fills one in is told that nothing came of it.
const noPrompts = "The field promptVariables isn't supported: it fills in stored prompts of Prompt management, and this model identifier isn't one. " +
	"Write the whole text in messages, remove promptVariables and try again."

// Request reads the input of Converse. Every error is a *fault.Error with the code Validation.
func Request(in *brt.ConverseRequest) (*chat.Request, error) {
	if len(in.PromptVariables) > 0 {
		return nil, invalid(noPrompts)
	}
	r, err := conversation(in.Messages, in.System, in.ToolConfig, in.AdditionalModelRequestFields)
	if err != nil {
		return nil, err
	}
	if r.ExtraPaths, err = pointers(in.AdditionalModelResponseFieldPaths); err != nil {
		return nil, err
	}
	if r.Output, err = output(in.OutputConfig); err != nil {
		return nil, err
	}
	inference(r, in.InferenceConfig)
	r.Metadata = in.RequestMetadata
	if in.ServiceTier != nil {
		r.Tier = string(in.ServiceTier.Type)
	}
	if in.PerformanceConfig != nil {
		r.Latency = text(in.PerformanceConfig.Latency)
	}
	if g := in.GuardrailConfig; g != nil {
		r.Guardrail = &chat.Guardrail{ID: text(g.GuardrailIdentifier), Version: text(g.GuardrailVersion), Trace: text(g.Trace)}
	}
	return r, nil
}

// StreamRequest reads the input of ConverseStream, which differs from Converse's in the guardrail only.
func StreamRequest(in *brt.ConverseStreamRequest) (*chat.Request, error) {
	r, err := Request(&brt.ConverseRequest{
		ModelID:                           in.ModelID,
		Messages:                          in.Messages,
		System:                            in.System,
		InferenceConfig:                   in.InferenceConfig,
		ToolConfig:                        in.ToolConfig,
		AdditionalModelRequestFields:      in.AdditionalModelRequestFields,
		AdditionalModelResponseFieldPaths: in.AdditionalModelResponseFieldPaths,
		PromptVariables:                   in.PromptVariables,
		RequestMetadata:                   in.RequestMetadata,
		PerformanceConfig:                 in.PerformanceConfig,
		ServiceTier:                       in.ServiceTier,
		OutputConfig:                      in.OutputConfig,
	})
	if err != nil {
		return nil, err
	}
	if g := in.GuardrailConfig; g != nil {
		r.Guardrail = &chat.Guardrail{
			ID: text(g.GuardrailIdentifier), Version: text(g.GuardrailVersion), Trace: text(g.Trace), StreamMode: text(g.StreamProcessingMode),
		}
	}
	return r, nil
}

// Tokens reads the input of CountTokens. For the invokeModel member it returns the native body, which
// the model's own dialect reads; for the converse member the request.
func Tokens(in *brt.CountTokensInput) (r *chat.Request, body []byte, err error) {
	if in.InvokeModel != nil {
		return nil, in.InvokeModel.Body, nil
	}
	c := in.Converse
	if c == nil {
		return nil, nil, invalid("The input must be one of invokeModel and converse.")
	}
	r, err = conversation(c.Messages, c.System, c.ToolConfig, c.AdditionalModelRequestFields)
	return r, nil, err
}

// conversation reads the parts that count as input.
func conversation(ms []brt.Message, system []brt.SystemContentBlock, tools *brt.ToolConfiguration, extra jsontext.Value) (*chat.Request, error) {
	r := &chat.Request{}
	var err error
	if r.Messages, err = messages(ms); err != nil {
		return nil, err
	}
	if r.System, err = systemBlocks(system); err != nil {
		return nil, err
	}
	if r.Tools, err = toolConfig(tools); err != nil {
		return nil, err
	}
	if err := pairTools(ms, tools != nil); err != nil {
		return nil, err
	}
	return r, additional(r, extra)
}

func inference(r *chat.Request, c *brt.InferenceConfiguration) {
	if c == nil {
		return
	}
	r.Inference.MaxTokens, r.Inference.Temperature = c.MaxTokens, c.Temperature
	r.Inference.TopP, r.Inference.Stop = c.TopP, c.StopSequences
}

// pointers checks additionalModelResponseFieldPaths.
func pointers(paths []string) ([]string, error) {
	for i, p := range paths {
		if p == "" || !jsontext.Pointer(p).IsValid() {
			return nil, invalid("The value at additionalModelResponseFieldPaths.%d isn't a valid JSON Pointer. Provide a path that begins with a slash, such as /stop_sequence, and try again.", i)
		}
	}
	return paths, nil
}

// output reads the JSON schema of the answer, which Converse carries as a string.
func output(c *brt.OutputConfig) (*chat.OutputSchema, error) {
	if c == nil || c.TextFormat == nil || c.TextFormat.Structure == nil || c.TextFormat.Structure.JSONSchema == nil {
		return nil, nil
	}
	s := c.TextFormat.Structure.JSONSchema
	if v := jsontext.Value(s.Schema); !v.IsValid() || v.Kind() != '{' {
		return nil, invalid("The value at outputConfig.textFormat.structure.jsonSchema.schema isn't valid. Provide a string that holds a JSON schema object and try again.")
	}
	return &chat.OutputSchema{Name: text(s.Name), Description: text(s.Description), Schema: s.Schema}, nil
}

// additional keeps the model's own fields and says in chat's words what these can say whole.
func additional(r *chat.Request, extra jsontext.Value) error {
	if len(extra) == 0 {
		return nil
	}
	if extra.Kind() != '{' {
		return invalid("The format of the additionalModelRequestFields field is invalid. Provide a json object for the field and try again.")
	}
	r.Extra = extra
	var known struct {
		Thinking  jsontext.Value `json:"thinking"`
		Reasoning jsontext.Value `json:"reasoning_config"`
		TopK      jsontext.Value `json:"top_k"`
	}
	if err := json.Unmarshal(extra, &known); err != nil {
		return fault.Wrap(fault.Validation, err, "The format of the additionalModelRequestFields field is invalid. Provide a json object for the field and try again.")
	}
	if r.Thinking = thinking(known.Thinking); r.Thinking == nil {
		r.Thinking = thinking(known.Reasoning)
	}
	var k int
	if known.TopK.Kind() == '0' && json.Unmarshal(known.TopK, &k) == nil && k >= 0 {
		r.Inference.TopK = &k
	}
	return nil
}

// thinking reads Claude's {"type":"enabled","budget_tokens":n} or {"type":"adaptive"}; anything else is
// left to those who know it.
func thinking(raw jsontext.Value) *chat.Thinking {
	var t struct {
		Type   string `json:"type"`
		Budget int    `json:"budget_tokens"`
	}
	if raw.Kind() != '{' || json.Unmarshal(raw, &t, json.RejectUnknownMembers(true)) != nil {
		return nil
	}
	if t.Type == "enabled" && t.Budget > 0 || t.Type == "adaptive" && t.Budget == 0 {
		return &chat.Thinking{Budget: t.Budget}
	}
	return nil
}

// text is the text of an optional string or enumeration, "" when it was not given.
func text[S ~string](p *S) string {
	if p == nil {
		return ""
	}
	return string(*p)
}
