"""A plugin of pytest that brings moto's tests of API Gateway to a running Tollgate.

Clients of apigateway and apigatewayv2 are of CONTROL_URL, all others of moto's own server; each test begins with an empty account.
"""

import os

import boto3
import pytest

import moto.core
import tests

CONTROL_URL = os.environ["CONTROL_URL"]
OWN_SERVICES = ("apigateway", "apigatewayv2")

tests.DEFAULT_ACCOUNT_ID = moto.core.DEFAULT_ACCOUNT_ID

_client = boto3.client


def _own_client(service, *rest, **named):
    if service in OWN_SERVICES:
        named["endpoint_url"] = CONTROL_URL
    return _client(service, *rest, **named)


boto3.client = _own_client


def _everything(list_operation, **arguments):
    return list_operation(**arguments).get("items") or []


@pytest.fixture(autouse=True)
def _empty_account():
    """What moto's server forgets by itself is removed here."""
    rest = _own_client("apigateway", "us-east-1")
    http = _own_client("apigatewayv2", "us-east-1")
    rest.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}])
    for domain in _everything(rest.get_domain_names):
        rest.delete_domain_name(domainName=domain["domainName"])
    for plan in _everything(rest.get_usage_plans):
        stages = [{"op": "remove", "path": "/apiStages", "value": f"{one['apiId']}:{one['stage']}"} for one in plan.get("apiStages", [])]
        if stages:
            rest.update_usage_plan(usagePlanId=plan["id"], patchOperations=stages)
        rest.delete_usage_plan(usagePlanId=plan["id"])
    for key in _everything(rest.get_api_keys, limit=500):
        rest.delete_api_key(apiKey=key["id"])
    for api in _everything(rest.get_rest_apis, limit=500):
        rest.delete_rest_api(restApiId=api["id"])
    for link in _everything(rest.get_vpc_links):
        rest.delete_vpc_link(vpcLinkId=link["id"])
    for api in http.get_apis().get("Items", []):
        http.delete_api(ApiId=api["ApiId"])
    for link in http.get_vpc_links().get("Items", []):
        http.delete_vpc_link(VpcLinkId=link["VpcLinkId"])
