package converse

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	brt "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// EncodeRequest writes a request as the body of Converse, or of ConverseStream when it is streamed, for
// a server that speaks them. The model's id tells how its family spells what Converse has no member for.
// What cannot be said is an error with the code Validation.
func EncodeRequest(model string, r *chat.Request, streamed bool) ([]byte, error) {
	w, err := requestOf(model, r)
	if err != nil {
		return nil, err
	}
	if !streamed {
		w.GuardrailConfig = guardrailOf(r.Guardrail)
		return w.AppendJSON(nil), nil
	}
	s := &brt.ConverseStreamRequest{
		Messages:                          w.Messages,
		System:                            w.System,
		InferenceConfig:                   w.InferenceConfig,
		ToolConfig:                        w.ToolConfig,
		GuardrailConfig:                   streamGuardrailOf(r.Guardrail),
		AdditionalModelRequestFields:      w.AdditionalModelRequestFields,
		AdditionalModelResponseFieldPaths: w.AdditionalModelResponseFieldPaths,
		RequestMetadata:                   w.RequestMetadata,
		PerformanceConfig:                 w.PerformanceConfig,
		ServiceTier:                       w.ServiceTier,
		OutputConfig:                      w.OutputConfig,
	}
	return s.AppendJSON(nil), nil
}

// EncodeTokens writes a request as the body of CountTokens.
func EncodeTokens(model string, r *chat.Request) ([]byte, error) {
	w, err := requestOf(model, r)
	if err != nil {
		return nil, err
	}
	in := &brt.CountTokensRequest{Input: &brt.CountTokensInput{Converse: &brt.ConverseTokensRequest{
		Messages: w.Messages, System: w.System, ToolConfig: w.ToolConfig, AdditionalModelRequestFields: w.AdditionalModelRequestFields,
	}}}
	return in.AppendJSON(nil), nil
}

// requestOf says everything but the guardrail, which differs between the operations.
func requestOf(model string, r *chat.Request) (*brt.ConverseRequest, error) {
	r = takable(model, r)
	w := &brt.ConverseRequest{
		Messages:                          make([]brt.Message, len(r.Messages)),
		InferenceConfig:                   inferenceOf(&r.Inference),
		AdditionalModelResponseFieldPaths: r.ExtraPaths,
		RequestMetadata:                   r.Metadata,
		PerformanceConfig:                 performance(r.Latency),
		ServiceTier:                       tier(r.Tier),
		OutputConfig:                      outputOf(r.Output),
	}
	names := documentNames{}
	for i := range r.Messages {
		m := &w.Messages[i]
		m.Role = brt.ConversationRole(r.Messages[i].Role)
		m.Content = make([]brt.ContentBlock, len(r.Messages[i].Content))
		for n := range m.Content {
			var err error
			if m.Content[n], err = names.block(&r.Messages[i].Content[n]); err != nil {
				return nil, err
			}
		}
	}
	for i := range r.System {
		b, err := systemOf(&r.System[i])
		if err != nil {
			return nil, err
		}
		w.System = append(w.System, b)
	}
	var err error
	if w.ToolConfig, err = toolsOf(r); err != nil {
		return nil, err
	}
	w.AdditionalModelRequestFields, err = extraOf(model, r)
	return w, err
}

func inferenceOf(in *chat.Inference) *brt.InferenceConfiguration {
	if in.MaxTokens == nil && in.Temperature == nil && in.TopP == nil && in.Stop == nil {
		return nil
	}
	return &brt.InferenceConfiguration{MaxTokens: in.MaxTokens, Temperature: in.Temperature, TopP: in.TopP, StopSequences: in.Stop}
}

func outputOf(o *chat.OutputSchema) *brt.OutputConfig {
	if o == nil {
		return nil
	}
	s := &brt.JSONSchemaDefinition{Schema: o.Schema, Name: given(o.Name), Description: given(o.Description)}
	return &brt.OutputConfig{TextFormat: &brt.OutputFormat{
		Type: brt.OutputFormatTypeJsonSchema, Structure: &brt.OutputFormatStructure{JSONSchema: s},
	}}
}

func guardrailOf(g *chat.Guardrail) *brt.GuardrailConfiguration {
	if g == nil {
		return nil
	}
	return &brt.GuardrailConfiguration{
		GuardrailIdentifier: given(g.ID), GuardrailVersion: given(g.Version), Trace: given(brt.GuardrailTrace(g.Trace)),
	}
}

func streamGuardrailOf(g *chat.Guardrail) *brt.GuardrailStreamConfiguration {
	if g == nil {
		return nil
	}
	return &brt.GuardrailStreamConfiguration{
		GuardrailIdentifier: given(g.ID), GuardrailVersion: given(g.Version), Trace: given(brt.GuardrailTrace(g.Trace)),
		StreamProcessingMode: given(brt.GuardrailStreamProcessingMode(g.StreamMode)),
	}
}

