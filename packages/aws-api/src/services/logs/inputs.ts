import type { JsonRequest } from "../../protocol/json/operation.ts";
import type { Shape, Structure } from "../../protocol/json/shape.ts";
import { logsError, violates } from "./errors.ts";

export const STRING: Shape = { type: "string" };
export const INTEGER: Shape = { type: "integer" };
export const BOOLEAN: Shape = { type: "boolean" };
export const STRINGS: Shape = { type: "list", of: STRING };
export const TAGS: Shape = { type: "map", of: STRING };

/** inputOf is the shape of an operation's input. */
export const inputOf = (members: Structure["members"], required: readonly string[] = []): Structure => ({
  type: "structure",
  members,
  required,
});

export type Input = JsonRequest["input"];

export const textOf = (input: Input, name: string): string => (input[name] as string | undefined) ?? "";
export const numberOf = (input: Input, name: string): number => (input[name] as number | undefined) ?? 0;
export const tagsOf = (input: Input): Readonly<Record<string, string>> =>
  (input.tags as Readonly<Record<string, string>> | undefined) ?? {};

/** timeOf is a time in milliseconds since 1970; 0: none is given. */
export function timeOf(input: Input, name: string): number {
  const unixMs = numberOf(input, name);
  if (unixMs < 0) throw violates(unixMs, name, "Member must have value greater than or equal to 0");
  return unixMs;
}

/** limitOf is how many items a page has. */
export function limitOf(input: Input, most: number): number {
  const limit = (input.limit as number | undefined) ?? most;
  if (limit > most) throw violates(limit, "limit", `Member must have value less than or equal to ${most}`);
  if (limit < 1) throw violates(limit, "limit", "Member must have value greater than or equal to 1");
  return limit;
}

/** arnOfGroup is the ARN of a group, without the ":*" that some responses have. */
export const arnOfGroup = (
  { region, caller }: Pick<JsonRequest, "region" | "caller">,
  name: string,
): string => `arn:aws:logs:${region}:${caller.accountId}:log-group:${name}`;

/** ownNameOf is the name of a group of the caller in its ARN, or the name itself; undefined: the ARN is of another account. */
export function ownNameOf({ caller }: Pick<JsonRequest, "caller">, text: string): string | undefined {
  const [, accountId, name] = /^arn:[^:]*:logs:[^:]*:(\d*):log-group:([^:]+)/.exec(text) ?? [];
  if (name === undefined) return text;
  return accountId === "" || accountId === caller.accountId ? name : undefined;
}

/** identifiedGroup is the group that a name or an ARN leads to. What another account has does not exist. */
export function identifiedGroup(request: Pick<JsonRequest, "caller">, text: string): string {
  const name = ownNameOf(request, text);
  if (name === undefined)
    throw logsError("ResourceNotFoundException", "The specified log group does not exist.");
  return name;
}

/** groupOf is the group that a request names, by its name or its ARN. */
export function groupOf(request: Pick<JsonRequest, "input" | "caller">): string {
  const { logGroupName: name, logGroupIdentifier: identifier } = request.input as Readonly<
    Record<string, string>
  >;
  if (name !== undefined && identifier !== undefined)
    throw logsError(
      "ValidationException",
      "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
    );
  const given = name ?? identifier;
  if (given === undefined)
    throw logsError("ValidationException", "Either the log group name or the log group ARN must be given.");
  return name ?? identifiedGroup(request, given);
}

/** ofGroup is the resource of an operation on a group. */
export const ofGroup = (request: JsonRequest): string => `${arnOfGroup(request, groupOf(request))}:*`;

/** pageOf is the part of items that follows a token, and the token of the next part: the name of its last item, in base64. */
export function pageOf<T extends { readonly name: string }>(
  items: readonly T[],
  { input, limit }: { readonly input: Input; readonly limit: number },
): { readonly items: readonly T[]; readonly nextToken?: string } {
  const token = textOf(input, "nextToken");
  const after = Buffer.from(token, "base64url").toString("utf8");
  const from = token === "" ? 0 : items.findIndex(({ name }) => name === after) + 1;
  if (token !== "" && from === 0)
    throw logsError("InvalidParameterException", "The specified nextToken is invalid.");
  const page = items.slice(from, from + limit);
  const last = page.at(-1);
  const hasMore = last !== undefined && from + limit < items.length;
  return { items: page, ...(hasMore ? { nextToken: Buffer.from(last.name).toString("base64url") } : {}) };
}
