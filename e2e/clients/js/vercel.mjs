// Vercel's AI SDK with its provider for Bedrock: Converse and its stream, signed or with an API key.
//
// Reads the usual AWS_… variables, BASE_URL, API_KEY and APPLICATION_PROFILE. Prints one line when all went well.

import assert from "node:assert/strict";
import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { APICallError, generateText, jsonSchema, streamText, tool } from "ai";

const application = process.env.APPLICATION_PROFILE;
const model = "anthropic.claude-3-5-sonnet-20240620-v1:0";
const prompt = "What is an outcrop?";
const settings = { baseURL: process.env.BASE_URL, region: "us-east-1" };
const providers = {
  signed: createAmazonBedrock({
    ...settings,
    accessKeyId: process.env.AWS_ACCESS_KEY_ID,
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
  }),
  bearer: createAmazonBedrock({ ...settings, apiKey: process.env.API_KEY }),
};
const tools = {
  weather: tool({
    description: "Weather of a city",
    inputSchema: jsonSchema({ type: "object", properties: { city: { type: "string" } }, required: ["city"] }),
  }),
};

for (const [name, bedrock] of Object.entries(providers)) {
  for (const id of [model, `us.${model}`, application]) {
    const asked = { model: bedrock(id), prompt, maxRetries: 0 };
    const whole = await generateText(asked);
    assert.ok(whole.text, name);
    assert.equal(whole.finishReason, "stop");

    const streamed = streamText(asked);
    let text = "";
    for await (const piece of streamed.textStream) text += piece;
    assert.equal(text, whole.text);
    assert.equal((await streamed.usage).outputTokens, whole.usage.outputTokens);

    const called = await generateText({ ...asked, tools, toolChoice: "required" });
    assert.equal(called.toolCalls[0].toolName, "weather");
    assert.equal(typeof called.toolCalls[0].input.city, "string");
  }
  await assert.rejects(generateText({ model: bedrock("us.anthropic.claude-opus-9-v1:0"), prompt, maxRetries: 0 }), (error) => {
    return APICallError.isInstance(error) && error.statusCode === 400 && error.message.includes("model identifier is invalid");
  });
}
console.log(`@ai-sdk/amazon-bedrock, Node ${process.version}: signed and with a key`);