// given is the member for an optional text.
func given[S ~string](s S) *S {
	if s == "" {
		return nil
	}
	return &s
}

// toolsOf writes the tools. Converse cannot forbid the use of tools that it is told of: they are left out
// when that is asked, unless the conversation has already used them.
func toolsOf(r *chat.Request) (*brt.ToolConfiguration, error) {
	if r.Tools == nil || len(r.Tools.Tools) == 0 {
		return nil, nil
	}
	if r.Tools.Choice.Mode == chat.ChoiceNone {
		if usesTools(r.Messages) {
			return nil, invalid("This model can't be kept from using tools in a conversation that has used them. Choose the tools automatically, or remove the tool uses and results.")
		}
		return nil, nil
	}
	out := &brt.ToolConfiguration{Tools: make([]brt.Tool, len(r.Tools.Tools))}
	for i, t := range r.Tools.Tools {
		if t.CachePoint != nil {
			out.Tools[i].CachePoint = cachePointOf(t.CachePoint)
			continue
		}
		out.Tools[i].ToolSpec = &brt.ToolSpecification{
			Name: t.Name, Description: given(t.Description), InputSchema: &brt.ToolInputSchema{JSON: t.Schema}, Strict: t.Strict,
		}
	}
	switch r.Tools.Choice.Mode {
	case chat.ChoiceAny:
		out.ToolChoice = &brt.ToolChoice{Any: new(brt.AnyToolChoice)}
	case chat.ChoiceTool:
		out.ToolChoice = &brt.ToolChoice{Tool: &brt.SpecificToolChoice{Name: r.Tools.Choice.Name}}
	}
	return out, nil
}

func usesTools(ms []chat.Message) bool {
	for i := range ms {
		for n := range ms[i].Content {
			if k := ms[i].Content[n].Kind; k == chat.ToolUseBlock || k == chat.ToolResultBlock {
				return true
			}
		}
	}
	return false
}

// The families that spell a field in a way of their own.
const (
	claudeModels = "anthropic."
	novaModels   = "amazon.nova"
	openaiModels = "openai."
)

// extraOf adds to the request's own extra fields what only the family has words for.
func extraOf(model string, r *chat.Request) (jsontext.Value, error) {
	fields, err := members(r.Extra)
	if err != nil {
		return nil, fault.Wrap(fault.Validation, err, "The additional model request fields are no JSON object.")
	}
	before := len(fields)
	_, versioned := fields["anthropic_version"]
	delete(fields, "anthropic_version") // belongs to bodies that Converse writes itself
	add := func(name, value string) {
		if _, said := fields[name]; !said {
			fields[name] = jsontext.Value(value)
		}
	}
	claude := strings.Contains(model, claudeModels)
	if r.Thinking != nil && fields["reasoning_config"] == nil {
		addThinking(add, model, r.Thinking)
	}
	if k := r.Inference.TopK; k != nil {
		number := string(jsonNumber(*k))
		if strings.Contains(model, novaModels) {
			add("inferenceConfig", `{"topK":`+number+`}`)
		} else {
			add("top_k", number)
		}
	}
	if r.Tools != nil && r.Tools.Choice.Serial && r.Tools.Choice.Mode != chat.ChoiceNone {
		if !claude {
			return nil, invalid("This model can't be kept from using several tools at once.")
		}
		names := [...]string{chat.ChoiceAuto: "auto", chat.ChoiceAny: "any", chat.ChoiceTool: "tool"}
		choice := `{"type":"` + names[r.Tools.Choice.Mode] + `","disable_parallel_tool_use":true`
		if r.Tools.Choice.Mode == chat.ChoiceTool {
			choice += `,"name":` + string(quote(r.Tools.Choice.Name))
		}
		add("tool_choice", choice+`}`)
	}
	switch {
	case len(fields) == 0:
		return nil, nil
	case len(fields) == before && !versioned:
		return r.Extra, nil
	}
	return json.Marshal(fields, json.Deterministic(true))
}

// addThinking says how much a model may think.
func addThinking(add func(name, value string), model string, t *chat.Thinking) {
	budget := `{"type":"adaptive"}`
	if t.Budget > 0 {
		budget = `{"type":"enabled","budget_tokens":` + string(jsonNumber(t.Budget)) + `}`
	}
	switch {
	case strings.Contains(model, claudeModels):
		add("thinking", budget)
		if t.Effort != "" {
			add("output_config", `{"effort":`+string(quote(t.Effort))+`}`)
		}
	case strings.Contains(model, novaModels):
		effort := t.Effort
		if effort == "" {
			effort = "medium"
		}
		add("reasoningConfig", `{"type":"enabled","maxReasoningEffort":`+string(quote(effort))+`}`)
	case t.Effort != "" || strings.Contains(model, openaiModels):
		effort := t.Effort
		if effort == "" {
			effort = "medium"
		}
		add("reasoning_effort", string(quote(effort)))
	default:
		add("reasoning_config", budget)
	}
}
