"""Calls every operation of bedrock-runtime at argv[1] with boto3 and prints what it saw, a line each."""
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

client = boto3.client(
    "bedrock-runtime", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="AKIDEXAMPLE",
    aws_secret_access_key="example", config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
)
ARN = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123def456"
TEXT = [{"role": "user", "content": [{"text": "hi"}, {"image": {"format": "png", "source": {"bytes": b"\x89PNG"}}}]}]


def show(name, value):
    print(name, json.dumps(value, sort_keys=True, default=repr))


def fails(name, **params):
    try:
        client.converse(**params)
    except ClientError as e:
        show(name, [e.response["Error"], e.response["ResponseMetadata"]["HTTPStatusCode"], e.response["ResponseMetadata"]["RequestId"]])


answer = client.converse(modelId=ARN, messages=TEXT)
show("converse", [answer["output"], answer["stopReason"], answer["usage"], answer["ResponseMetadata"]["RequestId"]])
show("count", client.count_tokens(modelId="us.x", input={"converse": {"messages": TEXT}})["inputTokens"])
answer = client.invoke_model(modelId=ARN, body=b'{"a":1}')
show("invoke", [answer["contentType"], answer["body"].read().decode(), answer["serviceTier"]])
show("stream", list(client.converse_stream(modelId=ARN, messages=TEXT)["stream"]))
try:
    for event in client.invoke_model_with_response_stream(modelId="m", body=b"{}")["body"]:
        show("chunk", event["chunk"]["bytes"].decode())
except EventStreamError as e:
    show("chunks end", e.response["Error"])
fails("empty block", modelId="m", messages=[{"role": "user", "content": [{}]}])
fails("wrong type", modelId="m", system=[{"text": 7}])
fails("bad id", modelId="a b")
fails("throttled", modelId="throttled")
