import { z } from "zod";
import { exactlyOne } from "./field-to-match.ts";
import { LABEL_KEY } from "./statement.ts";

const oneOf = "must have exactly one member";
const everything = z.strictObject({});

/** LOG_DESTINATION is what ARNs of destinations look like: a log group, a bucket or a delivery stream, whose name begins as AWS wants it. */
export const LOG_DESTINATION =
  /^arn:[\w-]+:(?:logs:[\w-]+:\d{12}:log-group:aws-waf-logs-[\w.#/-]+(?::\*)?|s3:::aws-waf-logs-[a-z0-9.-]+(?:\/.+)?|firehose:[\w-]+:\d{12}:deliverystream\/aws-waf-logs-[\w.-]+)$/;

/** A part of requests that is kept out of logs. */
const redactedField = z
  .strictObject({
    singleHeader: z.strictObject({ name: z.string().min(1).max(64) }).optional(),
    uriPath: everything.optional(),
    queryString: everything.optional(),
    method: everything.optional(),
  })
  .refine(exactlyOne, oneOf);

const condition = z
  .strictObject({
    actionCondition: z
      .strictObject({
        action: z.enum(["ALLOW", "BLOCK", "COUNT", "CAPTCHA", "CHALLENGE", "EXCLUDED_AS_COUNT"]),
      })
      .optional(),
    labelNameCondition: z
      .strictObject({
        labelName: z.string().regex(LABEL_KEY, "must be the full name of a label"),
      })
      .optional(),
  })
  .refine(exactlyOne, oneOf);

const behavior = z.enum(["KEEP", "DROP"]);

/** Where the calls that a web ACL inspects are to be logged, and which (AWS WAF: LoggingConfiguration). */
export const logging = z.strictObject({
  logDestinationConfigs: z
    .array(
      z
        .string()
        .regex(
          LOG_DESTINATION,
          "must be the ARN of a log group, bucket or delivery stream whose name begins with aws-waf-logs-",
        ),
    )
    .length(1, "must have exactly one destination"),
  redactedFields: z.array(redactedField).max(100).optional(),
  loggingFilter: z
    .strictObject({
      filters: z
        .array(
          z.strictObject({
            behavior,
            requirement: z.enum(["MEETS_ALL", "MEETS_ANY"]),
            conditions: z.array(condition).min(1),
          }),
        )
        .min(1),
      defaultBehavior: behavior,
    })
    .optional(),
});
