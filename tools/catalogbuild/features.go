package main

import "strings"

type apisIn struct {
	Invoke         bool     `json:"invokeModel"`
	InvokeStream   bool     `json:"invokeModelWithResponseStream"`
	Converse       bool     `json:"converse"`
	ConverseStream bool     `json:"converseStream"`
	Async          bool     `json:"asyncInvoke"`
	Bidirectional  bool     `json:"bidirectionalStream"`
	Responses      bool     `json:"responses"`
	Chat           bool     `json:"chatCompletions"`
	Card           []string `json:"cardApis"`
	Note           string   `json:"note"`
}

type featuresIn struct {
	System         bool     `json:"systemPrompts"`
	Documents      bool     `json:"documentChat"`
	Vision         bool     `json:"vision"`
	Tools          bool     `json:"toolUse"`
	StreamingTools bool     `json:"streamingToolUse"`
	Guardrails     bool     `json:"guardrails"`
	Reasoning      bool     `json:"reasoning"`
	Images         bool     `json:"imageGeneration"`
	Rerank         bool     `json:"rerank"`
	Source         string   `json:"feature_source"`
	Conflict       string   `json:"visionModalityConflict"`
	Cache          *cacheIn `json:"promptCaching"`
	Embedding      *struct {
		Default    int   `json:"defaultDimensions"`
		Dimensions []int `json:"dimensions"`
	} `json:"embedding"`
}

type cacheIn struct {
	Min    int      `json:"min_tokens"`
	Max    int      `json:"max_checkpoints"`
	TTL    []string `json:"ttl"`
	Fields []string `json:"fields"`
	Note   string   `json:"note"`
}

type cacheOut struct {
	Min    int      `json:"min"`
	Points int      `json:"points"`
	TTL    []string `json:"ttl"`
	Fields []string `json:"fields"`
	Note   string   `json:"note,omitempty"`
}

func (c *cacheIn) out() *cacheOut {
	if c == nil {
		return nil
	}
	return &cacheOut{c.Min, c.Max, c.TTL, c.Fields, c.Note}
}

// flagName is one word of a set.
type flagName struct {
	on   bool
	name string
}

func names(flags ...flagName) []string {
	var out []string
	for _, f := range flags {
		if f.on {
			out = append(out, f.name)
		}
	}
	return out
}

func (a apisIn) names() []string {
	return names(flagName{a.Invoke, "invoke"}, flagName{a.InvokeStream, "invoke_stream"},
		flagName{a.Converse, "converse"}, flagName{a.ConverseStream, "converse_stream"},
		flagName{a.Async, "async"}, flagName{a.Bidirectional, "bidirectional"},
		flagName{a.Responses, "responses"}, flagName{a.Chat, "chat"})
}

func (f featuresIn) names() []string {
	return names(flagName{f.System, "system"}, flagName{f.Documents, "documents"}, flagName{f.Vision, "vision"},
		flagName{f.Tools, "tools"}, flagName{f.StreamingTools, "streaming_tools"},
		flagName{f.Guardrails, "guardrails"}, flagName{f.Reasoning, "reasoning"},
		flagName{f.Images, "image_generation"}, flagName{f.Rerank, "rerank"})
}

// basis says whether the flags are AWS's table or inferred, and what speaks against them.
func (f featuresIn) basis() (from, doubt string) {
	switch {
	case strings.HasPrefix(f.Source, "AWS docs"):
		from = "table"
	case strings.HasPrefix(f.Source, "inferred"):
		from, doubt = "inferred", "inferred from the model card and the family"
	}
	if _, conflict, ok := strings.Cut(f.Source, " ("); ok {
		doubt = strings.TrimSuffix(conflict, ")")
	}
	if f.Conflict != "" {
		doubt = f.Conflict
	}
	return from, doubt
}
