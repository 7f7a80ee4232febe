import type { Entity } from "@tollgate/config";
import type { AccountView } from "../../port.ts";
import {
  type AwsRequest,
  type JsonObject,
  member,
  type Operation,
} from "../../protocol/rest-json/operation.ts";
import { invalidRequest, xrayError } from "./errors.ts";

/** AWS's limit, without the default rule. */
const RULES_MAX = 25;
const DEFAULT = "Default";
const DEFAULT_PRIORITY = 10_000;
const DEFAULT_SPEC = {
  priority: DEFAULT_PRIORITY,
  reservoirSize: 1,
  fixedRate: 0.05,
  serviceName: "*",
  serviceType: "*",
  resourceArn: "*",
  host: "*",
  httpMethod: "*",
  urlPath: "*",
  attributes: {},
} as const;
/** How often, in seconds, clients ask for targets, and how long what they are given is valid. */
const INTERVAL_S = 10;

type Rule = Entity<"SamplingRule">;

/** Members of AWS's shape, by those of a spec. */
const MEMBERS = {
  priority: "Priority",
  reservoirSize: "ReservoirSize",
  fixedRate: "FixedRate",
  serviceName: "ServiceName",
  serviceType: "ServiceType",
  resourceArn: "ResourceARN",
  host: "Host",
  httpMethod: "HTTPMethod",
  urlPath: "URLPath",
  attributes: "Attributes",
} as const;
type Member = keyof typeof MEMBERS;
const MEMBER_NAMES = Object.keys(MEMBERS) as readonly Member[];
const REQUIRED: readonly Member[] = MEMBER_NAMES.filter((name) => name !== "attributes");

const arnOf = ({ region, accountId }: AwsRequest, name: string): string =>
  `arn:aws:xray:${region}:${accountId}:sampling-rule/${name}`;

const recordOf = (
  request: AwsRequest,
  { id, spec }: Pick<Rule, "id" | "spec">,
  { createdUnixMs, updatedUnixMs }: { readonly createdUnixMs: number; readonly updatedUnixMs: number },
) => ({
  SamplingRule: {
    RuleName: id,
    RuleARN: arnOf(request, id),
    Version: 1,
    ...Object.fromEntries(MEMBER_NAMES.map((name) => [MEMBERS[name], spec[name]])),
  },
  CreatedAt: createdUnixMs / 1_000,
  ModifiedAt: updatedUnixMs / 1_000,
});

/** The rules of an account in the order in which they are asked, the default one last. */
function rulesOf(account: AccountView) {
  const stored = account.list("SamplingRule", "");
  const hasDefault = stored.some(({ entity }) => entity.id === DEFAULT);
  const all = [
    ...stored,
    ...(hasDefault
      ? []
      : [
          {
            entity: { id: DEFAULT, spec: DEFAULT_SPEC } as unknown as Rule,
            createdUnixMs: 0,
            updatedUnixMs: 0,
          },
        ]),
  ];
  return all.sort(
    (a, b) => a.entity.spec.priority - b.entity.spec.priority || (a.entity.id < b.entity.id ? -1 : 1),
  );
}

function storedRecord(request: AwsRequest, name: string) {
  const account = request.application.account(request.accountId);
  const rule = rulesOf(account).find(({ entity }) => entity.id === name);
  if (!rule) throw invalidRequest(`The sampling rule ${name} does not exist.`);
  return recordOf(request, rule.entity, rule);
}

/** The rule that a request names, by its name or its ARN. */
function nameIn(request: AwsRequest, given: JsonObject): string {
  const name = member(given, "RuleName", "string");
  const arn = member(given, "RuleARN", "string");
  if ((name === undefined) === (arn === undefined))
    throw invalidRequest("Either RuleName or RuleARN is required.");
  if (name !== undefined) return name;
  const prefix = arnOf(request, "");
  if (!arn?.startsWith(prefix)) throw invalidRequest(`Invalid sampling rule ARN: ${arn}`);
  return arn.slice(prefix.length);
}

const membersOf = (given: JsonObject): Record<string, unknown> =>
  Object.fromEntries(
    MEMBER_NAMES.flatMap((name) => {
      const value = given[MEMBERS[name]];
      return value === undefined || value === null ? [] : [[name, value] as const];
    }),
  );

const put = (id: string, spec: object) => ({
  puts: [{ kind: "SamplingRule", apiId: "", id, spec }] as const,
});
const post = { method: "POST", status: 200 } as const;

const list: Operation = {
  name: "GetSamplingRules",
  ...post,
  path: "/GetSamplingRules",
  isReadOnly: true,
  run: (request) => ({
    SamplingRuleRecords: rulesOf(request.application.account(request.accountId)).map((rule) =>
      recordOf(request, rule.entity, rule),
    ),
  }),
};

