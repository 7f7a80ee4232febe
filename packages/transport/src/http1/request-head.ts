import { isToken, isValue } from "@tollgate/http1";
import type { UpstreamBody } from "@tollgate/pipeline";

/** BadRequest: a request that cannot be written in HTTP/1.1. Nothing of it was sent. */
export class BadRequest extends Error {
  readonly code = "ERR_BAD_REQUEST";
}

/** GivenRequest is a request as a caller of the client has it. */
export interface GivenRequest {
  readonly method: string;
  readonly path: string;
  /** Names and values alternate. */
  readonly headers: readonly string[];
  readonly body: UpstreamBody | undefined;
  /** Protocol that is offered; undefined: none. */
  readonly upgrade?: string | undefined;
}

export interface RequestHead {
  readonly text: string;
  /** The connection is not used again. */
  readonly isLast: boolean;
}

/** Methods of which a server expects a body: without one, it is told so (RFC 9110, 8.6). */
const WITH_BODY = new Set(["POST", "PUT", "PATCH"]);
/** Of the connection, which is the client's own. */
const REFUSED = new Set(["transfer-encoding", "keep-alive", "upgrade", "expect"]);
const PATH = /^\/[\x21-\xff]*$/;
const LENGTH = /^\d{1,15}$/;

interface Fields {
  lines: string;
  host: string | undefined;
  length: string | undefined;
  closes: boolean;
}

/** One bit for each length that the name of a header has on which the client itself decides: nearly all others have other lengths. */
const OWN_LENGTHS = (1 << 4) | (1 << 6) | (1 << 7) | (1 << 10) | (1 << 14) | (1 << 17);
const isOwn = ({ length }: string): boolean => length < 18 && ((OWN_LENGTHS >> length) & 1) === 1;

function readOwn(fields: Fields, name: string, value: string): boolean {
  const lower = name.toLowerCase();
  if (lower === "host") {
    if (fields.host !== undefined) throw new BadRequest("Host is repeated");
    fields.host = value;
    return true;
  }
  if (lower === "content-length") {
    if (fields.length !== undefined) throw new BadRequest("Content-Length is repeated");
    fields.length = value;
    return true;
  }
  if (lower === "connection") {
    const options = value.split(",").map((option) => option.trim());
    if (!options.every(isToken)) throw new BadRequest("Connection is not a list of tokens");
    fields.closes ||= options.some((option) => option.toLowerCase() === "close");
    return true;
  }
  if (REFUSED.has(lower)) throw new BadRequest(`${lower} is not a header of requests to upstreams`);
  return false;
}

function lengthLine(fields: Fields, { method, body }: GivenRequest): string {
  const bytes = body?.length ?? 0;
  if (fields.length !== undefined && (!LENGTH.test(fields.length) || Number(fields.length) !== bytes))
    throw new BadRequest("Content-Length is not the length of the body");
  return bytes > 0 || WITH_BODY.has(method) ? `content-length: ${bytes}\r\n` : "";
}

/** requestHead is the head of a request; throws BadRequest. `host` is the host of the upstream. */
export function requestHead(request: GivenRequest, host: string): RequestHead {
  const { method, path, headers, upgrade } = request;
  if (!isToken(method)) throw new BadRequest("the method is not a token");
  if (!PATH.test(path))
    throw new BadRequest("the path does not begin with a slash, or has a character that is not allowed");
  const fields: Fields = { lines: "", host: undefined, length: undefined, closes: false };
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    if (!isToken(name)) throw new BadRequest("the name of a header is not a token");
    if (!isValue(value)) throw new BadRequest(`the value of ${name} has a character that is not allowed`);
    if (!(isOwn(name) && readOwn(fields, name, value))) fields.lines += `${name}: ${value}\r\n`;
  }
  // Some servers send a body after HEAD: what follows on the connection cannot be trusted.
  const isLast = fields.closes || upgrade !== undefined || method === "HEAD";
  const connection =
    upgrade === undefined ? (isLast ? "close" : "keep-alive") : `upgrade\r\nupgrade: ${checked(upgrade)}`;
  const length = lengthLine(fields, request);
  const text = `${method} ${path} HTTP/1.1\r\nhost: ${fields.host ?? host}\r\nconnection: ${connection}\r\n${fields.lines}${length}\r\n`;
  return { text, isLast };
}

function checked(upgrade: string): string {
  if (!isValue(upgrade))
    throw new BadRequest("the protocol that is offered has a character that is not allowed");
  return upgrade;
}
