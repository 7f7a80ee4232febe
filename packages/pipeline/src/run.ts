import type { Call } from "./call.ts";
import { deny } from "./errors.ts";
import type { Reply } from "./reply.ts";
import type { Filter, Route } from "./route.ts";

/** firstReply runs filters in order until one answers. */
function firstReply(filters: readonly Filter[], call: Call): Reply | undefined {
  for (const filter of filters) {
    const reply = filter(call);
    if (reply) return reply;
  }
  return undefined;
}

/** answer sends a whole reply with the headers that every answer has. */
export function answer(call: Call, { status, headers, body }: Reply): void {
  call.exchange.reply(
    status,
    [...headers, "x-amzn-RequestId", call.requestId, "x-amz-apigw-id", call.extendedRequestId],
    body,
  );
}

/**
 * run carries a routed call from its filters through its integration to its answer. Here is the one catch of the request path: whatever is
 * thrown becomes DEFAULT_5XX, and `report` hears the cause.
 */
export async function run(
  call: Call,
  route: Route,
  report: (error: unknown, call: Call) => void,
): Promise<void> {
  try {
    const reply = firstReply(route.inbound, call) ?? (await route.integrate(call));
    if (reply) answer(call, reply);
  } catch (error) {
    report(error, call);
    answer(call, deny("DEFAULT_5XX"));
  }
}
