"""Writes suite.txt: requests as they go over the wire, signed by botocore for one key, day, region and service.

Run it as: python3 suite.py > suite.txt
"""

import datetime

import botocore.auth
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2lu/+=="
HOST = "example.test"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
NOW = datetime.datetime(2026, 11, 22, 14, 0, 0, tzinfo=datetime.timezone.utc)

botocore.auth.get_current_datetime = lambda *args, **kwargs: NOW


def wire(name, method, target, headers, body):
    """Prints one request."""
    print(f"-- {name} --")
    print(f"{method} {target} HTTP/1.1")
    print(f"Host: {HOST}")
    for key, value in headers:
        print(f"{key}: {value}")
    if body:
        print(f"Content-Length: {len(body)}")
    print()
    if body:
        print(body.decode())


def request(method, target, headers, body):
    r = AWSRequest(method, f"https://{HOST}{target}", data=body)
    r.headers = HTTPHeaders()
    for key, value in headers:
        r.headers.add_header(key, value)
    return r


def header(name, method="GET", target="/", headers=(), body=b"", token=None, unsigned=(), after=()):
    """Signs in the headers. The headers in unsigned are added behind the signature, in front of those that are signed."""
    r = request(method, target, headers, body)
    SigV4Auth(Credentials(KEY, SECRET, token), "bedrock", "us-east-1").add_auth(r)
    wire(name, method, target, [*unsigned, *r.headers.items(), *after], body)


def query(name, method="GET", target="/", headers=(), body=b"", token=None, expires=3600, after=(), more=""):
    """Signs in the query; more is added to it behind the signature."""
    r = request(method, target, headers, None)
    SigV4QueryAuth(Credentials(KEY, SECRET, token), "bedrock", "us-east-1", expires=expires).add_auth(r)
    wire(name, method, r.url.removeprefix(f"https://{HOST}") + more, [*headers, *after], body)


# Methods and bodies.
header("get plain")
header("post plain", "POST")
header("post json", "POST", "/model/m/invoke", [("Content-Type", "application/json")], b'{"a": 1}')
header("post form", "POST", "/", [("Content-Type", FORM)], b"Action=GetCallerIdentity&Version=2011-06-15")
header("post form without charset", "POST", "/", [("Content-Type", "application/x-www-form-urlencoded")], b"Param1=value1")
header("post text in utf-8", "POST", "/", [("Content-Type", "text/plain")], "żółw 🐢".encode())
header("payload waived", "POST", "/", [("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")], b"anything")
header("put", "PUT", "/tags", body=b"x")
header("delete", "DELETE", "/inference-profiles/abc")

# Headers.
header("header order", headers=[("Zoo", "z"), ("Alpha", "a"), ("My-Header1", "value1")])
header("header names in any case", headers=[("zOO-aLPHA", "zoobar"), ("ZOO-BETA", "two")])
header("header value order", headers=[("My-Header1", "value4"), ("My-Header1", "value1"), ("My-Header1", "value3"), ("My-Header1", "value2")])
header("header twice with the same value", headers=[("My-Header1", "value"), ("My-Header1", "value")])
header("header value with commas", headers=[("My-Header1", "a,b, c")])
header("header value trimmed", headers=[("My-Header1", "   value1"), ("My-Header2", '  "a   b   c"  ')])
header("header value empty", headers=[("My-Header1", ""), ("My-Header2", "x")])
header("header value in utf-8", headers=[("My-Header1", "café")])
header("header that nobody signed", unsigned=[("X-Forwarded-For", "192.0.2.1"), ("Accept", "*/*")])
header("target header", "POST", "/", [("X-Amz-Target", "AWSInsightsIndexService.GetCostAndUsage"), ("Content-Type", "application/x-amz-json-1.1")], b"{}")

# Paths.
header("path of one letter", target="/x")
header("path with unreserved letters", target="/-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
header("path in utf-8", target="/%E1%88%B4")
header("path with a space", target="/a%20b/c")
header("path with escaped slashes", target="/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A111122223333%3Aapplication-inference-profile%2Fabc/converse")
header("path with a colon", target="/model/anthropic.claude-3-haiku-20240307-v1:0/converse")
header("path with lower-case escapes", target="/model/anthropic.claude-v2%3a1/converse")
header("path with sub-delimiters", target="/a!b$c&d'e(f)g*h+i,j;k=l@m")
header("path: one slash", target="//")
header("path: a dot", target="/./")
header("path: a dot before a name", target="/./x")
header("path: two dots", target="/a/..")
header("path: two dots in the middle", target="/a/b/../c")
header("path: slashes", target="//a///b//")
header("path: everything at once", target="//a/./b/../%C3%A9//")
header("path: ends in a slash", target="/a/b/")

# Queries.
header("query of one parameter", target="/?Param1=value1")
header("query: empty value", target="/?Param1=")
header("query: order of keys", target="/?Param2=value2&Param1=value1")
header("query: order of keys and case", target="/?b=1&B=2&a=3&A=4")
header("query: order of values", target="/?Param1=value2&Param1=Value1&Param1=value1")
header("query: one name begins another", target="/?a-b=1&a=2&ab=3&a%2Fb=4")
header("query: unreserved letters", target="/?-._~0123456789abcdefghijklmnopqrstuvwxyz=-._~ABCDEFGHIJKLMNOPQRSTUVWXYZ")
header("query: utf-8", target="/?%E1%88%B4=b%C3%A1r")
header("query: reserved letters escaped", target="/?%40%23%24%25%5E%26%2B=%2F%2C%3F%3E%3C%60%22%3B%3A%5C%7C%5D%5B%7B%7D%20")
header("query: page token", target="/inference-profiles?maxResults=5&nextToken=a%2Bb%2Fc%3D%3D&type=APPLICATION")

# Session tokens.
header("token before the signature", "POST", token=TOKEN)
header("token after the signature", "POST", after=[("X-Amz-Security-Token", TOKEN)])
query("presigned: token before the signature", token=TOKEN)
query("presigned: token after the signature", more="&X-Amz-Security-Token=IQoJb3JpZ2lu%2F%2B%3D%3D")
query("presigned: token in a header", after=[("X-Amz-Security-Token", TOKEN)])

# Presigned queries.
query("presigned: get plain")
query("presigned: post", "POST", "/?Action=CallWithBearerToken")
query("presigned: path escaped", target="/model/anthropic.claude-v2%3A1/converse")
query("presigned: parameters before it", target="/?b=2&a=1&Z=%2F")
query("presigned: signed header", headers=[("My-Header1", "value1")])
query("presigned: one second", expires=1)
query("presigned: a week", expires=604800)
