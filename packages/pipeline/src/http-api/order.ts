import type { FilterFactory } from "../engine/ports.ts";
import { headLimit } from "../filters/head-limit.ts";
import { payloadLimit } from "../filters/payload-limit.ts";
import { responseMetering } from "../filters/response-metering.ts";
import { throttling } from "../filters/throttling.ts";
import { tracedOnRequest, traceSampling } from "../filters/trace-sampling.ts";
import { webAcl } from "../filters/web-acl.ts";
import { authorization } from "./authorizers/authorization.ts";
import type { HttpRoute } from "./context.ts";
import { preflight } from "./cors.ts";

/** inbound is the order of the filters of an HTTP API. */
export const inbound: readonly FilterFactory<HttpRoute>[] = [
  (route, ports) => (tracedOnRequest(route, ports) ? traceSampling(route, ports) : undefined), // first, so that a refused call is traced too
  () => headLimit(), // before anything is done with a call
  payloadLimit, // before anything reads the body
  webAcl, // whether the call may come in at all, whoever calls
  authorization, // who calls, and whether they may
  ({ context }) => preflight(context.cors), // what browsers ask first, where no authorization is before it
  throttling, // within the limits that all share
  responseMetering, // last: what is refused before has no response to read
];
