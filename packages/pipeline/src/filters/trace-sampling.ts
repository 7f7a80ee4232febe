import type { TraceSampling } from "@tollgate/telemetry";
import type { Filter, Route } from "../call/call.ts";
import type { Ports } from "../engine/ports.ts";
import { compileSampler, rulesFor } from "../traces/sampler.ts";
import { traceWriter } from "../traces/trace-writer.ts";

/** traceSampling begins the traces of sampled calls of a route. It never replies. */
export function traceSampling(route: Route, ports: Ports): Filter {
  const sample = compileSampler(route.context, ports.traceSampling);
  const write = traceWriter(route, ports);
  return (call) => {
    call.beginTrace(sample, write);
    return undefined;
  };
}

/**
 * tracedOnRequest is for stages of HTTP and WebSocket APIs, which have no setting for traces: they are sampled where somebody receives spans, or where
 * a sampling rule of the account names them.
 */
export const tracedOnRequest = ({ context }: Route, { traceSampling: sampling }: Ports): boolean =>
  isReceived(sampling) ||
  rulesFor(context).some(
    ({ name, fixedRate, reservoirSize }) => name !== "Default" && fixedRate + reservoirSize > 0,
  );

const isReceived = ({ ratio, isStoredOnly }: TraceSampling): boolean => ratio > 0 && !isStoredOnly;
