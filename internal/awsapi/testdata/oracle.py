"""botocore as the other end of the wire: it knows the models, and none of our code.

oracle.py requests SERVICE OPERATION...   prints one JSON line for each request that botocore makes of an input
oracle.py answers SERVICE                 reads lines of answers and prints what botocore reads in them
"""

import base64
import datetime
import json
import re
import sys

import botocore.awsrequest
import botocore.parsers
import botocore.serialize
import botocore.session

# Values that match one pattern of the models or another.
SAMPLES = [
    "a-name.1", "a", "abc", "111122223333", "123456", "/path/", "/", "o-exampleorgid", "r-exam", "ou-exam-1234abcd",
    "p-example1", "car-11112222333344445555666677778888", "AKIAIOSFODNN7EXAMPLE", "arn:aws:iam::111122223333:role/a-role",
    "arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:sns:us-east-1:111122223333:topic",
    "arn:aws:organizations::111122223333:account/o-exampleorgid/111122223333", "arn:aws:budgets::111122223333:budget/a",
    "arn:aws:mfa:1:2:3", "who@example.com", "https://example.com/a?b=c", '{"Statement": [{"Effect": "Allow & <more>"}]}', "us-east-1",
    "arn:aws:billing::111122223333:billingview/primary", "BU-ABCDEFGHIJ", "0.5", "100", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcd", "é ü + & = % .",
    "11111111-2222-3333-4444-555555555555", "v1",
]

# What Java's expressions have and Python's do not.
JAVA = {r"\p{L}": "a-zA-Z", r"\p{Z}": " ", r"\p{N}": "0-9", "(?i)": ""}


def text(shape):
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", 10**9)
    if shape.enum:
        return shape.enum[-1]
    pattern = shape.metadata.get("pattern")
    samples = SAMPLES + [s + "x" * (low - len(s)) for s in SAMPLES if len(s) < low] + ["a" * low, "1" * low]
    if not pattern:
        samples.insert(0, "é ü + & = % .")
    for java, python in JAVA.items():
        pattern = pattern and pattern.replace(java, python)
    for s in samples:
        if low <= len(s) <= high and (not pattern or re.fullmatch(pattern, s)):
            return s
    raise SystemExit(f"no sample for {shape.name}: {low}..{high} {pattern}")


def value(shape, full, depth=0):
    kind = shape.type_name
    if kind == "structure":
        names = [n for n in shape.members if n in shape.required_members or full and depth < 6]
        return {n: value(shape.members[n], full, depth + 1) for n in names}
    if kind == "list":
        many = 12 if depth < 2 else 2  # twelve: the tenth item must not stand before the second
        count = max(min(many, shape.metadata.get("max", many)) if full else 1, shape.metadata.get("min", 0))
        return [value(shape.member, full, depth + 1) for _ in range(count)] if depth < 8 else []
    if kind == "map":
        return {text(shape.key): value(shape.value, full, depth + 1)}
    if kind == "timestamp":
        return datetime.datetime(2026, 2, 28, 23, 59, 59, tzinfo=datetime.timezone.utc)
    if kind == "blob":
        return b"\x00\xffblob"
    if kind == "boolean":
        return full
    if kind in ("integer", "long"):
        return int(shape.metadata.get("min", 7))
    if kind in ("double", "float"):
        return 12.5
    return text(shape)


def plain(v):
    """What JSON can say. Members of structures are compared without regard to case, for Go names them otherwise."""
    if isinstance(v, datetime.datetime):
        return v.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(v, bytes):
        return base64.b64encode(v).decode()
    if isinstance(v, dict):
        return {k.lower(): plain(x) for k, x in v.items()}
    if isinstance(v, list):
        return [plain(x) for x in v]
    return v


def requests(model, operations):
    serializer = botocore.serialize.create_serializer(model.metadata["protocol"])
    for name in operations:
        operation = model.operation_model(name)
        for full in (False, True):
            given = value(operation.input_shape, full) if operation.input_shape else {}
            request = serializer.serialize_to_request(given, operation)
            botocore.awsrequest.prepare_request_dict(request, "http://127.0.0.1")
            made = botocore.awsrequest.create_request_object(request).prepare()
            body = made.body.encode() if isinstance(made.body, str) else made.body or b""
            print(json.dumps({
                "operation": name, "method": made.method, "url": made.url, "body": base64.b64encode(body).decode(),
                "target": dict(made.headers).get("X-Amz-Target", ""), "input": plain(given),
            }))


def answers(model):
    parser = botocore.parsers.create_parser(model.metadata["protocol"])
    for line in sys.stdin:
        a = json.loads(line)
        shape = model.operation_model(a["operation"]).output_shape
        got = parser.parse({"status_code": a["status"], "headers": {"x-amzn-requestid": "id-1"}, "body": a["body"].encode()}, shape)
        meta = got.pop("ResponseMetadata")
        print(json.dumps({"output": plain(got), "request_id": meta.get("RequestId")}))


if __name__ == "__main__":
    api = botocore.session.get_session().get_service_model(sys.argv[2])
    if sys.argv[1] == "requests":
        requests(api, sys.argv[3:])
    else:
        answers(api)
