import { z } from "zod";
import { exactlyOne } from "./field-to-match.ts";

/** AWS's statuses for custom responses. */
const STATUSES = [
  200, 201, 202, 204, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 408, 409, 411, 412,
  413, 414, 415, 416, 421, 429, 500, 501, 502, 503, 504, 505,
];
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
/** Visible characters, blanks and tabs: nothing that could end a header. */
const HEADER_VALUE = /^[\t\x20-\x7e]{1,255}$/;

const customHeader = z.strictObject({
  name: z.string().regex(HEADER_NAME, "must be the name of a header"),
  value: z.string().regex(HEADER_VALUE, "must be 1 to 255 visible ASCII characters"),
});

/** Headers that are added to a request: the upstream sees them as x-amzn-waf-{name}. */
const customRequestHandling = z.strictObject({ insertHeaders: z.array(customHeader).min(1).max(10) });

const customResponse = z.strictObject({
  responseCode: z
    .int()
    .refine((status) => STATUSES.includes(status), `must be one of ${STATUSES.join(", ")}`),
  /** Key of one of the customResponseBodies of the web ACL or rule group. */
  customResponseBodyKey: z.string().min(1).max(128).optional(),
  responseHeaders: z.array(customHeader).min(1).max(10).optional(),
});

const passing = z.strictObject({ customRequestHandling: customRequestHandling.optional() });
const blocking = z.strictObject({ customResponse: customResponse.optional() });
const oneOf = "must have exactly one member";

/** What happens with a request that a rule matches (AWS WAF: RuleAction). */
export const ruleAction = z
  .strictObject({
    allow: passing.optional(),
    block: blocking.optional(),
    count: passing.optional(),
    captcha: passing.optional(),
    challenge: passing.optional(),
  })
  .refine(exactlyOne, oneOf);

export type RuleAction = z.output<typeof ruleAction>;
export type CustomResponse = z.output<typeof customResponse>;

/** What happens with a request that no rule ended. */
export const defaultAction = z
  .strictObject({ allow: passing.optional(), block: blocking.optional() })
  .refine(exactlyOne, oneOf);

/** AWS has no custom request handling in override actions (AWS WAF: customized web requests and responses). */
const ofRules = z.never("is not for override actions: use ruleActionOverrides").optional();

/** none: the actions of the group's rules; count: the group only counts. */
export const overrideAction = z
  .strictObject({
    none: z.strictObject({}).optional(),
    count: z.strictObject({ customRequestHandling: ofRules }).optional(),
  })
  .refine(exactlyOne, oneOf);

/** For how long a solved challenge is good. */
export const immunity = z.strictObject({
  immunityTimeProperty: z.strictObject({ immunityTime: z.int().min(60).max(259_200) }),
});

/** Bodies of custom responses, by their keys (AWS: 50, of 4 KB each). */
export const customResponseBodies = z
  .record(
    z.string().regex(/^[\w-]{1,128}$/, "must be 1 to 128 characters of a-z, A-Z, 0-9, _ and -"),
    z.strictObject({
      contentType: z.enum(["TEXT_PLAIN", "TEXT_HTML", "APPLICATION_JSON"]),
      content: z.string().min(1).max(10_240),
    }),
  )
  .refine((bodies) => Object.keys(bodies).length <= 50, "has more than 50 bodies");
