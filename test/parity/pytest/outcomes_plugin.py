"""A plugin of pytest that writes what becomes of each test as a line of JSON into the file that OUTCOMES names: {"file", "title", "difference"}."""

import json
import os
import re

_COLORS = re.compile(r"(#x1B|\x1b)\[[0-9;]*m")
_TELLING = re.compile(r"^(E  |\s*\([-+~]\))")
LINES_SHOWN = 6
LINE_CHARS = 200


def _difference(report):
    """What pytest prints of a failure, in short."""
    lines = [_COLORS.sub("", line).strip() for line in str(report.longrepr).splitlines()]
    telling = [line[:LINE_CHARS] for line in lines if _TELLING.match(line)]
    return "; ".join(telling[:LINES_SHOWN]) or lines[-1][:LINE_CHARS]


_failed = set()


def pytest_runtest_logreport(report):
    if report.skipped or report.nodeid in _failed:
        return
    if report.passed and report.when != "call":
        return
    if report.failed:
        _failed.add(report.nodeid)
    path, _, title = report.nodeid.partition("::")
    outcome = {
        "file": os.path.basename(path).removeprefix("test_").removeprefix("apigateway_").removesuffix(".py"),
        "title": title,
        "difference": _difference(report) if report.failed else None,
    }
    with open(os.environ["OUTCOMES"], "a") as file:
        file.write(json.dumps(outcome) + "\n")
