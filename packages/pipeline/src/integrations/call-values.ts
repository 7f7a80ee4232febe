import type { RequestValues } from "@tollgate/mapping";
import type { Call } from "../call.ts";
import { HeaderRule, headerRule } from "../header-rules.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n: number) => String(n).padStart(2, "0");

/** requestTime is $context.requestTime: dd/Mon/yyyy:HH:mm:ss +0000. */
export function requestTime(unixMs: number): string {
  const t = new Date(unixMs);
  const clock = `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`;
  return `${two(t.getUTCDate())}/${MONTHS[t.getUTCMonth()]}/${t.getUTCFullYear()}:${clock} +0000`;
}

const hostWithoutPort = (host: string) => host.replace(/:\d+$/, "");

/** $context variables that exist without an authorizer; each is computed only when asked for. */
const contextVariables: Readonly<Record<string, (call: Call) => string | undefined>> = {
  accountId: (call) => call.route?.context.accountId,
  apiId: (call) => call.route?.context.restApiId,
  deploymentId: (call) => call.stage?.manifest.deploymentId,
  domainName: (call) => hostWithoutPort(call.host),
  domainPrefix: (call) => hostWithoutPort(call.host).split(".")[0],
  extendedRequestId: (call) => call.extendedRequestId,
  httpMethod: (call) => call.method,
  path: (call) => call.fullPath,
  protocol: (call) => call.protocol,
  requestId: (call) => call.requestId,
  requestTime: (call) => requestTime(call.startUnixMs),
  requestTimeEpoch: (call) => String(call.startUnixMs),
  resourceId: (call) => call.route?.resourceId,
  resourcePath: (call) => call.route?.resourcePath,
  stage: (call) => call.route?.context.stageName,
  "identity.sourceIp": (call) => call.sourceIp,
  "identity.userAgent": (call) => call.userAgent,
};

export const contextVariable = (call: Call, name: string): string | undefined =>
  Object.hasOwn(contextVariables, name) ? contextVariables[name]?.(call) : undefined;

/** isContextVariable lets a mapping that names an unknown one be refused when it is deployed. */
export const isContextVariable = (name: string): boolean => Object.hasOwn(contextVariables, name);

const formDecode = (text: string): string => {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
};

/** queryPairs decodes a query string as a form, in order; `;` separates like `&`, as on AWS. */
export function queryPairs(query: string): readonly (readonly [string, string])[] {
  if (query === "") return [];
  return query
    .split(/[&;]/)
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.indexOf("=");
      return at < 0
        ? ([formDecode(pair), ""] as const)
        : ([formDecode(pair.slice(0, at)), formDecode(pair.slice(at + 1))] as const);
    });
}

/** valuesOf lets mapping expressions read a call. */
export function valuesOf(call: Call): RequestValues {
  return {
    pathParameter: (name) => call.parameterValues[call.route?.parameterNames.indexOf(name) ?? -1],
    queryParameter: (name) => queryPairs(call.query).flatMap(([key, value]) => (key === name ? [value] : [])),
    header: (name) => headerValues(call.headers, name),
    contextVariable: (name) => contextVariable(call, name),
  };
}

/** headerValues finds a header by its exact name, as AWS's mappings do; removed headers are invisible. */
function headerValues(headers: readonly string[], name: string): readonly string[] {
  if (headerRule(name) & HeaderRule.REMOVED) return [];
  const values: string[] = [];
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) values.push(headers[i + 1] as string);
  return values;
}
