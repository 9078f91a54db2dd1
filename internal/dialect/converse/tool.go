package converse

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	brt "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/chat"
)

// toolConfig reads the tools and the choice among them.
func toolConfig(in *brt.ToolConfiguration) (*chat.ToolConfig, error) {
	if in == nil {
		return nil, nil
	}
	out := &chat.ToolConfig{Tools: make([]chat.Tool, len(in.Tools))}
	names := make(map[string]bool, len(in.Tools))
	for i := range in.Tools {
		var err error
		if out.Tools[i], err = tool(&in.Tools[i], i); err != nil {
			return nil, err
		}
		name := out.Tools[i].Name
		if name == "" {
			continue // a cache point
		}
		if names[name] {
			return nil, invalid("The tool names in toolConfig.tools must be unique. Rename or remove the second tool with the name %s and try again.", name)
		}
		names[name] = true
	}
	var err error
	out.Choice, err = toolChoice(in.ToolChoice, names)
	return out, err
}

func tool(t *brt.Tool, i int) (chat.Tool, error) {
	switch {
	case t.CachePoint != nil:
		return chat.Tool{CachePoint: &chat.CachePoint{TTL: text(t.CachePoint.TTL)}}, nil
	case t.SystemTool != nil:
		return chat.Tool{}, invalid("The system tool %s at toolConfig.tools.%d isn't supported. Provide a toolSpec instead and try again.", t.SystemTool.Name, i)
	case t.ToolSpec == nil || t.ToolSpec.InputSchema == nil:
		return chat.Tool{}, invalid("The tool at toolConfig.tools.%d is of a kind that isn't supported.", i)
	}
	schema := t.ToolSpec.InputSchema.JSON
	if !ofObjects(schema) {
		return chat.Tool{}, invalid("The value at toolConfig.tools.%d.toolSpec.inputSchema.json.type must be one of the following: object.", i)
	}
	return chat.Tool{Name: t.ToolSpec.Name, Description: text(t.ToolSpec.Description), Schema: schema, Strict: t.ToolSpec.Strict}, nil
}

// ofObjects reports whether a JSON schema describes objects and says so.
func ofObjects(schema jsontext.Value) bool {
	var s struct {
		Type jsontext.Value `json:"type"`
	}
	return schema.Kind() == '{' && json.Unmarshal(schema, &s) == nil && string(s.Type) == `"object"`
}

// toolChoice reads the choice among tools of the given names.
func toolChoice(c *brt.ToolChoice, names map[string]bool) (chat.ToolChoice, error) {
	switch {
	case c == nil || c.Auto != nil:
		return chat.ToolChoice{}, nil
	case c.Any != nil:
		return chat.ToolChoice{Mode: chat.ChoiceAny}, nil
	case c.Tool == nil:
		return chat.ToolChoice{}, invalid("The ToolChoice object at toolConfig.toolChoice is of a kind that isn't supported.")
	case !names[c.Tool.Name]:
		return chat.ToolChoice{}, invalid("The tool %s at toolConfig.toolChoice.tool.name isn't defined in toolConfig.tools. Choose a tool that is and try again.", c.Tool.Name)
	}
	return chat.ToolChoice{Mode: chat.ChoiceTool, Name: c.Tool.Name}, nil
}

func (t *turn) toolUse(b *brt.ToolUseBlock, i int) (chat.Block, error) {
	switch {
	case t.user:
		return chat.Block{}, t.misplaced("toolUse", i)
	case b.Type != nil:
		return chat.Block{}, invalid("The toolUse block at %s has the type %s, which isn't supported. Remove the block and try again.", t.place(i), *b.Type)
	case b.Input.Kind() != '{':
		return chat.Block{}, notAnObject(t.place(i).String() + ".toolUse.input")
	}
	return chat.Block{Kind: chat.ToolUseBlock, ToolUse: &chat.ToolUse{ID: b.ToolUseID, Name: b.Name, Input: b.Input}}, nil
}

func notAnObject(at string) error {
	return invalid("The format of the value at %s is invalid. Provide a json object for the field and try again.", at)
}

