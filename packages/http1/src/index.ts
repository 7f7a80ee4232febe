export { BadMessage } from "./bad-message.ts";
export { isToken, isValue } from "./characters.ts";
export { type Deliver, MessageBody } from "./message-body.ts";
export { KNOWN_METHODS } from "./methods.ts";
export { checkHeadStart, type RequestHead, readRequestHead } from "./request-head.ts";
export { type ResponseHead, readResponseHead } from "./response-head.ts";
