import { MATCH_MAX_MS, MatchTimeout, withinMatchTime } from "@tollgate/patterns";
import type { Call } from "../call/call.ts";
import { deny } from "../call/errors.ts";
import type { Reply } from "../call/reply.ts";
import { readBodyStart } from "../call/request-body.ts";
import type { WafAction, WafOutcome, WafRule } from "../call/waf-outcome.ts";
import { challengeReply, hasToken } from "./challenge.ts";
import { withInserted, withoutInserted } from "./inserted-headers.ts";
import { Inspection } from "./inspection.ts";
import type { LogOutcome } from "./web-acl-log.ts";

/** CompiledAction is what a rule does with a call that it matches. */
export type CompiledAction =
  | { readonly kind: "allow" | "count"; readonly insert: readonly string[] }
  | { readonly kind: "block"; readonly reply: Reply }
  | {
      readonly kind: "captcha" | "challenge";
      readonly insert: readonly string[];
      readonly immunityS: number;
    };

/** CompiledRule is one rule of a web ACL, or of a group in it. */
export interface CompiledRule extends WafRule {
  /** What it needs before it can match. */
  readonly readsBody: boolean;
  /** It has patterns of its author, which may take too long. */
  readonly hasPatterns: boolean;
  readonly matches: (inspection: Inspection) => boolean | Promise<boolean>;
  /** In full. */
  readonly labels: readonly string[];
  readonly action: CompiledAction;
  /** The group that it belongs to only counts: the rule that ends the group leads to this place. */
  readonly leaveTo: number | undefined;
}

export interface WebAclParts {
  readonly accountId: string;
  readonly id: string;
  readonly arn: string;
  readonly metricName: string | undefined;
  readonly isSampled: boolean;
  readonly rules: readonly CompiledRule[];
  readonly defaultAction: CompiledAction;
  /** Bytes of a body that are inspected. */
  readonly bodyBytes: number;
  /** Writes what became of a call; undefined: nothing is logged. */
  readonly log: LogOutcome | undefined;
}

const filtered = deny("WAF_FILTERED");
const NONE: readonly never[] = [];
/** It cannot be known in time whether a rule matches. */
const UNDECIDED = "undecided";
const TOO_LONG: Readonly<Record<string, string>> = {
  true: "it matches",
  false: "it does not match",
  [UNDECIDED]: "the call is blocked, because later rules or the upstream would see whether it matches",
};

const ACTIONS: Readonly<Record<CompiledAction["kind"], WafAction>> = {
  allow: "ALLOW",
  count: "ALLOW",
  block: "BLOCK",
  captcha: "CAPTCHA",
  challenge: "CHALLENGE",
};

/** Walk is one call on its way through the rules. */
class Walk {
  readonly inspection: Inspection;
  readonly counted: CompiledRule[] = [];
  /** Headers for the upstream, names and values alternate. */
  inserted: readonly string[] = [];
  isBodyKnown: boolean;

  constructor(call: Call) {
    this.inspection = new Inspection(call);
    this.isBodyKnown = !call.hasBody;
  }
}

/** WebAcl is a compiled web ACL: immutable, replaced whole. */
export class WebAcl {
  readonly parts: WebAclParts;
  readonly #hasPatterns: boolean;
  /** Most calls match nothing: their outcome is shared. */
  readonly #unmatched: WafOutcome;

