import type { Call } from "../../call/call.ts";
import { HeaderRule, headerRule } from "../../call/header-rules.ts";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { headerPairs } from "../../values/event-headers.ts";
import { requestPayload } from "../../values/payload.ts";
import { asSent } from "../mapping/as-sent.ts";
import { bodyReadsOf, MessageValues } from "../message-values.ts";
import type { BuildInput } from "./build-input.ts";
import { compileTarget, type Passed } from "./http-target.ts";
import { missingUri } from "./missing-uri.ts";

const NOTHING = Buffer.alloc(0);
/** What is only between the client and the gateway. */
const OWN = HeaderRule.HOST | HeaderRule.TRACE_ID;

/** What of a handshake an upstream is shown. */
function passedOf(call: Call): Passed {
  const headers = headerPairs(call)
    .filter(([name]) => (headerRule(name) & OWN) === 0 && !/^sec-websocket-(?!protocol$)/i.test(name))
    .flat();
  return { headers, query: call.query };
}

/** httpProxy passes a message to an upstream as it came, and its response back as it is. */
export function httpProxy(input: BuildInput): BuildOutcome {
  const { integration, role, ports, at } = input;
  if (integration.integrationUri === undefined) return missingUri(integration, at);
  const target = compileTarget(input, integration.integrationUri);
  if (!target.ok) return target;
  const { contentHandlingStrategy: handling } = integration;
  const reads = bodyReadsOf(target.reads);
  return {
    ok: true,
    integrate: async (call) => {
      const sent = requestPayload(call.wholeBody ?? NOTHING, false, handling);
      const values = await new MessageValues(call).readFor(reads, ports);
      const passed = role === "connect" ? passedOf(call) : undefined;
      const { status, headers, body } = await target.send(values, sent, passed);
      return { status, headers, body: asSent(body) };
    },
  };
}
