import type { ObserverFactory, WafOutcome, WafRule } from "@tollgate/pipeline";
import { type MetricName, type MetricReading, metricNames } from "@tollgate/telemetry";

const ENDED: Readonly<Record<WafOutcome["action"], MetricName>> = {
  ALLOW: metricNames.wafAllowed,
  BLOCK: metricNames.wafBlocked,
  CAPTCHA: metricNames.wafCaptcha,
  CHALLENGE: metricNames.wafChallenge,
};

/** All rules together, and what no rule ended (AWS WAF: metrics and dimensions). */
const ALL = "ALL";
const DEFAULT_ACTION = "Default_Action";

interface Series {
  readonly name: MetricName;
  readonly attributes: Readonly<Record<string, string>>;
  value: number;
}

/** WebAclMetrics counts what web ACLs did with calls, by rule, in plain numbers that outlive every version of them. */
export class WebAclMetrics {
  readonly #series = new Map<string, Series>();

  readonly factory: ObserverFactory = ({ context: { webAclId } }) =>
    webAclId === undefined ? undefined : ({ waf }) => waf && this.#add(waf);

  #add({ webAcl: { metricName: of }, action, rule, counted }: WafOutcome): void {
    if (of === undefined) return;
    this.#count(ENDED[action], of, ALL);
    if (rule) this.#countRule(ENDED[action], of, rule);
    else this.#count(ENDED[action], of, DEFAULT_ACTION);
    if (counted.length > 0) this.#count(metricNames.wafCounted, of, ALL);
    for (const one of counted) this.#countRule(metricNames.wafCounted, of, one);
  }

  #countRule(name: MetricName, webAcl: string, { metricName }: WafRule): void {
    if (metricName !== undefined) this.#count(name, webAcl, metricName);
  }

  #count(name: MetricName, webAcl: string, rule: string): void {
    const key = `${name} ${webAcl} ${rule}`;
    const known = this.#series.get(key);
    if (known) known.value++;
    else this.#series.set(key, { name, attributes: { WebACL: webAcl, Rule: rule }, value: 1 });
  }

  read(): readonly MetricReading[] {
    return [...this.#series.values()].map((series) => ({ kind: "counter", unit: "{call}", ...series }));
  }
}