const create: Operation = {
  name: "CreateSamplingRule",
  ...post,
  path: "/CreateSamplingRule",
  async run(request) {
    const given = member(request.body, "SamplingRule", "map");
    if (!given) throw invalidRequest("SamplingRule is required.");
    const spec = membersOf(given);
    const missing = REQUIRED.find((name) => spec[name] === undefined);
    if (missing) throw invalidRequest(`${MEMBERS[missing]} is required.`);
    if (member(given, "Version", "number") !== 1) throw invalidRequest("Version must be 1.");
    if (Number(spec.priority) >= DEFAULT_PRIORITY) throw invalidRequest("Priority must be from 1 to 9999.");
    const name = nameIn(request, given);
    await request.application.change(request.accountId, (account) => {
      const rules = account.list("SamplingRule", "");
      if (name === DEFAULT || rules.some(({ entity }) => entity.id === name))
        throw invalidRequest(`The sampling rule ${name} already exists.`);
      if (rules.filter(({ entity }) => entity.id !== DEFAULT).length >= RULES_MAX)
        throw xrayError("RuleLimitExceededException", `There are ${RULES_MAX} sampling rules already.`);
      return put(name, spec);
    });
    return { SamplingRuleRecord: storedRecord(request, name) };
  },
};

const update: Operation = {
  name: "UpdateSamplingRule",
  ...post,
  path: "/UpdateSamplingRule",
  async run(request) {
    const given = member(request.body, "SamplingRuleUpdate", "map");
    if (!given) throw invalidRequest("SamplingRuleUpdate is required.");
    const name = nameIn(request, given);
    const changed = membersOf(given);
    const fixed = Object.keys(changed).filter((one) => one !== "fixedRate" && one !== "reservoirSize");
    if (name === DEFAULT && fixed.length > 0)
      throw invalidRequest("Only FixedRate and ReservoirSize of the default rule can be changed.");
    await request.application.change(request.accountId, (account) => {
      const stored = account.get("SamplingRule", "", name)?.entity.spec;
      const spec = stored ?? (name === DEFAULT ? DEFAULT_SPEC : undefined);
      if (!spec) throw invalidRequest(`The sampling rule ${name} does not exist.`);
      return put(name, { ...spec, ...changed });
    });
    return { SamplingRuleRecord: storedRecord(request, name) };
  },
};

const remove: Operation = {
  name: "DeleteSamplingRule",
  ...post,
  path: "/DeleteSamplingRule",
  async run(request) {
    const name = nameIn(request, request.body);
    if (name === DEFAULT) throw invalidRequest("The default rule cannot be deleted.");
    const record = storedRecord(request, name);
    await request.application.change(request.accountId, () => ({
      deletes: [{ kind: "SamplingRule", apiId: "", id: name }],
    }));
    return { SamplingRuleRecord: record };
  },
};

/** Clients that sample by themselves get each rule's rate, and its reservoir: there is no division among them. */
const targets: Operation = {
  name: "GetSamplingTargets",
  ...post,
  path: "/SamplingTargets",
  isReadOnly: true,
  run({ body, accountId, application }) {
    const documents = member(body, "SamplingStatisticsDocuments", "list");
    if (!documents) throw invalidRequest("SamplingStatisticsDocuments is required.");
    if (documents.length > RULES_MAX)
      throw invalidRequest(`SamplingStatisticsDocuments must have at most ${RULES_MAX} members.`);
    const rules = rulesOf(application.account(accountId));
    const names = documents.map((one) => member(one as JsonObject, "RuleName", "string") ?? "");
    const known = names.flatMap((name) => rules.find(({ entity }) => entity.id === name) ?? []);
    const unknown = names.filter((name) => !rules.some(({ entity }) => entity.id === name));
    return {
      SamplingTargetDocuments: known.map(({ entity: { id, spec } }) => ({
        RuleName: id,
        FixedRate: spec.fixedRate,
        ReservoirQuota: spec.reservoirSize,
        ReservoirQuotaTTL: Math.trunc(Date.now() / 1_000) + INTERVAL_S,
        Interval: INTERVAL_S,
      })),
      LastRuleModification: Math.max(...rules.map(({ updatedUnixMs }) => updatedUnixMs)) / 1_000,
      UnprocessedStatistics: unknown.map((RuleName) => ({
        RuleName,
        ErrorCode: "400",
        Message: "Unknown rule",
      })),
    };
  },
};

/** samplingRuleOperations are the operations of sampling rules. */
export const samplingRuleOperations: readonly Operation[] = [list, create, update, remove, targets];
