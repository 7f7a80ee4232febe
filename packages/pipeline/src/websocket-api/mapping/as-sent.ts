import { isUtf8 } from "node:buffer";

/** asSent is what an upstream sent as the message that it becomes: text, where it is valid as such; else bytes, which go in a binary frame. */
export const asSent = (body: Buffer): Buffer | string => (isUtf8(body) ? body.toString("utf8") : body);
