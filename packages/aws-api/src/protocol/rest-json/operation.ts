import { CommonError } from "../../aws-error.ts";
import type { ApplicationPort } from "../../port.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** AwsRequest is one call of an operation, authenticated and parsed. */
export interface AwsRequest {
  readonly accountId: string;
  readonly region: string;
  /** Path parameters, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
  /** The body, if the operation's body is not JSON. */
  readonly text: string;
  /** Media types that the caller accepts. */
  readonly accept: string;
  readonly application: ApplicationPort;
}

/** RawResponse is a response that is a file instead of JSON. */
export class RawResponse {
  readonly content: Buffer;
  readonly headers: Readonly<Record<string, string>>;

  constructor(content: Buffer, headers: Readonly<Record<string, string>>) {
    this.content = content;
    this.headers = headers;
  }
}

/** What an operation returns; undefined: the response is empty. */
export type Output = JsonObject | RawResponse | undefined;

/** Operation is one row of a service's table. */
export interface Operation {
  readonly name: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** For example /restapis/{restapi_id}. */
  readonly path: string;
  /** A query that distinguishes operations with the same path, such as mode=import. */
  readonly where?: readonly [name: string, value: string];
  readonly status: number;
  /** Whether the body is not a JSON object but another text. */
  readonly takesText?: boolean;
  /** Absent: those of GET are. */
  readonly isReadOnly?: boolean;
  /** What of the body is recorded in the audit log; absent: all of it. */
  readonly recorded?: (body: JsonObject) => JsonObject;
  readonly run: (request: AwsRequest) => Output | Promise<Output>;
}

/** pathParameter returns a parameter of the operation's path. */
export const pathParameter = ({ path }: AwsRequest, name: string): string => path[name] ?? "";

interface Types {
  string: string;
  boolean: boolean;
  number: number;
  map: JsonObject;
  list: readonly unknown[];
}

const TYPES: Readonly<Record<keyof Types, string>> = {
  string: "an String",
  boolean: "an Boolean",
  number: "an Integer",
  map: "a Map",
  list: "a List",
};
const JAVA: Readonly<Record<keyof Types, string>> = {
  string: "class java.lang.String",
  boolean: "class java.lang.Boolean",
  number: "class com.amazon.coral.value.json.numbers.TruncatingBigNumber",
  map: "class java.util.LinkedHashMap",
  list: "class java.util.ArrayList",
};

function typeOf(value: unknown): keyof Types {
  if (Array.isArray(value)) return "list";
  return typeof value === "object" ? "map" : (typeof value as "string" | "boolean" | "number");
}

/** checkType throws unless a value has a JSON type; null has all. A wrong type is a SerializationException, as on AWS. */
export function checkType(value: unknown, type: keyof Types): void {
  if (value === undefined || value === null) return;
  const given = typeOf(value);
  if (given !== type)
    throw new CommonError("serialization", `${JAVA[given]} can not be converted to ${TYPES[type]}`);
}

/** member reads a member of a body; null is absent. A value of the wrong JSON type is a SerializationException, as on AWS. */
export function member<T extends keyof Types>(body: JsonObject, name: string, type: T): Types[T] | undefined {
  const value = body[name];
  checkType(value, type);
  return value === null ? undefined : (value as Types[T] | undefined);
}

/** textMap reads a member that is a map of strings, without null values. */
export function textMap(body: JsonObject, name: string): Readonly<Record<string, string>> {
  const map = member(body, name, "map") ?? {};
  return Object.fromEntries(
    Object.keys(map).flatMap((key) => {
      const text = member(map, key, "string");
      return text === undefined ? [] : [[key, text] as const];
    }),
  );
}

/** compact leaves out members that are undefined. */
export const compact = (members: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/** orAbsent turns an empty map or list into undefined, because AWS omits empty ones. */
export const orAbsent = <T extends object>(value: T | undefined): T | undefined =>
  value === undefined || Object.keys(value).length === 0 ? undefined : value;

/** timestamp returns a time as version 1 writes it: seconds since 1970. */
export const timestamp = (unixMs: number): number | undefined =>
  unixMs === 0 ? undefined : Math.trunc(unixMs / 1000);
