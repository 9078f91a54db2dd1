package bedrockruntime

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

const exactlyOne = "failed to satisfy constraint: Member must have exactly one of its members set: "

func TestConverseViolations(t *testing.T) {
	const notNull = "failed to satisfy constraint: Member must not be null"
	text := `"messages":[{"role":"user","content":[{"text":"x"}]}]`
	for name, test := range map[string]struct{ body, want string }{
		"role missing":     {`{"messages":[{"content":[{"text":"x"}]}]}`, "1 validation error detected: Value null at 'messages.1.member.role' " + notNull},
		"role and content": {`{"messages":[{}]}`, "2 validation errors detected: Value null at 'messages.1.member.role' " + notNull + "; Value null at 'messages.1.member.content' " + notNull},
		"role not listed":  {`{"messages":[{"role":"system","content":[]}]}`, "1 validation error detected: Value 'system' at 'messages.1.member.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant]"},
		"null message":     {`{"messages":[null]}`, "1 validation error detected: Value null at 'messages.1.member' " + notNull},
		"second message":   {`{"messages":[{"role":"user","content":[]},{"role":"","content":[]}]}`, "1 validation error detected: Value '' at 'messages.2.member.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant]"},
		"empty block":      {`{"messages":[{"role":"user","content":[{}]}]}`, "1 validation error detected: Value at 'messages.1.member.content.1.member' " + exactlyOne + "[text, image, document, video, audio, toolUse, toolResult, guardContent, cachePoint, reasoningContent, citationsContent, searchResult]"},
		"two members":      {`{"messages":[{"role":"user","content":[{"text":"a","cachePoint":{"type":"default"}}]}]}`, "1 validation error detected: Value at 'messages.1.member.content.1.member' " + exactlyOne + "[text, image, document, video, audio, toolUse, toolResult, guardContent, cachePoint, reasoningContent, citationsContent, searchResult]"},
		"order of the model": {
			`{"inferenceConfig":{"topP":-0.5,"maxTokens":0,"temperature":1.5},"system":[{"text":""}]}`,
			"4 validation errors detected: Value '' at 'system.1.member.text' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
				"Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1; " +
				"Value '1.5' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1; " +
				"Value '-0.5' at 'inferenceConfig.topP' failed to satisfy constraint: Member must have value greater than or equal to 0",
		},
		"stop sequences": {
			`{"inferenceConfig":{"stopSequences":["a",""]}}`,
			"1 validation error detected: Value '[a, ]' at 'inferenceConfig.stopSequences' failed to satisfy constraint: Member must satisfy constraint: [Member must have length greater than or equal to 1]",
		},
		"null stop sequence": {
			`{"inferenceConfig":{"stopSequences":["a",null]}}`,
			"2 validation errors detected: Value null at 'inferenceConfig.stopSequences.2.member' " + notNull + "; " +
				"Value '[a, ]' at 'inferenceConfig.stopSequences' failed to satisfy constraint: Member must satisfy constraint: [Member must have length greater than or equal to 1]",
		},
		"no tools": {`{"toolConfig":{"tools":[]}}`, "1 validation error detected: Value '[]' at 'toolConfig.tools' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		"tool name": {
			`{"toolConfig":{"tools":[{"toolSpec":{"name":"a b","inputSchema":{"json":{}}}}]}}`,
			"1 validation error detected: Value 'a b' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
		},
		"long tool name": {
			`{"toolConfig":{"tools":[{"toolSpec":{"name":"` + strings.Repeat("é", 65) + `","inputSchema":{"json":{}}}}]}}`,
			"2 validation errors detected: Value '" + strings.Repeat("é", 65) + "' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must have length less than or equal to 64; " +
				"Value '" + strings.Repeat("é", 65) + "' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
		},
		"tool use": {
			`{"messages":[{"role":"assistant","content":[{"toolUse":{"toolUseId":"a/b"}}]}]}`,
			"3 validation errors detected: Value 'a/b' at 'messages.1.member.content.1.member.toolUse.toolUseId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]+; " +
				"Value null at 'messages.1.member.content.1.member.toolUse.name' " + notNull + "; Value null at 'messages.1.member.content.1.member.toolUse.input' " + notNull,
		},
		"empty image": {
			`{"messages":[{"role":"user","content":[{"image":{"format":"bmp","source":{"bytes":""}}}]}]}`,
			"2 validation errors detected: Value 'bmp' at 'messages.1.member.content.1.member.image.format' failed to satisfy constraint: Member must satisfy enum value set: [png, jpeg, gif, webp]; " +
				"Value at 'messages.1.member.content.1.member.image.source.bytes' failed to satisfy constraint: Member must have length greater than or equal to 1",
		},
		"sensitive structure": {
			`{"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"s3Location":{"uri":"secret"}}}}]}]}`,
			"1 validation error detected: Value at 'messages.1.member.content.1.member.image.source.s3Location.uri' failed to satisfy constraint: Member must satisfy regular expression pattern: s3://[a-z0-9][\\.\\-a-z0-9]{1,61}[a-z0-9](/.*)?",
		},
		"after a sensitive structure": {
			`{"messages":[{"role":"user","content":[{"image":{"format":"png","source":{}}},{"cachePoint":{"type":"x"}}]}]}`,
			"2 validation errors detected: Value at 'messages.1.member.content.1.member.image.source' " + exactlyOne + "[bytes, s3Location]; " +
				"Value 'x' at 'messages.1.member.content.2.member.cachePoint.type' failed to satisfy constraint: Member must satisfy enum value set: [default]",
		},
		"metadata, which is sensitive": {
			`{` + text + `,"requestMetadata":{"a!":"b"}}`,
			"1 validation error detected: Value at 'requestMetadata' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-zA-Z0-9\\s:_@$#=/+,-.]{1,256}]",
		},
		"empty metadata": {`{"requestMetadata":{}}`, "1 validation error detected: Value at 'requestMetadata' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		"prompt variables": {
			`{"promptVariables":{"b":{},"a":{}}}`,
			"2 validation errors detected: Value at 'promptVariables.a.member' " + exactlyOne + "[text]; Value at 'promptVariables.b.member' " + exactlyOne + "[text]",
		},
		"field paths": {
			`{"additionalModelResponseFieldPaths":["1","2","3","4","5","6","7","8","9","10","11"]}`,
			"1 validation error detected: Value '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]' at 'additionalModelResponseFieldPaths' failed to satisfy constraint: Member must have length less than or equal to 10",
		},
		"service tier":  {`{"serviceTier":{"type":"gold"}}`, "1 validation error detected: Value 'gold' at 'serviceTier.type' failed to satisfy constraint: Member must satisfy enum value set: [priority, default, flex, reserved]"},
		"output config": {`{"outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{}}}}}`, "1 validation error detected: Value null at 'outputConfig.textFormat.structure.jsonSchema.schema' " + notNull},
		"guardrail":     {`{"guardrailConfig":{"guardrailVersion":"0"}}`, "1 validation error detected: Value '0' at 'guardrailConfig.guardrailVersion' failed to satisfy constraint: Member must satisfy regular expression pattern: (|([1-9][0-9]{0,7})|(DRAFT))"},
	} {
		t.Run(name, func(t *testing.T) {
			_, out := post(NewService(&answering{converse: someAnswer()}), "/model/m/converse", test.body)
			if !fault.Is(out.Err, fault.Validation) || out.Status != 400 {
				t.Fatalf("got %+v, want a Validation fault", out)
			}
			if out.Err.Error() != test.want {
				t.Errorf("got  %s\nwant %s", out.Err, test.want)
			}
		})
	}
}

