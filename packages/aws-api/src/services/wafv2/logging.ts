import { LOG_DESTINATION, toAwsNames } from "@tollgate/config";
import type { AccountView, Stored } from "../../port.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import type { Shape, Structure } from "../../protocol/json/shape.ts";
import { invalidParameter, wafError } from "./errors.ts";
import { arnOf, checkScope, DOCUMENT, found, type JsonMembers, page, specMembers } from "./noun.ts";
import { webAcl } from "./rules.ts";

const STRING: Shape = { type: "string" };
const MEMBERS = ["LogDestinationConfigs", "RedactedFields", "LoggingFilter"];

const CONFIGURATION: Structure = {
  type: "structure",
  members: {
    ResourceArn: STRING,
    LogDestinationConfigs: { type: "list", of: STRING },
    RedactedFields: { type: "list", of: DOCUMENT },
    LoggingFilter: DOCUMENT,
    LogType: STRING,
    LogScope: STRING,
  },
  required: ["ResourceArn", "LogDestinationConfigs"],
};

/** A web ACL has one configuration: of its own logs, for its owner. */
function checkKind({ LogType = "WAF_LOGS", LogScope = "CUSTOMER" }: JsonMembers): void {
  const wrong = [
    ["WAF_LOGS", LogType, "LOG_TYPE"],
    ["CUSTOMER", LogScope, "LOG_SCOPE"],
  ].find(([only, given]) => only !== given);
  if (!wrong) return;
  const [only, parameter, field] = wrong;
  throw invalidParameter({
    reason: `Only ${String(only)} is supported.`,
    field: String(field),
    parameter: String(parameter),
  });
}

/** AWS's sentence for a destination that is none of its kinds, or whose name does not begin with aws-waf-logs-. */
function checkDestinations(arns: readonly string[]): void {
  const parameter = arns.find((arn) => !LOG_DESTINATION.test(arn));
  if (parameter !== undefined)
    throw invalidParameter({
      reason:
        "The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes.",
      field: "LOG_DESTINATION",
      parameter,
    });
}

const ofArn = (request: JsonRequest, account: AccountView, arn: unknown): Stored<"WebAcl"> =>
  found(webAcl, { ...request, input: { ARN: arn } }, account);

const shown = (request: JsonRequest, { entity }: Stored<"WebAcl">): JsonMembers | undefined =>
  entity.spec.logging && {
    ResourceArn: arnOf(request, "webacl", entity.id),
    ...(toAwsNames(entity.spec.logging) as object),
    ManagedByFirewallManager: false,
    LogType: "WAF_LOGS",
    LogScope: "CUSTOMER",
  };

function configured(request: JsonRequest, account: AccountView): JsonMembers {
  checkKind(request.input);
  const configuration = shown(request, ofArn(request, account, request.input.ResourceArn));
  if (!configuration) throw wafError("WAFNonexistentItemException");
  return configuration;
}

const ONE: Structure = {
  type: "structure",
  members: { ResourceArn: STRING, LogType: STRING, LogScope: STRING },
  required: ["ResourceArn"],
};

const put: JsonOperation = {
  name: "PutLoggingConfiguration",
  input: {
    type: "structure",
    members: { LoggingConfiguration: CONFIGURATION },
    required: ["LoggingConfiguration"],
  },
  resource: ({ input }) => String((input.LoggingConfiguration as JsonMembers).ResourceArn),
  run: async (request) => {
    const given = request.input.LoggingConfiguration as JsonMembers;
    checkKind(given);
    checkDestinations(given.LogDestinationConfigs as readonly string[]);
    const account = await request.application.change(request.caller.accountId, (present) => {
      const { id, spec } = ofArn(request, present, given.ResourceArn).entity;
      const logging = specMembers(given, MEMBERS);
      return { puts: [{ kind: "WebAcl", apiId: "", id, spec: { ...spec, logging } }] };
    });
    return { LoggingConfiguration: shown(request, ofArn(request, account, given.ResourceArn)) };
  },
};

const get: JsonOperation = {
  name: "GetLoggingConfiguration",
  input: ONE,
  isReadOnly: true,
  resource: ({ input }) => String(input.ResourceArn),
  run: (request) => ({
    LoggingConfiguration: configured(request, request.application.account(request.caller.accountId)),
  }),
};

const remove: JsonOperation = {
  name: "DeleteLoggingConfiguration",
  input: ONE,
  resource: ({ input }) => String(input.ResourceArn),
  run: async (request) => {
    await request.application.change(request.caller.accountId, (present) => {
      configured(request, present);
      const { id, spec } = ofArn(request, present, request.input.ResourceArn).entity;
      return { puts: [{ kind: "WebAcl", apiId: "", id, spec: { ...spec, logging: undefined } }] };
    });
    return {};
  },
};

const list: JsonOperation = {
  name: "ListLoggingConfigurations",
  input: {
    type: "structure",
    members: { Scope: STRING, Limit: { type: "integer" }, NextMarker: STRING, LogScope: STRING },
    required: ["Scope"],
  },
  isReadOnly: true,
  resource: () => "*",
  run: (request) => {
    checkScope(request);
    checkKind(request.input);
    const stored = request.application.account(request.caller.accountId).list("WebAcl", "");
    const configurations = stored.flatMap((one) => {
      const configuration = shown(request, one);
      return configuration ? [{ Name: one.entity.id, configuration }] : [];
    });
    const { items, NextMarker } = page(request, configurations);
    return { LoggingConfigurations: items.map(({ configuration }) => configuration), NextMarker };
  },
};

/** loggingOperations are the operations of logging configurations. */
export const loggingOperations = [put, get, remove, list];
