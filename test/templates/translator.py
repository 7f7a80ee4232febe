"""AWS's own SAM translator: a template and its parameters a line in, plain CloudFormation a line out."""
import json
import logging
import sys

import boto3
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

logging.disable(logging.CRITICAL)
session = boto3.session.Session(region_name="us-east-1")

for line in sys.stdin:
    request = json.loads(line)
    try:
        translated = Translator({}, Parser(), boto_session=session).translate(
            sam_template=yaml_parse(request["template"]), parameter_values=request["parameters"]
        )
        print(json.dumps({"template": translated}), flush=True)
    except InvalidDocumentException as error:
        print(json.dumps({"problem": error.message + " " + " ".join(cause.message for cause in error.causes)}), flush=True)
