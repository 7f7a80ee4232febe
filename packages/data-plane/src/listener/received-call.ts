import type { IncomingMessage } from "node:http";
import { Call, type CallerOf, type Exchange } from "@tollgate/pipeline";
import { plainAddress } from "./trusted-proxies.ts";

/** CallOf makes the call of a request that has arrived. `nowMs`: of a clock that was read already. */
export type CallOf = (request: IncomingMessage, exchange: Exchange, nowMs?: number) => Call;

/** callsOf makes the calls of a listener. `port` is the port that it is bound to. */
export const callsOf =
  ({ callerOf, port }: { readonly callerOf: CallerOf | undefined; readonly port: () => number }): CallOf =>
  (request, exchange, nowMs = performance.now()) =>
    new Call({
      method: request.method as string,
      url: request.url as string,
      headers: request.rawHeaders,
      exchange,
      sourceIp: plainAddress(request.socket.remoteAddress ?? ""),
      callerOf,
      protocol: request.httpVersion === "1.1" ? "HTTP/1.1" : `HTTP/${request.httpVersion}`,
      scheme: "http",
      port: port(),
      nowMs,
      unixMs: Date.now(),
    });
