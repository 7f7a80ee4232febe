import { digestOf, GATEWAY_RESPONSE_TYPES, type Manifest } from "@tollgate/config";
import { isObject, type Json, type JsonObject } from "./document.ts";
import { resolve, type ImportContext } from "./import-context.ts";

const VALIDATORS = "x-amazon-apigateway-request-validators";
const VALIDATOR = "x-amazon-apigateway-request-validator";
const GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses";
const MODEL_REFERENCE = /^#\/components\/schemas\/([A-Za-z0-9]{1,255})$/;
const TYPES = new Set<string>(GATEWAY_RESPONSE_TYPES);

/** stableId makes an id from a name, so that importing a definition again changes what changed and nothing else. */
export const stableId = (name: string): string =>
  BigInt(`0x${digestOf(name).slice(0, 16)}`)
    .toString(36)
    .padStart(10, "0")
    .slice(-10);

const validatorsOf = ({ root }: ImportContext): JsonObject => {
  const validators = root[VALIDATORS];
  return isObject(validators) ? validators : {};
};

/** importValidators makes the request validators of a definition. */
export function importValidators(context: ImportContext): Manifest[] {
  const { report, options } = context;
  return Object.entries(validatorsOf(context)).flatMap(([name, value]) => {
    if (!isObject(value)) {
      report.add(
        "error",
        [VALIDATORS, name],
        "must be an object with validateRequestBody and validateRequestParameters",
      );
      return [];
    }
    const spec = {
      name,
      validateRequestBody: value.validateRequestBody === true,
      validateRequestParameters: value.validateRequestParameters === true,
    };
    return [{ kind: "RequestValidator", restApiId: options.restApiId, id: stableId(name), spec }];
  });
}

/** validatorOf is the validator that an operation names, else the definition's own. */
export function validatorOf(
  operation: JsonObject,
  at: readonly string[],
  context: ImportContext,
): { requestValidatorId?: string } {
  const name = operation[VALIDATOR] ?? context.root[VALIDATOR];
  if (name === undefined) return {};
  if (typeof name === "string" && Object.hasOwn(validatorsOf(context), name))
    return { requestValidatorId: stableId(name) };
  context.report.addOnce(
    "warning",
    [...at, VALIDATOR],
    `there is no request validator '${String(name)}' among ${VALIDATORS}`,
  );
  return {};
}

/** importGatewayResponses makes the gateway responses of a definition. */
export function importGatewayResponses({ root, report, options }: ImportContext): Manifest[] {
  const responses = root[GATEWAY_RESPONSES];
  return Object.entries(isObject(responses) ? responses : {}).flatMap(([type, value]) => {
    const at = [GATEWAY_RESPONSES, type];
    if (!TYPES.has(type) || !isObject(value)) {
      report.add(
        "error",
        at,
        isObject(value) ? `'${type}' is no type of gateway response` : "must be an object",
      );
      return [];
    }
    const spec = {
      ...(value.statusCode === undefined || value.statusCode === null
        ? {}
        : { statusCode: String(value.statusCode) }),
      responseParameters: isObject(value.responseParameters) ? value.responseParameters : {},
      responseTemplates: isObject(value.responseTemplates) ? value.responseTemplates : {},
    };
    return [{ kind: "GatewayResponse", restApiId: options.restApiId, id: type, spec }];
  });
}

/** modelsOf names the models of a content map, by media type; schemas that are no reference to a model are left out with a note. */
export function modelsOf(
  content: Json | undefined,
  at: readonly string[],
  context: ImportContext,
): Record<string, string> {
  const models: Record<string, string> = {};
  for (const [mediaType, value] of Object.entries(isObject(content) ? content : {})) {
    const schema = isObject(value) ? value.schema : undefined;
    const reference =
      isObject(schema) && typeof schema.$ref === "string"
        ? MODEL_REFERENCE.exec(schema.$ref)?.[1]
        : undefined;
    if (reference !== undefined && schemasOf(context.root)[reference] !== undefined)
      models[mediaType] = reference;
    else if (schema !== undefined)
      context.report.addOnce(
        "info",
        [...at, mediaType, "schema"],
        "schemas that are no reference to a named model are not imported as models",
      );
  }
  return models;
}

/** requestModelsOf names the models of an operation's body. */
export function requestModelsOf(
  operation: JsonObject,
  at: readonly string[],
  context: ImportContext,
): Record<string, string> {
  const where = [...at, "requestBody"];
  const body =
    operation.requestBody === undefined ? undefined : resolve(operation.requestBody, where, context);
  return modelsOf(isObject(body) ? body.content : undefined, [...where, "content"], context);
}

/** schemasOf are the named schemas of a definition. */
export function schemasOf(root: JsonObject): JsonObject {
  const components = isObject(root.components) ? root.components : {};
  return isObject(components.schemas) ? components.schemas : {};
}
