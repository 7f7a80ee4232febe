"""Runs a handler once, as Lambda's Python runtime does: function_runner.py FOLDER MODULE.FUNCTION, the event on its input.

Writes {"returned": JSON} or {"threw": JSON} to file descriptor 3; what the handler prints is its log.
"""

import importlib
import json
import os
import sys
import traceback

folder, handler = sys.argv[1:]
sys.path.insert(0, folder)
os.chdir(folder)


class Context:
    aws_request_id = os.environ["REQUEST_ID"]
    function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    function_version = "$LATEST"
    invoked_function_arn = os.environ["FUNCTION_ARN"]
    memory_limit_in_mb = "128"
    client_context = None
    identity = None

    def get_remaining_time_in_millis(self):
        return 3000


def outcome(event):
    try:
        module, function = handler.rsplit(".", 1)
        handle = getattr(importlib.import_module(module.replace("/", ".")), function)
        return {"returned": json.dumps(handle(event, Context()), ensure_ascii=False)}
    except BaseException as error:
        frames = traceback.format_tb(error.__traceback__)[1:]
        thrown = {
            "errorMessage": str(error),
            "errorType": type(error).__name__,
            "requestId": Context.aws_request_id,
            "stackTrace": [frame.replace(folder, "/var/task") for frame in frames],
        }
        return {"threw": json.dumps(thrown)}


with os.fdopen(3, "w") as result:
    result.write(json.dumps(outcome(json.loads(sys.stdin.read()))))
