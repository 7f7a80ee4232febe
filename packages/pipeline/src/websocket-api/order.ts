import type { Filter } from "../call/call.ts";
import { deny } from "../call/errors.ts";
import type { FilterFactory } from "../engine/ports.ts";
import { headLimit } from "../filters/head-limit.ts";
import { throttling } from "../filters/throttling.ts";
import { tracedOnRequest, traceSampling } from "../filters/trace-sampling.ts";
import { webAcl } from "../filters/web-acl.ts";
import { apiKey } from "./api-key.ts";
import { authorization } from "./authorizers/authorization.ts";
import { webSocketStateOf } from "./call-state.ts";
import { connectRate } from "./connect-rate.ts";
import { orderAuthorization } from "./connections/authorization.ts";
import { orderLimit } from "./connections/limit.ts";
import type { Role, WebSocketRoute } from "./context.ts";
import { executionLogging } from "./execution-logging.ts";
import { requestValidation } from "./request-validation.ts";

/** AWS's limit of the URL of a handshake (quotas for WebSocket APIs). */
const URL_MAX_BYTES = 4_096;

const notAsked = deny("DEFAULT_4XX", { status: 426, message: "Upgrade Required" });
const upgradeRequired = { ...notAsked, headers: [...notAsked.headers, "Upgrade", "websocket"] };

/** handshake refuses whoever asks for $connect without asking for a WebSocket. */
const handshake: Filter = (call) => (webSocketStateOf(call) ? undefined : upgradeRequired);

/** Handshakes, messages and ends are traced. */
const traces: FilterFactory<WebSocketRoute> = (route, ports) =>
  tracedOnRequest(route, ports) ? traceSampling(route, ports) : undefined;

/** inbound is the order of the filters of each role. Who calls is settled at $connect: messages are theirs. */
export const inbound: Readonly<Record<Role, readonly FilterFactory<WebSocketRoute>[]>> = {
  connect: [
    () => handshake, // before anything is done for a connection
    traces,
    executionLogging, // what is refused is logged too
    () => headLimit(URL_MAX_BYTES),
    webAcl, // whether the client may come in at all, whoever it is
    authorization, // who connects, and whether they may
    apiKey, // for which customer, within their plan; an authorizer may have given the key
    throttling, // within the limits that all share
    connectRate, // and that of new connections
  ],
  message: [
    traces,
    executionLogging,
    throttling, // the cheapest refusal first
    requestValidation,
  ],
  disconnect: [traces, executionLogging],
  order: [
    orderLimit, // before anything reads the body
    orderAuthorization,
    throttling,
  ],
  unmatched: [throttling],
};
