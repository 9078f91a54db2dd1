"""The core scenario through boto3: profiles, tags, pages, and calls plain and streamed.

Reads the usual AWS_… variables. Prints one line when all went well; an assertion ends it otherwise.
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

MODEL = "anthropic.claude-3-5-sonnet-20240620-v1:0"
PROFILE = "us." + MODEL
MESSAGES = [{"role": "user", "content": [{"text": "What is an outcrop?"}]}]
CLAUDE = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "What is an outcrop?"}],
}

once = Config(retries={"total_max_attempts": 1})
control = boto3.client("bedrock", config=once)
runtime = boto3.client("bedrock-runtime", config=once)


def refused(code, status, call, **arguments):
    """Asserts that a call is refused with an error of the given code and status, and returns its sentence."""
    try:
        call(**arguments)
    except ClientError as error:
        got = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert got == (code, status), (got, error)
        return error.response["Error"]["Message"]
    raise AssertionError(f"{arguments} was accepted")


def profiles():
    """Makes two application profiles, finds them again, and returns their ARNs."""
    model_arn = f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"
    system = control.get_inference_profile(inferenceProfileIdentifier=PROFILE)
    assert system["type"] == "SYSTEM_DEFINED" and len(system["models"]) == 2, system
    made = [
        control.create_inference_profile(
            inferenceProfileName=f"boto3 {number}",
            modelSource={"copyFrom": source},
            tags=[{"key": "team", "value": "search"}],
        )["inferenceProfileArn"]
        for number, source in enumerate([system["inferenceProfileArn"], model_arn])
    ]
    pages = control.get_paginator("list_inference_profiles").paginate(
        typeEquals="APPLICATION", PaginationConfig={"PageSize": 1}
    )
    found = [p["inferenceProfileArn"] for page in pages for p in page["inferenceProfileSummaries"]]
    assert sorted(found) == sorted(made), (found, made)
    for arn in made:
        control.tag_resource(resourceARN=arn, tags=[{"key": "env", "value": "test"}])
        control.untag_resource(resourceARN=arn, tagKeys=["team"])
        tags = control.list_tags_for_resource(resourceARN=arn)["tags"]
        assert tags == [{"key": "env", "value": "test"}], tags
    return made


def call(identifier):
    """Calls one identifier in every way."""
    whole = runtime.converse(modelId=identifier, messages=MESSAGES)
    text = "".join(block["text"] for block in whole["output"]["message"]["content"])
    headers = whole["ResponseMetadata"]["HTTPHeaders"]
    assert text and whole["stopReason"] == "end_turn", whole
    assert headers["x-outcrop-region"] == "us-east-1" and headers["x-outcrop-model"] == MODEL, headers

    events = list(runtime.converse_stream(modelId=identifier, messages=MESSAGES)["stream"])
    deltas = [e["contentBlockDelta"]["delta"]["text"] for e in events if "contentBlockDelta" in e]
    assert "".join(deltas) == text, (deltas, text)
    names = [next(iter(e)) for e in events]
    assert names[0] == "messageStart" and names[-3:] == ["contentBlockStop", "messageStop", "metadata"], names

    native = json.loads(runtime.invoke_model(modelId=identifier, body=json.dumps(CLAUDE))["body"].read())
    assert native["role"] == "assistant" and native["content"][0]["text"], native
    chunks = [
        json.loads(e["chunk"]["bytes"])
        for e in runtime.invoke_model_with_response_stream(modelId=identifier, body=json.dumps(CLAUDE))["body"]
    ]
    assert chunks[0]["type"] == "message_start" and chunks[-1]["type"] == "message_stop", chunks
    assert chunks[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"] > 0, chunks[-1]

    counted = runtime.count_tokens(modelId=identifier, input={"converse": {"messages": MESSAGES}})
    assert counted["inputTokens"] == whole["usage"]["inputTokens"], (counted, whole["usage"])


def main():
    own = profiles()
    system = control.get_inference_profile(inferenceProfileIdentifier=PROFILE)["inferenceProfileArn"]
    bare = [own[0].split("/")[1]]
    model_arn = f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"
    identifiers = [MODEL, model_arn, PROFILE, system] + bare
    # botocore's own pattern for CountTokens ends at 256 characters, which every ARN here keeps to.
    for identifier in identifiers + own:
        call(identifier)
    body = json.dumps({"inputText": "a river", "dimensions": 256})
    vector = json.loads(runtime.invoke_model(modelId="amazon.titan-embed-text-v2:0", body=body)["body"].read())
    assert len(vector["embedding"]) == 256, vector

    sentence = refused(
        "ValidationException", 400, runtime.converse,
        modelId="anthropic.claude-sonnet-4-5-20250929-v1:0", messages=MESSAGES,
    )
    assert "with on-demand throughput isn\u2019t supported" in sentence, sentence
    for arn in own:
        control.delete_inference_profile(inferenceProfileIdentifier=arn)
        refused("ResourceNotFoundException", 404, control.get_inference_profile, inferenceProfileIdentifier=arn)
    refused("ResourceNotFoundException", 404, control.list_tags_for_resource, resourceARN=own[0])
    print(f"boto3 {boto3.__version__}: {len(identifiers + own)} identifiers called in every way")


if __name__ == "__main__":
    sys.exit(main())
