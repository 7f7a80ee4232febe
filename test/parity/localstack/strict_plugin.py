"""A plugin of pytest that makes LocalStack's tests of API Gateway a comparison with AWS.

Only tests that were validated on AWS are kept, and all that a test exempts from the comparison with its recording is compared after all.
"""

import socket
import sys
from types import ModuleType

import pytest

# A build of LocalStack writes this module; nothing is built here.
sys.modules["localstack.version"] = _version = ModuleType("localstack.version")
_version.__version__ = _version.version = "0"

import localstack.utils.sync as sync  # noqa: E402

DOMAIN = "localhost.localstack.cloud"
MOST_RETRIES = 4
LONGEST_SLEEP_SECONDS = 0.4
LONGEST_FIRST_SLEEP_SECONDS = 0.2

_getaddrinfo = socket.getaddrinfo


def _lookup(host, *rest, **named):
    name = host.decode() if isinstance(host, bytes) else host
    return _getaddrinfo("127.0.0.1" if name and name.endswith(DOMAIN) else host, *rest, **named)


socket.getaddrinfo = _lookup

_retry = sync.retry


def _short_retry(function, retries=3, sleep=1.0, sleep_before=0, **named):
    """AWS takes long to deploy; here a test that fails fails at once."""
    return _retry(
        function,
        retries=min(retries, MOST_RETRIES),
        sleep=min(sleep, LONGEST_SLEEP_SECONDS),
        sleep_before=min(sleep_before, LONGEST_FIRST_SLEEP_SECONDS),
        **named,
    )


sync.retry = _short_retry


def pytest_collection_modifyitems(config, items):
    kept, dropped = [], []
    for item in items:
        validated = any(mark.name == "aws_validated" for mark in item.iter_markers())
        (kept if validated else dropped).append(item)
        for node in item.listchain():
            if hasattr(node, "own_markers"):
                node.own_markers = [mark for mark in node.own_markers if mark.name != "skip_snapshot_verify"]
    config.hook.pytest_deselected(items=dropped)
    items[:] = kept


def _pattern(transformer):
    regex = getattr(transformer, "regex", None)
    return getattr(regex, "pattern", regex)


@pytest.fixture(autouse=True)
def _recorded_values(request):
    """What the recordings replaced on AWS, and what would be replaced here only."""
    if "snapshot" not in request.fixturenames:
        return
    snapshot = request.getfixturevalue("snapshot")
    if "_import.py" in request.node.nodeid:
        snapshot.add_transformer(snapshot.transform.regex("https://apigateway.amazonaws.com", "<model-base-url>"))
    if "openapi.spec.tf.json" in request.node.nodeid or "swagger-mock-cors" in request.node.nodeid:
        # These documents name the account 000000000000, which was another one on AWS and is the own one here.
        snapshot.transformers = [one for one in snapshot.transformers if _pattern(one[0]) != "000000000000"]
