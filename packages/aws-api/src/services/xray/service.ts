import type { RestJsonService } from "../../protocol/rest-json/endpoint.ts";
import { samplingRuleOperations } from "./sampling-rules.ts";
import { traceOperations } from "./traces.ts";

/** xray is the part of AWS X-Ray that stores and searches traces, and keeps sampling rules. */
export const xray: RestJsonService = {
  name: "xray",
  signingName: "xray",
  version: "2016-04-12",
  // Its paths have no common beginning: it is known by the name that requests are signed for.
  pathPrefix: "/TraceSegments",
  intent: ({ operation: { name } }) => ({ action: `xray:${name}`, resource: "*" }),
  inputsOf: () => undefined,
  operations: [...traceOperations, ...samplingRuleOperations],
};
