/** What a web ACL did with a call, as AWS's logs and metrics name it. */
export type WafAction = "ALLOW" | "BLOCK" | "CAPTCHA" | "CHALLENGE";

/** WafRule names a rule of a web ACL, or of a group in it. */
export interface WafRule {
  /** The web ACL's rule, and for rules of groups the group's own. */
  readonly name: string;
  readonly nameInGroup: string | undefined;
  /** Its name in metrics; undefined: it is not counted. */
  readonly metricName: string | undefined;
  /** What its calls are sampled as; undefined: they are not. */
  readonly sampledAs: string | undefined;
}

/** WafOutcome is what became of a call at its web ACL. */
export interface WafOutcome {
  readonly webAcl: {
    readonly arn: string;
    readonly metricName: string | undefined;
    /** Whether calls are sampled for the web ACL itself: those that no rule ended, and all together. */
    readonly isSampled: boolean;
  };
  readonly action: WafAction;
  /** The rule that ended it; undefined: the default action did. */
  readonly rule: WafRule | undefined;
  /** Rules that matched and counted, in their order. */
  readonly counted: readonly WafRule[];
  readonly labels: readonly string[];
}
