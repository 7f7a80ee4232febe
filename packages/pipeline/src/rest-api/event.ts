import { isUtf8 } from "node:buffer";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Call } from "../call/call.ts";
import { andThen, type Late } from "../engine/late.ts";
import { mediaTypeOf } from "../values/binary-media.ts";
import { describeRequest } from "../values/request-event.ts";
import type { RestContext } from "./context.ts";

/** A string of this many characters is quoted in pieces, with turns for others in between: quoting 10 MB at once takes a tenth of a second. */
const PIECE_CHARS = 256 * 1024;

/** quote is the JSON of a string. A promise: it is a long one. */
const quote = (text: string): Late<string> =>
  text.length <= PIECE_CHARS ? JSON.stringify(text) : quoteInPieces(text);

async function quoteInPieces(text: string): Promise<string> {
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

/** bodyMembers are the members of an event that say what came with the call. */
function bodyMembers(call: Call, body: Buffer, isBinary: (mediaType: string) => boolean): Late<string> {
  if (body.length === 0) return '"body":null,"isBase64Encoded":false';
  if (isBinary(mediaTypeOf(call.contentType)) || !isUtf8(body))
    return `"body":"${body.toString("base64")}","isBase64Encoded":true`;
  return andThen(quote(body.toString("utf8")), (text) => `"body":${text},"isBase64Encoded":false`);
}

/**
 * buildProxyEvent is the event of a Lambda proxy integration, payload version 1.0 (AWS: "Input format of a Lambda function for proxy
 * integration"). A promise: the body is long.
 */
export function buildProxyEvent(
  call: Call,
  context: RestContext,
  body: Buffer,
  isBinary: (mediaType: string) => boolean,
): Late<Buffer> {
  const request = JSON.stringify(describeRestCall(call, context)).slice(0, -1);
  return andThen(bodyMembers(call, body, isBinary), (members) => Buffer.from(`${request},${members}}`));
}
