import { isUtf8 } from "node:buffer";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Call } from "../call/call.ts";
import { mediaTypeOf } from "../values/binary-media.ts";
import { describeRequest } from "../values/request-event.ts";
import type { RestContext } from "./context.ts";

/** A string of this many characters is quoted in pieces, with turns for others in between: quoting 10 MB at once takes a tenth of a second. */
const PIECE_CHARS = 256 * 1024;

/** quote is the JSON of a string. */
async function quote(text: string): Promise<string> {
  if (text.length <= PIECE_CHARS) return JSON.stringify(text);
  let quoted = '"';
  for (let at = 0; at < text.length; at += PIECE_CHARS) {
    quoted += JSON.stringify(text.slice(at, at + PIECE_CHARS)).slice(1, -1);
    await nextTurn();
  }
  return `${quoted}"`;
}

/** describeRestCall is a call as functions of REST APIs get it, but for its body. */
export function describeRestCall(call: Call, context: RestContext) {
  const described = describeRequest(call, context);
  const { isCanary: isCanaryRequest } = context;
  if (isCanaryRequest === undefined) return described;
  return { ...described, requestContext: { ...described.requestContext, isCanaryRequest } };
}

/** buildProxyEvent is the event of a Lambda proxy integration, payload version 1.0 (AWS: "Input format of a Lambda function for proxy integration"). */
export async function buildProxyEvent(
  call: Call,
  context: RestContext,
  body: Buffer,
  isBinary: (mediaType: string) => boolean,
): Promise<string> {
  const base64 = body.length > 0 && (isBinary(mediaTypeOf(call.contentType)) || !isUtf8(body));
  const text = base64 ? `"${body.toString("base64")}"` : await quote(body.toString("utf8"));
  const request = JSON.stringify(describeRestCall(call, context)).slice(0, -1);
  return `${request},"body":${body.length === 0 ? "null" : text},"isBase64Encoded":${base64}}`;
}
