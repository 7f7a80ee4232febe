"""Calls AWS services through an unmodified boto3: a JSON line asks for a call, a JSON line answers it."""
import base64
import json
import sys

import boto3
from botocore.config import Config
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


def client_of(service):
    if service not in clients:
        clients[service] = session.client(service, endpoint_url=endpoint, config=config)
    return clients[service]


def described(operation):
    shape = operation.input_shape
    members = shape.members.items() if shape else []
    in_body = [
        member.serialization.get("name", name)
        for name, member in members
        if "location" not in member.serialization
    ]
    return {"name": operation.name, **operation.http, "members": in_body}


def answer(service, method, params, pages):
    client = client_of(service)
    if method == "operations":
        model = client.meta.service_model
        return [described(model.operation_model(name)) for name in model.operation_names]
    if pages is not None:
        pages_of = client.get_paginator(method).paginate(PaginationConfig={"PageSize": pages}, **params)
        return [page for page in pages_of]
    return getattr(client, method)(**params)


def plain(value):
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
    print(json.dumps(said, default=plain), flush=True)
