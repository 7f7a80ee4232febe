import type { Call, ObserverFactory, WafAction, WafRule } from "@tollgate/pipeline";
import { fullPath, isInsertedByWebAcl, isSecretHeader, withoutNamedSecrets } from "@tollgate/pipeline/node";
import { type Sampled, SampleReservoir, type Samples } from "./sample-reservoir.ts";

/** AWS has samples of the last three hours (AWS WAF: GetSampledRequests). */
export const KEPT_MS = 3 * 60 * 60 * 1000;
const PER_MINUTE = 10;
const SAMPLES_MAX = 4_000;
const SLOTS_MAX = 20_000;
/** Of a sample: what is longer is cut. */
const HEADERS_MAX_BYTES = 4 * 1024;
const URI_MAX_CHARS = 1024;

/** All calls of a web ACL, and those that no rule ended. */
const ALL = "ALL";
const DEFAULT_ACTION = "Default_Action";

/** Credentials stay out of samples: whoever may look at them need not be who may use them. */
const REDACTED = "REDACTED";

/** SampleAsk asks for samples of a rule of a web ACL, by what it is counted as. */
export interface SampleAsk {
  readonly webAclArn: string;
  readonly metricName: string;
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  readonly limit: number;
}

/** Its own characters: a part of a text would keep the whole text in memory. */
const copied = (text: string, maxChars: number): string =>
  Buffer.from(text.slice(0, maxChars), "latin1").toString("latin1");

type Header = readonly [name: string, value: string];

/** SampledCall is a call, and what a rule did with it. */
export interface SampledCall {
  readonly unixMs: number;
  readonly clientIp: string;
  readonly method: string;
  readonly uri: string;
  readonly httpVersion: string;
  readonly headers: readonly Header[];
  readonly inserted: readonly Header[];
  readonly action: WafAction | "COUNT";
  readonly nameInGroup: string | undefined;
  /** Of what the web ACL responded; undefined: it let the call pass. */
  readonly responseCode: number | undefined;
  readonly labels: readonly string[];
}

function headersOf({ headers }: Call): { readonly headers: Header[]; readonly inserted: Header[] } {
  const of = { headers: [] as Header[], inserted: [] as Header[] };
  let leftBytes = HEADERS_MAX_BYTES;
  for (let i = 0; i < headers.length && leftBytes > 0; i += 2) {
    const name = headers[i] as string;
    if (name.length > leftBytes) break;
    const value = isSecretHeader(name) ? REDACTED : withoutNamedSecrets(headers[i + 1] as string);
    (isInsertedByWebAcl(name) ? of.inserted : of.headers).push([
      name,
      value.length > leftBytes - name.length ? copied(value, leftBytes - name.length) : value,
    ]);
    leftBytes -= name.length + value.length;
  }
  return of;
}

function sampleOf(call: Call, action: SampledCall["action"], rule: WafRule | undefined): SampledCall {
  return {
    unixMs: call.startUnixMs,
    clientIp: call.sourceIp,
    method: call.method,
    uri: copied(fullPath(call), URI_MAX_CHARS),
    httpVersion: call.protocol,
    ...headersOf(call),
    action,
    nameInGroup: rule?.nameInGroup,
    responseCode: action === "ALLOW" || action === "COUNT" ? undefined : call.status,
    labels: call.waf?.labels ?? [],
  };
}

/** WebAclSamples keeps some of the calls that web ACLs inspected, by rule. */
export class WebAclSamples {
  readonly #kept = new SampleReservoir<SampledCall>({
    perMinute: PER_MINUTE,
    keptMs: KEPT_MS,
    samplesMax: SAMPLES_MAX,
    slotsMax: SLOTS_MAX,
    random: Math.random,
  });

  readonly factory: ObserverFactory = ({ context: { webAclId } }) =>
    webAclId === undefined ? undefined : (call) => this.#observe(call);

  #observe(call: Call): void {
    if (!call.waf) return;
    const { webAcl, action, rule, counted } = call.waf;
    const add = (as: string, what: SampledCall["action"], by: WafRule | undefined) =>
      this.#kept.add(`${webAcl.arn} ${as}`, call.startUnixMs, () => sampleOf(call, what, by));
    if (webAcl.isSampled) add(ALL, action, rule);
    if (rule === undefined) {
      if (webAcl.isSampled) add(DEFAULT_ACTION, action, undefined);
    } else if (rule.sampledAs !== undefined) add(rule.sampledAs, action, rule);
    for (const one of counted) if (one.sampledAs !== undefined) add(one.sampledAs, "COUNT", one);
  }

  /** list returns samples, the last one first. */
  list({ webAclArn, metricName, startUnixMs, endUnixMs, limit }: SampleAsk): Samples<SampledCall> {
    const { population, samples } = this.#kept.between(`${webAclArn} ${metricName}`, startUnixMs, endUnixMs);
    const isMeant = ({ sample: { unixMs } }: Sampled<SampledCall>) =>
      unixMs >= startUnixMs && unixMs <= endUnixMs;
    return mergeSamples([{ population, samples: samples.filter(isMeant) }], limit);
  }
}

/** mergeSamples joins samples of several places, the last one first. Where they are more than the limit, those that stay stand for the others. */
export function mergeSamples(parts: readonly Samples<SampledCall>[], limit: number): Samples<SampledCall> {
  const all = parts.flatMap(({ samples }) => samples).sort((a, b) => b.sample.unixMs - a.sample.unixMs);
  const step = Math.max(1, all.length / limit);
  return {
    population: parts.reduce((sum, { population }) => sum + population, 0),
    samples: all
      .filter((_, i) => Math.floor(i / step) > Math.floor((i - 1) / step))
      .map(({ sample, weight }) => ({ sample, weight: weight * step })),
  };
}
