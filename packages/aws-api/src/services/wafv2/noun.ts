import {
  canonicalJson,
  fromAwsNames,
  type SpecOf,
  toAwsNames,
  uuidOf,
  type WafResource,
  wafArn,
  wafId,
} from "@tollgate/config";
import type { AccountView, Stored } from "../../port.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import type { Shape, Structure } from "../../protocol/json/shape.ts";
import { invalidParameter, wafError } from "./errors.ts";

/** The kinds of wafv2. */
export type WafKind = "WebAcl" | "IpSet" | "RegexPatternSet" | "RuleGroup";

export type JsonMembers = Readonly<Record<string, unknown>>;

/** WafNoun describes a kind of entity of wafv2, from which its operations are made. */
export interface WafNoun<K extends WafKind> {
  readonly kind: K;
  /** In the names of operations and of the member of Get, such as IPSet; and of List. */
  readonly name: string;
  readonly names: string;
  readonly resource: WafResource;
  /** Members of its spec in a request to create or update it. */
  readonly members: Readonly<Record<string, Shape>>;
  readonly required: readonly string[];
  /** The spec of a request; the present one where it is an update. */
  readonly specOf: (input: JsonMembers, present: SpecOf<K> | undefined) => object;
  /** The entity as Get shows it, besides its name, id, ARN and description. */
  readonly show: (spec: SpecOf<K>, name: string, request: JsonRequest, account: AccountView) => JsonMembers;
}

const STRING: Shape = { type: "string" };
export const DOCUMENT: Shape = { type: "document" };
const TAGS: Shape = {
  type: "list",
  of: { type: "structure", required: ["Key", "Value"], members: { Key: STRING, Value: STRING } },
};
const NAMED = { Name: STRING, Scope: STRING, Id: STRING };

/** tagsOf reads tags of AWS's form. */
export const tagsOf = (list: unknown): Record<string, string> =>
  Object.fromEntries(
    ((list ?? []) as readonly { readonly Key: string; readonly Value: string }[]).map(({ Key, Value }) => [
      Key,
      Value,
    ]),
  );

/** checkScope refuses distributions of CloudFront, which no gateway is. */
export function checkScope({ input }: JsonRequest): void {
  const { Scope: parameter } = input;
  if (parameter !== undefined && parameter !== "REGIONAL")
    throw invalidParameter({
      reason: "The scope is not valid.",
      field: "SCOPE_VALUE",
      parameter: String(parameter),
    });
}

/** specMembers turns members of a request into those of a spec. */
export const specMembers = (input: JsonMembers, names: readonly string[]): object =>
  fromAwsNames(
    Object.fromEntries(names.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]]))),
    "base64",
  ) as object;

/** lockTokenOf changes with what an update changes; tags and logging are no part of it. */
const lockTokenOf = ({
  tags: _tags,
  logging: _logging,
  ...spec
}: SpecOf<WafKind> & { readonly logging?: unknown }): string => uuidOf(canonicalJson(spec));

/** arnOf is the ARN of an entity of a noun. */
export const arnOf = ({ caller, region }: JsonRequest, resource: WafResource, name: string): string =>
  wafArn(region, caller.accountId, resource, name);

/** found is the entity that a request names, by its name and id, or by its ARN. */
export function found<K extends WafKind>(
  noun: WafNoun<K>,
  request: JsonRequest,
  account: AccountView,
): Stored<K> {
  const { input, caller } = request;
  const arn = input.ARN as string | undefined;
  const name = arn === undefined ? String(input.Name) : (arn.split("/")[2] ?? "");
  const id = wafId(caller.accountId, noun.resource, name);
  const isMeant =
    arn === undefined
      ? input.Id === undefined || input.Id === id
      : arn === arnOf(request, noun.resource, name);
  const stored = isMeant ? account.get(noun.kind, "", name) : undefined;
  if (!stored) throw wafError("WAFNonexistentItemException");
  return stored;
}

