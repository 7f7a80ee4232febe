import type { Kind, SpecOf } from "@tollgate/config";
import { identityArn, parsePolicy, uniqueId } from "@tollgate/iam";
import type { AccountView, Draft, Stored } from "../port.ts";
import { IdentityError, noSuchEntity } from "../query/identity-error.ts";
import type { QueryRequest } from "../query/query-service.ts";
import type { XmlObject } from "../query/xml.ts";

/** Kinds that hold policies. */
export type HolderKind = "User" | "Group" | "Role";

const ARN_KIND = { User: "user", Group: "group", Role: "role", ManagedPolicy: "policy" } as const;

/** accountOf is the account of a request as it is now. */
export const accountOf = ({ application, caller }: QueryRequest): AccountView =>
  application.account(caller.accountId);

/** arnOf names an identity or a policy of the account. */
export const arnOf = (accountId: string, { entity }: Stored<HolderKind> | Stored<"ManagedPolicy">): string =>
  identityArn(ARN_KIND[entity.kind], accountId, entity);

/** found is the holder of a name. */
export function found<K extends HolderKind>(account: AccountView, kind: K, name: string): Stored<K> {
  const stored = account.get(kind, "", name);
  if (!stored) throw noSuchEntity(`The ${kind.toLowerCase()} with name ${name} cannot be found.`);
  return stored;
}

/** nameIn is the name that a request gives: of a user it is the caller's own where it gives none. */
export function nameIn({ parameters, caller }: QueryRequest, kind: HolderKind): string {
  const parameter = `${kind}Name`;
  const isOwn = kind === "User" && caller.userName !== "" && parameters.text(parameter) === undefined;
  return isOwn ? caller.userName : parameters.required(parameter);
}

/** resourceOf is what a policy must allow an action on: the holder that a request names, with its path where it is known. */
export const resourceOf = (kind: HolderKind) => (request: QueryRequest) => {
  const { accountId } = request.caller;
  const name = nameIn(request, kind);
  const present = accountOf(request).get(kind, "", name)?.entity.spec;
  const path = present?.path ?? request.parameters.text("Path") ?? "/";
  return identityArn(ARN_KIND[kind], accountId, { id: name, spec: { path } });
};

/** allOf is what a policy must allow a list on. */
export const allOf = (kind: HolderKind | "ManagedPolicy") => (request: QueryRequest) =>
  `arn:aws:iam::${request.caller.accountId}:${ARN_KIND[kind]}/*`;

/** changed is a draft of a holder with other members. */
export const changed = <K extends Kind>({ entity }: Stored<K>, members: Partial<SpecOf<K>>): Draft => ({
  kind: entity.kind,
  apiId: "",
  id: entity.id,
  spec: { ...entity.spec, ...members },
});

/** documentIn reads a policy of a request, or says all that is wrong with it. */
export function documentIn(text: string, kind: "identity" | "trust"): Record<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new IdentityError("MalformedPolicyDocument", `The policy is not JSON: ${(error as Error).message}`);
  }
  const parsed = parsePolicy(document, { kind });
  if (parsed.ok) return document as Record<string, unknown>;
  throw new IdentityError(
    "MalformedPolicyDocument",
    `Syntax errors in policy: ${parsed.problems.map(({ path, message }) => `${path} ${message}`).join("; ")}`,
  );
}

/** documentText is a policy as answers hold it: JSON, escaped as in URLs (RFC 3986). */
export const documentText = (document: object): string =>
  encodeURIComponent(JSON.stringify(document)).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** tagList is tags as answers hold them. */
export const tagList = (tags: Readonly<Record<string, string>> | undefined): XmlObject[] =>
  Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));

/** orNone leaves an empty list out. */
export const orNone = <T>(list: readonly T[]): readonly T[] | undefined =>
  list.length > 0 ? list : undefined;

/** show is a holder as answers hold it. */
export function show(accountId: string, stored: Stored<HolderKind>): XmlObject {
  const { entity, createdUnixMs } = stored;
  const kind = ARN_KIND[entity.kind];
  const own = {
    Path: entity.spec.path,
    [`${entity.kind}Name`]: entity.id,
    [`${entity.kind}Id`]: uniqueId(kind, accountId, entity.id),
    Arn: arnOf(accountId, stored),
    CreateDate: new Date(createdUnixMs),
  };
  if (entity.kind !== "Role") return own;
  const role = entity.spec as SpecOf<"Role">;
  return {
    ...own,
    AssumeRolePolicyDocument: documentText(role.assumeRolePolicyDocument),
    Description: role.description,
    MaxSessionDuration: role.maxSessionDuration,
  };
}

const ITEMS_DEFAULT = 100;
const ITEMS_MAX = 1000;

/** paged is a page of a list: MaxItems of them after Marker, and a Marker where there are more. */
export function paged<T extends XmlObject | string>(
  { parameters }: QueryRequest,
  name: string,
  items: readonly T[],
): XmlObject {
  const size = Math.min(Math.max(parameters.integer("MaxItems") ?? ITEMS_DEFAULT, 1), ITEMS_MAX);
  const marker = parameters.text("Marker") ?? "";
  const from = /^\d{1,9}$/.test(marker) ? Number(marker) : 0;
  const next = from + size;
  const isTruncated = next < items.length;
  return {
    [name]: items.slice(from, next),
    IsTruncated: isTruncated,
    Marker: isTruncated ? String(next) : undefined,
  };
}
