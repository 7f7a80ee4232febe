import { isUtf8 } from "node:buffer";
import { deny, Refused } from "../call/errors.ts";

/** Payload is a body on its way through a mapping: text, or bytes that no template can read. */
export type Payload = string | Buffer;

export type ContentHandling = "CONVERT_TO_BINARY" | "CONVERT_TO_TEXT" | undefined;

const failed = deny("DEFAULT_5XX");
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** decodeBase64 turns a string into bytes; what is not base64 fails the call. */
function decodeBase64(text: string): Buffer {
  const compact = text.replace(/\s+/g, "");
  if (!BASE64.test(compact)) throw new Refused(failed, "Unable to base64 decode the body.");
  return Buffer.from(compact, "base64");
}

/** textOf reads a payload as text; bytes that are not UTF-8 become U+FFFD. */
export const payloadText = (payload: Payload): string =>
  typeof payload === "string" ? payload : payload.toString("utf8");

/** unread leaves valid UTF-8 as the bytes that it is: most bodies are passed on and read by nobody. */
const unread = (body: Buffer): Payload => (isUtf8(body) ? body : body.toString("utf8"));

/** requestPayload converts a request's body (AWS: content type conversions, request). `binary`: its media type is a binary one. */
export function requestPayload(body: Buffer, binary: boolean, handling: ContentHandling): Payload {
  if (binary) return handling === "CONVERT_TO_TEXT" ? body.toString("base64") : body;
  return handling === "CONVERT_TO_BINARY" ? decodeBase64(body.toString("utf8")) : body.toString("utf8");
}

/** responsePayload converts an integration's body by its own media type and what the client accepts. */
export function responsePayload(
  body: Buffer,
  { binary, accepted }: { binary: boolean; accepted: boolean },
  handling: ContentHandling,
): Payload {
  if (handling === "CONVERT_TO_TEXT") return binary ? body.toString("base64") : body.toString("utf8");
  if (handling === "CONVERT_TO_BINARY") return binary ? body : decodeBase64(body.toString("utf8"));
  if (binary) return accepted ? body : body.toString("base64");
  return accepted ? decodeBase64(body.toString("utf8")) : unread(body);
}

/** templateText is what a template reads; it cannot read bytes that were meant to stay binary. */
export function templateText(payload: Payload, binary: boolean): string {
  if (typeof payload === "string") return payload;
  if (binary) throw new Refused(failed, "Unable to transform request: the body is binary");
  return payload.toString("utf8");
}
