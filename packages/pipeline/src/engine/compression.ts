import type { Transform } from "node:stream";
import { promisify } from "node:util";
import { createDeflate, createGzip, deflate, deflateSync, gzip, gzipSync } from "node:zlib";
import type { Call } from "../call/call.ts";
import { firstHeader } from "../call/header-lookup.ts";
import type { Reply } from "../call/reply.ts";

/** Smaller bodies are compressed at once; larger ones beside the event loop. */
const AT_ONCE_MAX_BYTES = 16 * 1024;

/** Coding is a Content-Encoding that the gateway makes. */
export interface Coding {
  readonly name: string;
  readonly atOnce: (body: Buffer) => Buffer;
  readonly aside: (body: Buffer) => Promise<Buffer>;
  readonly stream: () => Transform;
}

/** Codings that AWS speaks (AWS: enable payload compression). */
const codings: readonly Coding[] = [
  { name: "gzip", atOnce: (body) => gzipSync(body), aside: promisify(gzip), stream: () => createGzip() },
  {
    name: "deflate",
    atOnce: (body) => deflateSync(body),
    aside: promisify(deflate),
    stream: () => createDeflate(),
  },
];

/** chooseCoding is the coding that a client takes; undefined: none, or the API does not compress bodies of this size. */
export function chooseCoding(call: Call, sizeBytes: number | undefined): Coding | undefined {
  const minimum = call.form.compressedFromBytes;
  if (minimum === undefined || (sizeBytes !== undefined && sizeBytes < minimum)) return undefined;
  const accepted = new Set<string>();
  for (const element of firstHeader(call.headers, "accept-encoding").split(",")) {
    const [name = "", ...parameters] = element.split(";").map((part) => part.trim().toLowerCase());
    if (!parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) accepted.add(name);
  }
  return codings.find(({ name }) => accepted.has(name) || accepted.has("*"));
}

const hasCoding = (headers: readonly string[]) =>
  headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === "content-encoding");

/** compress compresses a reply for a client that takes it, where the API asks for that. */
export function compress(call: Call, reply: Reply): Reply | Promise<Reply> {
  const { body, headers } = reply;
  if (call.form.compressedFromBytes === undefined || body === undefined || hasCoding(headers)) return reply;
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const coding = bytes.length === 0 ? undefined : chooseCoding(call, bytes.length);
  if (!coding) return reply;
  const coded = (smaller: Buffer): Reply => ({
    ...reply,
    headers: [...headers, "Content-Encoding", coding.name],
    body: smaller,
  });
  return bytes.length <= AT_ONCE_MAX_BYTES ? coded(coding.atOnce(bytes)) : coding.aside(bytes).then(coded);
}
