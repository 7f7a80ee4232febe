import { HTTP_METHODS, type Method } from "@tollgate/config";
import { type AwsRequest, member, type Operation } from "../../protocol/rest-json/operation.ts";
import { badRequest, conflict } from "./errors.ts";
import { memberRules, readMembers } from "./members.ts";
import {
  METHOD_PATH,
  type MethodPart,
  methodOf,
  methodsOf,
  NO_CONTENT_TYPE,
  NO_PARAMETER,
  partOperations,
  responseOf,
  statusOf,
  verbOf,
  withEntry,
} from "./method-part.ts";
import { wrongParameters } from "./method-rules.ts";
import { METHOD_RESPONSE_SHAPE, METHOD_SHAPE, showMethod, showMethodResponse } from "./method-shape.ts";
import { entry, type PatchRule, parseFlag } from "./patch.ts";
import type { ResourcePlace } from "./resource-tree.ts";

/** Parameters that a method already has may be older than the check. */
function checkParameters(spec: object, present: Method | undefined): object {
  const { requestParameters = {} } = spec as Partial<Method>;
  const isNew = (name: string) => !Object.hasOwn(present?.requestParameters ?? {}, name);
  const wrong = Object.keys(requestParameters).some(isNew) ? wrongParameters(spec) : undefined;
  if (wrong !== undefined) throw badRequest(wrong);
  return spec;
}

function createMethod(node: ResourcePlace, request: AwsRequest): object {
  const { body } = request;
  if (!(HTTP_METHODS as readonly string[]).includes(verbOf(request)))
    throw badRequest(
      "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY",
    );
  if (Object.hasOwn(methodsOf(node), verbOf(request)))
    throw conflict("Method already exists for this resource");
  return {
    ...readMembers(body, METHOD_SHAPE, ["methodResponses", "integration"]),
    authorizationType: (member(body, "authorizationType", "string") ?? "NONE").toUpperCase(),
  };
}

const authorizationType: PatchRule = {
  path: "/authorizationType",
  ops: ["replace"],
  apply: (spec, { value = "NONE" }) => {
    spec.authorizationType = value.toUpperCase();
  },
};

const METHOD: MethodPart<Method> = {
  name: "Method",
  path: METHOD_PATH,
  updateStatus: 200,
  of: methodOf,
  create: createMethod,
  place: (node, request, method) => method && checkParameters(method, methodsOf(node)[verbOf(request)]),
  show: (method, request, { id }) => showMethod(verbOf(request), method, id),
  rules: [
    authorizationType,
    ...memberRules(METHOD_SHAPE, ["authorizationType"]),
    entry("requestParameters", { parse: parseFlag, absent: NO_PARAMETER }),
    entry("requestModels", { absent: NO_CONTENT_TYPE }),
  ],
};

const METHOD_RESPONSE: MethodPart<Method["methodResponses"][string]> = {
  name: "MethodResponse",
  path: `${METHOD_PATH}/responses/{status_code}`,
  // As on AWS.
  updateStatus: 201,
  of: (node, request) => responseOf(methodOf(node, request).methodResponses, request),
  create: (_node, { body }) => readMembers(body, METHOD_RESPONSE_SHAPE),
  place: (node, request, response) => {
    const method = methodOf(node, request);
    return { ...method, methodResponses: withEntry(method.methodResponses, statusOf(request), response) };
  },
  show: (response, request) => showMethodResponse(statusOf(request), response),
  rules: [
    entry("responseParameters", { parse: parseFlag, absent: NO_PARAMETER }),
    entry("responseModels", { absent: NO_CONTENT_TYPE }),
  ],
};

/** methodOperations are the operations of methods and their responses. */
export const methodOperations: readonly Operation[] = [
  ...partOperations(METHOD),
  ...partOperations(METHOD_RESPONSE),
];
