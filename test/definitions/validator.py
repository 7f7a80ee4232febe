"""Validates OpenAPI 3.0 and Swagger 2.0 definitions: a definition a line in, what is wrong with it a line out."""
import json
import sys

from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV30SpecValidator

for line in sys.stdin:
    definition = json.loads(line)
    is_swagger = "swagger" in definition
    validator = OpenAPIV2SpecValidator if is_swagger else OpenAPIV30SpecValidator
    wrong = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator(definition).iter_errors()]
    schemas = {} if is_swagger else definition.get("components", {}).get("schemas", {})
    for name, schema in schemas.items():
        try:
            OAS30Validator.check_schema(schema)
        except Exception as error:  # the library's errors have several classes
            wrong.append(f"components/schemas/{name}: {error}")
    print(json.dumps(wrong[:5]), flush=True)
