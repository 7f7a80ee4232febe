import { AwsError } from "../../aws-error.ts";

/** Errors of wafv2 with the sentences that AWS always says (AWS: WAFV2 API reference, errors; waf-api section 3). */
const MESSAGES = {
  WAFAssociatedItemException:
    "AWS WAF couldn’t perform the operation because your resource is being used by another resource or it’s associated with another resource.",
  WAFDuplicateItemException:
    "AWS WAF couldn’t perform the operation because some resource in your request is a duplicate of an existing one.",
  WAFInternalErrorException:
    "Your request is valid, but AWS WAF couldn’t perform the operation. Retry your request.",
  WAFInvalidParameterException: "",
  WAFLimitsExceededException:
    "AWS WAF couldn’t perform the operation because you exceeded your resource limit.",
  WAFNonexistentItemException: "AWS WAF couldn’t perform the operation because your resource doesn’t exist.",
  WAFOptimisticLockException:
    "AWS WAF couldn’t save your changes because someone changed the resource after you started to edit it. Reapply your changes.",
} as const;

export type WafErrorCode = keyof typeof MESSAGES;

/** wafError is an error response of wafv2; `detail` is said besides AWS's sentence. */
export const wafError = (code: WafErrorCode, detail = ""): AwsError =>
  new AwsError(
    code,
    code === "WAFInternalErrorException" ? 500 : 400,
    [MESSAGES[code], detail].filter((part) => part !== "").join(" "),
  );

/** What the fields of an error are called, by the last member of a path that has a name. */
const FIELDS: readonly (readonly [RegExp, string])[] = [
  [/scope$/i, "SCOPE_VALUE"],
  [/addresses/, "IP_ADDRESS"],
  [/ipAddressVersion/, "IP_ADDRESS_VERSION"],
  [/regularExpressions/, "REGEX_PATTERN_SET"],
  [/logDestinationConfigs/, "LOG_DESTINATION"],
  [/loggingFilter/, "LOGGING_FILTER"],
  [/tags/, "TAGS"],
  [/customResponseBod(?:y|ies)/, "CUSTOM_RESPONSE_BODY"],
  [/customResponse/, "CUSTOM_RESPONSE"],
  [/customRequestHandling/, "CUSTOM_REQUEST_HANDLING"],
  [/fieldToMatch/, "FIELD_TO_MATCH"],
  [/textTransformations/, "TEXT_TRANSFORMATION"],
  [/ipSetForwardedIPConfig/, "IP_SET_FORWARDED_IP_CONFIG"],
  [/forwardedIPConfig/, "FORWARDED_IP_CONFIG"],
  [/rateBasedStatement/, "RATE_BASED_STATEMENT"],
  [/managedRuleGroupStatement/, "MANAGED_RULE_SET_STATEMENT"],
  [/ruleGroupReferenceStatement/, "RULE_GROUP_REFERENCE_STATEMENT"],
  [/ipSetReferenceStatement/, "IP_SET_REFERENCE_STATEMENT"],
  [/regexPatternSetReferenceStatement/, "REGEX_PATTERN_REFERENCE_STATEMENT"],
  [/byteMatchStatement/, "BYTE_MATCH_STATEMENT"],
  [/labelMatchStatement/, "LABEL_MATCH_STATEMENT"],
  [/statement/i, "STATEMENT"],
  [/overrideAction/, "OVERRIDE_ACTION"],
  [/defaultAction/, "DEFAULT_ACTION"],
  [/action/, "RULE_ACTION"],
  [/metricName/, "METRIC_NAME"],
  [/rules/, "RULE"],
];

/** A parameter that is wrong. */
export interface WrongParameter {
  readonly reason: string;
  readonly field: string;
  readonly parameter: string;
}

/** invalidParameter is the error for a parameter, as AWS words it. */
export const invalidParameter = ({ reason, field, parameter }: WrongParameter): AwsError =>
  new AwsError(
    "WAFInvalidParameterException",
    400,
    `Error reason: ${reason}, field: ${field}, parameter: ${parameter}`,
    undefined,
    { Field: field, Parameter: parameter, Reason: reason },
  );

/** invalidAt is invalidParameter for a member of a spec, by its path such as WebAcl/shield.rules[0].statement. */
export const invalidAt = (path: string, reason: string): AwsError =>
  invalidParameter({
    reason,
    field: FIELDS.find(([pattern]) => pattern.test(path))?.[1] ?? "WEB_ACL",
    parameter: path.replace(/^[^.]*\./, ""),
  });