  constructor(parts: WebAclParts) {
    this.parts = parts;
    this.#hasPatterns = parts.rules.some(({ hasPatterns }) => hasPatterns);
    this.#unmatched = {
      webAcl: parts,
      action: ACTIONS[parts.defaultAction.kind],
      rule: undefined,
      counted: NONE,
      labels: NONE,
    };
  }

  /** inspect decides about a call; undefined: it goes on, perhaps with headers that it did not come with. */
  inspect(call: Call): Reply | undefined | Promise<Reply | undefined> {
    return this.#from(0, new Walk(call));
  }

  /** The rules from a place on. All their patterns have one time together, over whatever texts: other calls wait for them. */
  #from(start: number, walk: Walk): Reply | undefined | Promise<Reply | undefined> {
    return this.#hasPatterns
      ? withinMatchTime(MATCH_MAX_MS, () => this.#go(start, walk))
      : this.#go(start, walk);
  }

  #go(start: number, walk: Walk): Reply | undefined | Promise<Reply | undefined> {
    const { rules } = this.parts;
    for (let i = start; i < rules.length; ) {
      const rule = rules[i] as CompiledRule;
      if (rule.readsBody && !walk.isBodyKnown) return this.#readBody(walk).then(() => this.#from(i, walk));
      const matched = rule.hasPatterns ? this.#matchesInTime(rule, i, walk) : rule.matches(walk.inspection);
      if (matched === UNDECIDED) return this.#end(blocked, rule, walk);
      if (matched instanceof Promise)
        return matched.then((late) => {
          const then = late ? this.#matched(rule, i, walk) : i + 1;
          return typeof then === "number" ? this.#from(then, walk) : this.#end(then, rule, walk);
        });
      const then = matched ? this.#matched(rule, i, walk) : i + 1;
      if (typeof then !== "number") return this.#end(then, rule, walk);
      i = then;
    }
    return this.#end(this.parts.defaultAction, undefined, walk);
  }

  /**
   * A rule whose patterns take too long matches, unless it would allow the call: nobody gets past by making them slow. Where the call would go on
   * with what the rule adds, both that it is there and that it is missing may let a call pass, so that neither is assumed.
   */
  #matchesInTime(
    rule: CompiledRule,
    at: number,
    { inspection }: Walk,
  ): boolean | Promise<boolean> | typeof UNDECIDED {
    try {
      return rule.matches(inspection);
    } catch (error) {
      if (!(error instanceof MatchTimeout)) throw error;
      const matches = this.#addsAndGoesOn(rule, at) ? UNDECIDED : rule.action.kind !== "allow";
      inspection.call.log?.add(
        `Web ACL: the patterns of ${ruleName(rule)} take too long: ${TOO_LONG[String(matches)]}`,
      );
      return matches;
    }
  }

  /** Whether a call that matches goes on with labels or headers that it would not have otherwise, or without those of the rest of a group. */
  #addsAndGoesOn({ action, leaveTo }: CompiledRule, at: number): boolean {
    if (leaveTo === undefined && (action.kind === "allow" || action.kind === "block")) return false;
    return this.parts.rules
      .slice(at, leaveTo ?? at + 1)
      .some(
        ({ labels, action }) => labels.length > 0 || (action.kind !== "block" && action.insert.length > 0),
      );
  }

  /** The place of the next rule, or the action that ends it. */
  #matched(rule: CompiledRule, at: number, walk: Walk): number | CompiledAction {
    const { action, labels, leaveTo } = rule;
    walk.inspection.labels.push(...labels);
    if (action.kind === "count" || this.#isPassed(action, walk)) {
      walk.counted.push(rule);
      walk.inserted = withInserted(walk.inserted, action.insert);
      return at + 1;
    }
    if (leaveTo === undefined) return action;
    walk.counted.push(rule);
    return leaveTo;
  }

  #isPassed(
    action: CompiledAction,
    { inspection }: Walk,
  ): action is Extract<CompiledAction, { kind: "captcha" | "challenge" }> {
    return (
      (action.kind === "captcha" || action.kind === "challenge") &&
      hasToken(inspection, this.parts.arn, action.immunityS)
    );
  }

  async #readBody(walk: Walk): Promise<void> {
    const { inspection } = walk;
    const { bytes, isCut } = await readBodyStart(inspection.call, this.parts.bodyBytes);
    inspection.body = bytes.toString("latin1");
    inspection.isBodyCut = isCut;
    walk.isBodyKnown = true;
  }

  #end(action: CompiledAction, rule: CompiledRule | undefined, walk: Walk): Reply | undefined {
    const { inspection, counted, inserted } = walk;
    const { call, labels } = inspection;
    call.waf =
      rule === undefined && counted.length === 0 && labels.length === 0
        ? this.#unmatched
        : { webAcl: this.parts, action: ACTIONS[action.kind], rule, counted, labels };
    if (call.log) logOutcome(call, call.waf);
    this.parts.log?.(call, call.waf);
    if (action.kind === "block") return action.reply;
    if (action.kind === "captcha" || action.kind === "challenge")
      return challengeReply(inspection, this.parts.arn, action.kind);
    const added = withInserted(inserted, action.insert);
    if (added.length > 0) {
      call.headers = [...call.headers, ...added];
      call.connection = withoutInserted(call.connection);
    }
    return undefined;
  }
}

/** LiveWebAcl has the current version of a web ACL. */
export interface LiveWebAcl {
  /** undefined: no version of it could be used yet. */
  readonly current: WebAcl | undefined;
}

/** What blocks without a response of its own: WAF_FILTERED, which the API may have customised. */
export const blocked: CompiledAction = { kind: "block", reply: filtered };

const ruleName = ({ name, nameInGroup }: WafRule) => (nameInGroup ? `${name}/${nameInGroup}` : name);

function logOutcome({ log }: Call, { webAcl, action, rule, counted }: WafOutcome): void {
  const others = counted.length === 0 ? "" : `; counted by ${counted.map(ruleName).join(", ")}`;
  log?.add(`Web ACL ${webAcl.arn}: ${action} by ${rule ? ruleName(rule) : "Default_Action"}${others}`);
}
