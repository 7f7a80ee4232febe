import type { Rule, RuleAction, SpecOf, Statement, WebAclConfig } from "@tollgate/config";
import {
  canonicalJson,
  digestOf,
  idOfArn,
  managedRuleGroups,
  type Problem,
  problemAt,
  wafArn,
} from "@tollgate/config/runtime";
import type { AddressRanges } from "@tollgate/iam";
import type { Reply } from "../call/reply.ts";
import type { WafRule } from "../call/waf-outcome.ts";
import { facts } from "../engine/facts.ts";
import type { LogSink } from "../logs/log-sink.ts";
import type { Limiter } from "../runtime/limiter.ts";
import { IMMUNITY_S } from "./challenge.ts";
import { INSERTED } from "./inserted-headers.ts";
import { managedPrefix, ownPrefix } from "./labels.ts";
import { compileRateLimit } from "./rate-limit.ts";
import { compileStatement, type StatementScope, type Test } from "./statements.ts";
import { blocked, type CompiledAction, type CompiledRule, WebAcl } from "./web-acl.ts";
import { webAclLog } from "./web-acl-log.ts";

type Bodies = SpecOf<"WebAcl">["customResponseBodies"];

/** WebAclSources are what web ACLs refer to, by ids. */
export interface WebAclSources {
  readonly ipRanges: (id: string) => AddressRanges | undefined;
  readonly patterns: (id: string) => readonly string[] | undefined;
  readonly ruleGroup: (id: string) => Pick<SpecOf<"RuleGroup">, "rules" | "customResponseBodies"> | undefined;
}

export interface WebAclInput {
  readonly config: WebAclConfig;
  readonly region: string;
  readonly sources: WebAclSources;
  readonly limiter: Limiter;
  readonly logs: LogSink;
}

export type WebAclCompileOutcome =
  | { readonly ok: true; readonly webAcl: WebAcl }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const CONTENT_TYPES = {
  TEXT_PLAIN: "text/plain",
  TEXT_HTML: "text/html",
  APPLICATION_JSON: "application/json",
} as const;

const BODY_KB = 1024;
const DEFAULT_BODY_KB = 16;

function bodyBytesOf({ associationConfig }: WebAclConfig): number {
  const limit = associationConfig?.requestBody.API_GATEWAY?.defaultSizeInspectionLimit;
  return (limit ? Number(limit.slice("KB_".length)) : DEFAULT_BODY_KB) * BODY_KB;
}

type Handling = NonNullable<NonNullable<RuleAction["allow"]>["customRequestHandling"]>;

const inserted = (handling: Handling | undefined): readonly string[] =>
  (handling?.insertHeaders ?? []).flatMap(({ name, value }) => [INSERTED + name, value]);

type Response = NonNullable<NonNullable<RuleAction["block"]>["customResponse"]>;

function responseOf(
  { responseCode, customResponseBodyKey: key, responseHeaders = [] }: Response,
  bodies: Bodies,
): Reply {
  const body = key === undefined ? undefined : bodies?.[key];
  return {
    status: responseCode,
    headers: [
      ...(body ? ["Content-Type", CONTENT_TYPES[body.contentType]] : []),
      ...responseHeaders.flatMap(({ name, value }) => [name, value]),
    ],
    body: body?.content ?? "",
  };
}

interface ActionScope {
  readonly bodies: Bodies;
  readonly captchaS: number;
  readonly challengeS: number;
}

function compileAction(action: RuleAction, { bodies, captchaS, challengeS }: ActionScope): CompiledAction {
  const { allow, block, count, captcha, challenge } = action;
  if (block)
    return block.customResponse
      ? { kind: "block", reply: responseOf(block.customResponse, bodies) }
      : blocked;
  const insert = inserted((allow ?? count ?? captcha ?? challenge)?.customRequestHandling);
  if (captcha) return { kind: "captcha", insert, immunityS: captchaS };
  if (challenge) return { kind: "challenge", insert, immunityS: challengeS };
  return { kind: allow ? "allow" : "count", insert };
}

/** Where a list of rules is: in the web ACL itself, or in a group. */
interface Place {
  readonly at: string;
  readonly scope: StatementScope;
  readonly bodies: Bodies;
}

