"""Calls AWS services through an unmodified boto3: a JSON line asks for a call, a JSON line answers it."""
import base64
import json
import re
import sys

import boto3
from botocore.config import Config
from botocore.eventstream import EventStream
from botocore.exceptions import ClientError

endpoint, access_key, secret_key, session_token = sys.argv[1:5]
session = boto3.Session(
    aws_access_key_id=access_key,
    aws_secret_access_key=secret_key,
    aws_session_token=session_token or None,
    region_name="us-east-1",
)
config = Config(retries={"total_max_attempts": 1})
clients = {}
# Responses that are streams of events, in the order of their calls.
streams = []
# What was given to the methods that were answered, by their service: the members of each call.
called = {}
# What the last answer holds that the service's own description does not know: boto3 drops it without a word.
odd = []
JSON_TYPES = {"string": str, "boolean": bool, "list": list, "map": dict, "structure": dict}


def compare(shape, value, at):
    if value is None:
        return
    kind = shape.type_name
    if kind in ("integer", "long", "float", "double"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            odd.append(f"{at}: {value!r} is no {kind}")
    elif kind == "timestamp":
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            odd.append(f"{at}: {value!r} is no {kind}")
    elif kind in JSON_TYPES and not isinstance(value, JSON_TYPES[kind]):
        odd.append(f"{at}: {value!r} is no {kind}")
    elif kind == "list":
        for i, item in enumerate(value):
            compare(shape.member, item, f"{at}[{i}]")
    elif kind == "map":
        for key, item in value.items():
            compare(shape.value, item, f"{at}.{key}")
    elif kind == "structure":
        members = {m.serialization.get("name", name): m for name, m in shape.members.items()}
        for key, item in value.items():
            if key not in members:
                odd.append(f"{at}.{key} is no member of {shape.name}")
            else:
                compare(members[key], item, f"{at}.{key}")


def check_shape(operation_model, response_dict, **_):
    shape = operation_model.output_shape
    body = response_dict["body"]
    is_json = operation_model.service_model.metadata["protocol"] == "rest-json"
    if response_dict["status_code"] >= 300 or not is_json or shape is None or not body:
        return
    if "payload" in shape.serialization:
        return
    compare(shape, json.loads(body), operation_model.name)


def client_of(service):
    if service not in clients:
        clients[service] = session.client(service, endpoint_url=endpoint, config=config)
        clients[service].meta.events.register("before-parse.*.*", check_shape)
    return clients[service]


def longest(shape):
    """How long a text may be: version 2 of API Gateway's API has it in the names of its types alone."""
    named = re.search(r"LengthBetween\d+And(\d+)(K?)$", shape.name)
    if shape.type_name != "string" or named is None:
        return None
    return int(named[1]) * (1024 if named[2] else 1)


def required_of(shape):
    return [shape.members[name].serialization.get("name", name) for name in shape.required_members]


def shape_of(member):
    kind = member.type_name
    parts = {
        "structure": lambda: {
            "members": shapes_of(member.members.items()),
            "required": required_of(member),
        },
        "list": lambda: {"item": shape_of(member.member)},
        "map": lambda: {"item": shape_of(member.value)},
    }
    return {
        "type": kind,
        "values": list(getattr(member, "enum", []) or []),
        "max": member.metadata.get("max") if kind != "string" else None,
        "longest": longest(member),
        **parts.get(kind, dict)(),
    }


def shapes_of(members):
    return {member.serialization.get("name", name): shape_of(member) for name, member in members}


def described(operation):
    shape = operation.input_shape
    members = shape.members.items() if shape else []
    located = lambda where: [item for item in members if item[1].serialization.get("location") == where]
    shapes = shapes_of(located(None))
    return {
        "name": operation.name,
        **operation.http,
        "members": list(shapes),
        "shapes": shapes,
        "query": shapes_of(located("querystring")),
        "required": required_of(shape) if shape else [],
    }


def untried(client, service):
    """What no call gave so far: members of operations, and a call with the required members alone."""
    names = client.meta.method_to_api_mapping
    found = []
    for method, calls in called.get(service, {}).items():
        shape = client.meta.service_model.operation_model(names[method]).input_shape
        given = set().union(*calls)
        found += [f"{names[method]}.{name}" for name in (shape.members if shape else ()) if name not in given]
        required = set(shape.required_members) if shape else set()
        if required not in calls:
            found.append(f"{names[method]} with {sorted(required)} alone")
    return sorted(found)


def answer(service, method, params, pages):
    client = client_of(service)
    if method == "operations":
        model = client.meta.service_model
        return [described(model.operation_model(name)) for name in model.operation_names]
    if method == "called":
        names = client.meta.method_to_api_mapping
        return sorted({names[one] for one in called.get(service, ())})
    if method == "untried":
        return untried(client, service)
    if method == "next_event":
        return next(streams[params["stream"]][1])
    if method == "leave_stream":
        return streams[params["stream"]][0].close()
    if pages is not None:
        pages_of = client.get_paginator(method).paginate(PaginationConfig={"PageSize": pages}, **params)
        return [page for page in pages_of]
    given = getattr(client, method)(**params)
    called.setdefault(service, {}).setdefault(method, []).append(set(params))
    return given


def plain(value):
    if isinstance(value, EventStream):
        streams.append((value, iter(value)))
        return len(streams) - 1
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "read"):
        content = value.read()
        try:
            return content.decode()
        except UnicodeDecodeError:
            return base64.b64encode(content).decode()
    return str(value)


for line in sys.stdin:
    asked = json.loads(line)
    odd.clear()
    try:
        said = {"value": answer(asked["service"], asked["method"], asked["params"], asked.get("pages"))}
    except ClientError as error:
        said = {
            "error": {
                "class": type(error).__name__,
                "code": error.response["Error"]["Code"],
                "message": error.response["Error"]["Message"],
                "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
            }
        }
    except Exception as error:
        said = {"fault": f"{type(error).__name__}: {error}"}
    if odd:
        said = {"fault": "an answer that the service's description does not allow: " + "; ".join(odd)}
    print(json.dumps(said, default=plain), flush=True)
