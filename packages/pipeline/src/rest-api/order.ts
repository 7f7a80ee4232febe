import { sourcesOf } from "@tollgate/config/runtime";
import type { FilterFactory } from "../engine/ports.ts";
import { executionLogging } from "../filters/execution-logging.ts";
import { EDGE_URL_MAX_BYTES, headLimit, URL_MAX_BYTES } from "../filters/head-limit.ts";
import { payloadLimit } from "../filters/payload-limit.ts";
import { responseMetering } from "../filters/response-metering.ts";
import { throttling } from "../filters/throttling.ts";
import { traceSampling } from "../filters/trace-sampling.ts";
import { webAcl } from "../filters/web-acl.ts";
import { apiKey } from "./api-key.ts";
import { authorization } from "./authorizers/authorization.ts";
import type { RestRoute } from "./context.ts";
import { requestValidation } from "./request-validation.ts";

/** inbound is the order of the filters, as AWS handles a request (rest-data-plane: order of handling). */
export const inbound: readonly FilterFactory<RestRoute>[] = [
  (route, ports) => (route.context.tracingEnabled ? traceSampling(route, ports) : undefined), // first, so that a refused call is traced too
  ({ settings, method, context }, ports) => {
    const { identitySource = "" } = context.components.authorizers.get(method?.authorizerId ?? "") ?? {};
    return executionLogging(settings, context, sourcesOf(identitySource), ports);
  }, // and logged
  ({ context }) => headLimit(context.isEdge ? EDGE_URL_MAX_BYTES : URL_MAX_BYTES), // before anything is done with a call
  payloadLimit, // before anything reads the body
  webAcl, // whether the call may come in at all, whoever calls
  authorization, // who calls, and whether they may
  apiKey, // for which customer, within their plan; an authorizer may have given the key
  throttling, // within the limits that all share
  requestValidation, // parameters before body
  responseMetering, // last: what is refused before has no response to read
];