/** GroupUse is a rule group as a rule of the web ACL uses it. */
interface GroupUse {
  readonly outer: Rule;
  readonly rules: readonly Rule[];
  readonly place: Place;
  readonly overrides: ReadonlyMap<string, RuleAction>;
  readonly scopeDown: Test | undefined;
}

const metricOf = ({ name, visibilityConfig }: Pick<Rule, "name" | "visibilityConfig">): string | undefined =>
  visibilityConfig && !visibilityConfig.cloudWatchMetricsEnabled
    ? undefined
    : (visibilityConfig?.metricName ?? name);

const sampledAsOf = ({
  name,
  visibilityConfig,
}: Pick<Rule, "name" | "visibilityConfig">): string | undefined =>
  visibilityConfig && !visibilityConfig.sampledRequestsEnabled
    ? undefined
    : (visibilityConfig?.metricName ?? name);

/** What a rule is called where it is counted and sampled. */
const shownAs = (rule: Rule) => ({ metricName: metricOf(rule), sampledAs: sampledAsOf(rule) });

const immunityOf = (of: { readonly immunityTimeProperty: { readonly immunityTime: number } } | undefined) =>
  of?.immunityTimeProperty.immunityTime;

/** The actions that a rule refers to by name, of both forms; the later one of a name counts. */
function overridesOf({ managedRuleGroupStatement: managed, ruleGroupReferenceStatement: own }: Statement) {
  const { excludedRules = [], ruleActionOverrides = [] } = managed ?? own ?? {};
  return new Map<string, RuleAction>([
    ...excludedRules.map(({ name }) => [name, { count: {} }] as const),
    ...ruleActionOverrides.map(({ name, actionToUse }) => [name, actionToUse] as const),
  ]);
}

class Compiler {
  readonly #input: WebAclInput;
  readonly #scope: StatementScope;
  readonly #rules: CompiledRule[] = [];

