import type { RoutingRule } from "@tollgate/config";
import type { AccountView, Stored } from "../../port.ts";
import {
  type AwsRequest,
  type JsonObject,
  member,
  type Operation,
  pathParameter,
} from "../../protocol/rest-json/operation.ts";
import { badRequest, conflict, notFound } from "../apigateway/errors.ts";
import { crud, type Noun, type Place } from "./crud.ts";
import { domainOf } from "./domain-name.ts";
import { flag, type Members, number, readMembers, structure, text, texts } from "./members.ts";
import { check, type Rule } from "./rule.ts";
import type { Shelf } from "./shelf.ts";

type Rules = Readonly<Record<string, RoutingRule>>;

/** The domain of a path. An id is that of a private domain, whose rules version 2 does not manage. */
function ruledDomain(account: AccountView, request: AwsRequest): Stored<"DomainName"> {
  if (request.query.get("domainNameId")) throw notFound("Invalid domain name identifier specified");
  return domainOf(account, request);
}

const write = (account: AccountView, request: AwsRequest, edit: (rules: Rules) => Rules) => {
  const { entity } = ruledDomain(account, request);
  const routingRules = edit(entity.spec.routingRules ?? {});
  return { puts: [{ ...entity, spec: { ...entity.spec, routingRules } }] };
};

const shelf: Shelf<RoutingRule> = {
  all: (account, request) =>
    new Map(Object.entries(ruledDomain(account, request).entity.spec.routingRules ?? {})),
  put: (account, request, id, spec) =>
    write(account, request, (rules) => ({ ...rules, [id]: spec as RoutingRule })),
  remove: (account, request, id) =>
    write(account, request, (rules) =>
      Object.fromEntries(Object.entries(rules).filter(([key]) => key !== id)),
    ),
};

const ACTION: Members = {
  invokeApi: structure({ apiId: text(), stage: text(), stripBasePath: flag() }),
};

const MATCH_BASE_PATHS: Members = { matchBasePaths: structure({ anyOf: texts() }) };
const MATCH_HEADER: Members = { header: text(), valueGlob: text() };

const listed = (body: JsonObject, name: string): readonly JsonObject[] | undefined =>
  member(body, name, "list")?.map((item) => member({ item }, "item", "map") ?? {});

/** A condition, whose headers are a list of objects. */
function readCondition(given: JsonObject): object {
  const headers = member(given, "matchHeaders", "map");
  const anyOf = headers && (listed(headers, "anyOf") ?? []).map((one) => readMembers(one, MATCH_HEADER));
  return { ...readMembers(given, MATCH_BASE_PATHS), ...(anyOf ? { matchHeaders: { anyOf } } : {}) };
}

interface Given {
  readonly priority?: number;
  readonly conditions?: readonly {
    readonly matchBasePaths?: object;
    readonly matchHeaders?: { readonly anyOf: readonly { readonly valueGlob?: string }[] };
  }[];
  readonly actions?: readonly { readonly invokeApi?: { readonly apiId?: string; readonly stage?: string } }[];
}

const PRIORITY_MAX = 1_000_000;

/** ROUTING_RULE_RULES are what AWS refuses of a routing rule. */
export const ROUTING_RULE_RULES: readonly Rule<Given>[] = [
  ({ priority }) =>
    priority === undefined || !Number.isInteger(priority) || priority < 1 || priority > PRIORITY_MAX
      ? `Invalid priority specified. Priority must be between 1 and ${PRIORITY_MAX}`
      : undefined,
  ({ conditions }) =>
    conditions === undefined ? "Conditions is a required parameter for routing rule" : undefined,
  ({ conditions = [] }) =>
    conditions.filter(({ matchHeaders }) => matchHeaders).length > 2 ||
    conditions.filter(({ matchBasePaths }) => matchBasePaths).length > 1
      ? "A routing rule can have at most two matchHeaders conditions and one matchBasePaths condition"
      : undefined,
  ({ conditions = [] }) => {
    const globs = conditions.flatMap(({ matchHeaders }) => matchHeaders?.anyOf ?? []);
    const bad = globs.find(({ valueGlob = "" }) => !/^\*?[^*]*\*?$/.test(valueGlob));
    return bad
      ? `Invalid header value ${bad.valueGlob}: * is allowed only at its beginning and at its end`
      : undefined;
  },
  ({ actions = [] }) =>
    actions.length === 1 && actions[0]?.invokeApi?.apiId && actions[0].invokeApi.stage
      ? undefined
      : "A routing rule must have exactly one action, which invokes a stage of an API",
];

function checked({ account, request, id }: Place): object {
  const { body } = request;
  const rule = {
    ...readMembers(body, { priority: number() }),
    conditions: listed(body, "conditions")?.map(readCondition),
    actions: listed(body, "actions")?.map((one) => readMembers(one, ACTION)),
  } as Given;
  check(rule, ROUTING_RULE_RULES);
  const { apiId = "", stage = "" } = rule.actions?.[0]?.invokeApi ?? {};
  if (account.get("Api", "", apiId)) throw badRequest("Routing rules can only invoke stages of REST APIs");
  if (!account.get("RestApi", "", apiId))
    throw badRequest(`Invalid API identifier specified ${account.accountId}:${apiId}`);
  if (!account.get("Stage", apiId, stage)) throw badRequest("Invalid stage identifier specified");
  for (const [otherId, { priority }] of shelf.all(account, request))
    if (otherId !== id && priority === rule.priority)
      throw conflict(`A routing rule with priority ${priority} already exists for this domain name`);
  return rule;
}

const noun: Noun<RoutingRule> = {
  name: "RoutingRule",
  names: "RoutingRules",
  path: "/v2/domainnames/{domainName}/routingrules",
  idParameter: "routingRuleId",
  shelf,
  missing: () => "Invalid routing rule identifier specified",
  newId: 6,
  show: ({ actions, conditions, priority }, { id, request }): JsonObject => ({
    actions,
    conditions,
    priority,
    routingRuleArn: `arn:aws:apigateway:${request.region}:${request.accountId}:/domainnames/${pathParameter(request, "domainName")}/routingrules/${id}`,
    routingRuleId: id,
  }),
  create: checked,
  update: (_item, place) => checked(place),
  list: "routingRules",
};

/** The names that differ from those of other nouns: a rule is replaced as a whole. */
const RENAMED: Readonly<Record<string, Partial<Operation>>> = {
  GetRoutingRules: { name: "ListRoutingRules" },
  UpdateRoutingRule: { name: "PutRoutingRule", method: "PUT" },
};

/** routingRuleOperations are the operations of the rules that send calls of a domain to stages. */
export const routingRuleOperations: readonly Operation[] = crud(noun).map((operation) => ({
  ...operation,
  ...RENAMED[operation.name],
}));