func TestViolationsRepeatOnlySoMuch(t *testing.T) {
	s := NewService(&answering{converse: someAnswer()})
	_, out := post(s, "/model/m/converse", `{"serviceTier":{"type":"`+strings.Repeat("x", 1<<20)+`"}}`)
	if out.Status != 400 || len(out.Err.Error()) > 2048 {
		t.Errorf("status %d, a sentence of %d bytes", out.Status, len(out.Err.Error()))
	}
	_, out = post(s, "/model/m/converse", `{"messages":[`+strings.Repeat("{},", 99_999)+`{}]}`)
	if out.Status != 400 || len(out.Err.Error()) > 1<<17 || !strings.HasPrefix(out.Err.Error(), "200000 validation errors detected: ") {
		t.Errorf("status %d, a sentence of %d bytes", out.Status, len(out.Err.Error()))
	}
}

func TestModelIDs(t *testing.T) {
	const (
		pattern = "failed to satisfy constraint: Member must satisfy regular expression pattern: "
		account = "arn:aws:bedrock:us-east-1:111122223333:"
	)
	s := NewService(&answering{converse: someAnswer()})
	for _, id := range []string{
		"amazon.nova-lite-v1:0", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "abc123def456", "Any.Thing-At:All",
		"with_underscore", account + "inference-profile/us.amazon.nova-lite-v1:0", account + "application-inference-profile/abc123def456",
		"arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0", "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0:24k",
		"arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:inference-profile/us-gov.x", account + "provisioned-model/abcdefghij12",
		account + "prompt/ABCDEFGHIJ:1", account + "default-prompt-router/anthropic.claude:1", "arn:aws:sagemaker:us-east-1:111122223333:endpoint/x",
	} {
		if _, out := post(s, "/model/"+url.PathEscape(id)+"/converse", `{}`); out.Err != nil {
			t.Errorf("%s: %v", id, out.Err)
		}
	}
	for _, id := range []string{
		"a b", "a/b", "é", "\xff", "-_", "arn:aws:s3:::bucket/x", account + "guardrail/x", "arn:aws:bedrock:US-EAST-1:111122223333:inference-profile/x",
		"arn:aws:bedrock:us-east-1:1111:inference-profile/x", "arn:aws:bedrock:us-east-1:111122223333:foundation-model/a.b", "x\n",
	} {
		_, out := post(s, "/model/"+url.PathEscape(id)+"/converse", `{}`)
		want := "1 validation error detected: Value '" + id + "' at 'modelId' " + pattern + patternConversationalModelID.Source
		if out.Err == nil || out.Err.Error() != want {
			t.Errorf("%s: got %v", id, out.Err)
		}
	}
	long := strings.Repeat("a", 2049)
	want := fmt.Sprintf("1 validation error detected: Value '%s...' at 'modelId' failed to satisfy constraint: Member must have length less than or equal to 2048", long[:1024])
	if _, out := post(s, "/model/"+long+"/converse", `{}`); out.Err == nil || out.Err.Error() != want {
		t.Errorf("got %v", out.Err)
	}
}