func (t *turn) toolResult(b *brt.ToolResultBlock, i int) (chat.Block, error) {
	failed := b.Status != nil && *b.Status == brt.ToolResultStatusError
	switch {
	case !t.user:
		return chat.Block{}, t.misplaced("toolResult", i)
	case failed && len(b.Content) == 0:
		return chat.Block{}, invalid("The content field at %s.toolResult cannot be empty when status value is error.", t.place(i))
	}
	out := &chat.ToolResult{ID: b.ToolUseID, Error: failed}
	for n := range b.Content {
		inner, err := resultContent(&b.Content[n], place{t.at, i, n})
		if err != nil {
			return chat.Block{}, err
		}
		out.Content = append(out.Content, inner)
	}
	return chat.Block{Kind: chat.ToolResultBlock, ToolResult: out}, nil
}

// resultContent reads what a tool returned. JSON stands in Raw of a text block.
func resultContent(b *brt.ToolResultContentBlock, at place) (chat.Block, error) {
	switch {
	case b.JSON != nil:
		if b.JSON.Kind() != '{' {
			return chat.Block{}, notAnObject(at.String() + ".json")
		}
		return chat.Block{Kind: chat.TextBlock, Raw: b.JSON}, nil
	case b.Text != nil:
		return chat.Text(*b.Text), nil
	case b.Image != nil:
		return image(b.Image, at)
	case b.Document != nil:
		return document(b.Document, at)
	case b.Video != nil:
		return chat.Block{Kind: chat.VideoBlock, Media: video(b.Video)}, nil
	case b.SearchResult != nil:
		return chat.Block{Kind: chat.SearchResultBlock, Raw: b.SearchResult.AppendJSON(nil)}, nil
	}
	return chat.Block{}, invalid("The ToolResultContentBlock object at %s is of a kind that isn't supported.", at)
}

// pairTools checks that each tool use is answered in the very next message, and nothing else is.
func pairTools(ms []brt.Message, configured bool) error {
	var open []string // ids that the message before asked for
	for i := range ms {
		uses, results := toolIDs(&ms[i])
		if (len(uses) > 0 || len(results) > 0) && !configured {
			return invalid("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
		}
		if id, twice := repeated(uses); twice {
			return invalid("The toolUse blocks at messages.%d.content contain duplicate Ids: %s", i, id)
		}
		if id, twice := repeated(results); twice {
			return invalid("The toolResult blocks at messages.%d.content contain duplicate Ids: %s", i, id)
		}
		if len(results) > len(open) {
			return invalid("The number of toolResult blocks at messages.%d.content exceeds the number of toolUse blocks of previous turn.", i)
		}
		if err := unanswered(open, results, i); err != nil {
			return err
		}
		open = uses
	}
	return unanswered(open, nil, len(ms))
}

// mostNamed is how many ids an error lists.
const mostNamed = 20

// unanswered refuses ids that the message at i should answer and does not.
func unanswered(open, results []string, i int) error {
	if len(open) == 0 {
		return nil
	}
	answered := make(map[string]bool, len(results))
	for _, id := range results {
		answered[id] = true
	}
	var missing []string
	for _, id := range open {
		if !answered[id] && len(missing) < mostNamed {
			missing = append(missing, id)
		}
	}
	if missing == nil {
		return nil
	}
	return invalid("Expected toolResult blocks at messages.%d.content for the following Ids: %s", i, strings.Join(missing, ", "))
}

// toolIDs lists the ids of a message's tool uses and tool results.
func toolIDs(m *brt.Message) (uses, results []string) {
	for i := range m.Content {
		switch b := &m.Content[i]; {
		case b.ToolUse != nil:
			uses = append(uses, b.ToolUse.ToolUseID)
		case b.ToolResult != nil:
			results = append(results, b.ToolResult.ToolUseID)
		}
	}
	return uses, results
}

// repeated returns the first id that comes twice.
func repeated(ids []string) (string, bool) {
	if len(ids) < 2 {
		return "", false
	}
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if seen[id] {
			return id, true
		}
		seen[id] = true
	}
	return "", false
}