const summary = <K extends WafKind>(
  noun: WafNoun<K>,
  request: JsonRequest,
  { entity }: Stored<K>,
): JsonMembers => ({
  Name: entity.id,
  Id: wafId(request.caller.accountId, noun.resource, entity.id),
  Description: entity.spec.description ?? "",
  LockToken: lockTokenOf(entity.spec),
  ARN: arnOf(request, noun.resource, entity.id),
});

const oneArn =
  (noun: WafNoun<WafKind>) =>
  (request: JsonRequest): string =>
    (request.input.ARN as string | undefined) ?? arnOf(request, noun.resource, String(request.input.Name));

/** A lock token says which version a caller has seen. */
function checkLock(request: JsonRequest, spec: SpecOf<WafKind>): void {
  if (request.input.LockToken !== lockTokenOf(spec)) throw wafError("WAFOptimisticLockException");
}

const create = <K extends WafKind>(noun: WafNoun<K>): JsonOperation => ({
  name: `Create${noun.name}`,
  input: {
    type: "structure",
    members: { ...NAMED, Description: STRING, Tags: TAGS, ...noun.members },
    required: ["Name", "Scope", ...noun.required],
  },
  resource: oneArn(noun as unknown as WafNoun<WafKind>),
  run: async (request) => {
    checkScope(request);
    const { input, application, caller } = request;
    const id = String(input.Name);
    const { Tags, Description: description } = input;
    const account = await application.change(caller.accountId, (present) => {
      if (present.get(noun.kind, "", id)) throw wafError("WAFDuplicateItemException");
      const spec = { description, ...noun.specOf(input, undefined), ...(Tags ? { tags: tagsOf(Tags) } : {}) };
      return { puts: [{ kind: noun.kind, apiId: "", id, spec }] };
    });
    return { Summary: summary(noun, request, account.get(noun.kind, "", id) as Stored<K>) };
  },
});

const update = <K extends WafKind>(noun: WafNoun<K>): JsonOperation => ({
  name: `Update${noun.name}`,
  input: {
    type: "structure",
    members: { ...NAMED, Description: STRING, LockToken: STRING, ...noun.members },
    required: ["Name", "Scope", "Id", "LockToken", ...noun.required.filter((name) => name !== "Capacity")],
  },
  resource: oneArn(noun as unknown as WafNoun<WafKind>),
  run: async (request) => {
    checkScope(request);
    const { input, application, caller } = request;
    const id = String(input.Name);
    const account = await application.change(caller.accountId, (present) => {
      const { spec } = found(noun, request, present).entity;
      checkLock(request, spec);
      const { tags } = spec;
      const changed = {
        description: input.Description,
        ...noun.specOf(input, spec),
        ...(tags ? { tags } : {}),
      };
      return { puts: [{ kind: noun.kind, apiId: "", id, spec: changed }] };
    });
    const stored = account.get(noun.kind, "", id) as Stored<K>;
    return { NextLockToken: lockTokenOf(stored.entity.spec) };
  },
});

const get = <K extends WafKind>(noun: WafNoun<K>): JsonOperation => ({
  name: `Get${noun.name}`,
  input: { type: "structure", members: { ...NAMED, ARN: STRING } },
  isReadOnly: true,
  resource: oneArn(noun as unknown as WafNoun<WafKind>),
  run: (request) => {
    checkScope(request);
    const account = request.application.account(request.caller.accountId);
    const stored = found(noun, request, account);
    return { [noun.name]: shown(noun, request, account, stored), LockToken: lockTokenOf(stored.entity.spec) };
  },
});

/** shown is an entity as Get returns it. */
export function shown<K extends WafKind>(
  noun: WafNoun<K>,
  request: JsonRequest,
  account: AccountView,
  stored: Stored<K>,
): JsonMembers {
  const { LockToken: _token, ...head } = summary(noun, request, stored);
  const { id, spec } = stored.entity;
  return { ...head, ...noun.show(spec, id, request, account) };
}