// The shortcut for identifiers must never take what the model's expression refuses, but for the
// version parts of foundation-model ARNs, where it is wider on purpose.
func TestPlainModelIDIsWithinThePattern(t *testing.T) {
	part := rapid.SampledFrom([]string{
		"arn:", "aws", "aws-cn", ":bedrock:", "us-east-1", ":", "::", "111122223333", "foundation-model/", "inference-profile/",
		"application-inference-profile/", "provisioned-model/", "amazon.nova", "a", "-v1:0", ".", "_", "/", "A", "é", " ", "",
	})
	wider := regexp.MustCompile(`^arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}::foundation-model/[a-zA-Z0-9-:.]+$`)
	rapid.Check(t, func(t *rapid.T) {
		id := strings.Join(rapid.SliceOfN(part, 1, 9).Draw(t, "parts"), "")
		if rapid.Bool().Draw(t, "arn") {
			id = "arn:" + part.Draw(t, "partition") + ":bedrock:" + part.Draw(t, "region") + ":" + part.Draw(t, "account") + ":" + part.Draw(t, "type") + id
		}
		if !awswire.PlainModelID(id) || wider.MatchString(id) {
			return
		}
		for _, p := range []*awswire.Pattern{&patternConversationalModelID, &patternInvokeModelIdentifier} {
			if !p.Match(id) {
				t.Fatalf("%q is plain but does not match %s", id, p.Source)
			}
		}
	})
}
