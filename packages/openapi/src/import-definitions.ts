import {
  digestOf,
  GATEWAY_RESPONSE_TYPES,
  kinds,
  type Manifest,
  objectAt,
  type Shape,
} from "@tollgate/config";
import { isObject, type Json, type JsonObject } from "./document.ts";
import { type ImportContext, madeOf } from "./import-context.ts";

const VALIDATORS = "x-amazon-apigateway-request-validators";
const VALIDATOR = "x-amazon-apigateway-request-validator";
const GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses";
const TYPES = new Set<string>(GATEWAY_RESPONSE_TYPES);

/** stableId derives an id from a name, so that importing a definition again changes only what has changed. */
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
    const manifest = { kind: "RequestValidator", apiId: options.apiId, id: stableId(name), spec };
    return [madeOf([VALIDATORS, name], manifest, context)];
  });
}

/** validatorOf is the validator of an operation, else of the definition. */
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
    `the request validator '${String(name)}' is not defined in ${VALIDATORS}`,
  );
  return {};
}

const RESPONSE_MEMBERS = objectAt(kinds.GatewayResponse.spec).members;

/** A member of a gateway response; a status may be written as a number. Values of other types are ignored. */
function responseMember(shape: Shape, value: Json | undefined): Json | undefined {
  if (shape.type === "map") return isObject(value) ? value : {};
  return value === undefined || value === null ? undefined : String(value as string | number);
}

/** importGatewayResponses makes the gateway responses of a definition. */
export function importGatewayResponses(context: ImportContext): Manifest[] {
  const { root, report, options } = context;
  const responses = root[GATEWAY_RESPONSES];
  return Object.entries(isObject(responses) ? responses : {}).flatMap(([type, value]) => {
    const at = [GATEWAY_RESPONSES, type];
    if (!TYPES.has(type) || !isObject(value)) {
      report.add(
        "error",
        at,
        isObject(value) ? `'${type}' is not a type of gateway response` : "must be an object",
      );
      return [];
    }
    const spec = Object.fromEntries(
      [...RESPONSE_MEMBERS].flatMap(([member, { shape }]) => {
        const given = responseMember(shape, value[member]);
        return given === undefined ? [] : [[member, given]];
      }),
    );
    return [madeOf(at, { kind: "GatewayResponse", apiId: options.apiId, id: type, spec }, context)];
  });
}
