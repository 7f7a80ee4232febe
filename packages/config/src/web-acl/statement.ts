import { z } from "zod";
import { ruleAction } from "./actions.ts";
import { exactlyOne, fieldToMatch, textTransformations } from "./field-to-match.ts";

const inspected = { fieldToMatch, textTransformations };

/** What is looked for: text, or bytes in base64. */
const search = {
  searchString: z.string().min(1).max(200).optional(),
  searchStringBase64: z.base64().min(1).optional(),
};

const byteMatchStatement = z
  .strictObject({
    ...search,
    ...inspected,
    positionalConstraint: z.enum(["EXACTLY", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "CONTAINS_WORD"]),
  })
  .refine(
    ({ searchString, searchStringBase64 }) =>
      (searchString === undefined) !== (searchStringBase64 === undefined),
    "must have either searchString or searchStringBase64",
  )
  .refine(
    ({ positionalConstraint, searchString = "" }) =>
      positionalConstraint !== "CONTAINS_WORD" || /^\w+$/.test(searchString),
    { error: "must be a word of a-z, A-Z, 0-9 and _ for CONTAINS_WORD", path: ["searchString"] },
  );

const fallbackBehavior = z.enum(["MATCH", "NO_MATCH"]);
const forwardedIPConfig = z.strictObject({ headerName: z.string().min(1).max(255), fallbackBehavior });

const ipSetReferenceStatement = z.strictObject({
  /** ARN or id of an IpSet. */
  arn: z.string().min(1),
  ipSetForwardedIPConfig: forwardedIPConfig.extend({ position: z.enum(["FIRST", "LAST", "ANY"]) }).optional(),
});

/** LABEL_KEY is what labels, and parts of them, look like. */
export const LABEL_KEY = /^[0-9A-Za-z_\-:]{1,1024}$/;

const labelMatchStatement = z
  .strictObject({
    scope: z.enum(["LABEL", "NAMESPACE"]),
    key: z.string().regex(LABEL_KEY, "must be a label, or a part of one, of a-z, A-Z, 0-9, _, - and :"),
  })
  .refine(({ scope, key }) => scope === "LABEL" || key.endsWith(":"), {
    error: "must end with : for NAMESPACE",
    path: ["key"],
  })
  .refine(({ scope, key }) => scope === "NAMESPACE" || !key.endsWith(":"), {
    error: "must not end with : for LABEL",
    path: ["key"],
  });

const transformed = z.strictObject({ textTransformations });
const transformedName = transformed.extend({ name: z.string().min(1).max(64) });
const whole = z.strictObject({});

/** A part of the key that requests are counted by. */
const customKey = z
  .strictObject({
    header: transformedName.optional(),
    cookie: transformedName.optional(),
    queryArgument: transformedName.optional(),
    queryString: transformed.optional(),
    uriPath: transformed.optional(),
    httpMethod: whole.optional(),
    ip: whole.optional(),
    forwardedIP: whole.optional(),
    labelNamespace: z
      .strictObject({ namespace: z.string().regex(LABEL_KEY).regex(/:$/, "must end with :") })
      .optional(),
  })
  .refine(exactlyOne, "must have exactly one member");

/** Requests of one key over a limit (AWS WAF: RateBasedStatement), without the statement that it may contain. */
const rateBased = z.strictObject({
  limit: z.int().min(10).max(2_000_000_000),
  evaluationWindowSec: z.union([z.literal(60), z.literal(120), z.literal(300), z.literal(600)]).default(300),
  aggregateKeyType: z.enum(["IP", "FORWARDED_IP", "CUSTOM_KEYS", "CONSTANT"]),
  forwardedIPConfig: forwardedIPConfig.optional(),
  customKeys: z.array(customKey).min(1).max(5).optional(),
});

const ruleActionOverrides = z
  .array(z.strictObject({ name: z.string().min(1).max(128), actionToUse: ruleAction }))
  .max(100)
  .optional();
/** The older form of an override with count. */
const excludedRules = z
  .array(z.strictObject({ name: z.string().min(1).max(128) }))
  .max(100)
  .optional();

const managedRuleGroup = z.strictObject({
  vendorName: z.literal("AWS"),
  name: z.string().min(1).max(128),
  /** Accepted as on AWS; there is one version of each group. */
  version: z.string().min(1).max(64).optional(),
  ruleActionOverrides,
  excludedRules,
});

const noSource = (what: string) =>
  z
    .never(`needs a database of ${what}, which Tollgate does not have: use an IpSet with the networks`)
    .optional();

