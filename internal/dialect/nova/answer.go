package nova

import (
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/fault"
)

type answer struct {
	Output struct {
		Message message `json:"message"`
	} `json:"output"`
	Stop      string `json:"stopReason"`
	Usage     usage  `json:"usage"`
	Guardrail string `json:"amazon-bedrock-guardrailAction,omitzero"`
}

// DecodeResponse reads a whole answer.
func (Codec) DecodeResponse(data []byte) (*chat.Response, error) {
	var w answer
	if err := dialect.ReadAnswer(data, &w); err != nil {
		return nil, err
	}
	if w.Stop == "" {
		return nil, dialect.Unanswered()
	}
	content, err := blocksOf(w.Output.Message.Content)
	if err != nil {
		return nil, fault.Wrap(fault.ModelError, err, "The model's answer could not be read.")
	}
	r := &chat.Response{Content: content, Stop: chat.StopReason(w.Stop), Usage: w.Usage.chat()}
	if w.Guardrail == "INTERVENED" {
		r.Stop = chat.GuardrailIntervened
	}
	return r, nil
}

// EncodeResponse writes a whole answer. Stop reasons are Converse's.
func (Codec) EncodeResponse(r *chat.Response, _ dialect.Envelope) ([]byte, error) {
	content, err := written(r.Content)
	if err != nil {
		return nil, fault.Wrap(fault.ModelError, err, "The model's answer has content that its own format cannot carry.")
	}
	w := answer{Stop: string(r.Stop), Usage: usageOf(r.Usage)}
	if content == nil {
		content = []block{}
	}
	w.Output.Message = message{Role: string(chat.Assistant), Content: content}
	w.Usage.Total = r.Usage.Total()
	if r.Stop == chat.GuardrailIntervened {
		w.Guardrail = "INTERVENED"
	}
	return dialect.Marshal(&w)
}

func usageOf(u chat.Usage) usage {
	return usage{Input: u.Input, Output: u.Output, CacheRead: &u.CacheRead, CacheWrite: new(u.CacheWrite())}
}

func (u *usage) chat() chat.Usage {
	out := chat.Usage{Input: u.Input, Output: u.Output}
	if u.CacheRead != nil {
		out.CacheRead = *u.CacheRead
	}
	if u.CacheWrite != nil {
		out.CacheWrite5m = *u.CacheWrite
	}
	return out
}
