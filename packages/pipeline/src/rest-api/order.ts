import { apiKey } from "../filters/api-key.ts";
import { authorization } from "./authorizers/authorization.ts";
import { executionLogging } from "../filters/execution-logging.ts";
import { headLimit } from "../filters/head-limit.ts";
import { payloadLimit } from "../filters/payload-limit.ts";
import { requestValidation } from "./request-validation.ts";
import { throttling } from "../filters/throttling.ts";
import { traceSampling } from "../filters/trace-sampling.ts";
import type { Ports } from "../engine/ports.ts";
import type { Filter, Route } from "../engine/route.ts";

/** FilterFactory decides at compile time whether a route needs the filter; undefined: it does not, and pays nothing. */
export type FilterFactory = (route: Route, ports: Ports) => Filter | undefined;

/** inbound is the order of the filters, as AWS handles a request (rest-data-plane: order of handling). */
export const inbound: readonly FilterFactory[] = [
  traceSampling, // first, so that a refused call is traced too
  executionLogging, // and logged
  headLimit, // before anything is done with a call
  payloadLimit, // before anything reads the body
  authorization, // who calls, and whether they may
  apiKey, // for which customer, within their plan; an authorizer may have told the key
  throttling, // within the limits that all share
  requestValidation, // parameters before body
];