  constructor(input: WebAclInput) {
    this.#input = input;
    const { config, sources } = input;
    this.#scope = {
      labelPrefix: ownPrefix(config.accountId, "webacl", config.id),
      ipRanges: sources.ipRanges,
      patterns: sources.patterns,
      problems: [],
      slots: new Map(),
      readsBody: false,
      hasPatterns: false,
    };
  }

  compile(): WebAclCompileOutcome {
    const { config, region } = this.#input;
    const { accountId, id, rules, customResponseBodies: bodies, visibilityConfig } = config;
    const place = { at: `WebAcl/${id}`, scope: this.#scope, bodies };
    for (const [i, rule] of [...rules.entries()].toSorted(([, a], [, b]) => a.priority - b.priority))
      this.#add(rule, { ...place, at: `${place.at}.rules[${i}]` });
    const { problems } = this.#scope;
    if (problems.length > 0) return { ok: false, problems };
    return {
      ok: true,
      webAcl: new WebAcl({
        log: webAclLog(config, this.#input.logs),
        accountId,
        id,
        arn: wafArn(region, accountId, "webacl", id),
        metricName: metricOf({ name: id, visibilityConfig }),
        isSampled: visibilityConfig?.sampledRequestsEnabled ?? true,
        rules: this.#rules,
        defaultAction: compileAction(config.defaultAction, this.#actionScope(undefined, bodies)),
        bodyBytes: bodyBytesOf(config),
      }),
    };
  }

  #actionScope(rule: Rule | undefined, bodies: Bodies): ActionScope {
    const { captchaConfig, challengeConfig } = this.#input.config;
    return {
      bodies,
      captchaS: immunityOf(rule?.captchaConfig) ?? immunityOf(captchaConfig) ?? IMMUNITY_S,
      challengeS: immunityOf(rule?.challengeConfig) ?? immunityOf(challengeConfig) ?? IMMUNITY_S,
    };
  }

  #add(rule: Rule, place: Place): void {
    const { managedRuleGroupStatement: managed, ruleGroupReferenceStatement: own } = rule.statement;
    if (managed ?? own) {
      const use = this.#groupUse(rule, place);
      if (use) this.#addGroup(use);
      return;
    }
    this.#push({ rule, place, name: rule.name, nameInGroup: undefined, ...shownAs(rule) });
  }

  #groupUse(outer: Rule, { at, scope }: Place): GroupUse | undefined {
    const { managedRuleGroupStatement: managed, ruleGroupReferenceStatement: own } = outer.statement;
    const { accountId } = this.#input.config;
    const overrides = overridesOf(outer.statement);
    scope.readsBody = false;
    scope.hasPatterns = false;
    if (managed) {
      const group = managedRuleGroups.get(managed.name);
      const place = `${at}.statement.managedRuleGroupStatement`;
      const scopeDown =
        managed.scopeDownStatement &&
        compileStatement(managed.scopeDownStatement, scope, `${place}.scopeDownStatement`);
      const inside = { ...scope, labelPrefix: managedPrefix(group?.namespace ?? "") };
      const rules = group?.rules ?? [];
      return { outer, rules, overrides, scopeDown, place: { at: place, scope: inside, bodies: undefined } };
    }
    const id = idOfArn(own?.arn ?? "");
    const group = this.#input.sources.ruleGroup(id);
    const place = `${at}.statement.ruleGroupReferenceStatement`;
    if (!group) {
      scope.problems.push(problemAt(`${place}.arn`, facts.SET_MISSING({ kind: "RuleGroup", id })));
      return undefined;
    }
    const inside = { ...scope, labelPrefix: ownPrefix(accountId, "rulegroup", id) };
    const bodies = group.customResponseBodies;
    return {
      outer,
      rules: group.rules,
      overrides,
      scopeDown: undefined,
      place: { at: place, scope: inside, bodies },
    };
  }

  #addGroup({ outer, rules, place, overrides, scopeDown }: GroupUse): void {
    const sorted = rules.toSorted((a, b) => a.priority - b.priority);
    const leaveTo = outer.overrideAction?.count ? this.#rules.length + sorted.length : undefined;
    for (const rule of sorted)
      this.#push({
        rule: { ...rule, action: overrides.get(rule.name) ?? rule.action },
        place: {
          ...place,
          at: `${place.at}(${rule.name})`,
          // An override is part of the web ACL.
          bodies: overrides.has(rule.name) ? this.#input.config.customResponseBodies : place.bodies,
        },
        name: outer.name,
        nameInGroup: rule.name,
        ...shownAs(outer),
        leaveTo,
        scopeDown,
      });
  }

  #push({
    rule,
    place: { at, scope, bodies },
    scopeDown,
    leaveTo,
    ...names
  }: Pick<CompiledRule, keyof WafRule> & {
    readonly rule: Rule;
    readonly place: Place;
    readonly scopeDown?: Test | undefined;
    readonly leaveTo?: number | undefined;
  }): void {
    scope.readsBody = false;
    scope.hasPatterns = false;
    const test = this.#test(rule, scope, {
      at,
      path: names.nameInGroup === undefined ? names.name : `${names.name}/${names.nameInGroup}`,
    });
    this.#rules.push({
      ...names,
      readsBody: scope.readsBody || (scopeDown !== undefined && this.#scope.readsBody),
      hasPatterns: scope.hasPatterns || (scopeDown !== undefined && this.#scope.hasPatterns),
      matches: scopeDown ? (inspection) => scopeDown(inspection) && test(inspection) : test,
      labels: (rule.ruleLabels ?? []).map(({ name }) => scope.labelPrefix + name),
      action: compileAction(rule.action ?? { count: {} }, this.#actionScope(rule, bodies)),
      leaveTo,
    });
  }

  /** `path` names the rule, and for rules of groups the group's use. */
  #test(
    rule: Rule,
    scope: StatementScope,
    { at, path }: { readonly at: string; readonly path: string },
  ): CompiledRule["matches"] {
    const { rateBasedStatement: rate } = rule.statement;
    const { config, limiter } = this.#input;
    if (!rate) return compileStatement(rule.statement, scope, `${at}.statement`);
    // A changed rule counts anew.
    const version = digestOf(canonicalJson(rate)).slice(0, 8);
    const bucket = `waf/${config.accountId}/${config.id}/${path}/${version}`;
    return compileRateLimit(rate, scope, { at: `${at}.statement`, bucket, limiter });
  }
}

/** compileWebAcl turns a web ACL into rules that run, or reports everything that keeps it from that. */
export const compileWebAcl = (input: WebAclInput): WebAclCompileOutcome => new Compiler(input).compile();
