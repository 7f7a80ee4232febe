import { isUtf8 } from "node:buffer";
import { deny, Refused } from "../call/errors.ts";
import { decodeBase64 } from "./base64.ts";

/** Payload is a body on its way through a mapping. */
export interface Payload {
  readonly bytes: Buffer;
  /** Valid UTF-8, which templates can read; false: bytes that nothing may read as text. */
  readonly isText: boolean;
}

export type ContentHandling = "CONVERT_TO_BINARY" | "CONVERT_TO_TEXT" | undefined;

const failed = deny("DEFAULT_5XX");

const binaryOf = (bytes: Buffer): Payload => ({ bytes, isText: false });

/** Valid UTF-8 stays the bytes that it is: most bodies are passed on and read by nobody. All others get U+FFFD where they are invalid. */
const textOf = (body: Buffer): Payload => ({
  bytes: isUtf8(body) ? body : Buffer.from(body.toString("utf8")),
  isText: true,
});

const encoded = (body: Buffer): Payload => ({
  bytes: Buffer.from(body.toString("base64"), "latin1"),
  isText: true,
});

/** What is not base64 fails the call. */
function decoded(body: Buffer): Payload {
  const bytes = decodeBase64(body.toString("latin1"));
  if (bytes === undefined) throw new Refused(failed, "Unable to base64 decode the body.");
  return binaryOf(bytes);
}

/** payloadText reads a payload, whatever it is. */
export const payloadText = ({ bytes }: Payload): string => bytes.toString("utf8");

/** requestPayload converts a request's body (AWS: content type conversions, request). `binary`: its media type is a binary one. */
export function requestPayload(body: Buffer, binary: boolean, handling: ContentHandling): Payload {
  if (binary) return handling === "CONVERT_TO_TEXT" ? encoded(body) : binaryOf(body);
  return handling === "CONVERT_TO_BINARY" ? decoded(body) : textOf(body);
}

/** responsePayload converts an integration's body by its own media type and what the client accepts. */
export function responsePayload(
  body: Buffer,
  { binary, accepted }: { binary: boolean; accepted: boolean },
  handling: ContentHandling,
): Payload {
  const toBinary = handling === "CONVERT_TO_BINARY" || (handling === undefined && accepted);
  if (toBinary) return binary ? binaryOf(body) : decoded(body);
  return binary ? encoded(body) : textOf(body);
}

/** templateText is what a template reads; a payload that is binary, or was made so, fails the call. */
export function templateText(payload: Payload): string {
  if (!payload.isText) throw new Refused(failed, "Unable to transform request: the body is binary");
  return payloadText(payload);
}
