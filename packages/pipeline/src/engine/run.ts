import { InvalidJson, RenderError } from "@tollgate/mapping";
import { MatchTimeout } from "@tollgate/patterns";
import type { Call, Filter, Route } from "../call/call.ts";
import { deny, Refused, serviceUnavailable, Unavailable } from "../call/errors.ts";
import { logResponse } from "../call/execution-steps.ts";
import type { Reply } from "../call/reply.ts";
import { compress } from "./compression.ts";

/** firstReply runs filters in order until one replies. */
function firstReply(filters: readonly Filter[], call: Call): Reply | undefined | Promise<Reply | undefined> {
  for (let i = 0; i < filters.length; i++) {
    const reply = (filters[i] as Filter)(call);
    if (reply instanceof Promise) return reply.then((late) => late ?? firstReply(filters.slice(i + 1), call));
    if (reply) return reply;
  }
  return undefined;
}

function send(call: Call, { status, headers, body }: Reply): void {
  if (call.log) logResponse(call, status, headers, body);
  call.exchange.reply(status, call.form.finishHead(call, [...headers]), body);
}

/**
 * respond sends a whole reply with the headers that every response has. A gateway response takes the form that the API gave it. A promise:
 * the body is being compressed.
 */
export function respond(call: Call, given: Reply): void | Promise<void> {
  let reply = given;
  if (reply.refusal) {
    call.refusal = reply.refusal;
    reply = call.form.refused(call, reply);
  }
  call.meters?.whole(reply);
  const compressed = compress(call, reply);
  if (compressed instanceof Promise) return compressed.then((small) => send(call, small));
  send(call, compressed);
}

const invalidJson = deny("DEFAULT_4XX", { message: "Invalid JSON in request body" });

/** The gateway response for something thrown; undefined: nothing that a configuration or a client can cause. */
function replyFor(error: unknown, call: Call): Reply | undefined {
  if (error instanceof Refused) return error.reply;
  if (error instanceof InvalidJson) return invalidJson;
  if (error instanceof Unavailable) {
    call.log?.fail(`Execution failed: ${error.message}`);
    // A key that cannot be looked up allows nobody, and is not called wrong; nothing waits without end.
    return serviceUnavailable;
  }
  if (!(error instanceof RenderError || error instanceof MatchTimeout)) return undefined;
  call.log?.fail(`Execution failed due to configuration error: Unable to transform: ${error.message}`);
  return deny("DEFAULT_5XX");
}

function fail(
  call: Call,
  error: unknown,
  report: (error: unknown, call: Call) => void,
): void | Promise<void> {
  const reply = replyFor(error, call);
  if (!reply) report(error, call);
  return respond(call, reply ?? deny("DEFAULT_5XX"));
}

/**
 * run carries a routed call from its filters through its integration to its response; a promise: it has waited for something. Here is the one
 * catch of the request path: a refusal becomes its reply, whatever else is thrown DEFAULT_5XX, and `report` gets the cause.
 */
export function run(
  call: Call,
  route: Route,
  report: (error: unknown, call: Call) => void,
): void | Promise<void> {
  try {
    const filtered = firstReply(route.inbound, call);
    const made =
      filtered instanceof Promise
        ? filtered.then((reply) => reply ?? route.integrate(call))
        : (filtered ?? route.integrate(call));
    const sent =
      made instanceof Promise ? made.then((reply) => reply && respond(call, reply)) : respond(call, made);
    return sent?.catch((error: unknown) => fail(call, error, report));
  } catch (error) {
    return fail(call, error, report);
  }
}
