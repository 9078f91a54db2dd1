// The core scenario through the AWS SDK for JavaScript. Its runtime client speaks HTTP/2 without TLS
// to an http:// endpoint, its control client HTTP/1.1.
//
// Reads the usual AWS_… variables. Prints one line when all went well; an assertion ends it otherwise.

import assert from "node:assert/strict";
import * as bedrock from "@aws-sdk/client-bedrock";
import * as bedrockRuntime from "@aws-sdk/client-bedrock-runtime";

const model = "anthropic.claude-3-5-sonnet-20240620-v1:0";
const profile = `us.${model}`;
const modelARN = `arn:aws:bedrock:us-east-1::foundation-model/${model}`;
const messages = [{ role: "user", content: [{ text: "What is an outcrop?" }] }];
const claude = JSON.stringify({
  anthropic_version: "bedrock-2023-05-31",
  max_tokens: 64,
  messages: [{ role: "user", content: "What is an outcrop?" }],
});

const control = new bedrock.BedrockClient({ maxAttempts: 1 });
const runtime = new bedrockRuntime.BedrockRuntimeClient({ maxAttempts: 1 });

/** The reply headers of the runtime client's last call, and which HTTP version brought them. */
let last = {};
runtime.middlewareStack.add(
  (next) => async (args) => {
    const result = await next(args);
    last = { headers: result.response.headers, request: args.request };
    return result;
  },
  { step: "finalizeRequest", name: "keepHeaders", priority: "low" },
);

const text = (bytes) => new TextDecoder().decode(bytes);

/** Makes two application profiles, finds them again page by page, and returns their ARNs. */
async function profiles() {
  const system = await control.send(new bedrock.GetInferenceProfileCommand({ inferenceProfileIdentifier: profile }));
  assert.equal(system.type, "SYSTEM_DEFINED");
  assert.equal(system.models.length, 2);
  const made = [];
  for (const [number, source] of [system.inferenceProfileArn, modelARN].entries()) {
    const out = await control.send(
      new bedrock.CreateInferenceProfileCommand({
        inferenceProfileName: `javascript ${number}`,
        modelSource: { copyFrom: source },
        tags: [{ key: "team", value: "search" }],
      }),
    );
    made.push(out.inferenceProfileArn);
  }
  const found = [];
  const pages = bedrock.paginateListInferenceProfiles({ client: control, pageSize: 1 }, { typeEquals: "APPLICATION" });
  for await (const page of pages) found.push(...page.inferenceProfileSummaries.map((p) => p.inferenceProfileArn));
  assert.deepEqual(found.toSorted(), made.toSorted());
  for (const resourceARN of made) {
    await control.send(new bedrock.TagResourceCommand({ resourceARN, tags: [{ key: "env", value: "test" }] }));
    await control.send(new bedrock.UntagResourceCommand({ resourceARN, tagKeys: ["team"] }));
    const { tags } = await control.send(new bedrock.ListTagsForResourceCommand({ resourceARN }));
    assert.deepEqual(tags, [{ key: "env", value: "test" }]);
  }
  return { system: system.inferenceProfileArn, made };
}

/** Calls one identifier in every way. */
async function call(modelId) {
  const whole = await runtime.send(new bedrockRuntime.ConverseCommand({ modelId, messages }));
  const answer = whole.output.message.content.map((block) => block.text).join("");
  assert.ok(answer);
  assert.equal(whole.stopReason, "end_turn");
  assert.equal(last.headers["x-outcrop-region"], "us-east-1");
  assert.equal(last.headers["x-outcrop-model"], model);
  assert.equal(last.headers[":status"], 200, "the runtime client must have spoken HTTP/2");

  const { stream } = await runtime.send(new bedrockRuntime.ConverseStreamCommand({ modelId, messages }));
  const names = [];
  let streamed = "";
  for await (const event of stream) {
    names.push(Object.keys(event)[0]);
    streamed += event.contentBlockDelta?.delta?.text ?? "";
  }
  assert.equal(streamed, answer);
  assert.equal(names[0], "messageStart");
  assert.deepEqual(names.slice(-3), ["contentBlockStop", "messageStop", "metadata"]);

  const native = await runtime.send(
    new bedrockRuntime.InvokeModelCommand({ modelId, body: claude, contentType: "application/json" }),
  );
  assert.ok(JSON.parse(text(native.body)).content[0].text);
  const { body } = await runtime.send(
    new bedrockRuntime.InvokeModelWithResponseStreamCommand({ modelId, body: claude, contentType: "application/json" }),
  );
  const types = [];
  for await (const event of body) types.push(JSON.parse(text(event.chunk.bytes)).type);
  assert.equal(types[0], "message_start");
  assert.equal(types.at(-1), "message_stop");

  const { inputTokens } = await runtime.send(
    new bedrockRuntime.CountTokensCommand({ modelId, input: { converse: { messages } } }),
  );
  assert.equal(inputTokens, whole.usage.inputTokens);
}

const { system, made } = await profiles();
const identifiers = [model, modelARN, profile, system, ...made];
for (const identifier of identifiers) await call(identifier);

await assert.rejects(
  runtime.send(new bedrockRuntime.ConverseCommand({ modelId: "anthropic.claude-sonnet-4-5-20250929-v1:0", messages })),
  (error) =>
    error instanceof bedrockRuntime.ValidationException &&
    error.message.includes("with on-demand throughput isn’t supported"),
);
for (const inferenceProfileIdentifier of made) {
  await control.send(new bedrock.DeleteInferenceProfileCommand({ inferenceProfileIdentifier }));
  await assert.rejects(
    control.send(new bedrock.GetInferenceProfileCommand({ inferenceProfileIdentifier })),
    bedrock.ResourceNotFoundException,
  );
}
control.destroy();
runtime.destroy();
console.log(`JavaScript, Node ${process.version}: ${identifiers.length} identifiers called in every way`);