const remove = <K extends WafKind>(noun: WafNoun<K>): JsonOperation => ({
  name: `Delete${noun.name}`,
  input: {
    type: "structure",
    members: { ...NAMED, LockToken: STRING },
    required: ["Name", "Scope", "Id", "LockToken"],
  },
  resource: oneArn(noun as unknown as WafNoun<WafKind>),
  run: async (request) => {
    checkScope(request);
    await request.application.change(request.caller.accountId, (present) => {
      const { entity } = found(noun, request, present);
      checkLock(request, entity.spec);
      return { deletes: [entity] };
    });
    return {};
  },
});

const LIST: Structure = {
  type: "structure",
  members: { Scope: STRING, Limit: { type: "integer" }, NextMarker: STRING },
  required: ["Scope"],
};

/** page cuts a list that is sorted by name; the marker is the last name of the page before. */
export function page(
  { input }: JsonRequest,
  items: readonly JsonMembers[],
): { readonly items: readonly JsonMembers[]; readonly NextMarker: string | undefined } {
  const limit = (input.Limit as number | undefined) ?? 100;
  if (limit < 1 || limit > 100)
    throw invalidParameter({
      reason: "The limit must be 1 to 100.",
      field: "ENTITY_LIMIT",
      parameter: String(limit),
    });
  const marker = input.NextMarker as string | undefined;
  const sorted = items.toSorted((a, b) => (String(a.Name) < String(b.Name) ? -1 : 1));
  const rest = marker === undefined ? sorted : sorted.filter(({ Name }) => String(Name) > marker);
  const shown = rest.slice(0, limit);
  return { items: shown, NextMarker: rest.length > limit ? String(shown.at(-1)?.Name) : undefined };
}

const list = <K extends WafKind>(noun: WafNoun<K>): JsonOperation => ({
  name: `List${noun.names}`,
  input: LIST,
  isReadOnly: true,
  resource: () => "*",
  run: (request) => {
    checkScope(request);
    const stored = request.application.account(request.caller.accountId).list(noun.kind, "");
    const { items, NextMarker } = page(
      request,
      stored.map((one) => summary(noun, request, one)),
    );
    return { [noun.names]: items, NextMarker };
  },
});

/** operationsOf makes the operations of a noun. */
export const operationsOf = <K extends WafKind>(noun: WafNoun<K>): readonly JsonOperation[] => [
  create(noun),
  update(noun),
  get(noun),
  remove(noun),
  list(noun),
];

/** The kinds that members of statements refer to by an ARN. */
const REFERRED: Readonly<Record<string, WafResource>> = {
  IPSetReferenceStatement: "ipset",
  RegexPatternSetReferenceStatement: "regexpatternset",
  RuleGroupReferenceStatement: "rulegroup",
};

/** Rules as AWS's clients see them: entities that a manifest names by their ids have ARNs. */
export function shownRules(rules: readonly object[], request: JsonRequest): unknown {
  const withArns = (value: unknown, of?: WafResource): unknown => {
    if (Array.isArray(value)) return value.map((one) => withArns(one));
    if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) =>
        name === "ARN" && of && typeof one === "string" && !one.startsWith("arn:")
          ? [name, arnOf(request, of, one)]
          : [name, withArns(one, REFERRED[name])],
      ),
    );
  };
  return withArns(
    rules.map((rule) => {
      const shown = toAwsNames(rule) as Record<string, unknown>;
      return { ...shown, VisibilityConfig: shown.VisibilityConfig ?? visibilityOf(String(shown.Name)) };
    }),
  );
}

/** What is counted where nothing else is said. */
export const visibilityOf = (name: string): JsonMembers => ({
  SampledRequestsEnabled: true,
  CloudWatchMetricsEnabled: true,
  MetricName: name,
});
