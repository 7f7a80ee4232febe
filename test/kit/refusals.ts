import { beforeAll, describe, expect, it } from "vitest";
import type { Boto } from "./boto.ts";
import type { Gateway } from "./gateway.ts";
import { createMockApi, JSON_TYPE } from "./mock-api.ts";
import { useBoto, useGateway } from "./use.ts";

/** What AWS refuses a call with. */
export const BAD = ["BadRequestException", 400] as const;
export const MISSING = ["NotFoundException", 404] as const;
export const CONFLICT = ["ConflictException", 409] as const;
export const INVALID = ["ValidationException", 400] as const;

/** Row is a call of boto3, and what it is refused with: $name in it is the id of something that was made before. */
export type Row = readonly [
  call: string,
  params: Readonly<Record<string, unknown>>,
  error: readonly [code: string, status: number],
  message: string | RegExp,
];

export const patch = (...operations: readonly object[]) => ({ patchOperations: operations });

/** What most calls name. */
export const API = { restApiId: "$api" };
export const HELLO = { ...API, resourceId: "$hello" };
export const POST = { ...HELLO, httpMethod: "POST" };
export const STAGE = { ...API, stageName: "prod" };
export const NO_API = { restApiId: "nosuchapi0" };
export const NO_API_MESSAGE = "Invalid API identifier specified 000000000000:nosuchapi0";

/** Makes what the rows name, and gives the ids of it. */
async function makeNamed(boto: Boto): Promise<Readonly<Record<string, string>>> {
  const { restApiId, rootResourceId, resourceId } = await createMockApi(boto);
  const greedy = await boto.call("create_resource", {
    restApiId,
    parentId: resourceId,
    pathPart: "{rest+}",
  });
  const { id: deploymentId } = await boto.call("create_deployment", { restApiId, stageName: "prod" });
  const validator = await boto.call("create_request_validator", { restApiId, name: "all" });
  await boto.call("create_model", {
    restApiId,
    name: "Used",
    contentType: JSON_TYPE,
    schema: '{"type":"object"}',
  });
  await boto.call("put_method", {
    restApiId,
    resourceId,
    httpMethod: "POST",
    authorizationType: "NONE",
    requestModels: { [JSON_TYPE]: "Used" },
  });
  const empty = await boto.call("create_rest_api", { name: "empty" });
  const key = await boto.call("create_api_key", { name: "key", value: "01234567890123456789abcd" });
  const plan = await boto.call("create_usage_plan", {
    name: "plan",
    apiStages: [{ apiId: restApiId, stage: "prod" }],
  });
  await boto.call("create_usage_plan_key", { usagePlanId: plan.id, keyId: key.id, keyType: "API_KEY" });
  await boto.call("create_domain_name", { domainName: "taken.example.com" });
  await boto.call("create_base_path_mapping", {
    domainName: "taken.example.com",
    restApiId,
    basePath: "taken",
  });
  return {
    api: restApiId,
    root: rootResourceId,
    hello: resourceId,
    greedy: greedy.id,
    deployment: deploymentId,
    validator: validator.id,
    empty: empty.id,
    emptyRoot: empty.rootResourceId,
    key: key.id,
    plan: plan.id,
  };
}

/** Refusals is a gateway on which calls are refused. */
export interface Refusals {
  readonly gateway: Gateway;
  readonly boto: Boto;
  /** The id of what was made under a name. */
  readonly idOf: (name: string) => string;
  /** Tests that each call is refused in AWS's words and stores nothing. */
  readonly refuses: (subject: string, rows: readonly Row[]) => void;
}

/** useRefusals starts a gateway with what the rows name. */
export function useRefusals(): Refusals {
  const gateway = useGateway();
  const boto = useBoto(gateway);
  let ids: Readonly<Record<string, string>> = {};
  beforeAll(async () => {
    ids = await makeNamed(boto);
  });
  const filled = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value).replace(/\$(\w+)/g, (all, name: string) => ids[name] ?? all)) as T;
  return {
    gateway,
    boto,
    idOf: (name) => ids[name] ?? "",
    refuses: (subject, rows) =>
      describe(`${subject}: the problem is reported in AWS's words, and nothing is stored`, () => {
        it.each(rows.map((row) => [`${row[0]} ${JSON.stringify(row[1])}`, row] as const))(
          "%s",
          async (_title, [call, given, [code, status], message]) => {
            const { revision } = await gateway.config.list({ kind: "RestApi" });
            expect(await boto.refused(call, filled(given))).toMatchObject({
              code,
              status,
              message: typeof message === "string" ? filled(message) : expect.stringMatching(message),
            });
            expect((await gateway.config.list({ kind: "RestApi" })).revision).toBe(revision);
          },
        );
      }),
  };
}
