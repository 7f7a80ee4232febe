import { createHash } from "node:crypto";
import type { CustomKey, ForwardedIPConfig, RateBasedStatement } from "@tollgate/config";
import { canonicalAddress } from "@tollgate/iam";
import type { Limiter } from "../runtime/limiter.ts";
import { firstForwarded } from "./client-address.ts";
import { argumentName, bytesOfName, type Inspection } from "./inspection.ts";
import { compileStatement, type StatementScope, type Test } from "./statements.ts";
import { compileTransformations } from "./transformations.ts";

/** RateTest says whether the requests of a key are over their limit; it takes part of the limit if it does not. */
export type RateTest = (inspection: Inspection) => boolean | Promise<boolean>;

/** A forwarded address that is none: the fallback of the rule decides. */
const NO_ADDRESS = Symbol("no address");

/** The part of a request that it is counted by; undefined: it has none, and is not counted. */
type ReadKey = (inspection: Inspection) => string | typeof NO_ADDRESS | undefined;

/** Keys that are longer are counted by their digest. */
const KEY_MAX_CHARS = 64;

function valueKey(
  read: (inspection: Inspection) => readonly string[],
  part: { readonly textTransformations: Parameters<typeof compileTransformations>[0] },
): ReadKey {
  const transform = compileTransformations(part.textTransformations) ?? ((text) => text);
  return (inspection) => {
    const values = read(inspection);
    return values.length === 0 ? undefined : values.map(transform).join(",");
  };
}

const forwardedKey =
  (config: ForwardedIPConfig | undefined): ReadKey =>
  (inspection) => {
    const address = config && firstForwarded(inspection, config);
    return address === undefined ? undefined : (canonicalAddress(address) ?? NO_ADDRESS);
  };

const addressKey: ReadKey = ({ call }) => call.sourceIp;

function customKey(key: CustomKey, forwarded: ForwardedIPConfig | undefined, labelPrefix: string): ReadKey {
  const { header, cookie, queryArgument, queryString, uriPath, labelNamespace } = key;
  if (header) {
    const name = header.name.toLowerCase();
    return valueKey((inspection) => inspection.headerValues(name), header);
  }
  if (cookie) {
    const wanted = bytesOfName(cookie.name);
    return valueKey(
      ({ cookies }) => cookies.pairs.flatMap(([name, value]) => (name === wanted ? [value] : [])),
      cookie,
    );
  }
  if (queryArgument) {
    const name = argumentName(queryArgument.name);
    return valueKey((inspection) => inspection.argumentValues(name), queryArgument);
  }
  if (queryString) return valueKey(({ call: { query } }) => (query === "" ? [] : [query]), queryString);
  if (uriPath) return valueKey(({ path }) => [path], uriPath);
  if (labelNamespace) {
    const { namespace } = labelNamespace;
    const prefix = namespace.startsWith("awswaf:") ? namespace : labelPrefix + namespace;
    return ({ labels }) => {
      const found = labels.filter((label) => label.startsWith(prefix));
      return found.length === 0 ? undefined : found.join(",");
    };
  }
  if (key.httpMethod) return ({ call }) => call.method;
  return key.forwardedIP ? forwardedKey(forwarded) : addressKey;
}

function keyOf(
  { aggregateKeyType, forwardedIPConfig, customKeys = [] }: RateBasedStatement,
  labelPrefix: string,
): ReadKey {
  if (aggregateKeyType === "IP") return addressKey;
  if (aggregateKeyType === "CONSTANT") return () => "";
  if (aggregateKeyType === "FORWARDED_IP") return forwardedKey(forwardedIPConfig);
  const parts = customKeys.map((key) => customKey(key, forwardedIPConfig, labelPrefix));
  return (inspection) => {
    const values: string[] = [];
    for (const part of parts) {
      const value = part(inspection);
      if (typeof value !== "string") return value;
      values.push(value);
    }
    return JSON.stringify(values);
  };
}

const short = (key: string): string =>
  key.length <= KEY_MAX_CHARS ? key : createHash("sha256").update(key).digest("base64");

const everything: Test = () => true;

/**
 * compileRateLimit makes the test of a rate-based statement. Each key has a bucket of `limit` tokens that fills up again over the window, so that
 * the limit holds exactly, over all workers and nodes that share their limits (ADR 0034). `bucket` names the rule and its version.
 */
export function compileRateLimit(
  of: RateBasedStatement,
  scope: StatementScope,
  { at, bucket, limiter }: { readonly at: string; readonly bucket: string; readonly limiter: Limiter },
): RateTest {
  const { limit, evaluationWindowSec, scopeDownStatement, forwardedIPConfig } = of;
  const isCounted = scopeDownStatement
    ? compileStatement(scopeDownStatement, scope, `${at}.rateBasedStatement.scopeDownStatement`)
    : everything;
  const read = keyOf(of, scope.labelPrefix);
  const throttle = { rateLimit: limit / evaluationWindowSec, burstLimit: limit };
  return (inspection) => {
    if (!isCounted(inspection)) return false;
    const key = read(inspection);
    if (key === undefined) return false;
    if (key === NO_ADDRESS) return forwardedIPConfig?.fallbackBehavior === "MATCH";
    const waitMs = limiter.take(`${bucket}/${short(key)}`, throttle);
    return waitMs instanceof Promise ? waitMs.then((late) => late > 0) : waitMs > 0;
  };
}
