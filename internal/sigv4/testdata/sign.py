"""Signs requests with botocore and prints, for each, its target, its X-Amz-Date and its Authorization header."""

import sys

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

key_id, secret, body, *targets = sys.argv[1:]
for target in targets:
    headers = {"Content-Type": "application/json", "User-Agent": "unsigned"}
    request = AWSRequest("POST", "http://127.0.0.1:8080" + target, headers, body.encode())
    SigV4Auth(Credentials(key_id, secret), "bedrock", "us-east-1").add_auth(request)
    print(target, request.headers["X-Amz-Date"], request.headers["Authorization"], sep="\t")