/** The statements that contain no others. */
const simple = z.strictObject({
  byteMatchStatement: byteMatchStatement.optional(),
  regexMatchStatement: z.strictObject({ regexString: z.string().min(1).max(512), ...inspected }).optional(),
  regexPatternSetReferenceStatement: z.strictObject({ arn: z.string().min(1), ...inspected }).optional(),
  sizeConstraintStatement: z
    .strictObject({
      comparisonOperator: z.enum(["EQ", "NE", "LE", "LT", "GE", "GT"]),
      size: z.int().min(0),
      ...inspected,
    })
    .optional(),
  sqliMatchStatement: z
    .strictObject({ sensitivityLevel: z.enum(["LOW", "HIGH"]).default("LOW"), ...inspected })
    .optional(),
  xssMatchStatement: z.strictObject(inspected).optional(),
  ipSetReferenceStatement: ipSetReferenceStatement.optional(),
  labelMatchStatement: labelMatchStatement.optional(),
  geoMatchStatement: noSource("countries"),
  asnMatchStatement: noSource("autonomous systems"),
  ruleGroupReferenceStatement: z
    .strictObject({ arn: z.string().min(1), ruleActionOverrides, excludedRules })
    .optional(),
});

/** Only requests that it matches are counted, or reach the group. */
interface ScopedDown {
  readonly scopeDownStatement?: Statement | undefined;
}

export type RateBasedStatement = z.output<typeof rateBased> & ScopedDown;
export type ManagedRuleGroupStatement = z.output<typeof managedRuleGroup> & ScopedDown;

/** What a rule looks for in a request (AWS WAF: Statement). Exactly one member. */
export interface Statement extends z.output<typeof simple> {
  readonly andStatement?: { readonly statements: readonly Statement[] } | undefined;
  readonly orStatement?: { readonly statements: readonly Statement[] } | undefined;
  readonly notStatement?: { readonly statement: Statement } | undefined;
  readonly rateBasedStatement?: RateBasedStatement | undefined;
  readonly managedRuleGroupStatement?: ManagedRuleGroupStatement | undefined;
}

const nested: z.ZodType<Statement> = z.lazy(() => statement);
const several = z.strictObject({ statements: z.array(nested).min(2) });
const scopedDown = { scopeDownStatement: nested.optional() };

const rateBasedStatement = rateBased
  .extend(scopedDown)
  .refine(
    ({ aggregateKeyType, customKeys }) => (aggregateKeyType === "CUSTOM_KEYS") === (customKeys !== undefined),
    { error: "is required for CUSTOM_KEYS, and allowed for nothing else", path: ["customKeys"] },
  )
  .refine(
    ({ aggregateKeyType, scopeDownStatement }) =>
      aggregateKeyType !== "CONSTANT" || scopeDownStatement !== undefined,
    { error: "is required for CONSTANT", path: ["scopeDownStatement"] },
  )
  .refine(
    ({ aggregateKeyType, customKeys = [], forwardedIPConfig }) =>
      forwardedIPConfig !== undefined ||
      (aggregateKeyType !== "FORWARDED_IP" && !customKeys.some(({ forwardedIP }) => forwardedIP)),
    { error: "is required for a forwarded address", path: ["forwardedIPConfig"] },
  );

export const statement: z.ZodType<Statement> = simple
  .extend({
    andStatement: several.optional(),
    orStatement: several.optional(),
    notStatement: z.strictObject({ statement: nested }).optional(),
    rateBasedStatement: rateBasedStatement.optional(),
    managedRuleGroupStatement: managedRuleGroup.extend(scopedDown).optional(),
  })
  .refine(exactlyOne, "must have exactly one member");

export type ByteMatchStatement = NonNullable<Statement["byteMatchStatement"]>;
export type IpSetReferenceStatement = NonNullable<Statement["ipSetReferenceStatement"]>;
export type RuleGroupReferenceStatement = NonNullable<Statement["ruleGroupReferenceStatement"]>;
export type LabelMatchStatement = NonNullable<Statement["labelMatchStatement"]>;
export type ForwardedIPConfig = z.output<typeof forwardedIPConfig>;
export type CustomKey = z.output<typeof customKey>;

/** The statements directly in a statement, with their places. */
function* nestedIn(of: Statement, at: string): Generator<readonly [Statement, string]> {
  for (const kind of ["andStatement", "orStatement"] as const)
    for (const [i, one] of (of[kind]?.statements ?? []).entries())
      yield [one, `${at}.${kind}.statements[${i}]`];
  if (of.notStatement) yield [of.notStatement.statement, `${at}.notStatement.statement`];
  for (const kind of ["rateBasedStatement", "managedRuleGroupStatement"] as const) {
    const inner = of[kind]?.scopeDownStatement;
    if (inner) yield [inner, `${at}.${kind}.scopeDownStatement`];
  }
}

/** statementsIn visits a statement and all that are nested in it, with their places. */
export function* statementsIn(of: Statement, at: string): Generator<readonly [Statement, string]> {
  yield [of, at];
  for (const [one, place] of nestedIn(of, at)) yield* statementsIn(one, place);
}

/** levelsOf is how deep statements are nested in a statement: 1 for one that contains none. */
export const levelsOf = (of: Statement): number =>
  1 + Math.max(0, ...[...nestedIn(of, "")].map(([one]) => levelsOf(one)));
