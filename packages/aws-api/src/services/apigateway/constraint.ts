import { inSet, invalid, violation } from "../../aws-error.ts";
import type { AwsRequest, JsonObject, Operation } from "../../protocol/rest-json/operation.ts";
import { ENUMERATIONS_IN_BODY, ENUMERATIONS_IN_QUERY, GATEWAY_RESPONSE_TYPES, OPS } from "./enumerations.ts";
import { REQUIRED_IN_BODY, REQUIRED_IN_QUERY } from "./required-members.ts";

const STATUS_CODE = "[1-5]\\d\\d";
const STATUS = new RegExp(`^${STATUS_CODE}$`);
const notAStatus = (value: string, place: string) =>
  STATUS.test(value)
    ? []
    : [violation(value, place, `Member must satisfy regular expression pattern: ${STATUS_CODE}`)];

const at = (body: JsonObject, path: string): unknown =>
  path.split(".").reduce<unknown>((value, name) => (value as JsonObject | null | undefined)?.[name], body);

/** A list is shown as a whole, and what its items must satisfy in brackets. */
function outOfSet(value: unknown, place: string, values: readonly string[]): string[] {
  const isIn = (one: unknown) => values.includes(one as string);
  if (Array.isArray(value))
    return value.every(isIn)
      ? []
      : [violation(`[${value.join(", ")}]`, place, `Member must satisfy constraint: [${inSet(values)}]`)];
  return value === undefined || isIn(value) ? [] : [violation(value, place, inSet(values))];
}

const inputOf = ({ name }: Operation) => `${name.charAt(0).toLowerCase()}${name.slice(1)}Input`;

function opViolations(operation: Operation, { body }: AwsRequest): string[] {
  if (operation.method !== "PATCH") return [];
  const operations = (body.patchOperations ?? []) as readonly (JsonObject | null)[];
  return operations.flatMap((operation_, i) =>
    OPS.includes(operation_?.op as string)
      ? []
      : [
          violation(
            operation_?.op ?? null,
            `${inputOf(operation)}.patchOperations.${i + 1}.member.op`,
            inSet(OPS),
          ),
        ],
  );
}

/** A member of the input: its value, and its place in messages. */
interface Located {
  readonly valueOf: (member: string) => unknown;
  readonly place: (member: string) => string;
}

/** Of required members that are absent, in a structure that is not. */
function absent(members: readonly string[] | undefined, { valueOf, place }: Located): string[] {
  const isGiven = (member: string) => (valueOf(member) ?? undefined) !== undefined;
  const holderOf = (member: string) => member.split(".").slice(0, -1).join(".");
  return (members ?? [])
    .filter((member) => !isGiven(member) && (holderOf(member) === "" || isGiven(holderOf(member))))
    .map(
      (member) => `Value null at '${place(member)}' failed to satisfy constraint: Member must not be null`,
    );
}

const enumerated = (
  values: Readonly<Record<string, readonly string[]>> | undefined,
  { valueOf, place }: Located,
): string[] =>
  Object.entries(values ?? {}).flatMap(([member, allowed]) =>
    outOfSet(valueOf(member) ?? undefined, place(member), allowed),
  );

/** In AWS's order: required members and enumerations of the body, then patterns of the body, then the path and the query. */
function violationsOf(operation: Operation, request: AwsRequest): string[] {
  const { name } = operation;
  const { body, path, query } = request;
  const inBody: Located = {
    valueOf: (member) => at(body, member),
    place: (member) => `${inputOf(operation)}.${member}`,
  };
  const inQuery: Located = { valueOf: (member) => query.get(member) || undefined, place: (member) => member };
  return [
    ...opViolations(operation, request),
    ...absent(REQUIRED_IN_BODY[name], inBody),
    ...enumerated(ENUMERATIONS_IN_BODY[name], inBody),
    ...(name === "PutGatewayResponse" && body.statusCode !== undefined
      ? notAStatus(String(body.statusCode), `${inputOf(operation)}.statusCode`)
      : []),
    ...(path.status_code === undefined ? [] : notAStatus(path.status_code, "statusCode")),
    ...outOfSet(path.response_type, "responseType", GATEWAY_RESPONSE_TYPES),
    ...absent(REQUIRED_IN_QUERY[name], inQuery),
    ...enumerated(ENUMERATIONS_IN_QUERY[name], inQuery),
  ];
}

/**
 * constrained is an operation whose input is checked against the constraints of AWS's model before anything is looked up. All that are
 * violated are reported together.
 */
export const constrained = (operation: Operation): Operation => ({
  ...operation,
  run: (request) => {
    const violations = violationsOf(operation, request);
    if (violations.length > 0) throw invalid(violations);
    return operation.run(request);
  },
});
