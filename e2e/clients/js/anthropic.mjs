// Anthropic's SDK: messages, plain, streamed and with tools, token counts, models, and errors.
//
// Reads ANTHROPIC_BASE_URL, ANTHROPIC_API_KEY and APPLICATION_PROFILE. Prints one line when all went well.

import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";

const application = process.env.APPLICATION_PROFILE;
const model = "anthropic.claude-3-5-sonnet-20240620-v1:0";
const messages = [{ role: "user", content: "What is an outcrop?" }];
const tools = [
  {
    name: "weather",
    description: "Weather of a city",
    input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
];

async function call(client, model) {
  const asked = { model, max_tokens: 400, system: "Be brief.", messages };
  const { data, response, request_id } = await client.messages.create(asked).withResponse();
  assert.equal(data.stop_reason, "end_turn");
  assert.ok(data.content[0].text);
  assert.ok(data.usage.input_tokens > 0 && data.usage.output_tokens > 0);
  assert.equal(response.headers.get("x-outcrop-region"), "us-east-1");
  assert.match(request_id, /^[0-9a-f-]{36}$/);

  const stream = client.messages.stream(asked);
  let text = "";
  stream.on("text", (piece) => (text += piece));
  const last = await stream.finalMessage();
  assert.equal(text, data.content[0].text);
  assert.equal(last.stop_reason, "end_turn");
  assert.equal(last.usage.output_tokens, data.usage.output_tokens);

  const used = await client.messages.create({ ...asked, tools, tool_choice: { type: "any" } });
  const use = used.content.at(-1);
  assert.equal(used.stop_reason, "tool_use");
  assert.equal(typeof use.input.city, "string");
  const streamed = await client.messages.stream({ ...asked, tools, tool_choice: { type: "any" } }).finalMessage();
  assert.deepEqual(streamed.content.at(-1).input, use.input);
  const answered = await client.messages.create({
    ...asked,
    tools,
    messages: [...messages, { role: "assistant", content: used.content }, { role: "user", content: [{ type: "tool_result", tool_use_id: use.id, content: "rain" }] }],
  });
  assert.ok(answered.content.length > 0);

  const { input_tokens } = await client.messages.countTokens({ model, system: "Be brief.", messages });
  assert.equal(input_tokens, data.usage.input_tokens);
}

const client = new Anthropic({ maxRetries: 0 });
for (const id of [model, `us.${model}`, application]) await call(client, id);

// The same below /v1, with the key as a bearer token and betas, as agents have it.
const agent = new Anthropic({
  baseURL: process.env.ANTHROPIC_BASE_URL.replace(/\/anthropic$/, ""),
  apiKey: null,
  authToken: process.env.ANTHROPIC_API_KEY,
  maxRetries: 0,
});
const beta = await agent.beta.messages.create({
  model: application,
  max_tokens: 4096,
  messages,
  thinking: { type: "enabled", budget_tokens: 1024 },
  metadata: { user_id: "user_1_account__session_2" },
  betas: ["interleaved-thinking-2025-05-14"],
}).catch((error) => error);
assert.ok(beta.type === "message" || beta instanceof Anthropic.BadRequestError, `${beta}`); // a model may not think

const listed = [];
for await (const m of client.models.list()) listed.push(m.id);
assert.ok(listed.includes(application));
assert.equal((await client.models.retrieve(application)).display_name, "npm");

for (const unknown of ["claude-sonnet-4-5-20250929", `us.us.${model}`, `us.${application}`, "", "eu.anthropic.claude-3-5-sonnet-20240620-v1:0"]) {
  await assert.rejects(client.messages.create({ model: unknown, max_tokens: 9, messages }), (error) => {
    return error instanceof Anthropic.APIError && error.status >= 400 && error.status < 500 && error.error.type === "error";
  });
}
await assert.rejects(client.messages.create({ model: "claude-9", max_tokens: 9, messages }), Anthropic.NotFoundError);
await assert.rejects(client.messages.create({ model, max_tokens: 9, messages: [] }), Anthropic.BadRequestError);
await assert.rejects(new Anthropic({ apiKey: "wrong", maxRetries: 0 }).messages.create({ model, max_tokens: 9, messages }), (error) => {
  return error instanceof Anthropic.AuthenticationError && error.message.includes("make sure your API Key is valid");
});
console.log(`@anthropic-ai/sdk, Node ${process.version}: messages of 3 identifiers, ${listed.length} models`);
