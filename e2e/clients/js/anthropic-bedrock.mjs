// Anthropic's SDK for Bedrock, which Claude Code calls Bedrock with: InvokeModel and its stream, signed or with an API key.
//
// Reads the usual AWS_… variables, BASE_URL, API_KEY and APPLICATION_PROFILE. Prints one line when all went well.

import assert from "node:assert/strict";
import { AnthropicBedrock } from "@anthropic-ai/bedrock-sdk";

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

const options = { baseURL: process.env.BASE_URL, awsRegion: "us-east-1", maxRetries: 0 };
const clients = {
  signed: new AnthropicBedrock(options),
  bearer: new AnthropicBedrock({ ...options, apiKey: process.env.API_KEY }),
};

for (const [name, client] of Object.entries(clients)) {
  for (const id of [model, `us.${model}`, application]) {
    const asked = { model: id, max_tokens: 400, messages };
    const whole = await client.messages.create(asked);
    assert.equal(whole.stop_reason, "end_turn", name);

    let text = "";
    const types = [];
    for await (const event of await client.messages.create({ ...asked, stream: true })) {
      types.push(event.type);
      text += event.delta?.text ?? "";
    }
    assert.equal(text, whole.content[0].text);
    assert.equal(types[0], "message_start");
    assert.equal(types.at(-1), "message_stop");

    const used = await client.messages.create({ ...asked, tools, tool_choice: { type: "any" } });
    assert.equal(typeof used.content.at(-1).input.city, "string");
  }
  for (const [unknown, sentence] of [
    ["us.anthropic.claude-opus-9-v1:0", "model identifier is invalid"],
    [`us.us.${model}`, "model identifier is invalid"],
    [`us.${application}`, "'modelId' failed to satisfy constraint"],
  ]) {
    await assert.rejects(client.messages.create({ model: unknown, max_tokens: 9, messages }), (error) => {
      return error.status === 400 && error.message.includes(sentence);
    });
  }
}
await assert.rejects(new AnthropicBedrock({ ...options, apiKey: "wrong" }).messages.create({ model, max_tokens: 9, messages }), (error) => {
  return error.status === 403 && error.message.includes("make sure your API Key is valid");
});
console.log(`@anthropic-ai/bedrock-sdk, Node ${process.version}: signed and with a key`);
