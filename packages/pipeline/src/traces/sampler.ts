import type { SamplingRuleConfig } from "@tollgate/config";
import { isSampled, NOT_SAMPLED, type TraceHeader, type TraceSampling } from "@tollgate/telemetry";
import type { Call } from "../call/call.ts";
import type { RouteContext } from "../call/route-context.ts";
import { stageArnOf } from "./stage-arn.ts";

/** Sample decides whether a call is sampled: by which rule (empty: its caller decided); undefined: it is not. */
export type Sample = (call: Call, incoming: TraceHeader | undefined) => string | undefined;

export const DEFAULT_RULE = "Default";
const SERVICE_TYPE = "AWS::ApiGateway::Stage";

type Decide = (call: Call) => boolean;

/** wildcard compiles a pattern with * and ?, whose case does not matter; undefined: everything matches. */
function wildcard(pattern: string): ((text: string) => boolean) | undefined {
  if (/^\*+$/.test(pattern)) return undefined;
  if (!/[*?]/.test(pattern)) {
    const wanted = pattern.toLowerCase();
    return (text) => text.toLowerCase() === wanted;
  }
  const parts = pattern.toLowerCase().split(/\*+/);
  return (text) => matchesParts(text.toLowerCase(), parts);
}

/** The parts between stars, in their order: no backtracking, whatever the pattern. */
function matchesParts(text: string, parts: readonly string[]): boolean {
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (!startsWith(text, first, 0) || last === undefined)
    return last === undefined && text.length === first.length && startsWith(text, first, 0);
  let at = first.length;
  for (const part of rest) {
    while (at + part.length <= text.length && !startsWith(text, part, at)) at++;
    if (at + part.length > text.length) return false;
    at += part.length;
  }
  return text.length - last.length >= at && startsWith(text, last, text.length - last.length);
}

function startsWith(text: string, part: string, at: number): boolean {
  if (at + part.length > text.length) return false;
  for (let i = 0; i < part.length; i++) if (part[i] !== "?" && part[i] !== text[at + i]) return false;
  return true;
}

const valueOf = ({ headers }: Call, name: string): string => {
  for (let i = 0; i < headers.length; i += 2)
    if ((headers[i] as string).toLowerCase() === name) return headers[i + 1] as string;
  return "";
};

/** Whether a rule is for a call, as far as that depends on the call. */
function conditionsOf({ host, httpMethod, urlPath, attributes }: SamplingRuleConfig): readonly Decide[] {
  const tests: [(call: Call) => string, string][] = [
    [(call) => call.host, host],
    [(call) => call.method, httpMethod],
    [(call) => call.path, urlPath],
    ...Object.entries(attributes).map(([name, pattern]): [(call: Call) => string, string] => [
      (call) => valueOf(call, name.toLowerCase()),
      pattern,
    ]),
  ];
  return tests.flatMap(([read, pattern]) => {
    const matches = wildcard(pattern);
    return matches ? [(call: Call) => matches(read(call))] : [];
  });
}

/** Takes the first calls of each second, then a share of the rest. */
function chosenBy(reservoirSize: number, rate: number): Decide {
  let second = 0;
  let left = 0;
  return ({ startUnixMs }) => {
    const now = Math.trunc(startUnixMs / 1_000);
    if (reservoirSize > 0 && now !== second) {
      second = now;
      // A worker's part of a small reservoir is less than a call: it has one in some of the seconds.
      left = Math.floor(reservoirSize) + (Math.random() < reservoirSize % 1 ? 1 : 0);
    }
    if (left > 0) {
      left--;
      return true;
    }
    return rate > 0 && Math.random() < rate;
  };
}

const isFor = (
  context: RouteContext,
  { serviceName, serviceType, resourceArn }: SamplingRuleConfig,
): boolean =>
  (wildcard(serviceName)?.(`${context.apiName}/${context.stageName}`) ?? true) &&
  (wildcard(serviceType)?.(SERVICE_TYPE) ?? true) &&
  (wildcard(resourceArn)?.(stageArnOf(context)) ?? true);

/** rulesFor are the rules that can choose calls of a stage, in the order in which they are asked; those that always match hide the rest. */
export const rulesFor = (context: RouteContext): readonly SamplingRuleConfig[] =>
  context.samplingRules.filter((rule) => isFor(context, rule)).sort((a, b) => a.priority - b.priority);

/**
 * compileSampler decides by the caller's decision, else by the first rule of the account that matches, else by the settings of the node, which are
 * X-Ray's default rule. Where the settings ignore callers they decide alone.
 */
export function compileSampler(context: RouteContext, sampling: TraceSampling): Sample {
  if (sampling === NOT_SAMPLED) return (_call, incoming) => (incoming?.sampled ? "" : undefined);
  if (sampling.ignoresCaller)
    return (_call, incoming) => (isSampled(sampling, incoming) ? DEFAULT_RULE : undefined);
  const rules = rulesFor(context).map((rule) => ({
    name: rule.name,
    conditions: conditionsOf(rule),
    choose: chosenBy(rule.reservoirSize * (sampling.share ?? 1), rule.fixedRate),
  }));
  const fallback = chosenBy((sampling.reservoir ?? 0) * (sampling.share ?? 1), sampling.ratio);
  return (call, incoming) => {
    if (incoming?.sampled !== undefined) return incoming.sampled ? "" : undefined;
    for (const { name, conditions, choose } of rules) {
      if (!conditions.every((matches) => matches(call))) continue;
      return choose(call) ? name : undefined;
    }
    return fallback(call) ? DEFAULT_RULE : undefined;
  };
}
