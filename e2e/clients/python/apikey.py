"""Makes a short-term Bedrock API key of the credentials in KEY_ID, KEY_SECRET and KEY_TOKEN, and calls with it."""

import base64
import os

import boto3
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

request = AWSRequest("POST", "https://bedrock.amazonaws.com/", headers={"host": "bedrock.amazonaws.com"}, params={"Action": "CallWithBearerToken"})
credentials = Credentials(os.environ["KEY_ID"], os.environ["KEY_SECRET"], os.environ["KEY_TOKEN"])
SigV4QueryAuth(credentials, "bedrock", "us-east-1", expires=43200).add_auth(request)
signed = request.url.removeprefix("https://") + "&Version=1"
os.environ["AWS_BEARER_TOKEN_BEDROCK"] = "bedrock-api-key-" + base64.b64encode(signed.encode()).decode()

said = []
messages = [{"role": "user", "content": [{"text": "hello"}]}]
model = "us.anthropic.claude-3-5-sonnet-20240620-v1:0"
answer = boto3.client("bedrock-runtime").converse(modelId=model, messages=messages)
if answer["usage"]["outputTokens"] > 0:
    said.append("answered")
if boto3.client("bedrock").list_inference_profiles()["inferenceProfileSummaries"]:
    said.append("listed")

os.environ["AWS_BEARER_TOKEN_BEDROCK"] = "bedrock-api-key-" + base64.b64encode(signed.replace("43200", "43199").encode()).decode()
try:
    boto3.client("bedrock-runtime").converse(modelId=model, messages=messages)
except ClientError as e:
    if e.response["Error"] == {"Code": "AccessDeniedException", "Message": "Authentication failed: Please make sure your API Key is valid."}:
        said.append("refused")
print(", ".join(said))
