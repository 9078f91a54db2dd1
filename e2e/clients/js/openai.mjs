// OpenAI's SDK: chat completions and responses, plain, streamed and with tools, models, and errors.
//
// Reads OPENAI_BASE_URL, OPENAI_API_KEY and APPLICATION_PROFILE. Prints one line when all went well.

import assert from "node:assert/strict";
import OpenAI from "openai";

const application = process.env.APPLICATION_PROFILE;
const model = "anthropic.claude-3-5-sonnet-20240620-v1:0";
const question = "What is an outcrop?";
const messages = [{ role: "user", content: question }];
const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };

const client = new OpenAI({ maxRetries: 0 });

async function chat(model) {
  const { data, response, request_id } = await client.chat.completions.create({ model, messages }).withResponse();
  const answer = data.choices[0].message.content;
  assert.ok(answer);
  assert.equal(data.choices[0].finish_reason, "stop");
  assert.ok(data.usage.total_tokens > 0);
  assert.equal(response.headers.get("x-outcrop-region"), "us-east-1");
  assert.match(request_id, /^[0-9a-f-]{36}$/);

  const stream = await client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } });
  let text = "";
  let usage;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? "";
    usage = chunk.usage ?? usage;
  }
  assert.equal(text, answer);
  assert.deepEqual(usage, data.usage);
}

async function chatTools(model) {
  const tools = [{ type: "function", function: { name: "weather", description: "Weather of a city", parameters } }];
  const asked = { model, messages, tools, tool_choice: "required" };
  const first = (await client.chat.completions.create(asked)).choices[0];
  assert.equal(first.finish_reason, "tool_calls");
  const call = first.message.tool_calls[0];
  assert.equal(typeof JSON.parse(call.function.arguments).city, "string");

  const streamed = await client.chat.completions.stream(asked).finalChatCompletion();
  assert.equal(streamed.choices[0].message.tool_calls[0].function.arguments, call.function.arguments);

  const last = await client.chat.completions.create({
    model,
    tools,
    messages: [...messages, first.message, { role: "tool", tool_call_id: call.id, content: "rain" }],
  });
  assert.ok(last.choices[0]);
}

async function responses(model) {
  const whole = await client.responses.create({ model, input: question, instructions: "Be brief." });
  assert.equal(whole.status, "completed");
  assert.ok(whole.output_text);

  const stream = client.responses.stream({ model, input: question, instructions: "Be brief." });
  const types = [];
  let text = "";
  for await (const event of stream) {
    types.push(event.type);
    if (event.type === "response.output_text.delta") text += event.delta;
  }
  assert.equal(text, whole.output_text);
  assert.equal((await stream.finalResponse()).output_text, whole.output_text);
  assert.equal(types[0], "response.created");
  assert.equal(types.at(-1), "response.completed");

  const tools = [{ type: "function", name: "weather", parameters, strict: true }];
  const first = await client.responses.create({ model, input: question, tools, tool_choice: "required" });
  const call = first.output.at(-1);
  assert.equal(call.type, "function_call");
  const last = await client.responses.create({
    model,
    tools,
    input: [...messages, ...first.output, { type: "function_call_output", call_id: call.call_id, output: "rain" }],
  });
  assert.equal(last.status, "completed");
  await assert.rejects(client.responses.create({ model, input: "And?", previous_response_id: first.id }), (error) => {
    return error instanceof OpenAI.BadRequestError && error.message.includes("previous_response_id is not supported");
  });
}

const listed = [];
for await (const m of client.models.list()) listed.push(m.id);
for (const id of [model, `us.${model}`, application]) {
  assert.ok(listed.includes(id), `${id} is not listed`);
  assert.equal((await client.models.retrieve(id)).id, id);
  await chat(id);
  await chatTools(id);
  await responses(id);
}
await assert.rejects(client.chat.completions.create({ model: "gpt-4o", messages }), (error) => {
  return error instanceof OpenAI.NotFoundError && error.code === "model_not_found" && error.message.includes("model identifier is invalid");
});
await assert.rejects(client.chat.completions.create({ model, messages: [] }), OpenAI.BadRequestError);
await assert.rejects(new OpenAI({ apiKey: "wrong", maxRetries: 0 }).models.list(), (error) => {
  return error instanceof OpenAI.AuthenticationError && error.message.includes("make sure your API Key is valid");
});
const elsewhere = new OpenAI({ maxRetries: 0, defaultHeaders: { "x-outcrop-source-region": "eu-west-1" } });
await assert.rejects(elsewhere.chat.completions.create({ model: `us.${model}`, messages }), OpenAI.NotFoundError);

const leaving = await client.chat.completions.create({ model, messages, stream: true });
for await (const chunk of leaving) {
  assert.ok(chunk.id);
  break; // the client leaves in the middle
}
console.log(`openai, Node ${process.version}: chat completions and responses of 3 identifiers, ${listed.length} models`);
