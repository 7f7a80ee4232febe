import type { HolderKind, SpecOf } from "@tollgate/config";
import { identityArn, uniqueId } from "@tollgate/iam";
import type { Holder } from "../../identity-port.ts";
import type { Stored } from "../../port.ts";
import type { QueryRequest } from "../../protocol/query/operation.ts";
import type { XmlObject } from "../../protocol/query/xml.ts";

export const ARN_KIND = { User: "user", Group: "group", Role: "role", ManagedPolicy: "policy" } as const;

/** nameIn returns the name in a request. Without a name of a user, it is the caller's own. */
function nameIn({ parameters, caller }: QueryRequest, kind: HolderKind): string {
  const parameter = `${kind}Name`;
  const isOwn = kind === "User" && caller.userName !== "" && parameters.text(parameter) === undefined;
  return isOwn ? caller.userName : parameters.required(parameter);
}

/** holderIn returns the user, group or role that a request names. */
export const holderIn = <K extends HolderKind>(request: QueryRequest, kind: K): Holder<K> => ({
  kind,
  name: nameIn(request, kind),
});

/** resourceOf returns the ARN on which a policy must allow an action: the holder that a request names, with its path if it is known. */
export const resourceOf = (kind: HolderKind) => (request: QueryRequest) => {
  const { accountId } = request.caller;
  const name = nameIn(request, kind);
  const present = request.application.account(accountId).get(kind, "", name)?.entity.spec;
  const path = present?.path ?? request.parameters.text("Path") ?? "/";
  return identityArn(ARN_KIND[kind], accountId, { id: name, spec: { path } });
};

/** allOf returns the ARN on which a policy must allow a list. */
export const allOf = (kind: HolderKind | "ManagedPolicy") => (request: QueryRequest) =>
  `arn:aws:iam::${request.caller.accountId}:${ARN_KIND[kind]}/*`;

/** documentText returns a policy as in responses: JSON, escaped as in URLs (RFC 3986). */
export const documentText = (document: object): string =>
  encodeURIComponent(JSON.stringify(document)).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** tagList returns tags as in responses. */
export const tagList = (tags: Readonly<Record<string, string>> | undefined): XmlObject[] =>
  Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));

/** orNone turns an empty list into undefined. */
export const orNone = <T>(list: readonly T[]): readonly T[] | undefined =>
  list.length > 0 ? list : undefined;

/** show returns a holder as in responses. */
export function show(accountId: string, { entity, createdUnixMs }: Stored<HolderKind>): XmlObject {
  const kind = ARN_KIND[entity.kind];
  const own = {
    Path: entity.spec.path,
    [`${entity.kind}Name`]: entity.id,
    [`${entity.kind}Id`]: uniqueId(kind, accountId, entity.id),
    Arn: identityArn(kind, accountId, entity),
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

/** paged returns a page of a list: MaxItems items after Marker, and a Marker if there are more. */
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
