import type { JsonService } from "../../protocol/json/endpoint.ts";
import { associationOperations } from "./association.ts";
import { loggingOperations } from "./logging.ts";
import { managedRuleGroupOperations } from "./managed-rule-groups.ts";
import { ruleOperations } from "./rules.ts";
import { getSampledRequests } from "./sampled-requests.ts";
import { setOperations } from "./sets.ts";
import { tagOperations } from "./tags.ts";

/** wafv2 is the part of AWS WAF that protects stages of REST APIs. */
export const wafv2: JsonService = {
  name: "wafv2",
  signingName: "wafv2",
  version: "2019-07-29",
  jsonVersion: "1.1",
  targetPrefix: "AWSWAF_20190729",
  operations: [
    ...ruleOperations,
    ...setOperations,
    ...associationOperations,
    ...loggingOperations,
    ...tagOperations,
    ...managedRuleGroupOperations,
    getSampledRequests,
  ],
};
