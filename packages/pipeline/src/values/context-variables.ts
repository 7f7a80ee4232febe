import { ContextObject, type Overrides, type Value } from "@tollgate/mapping";
import type { Call } from "../call/call.ts";
import { fullPath } from "../call/call-paths.ts";
import { requestTime } from "../call/dates.ts";
import { vpcIdOf } from "../call/vpc-of-call.ts";
import { authorizerNames, authorizerVariable, identityVariable } from "./caller-values.ts";

const PORT = /:\d+$/;

/** Most hosts have no port, which is faster seen than by a pattern. */
const hostWithoutPort = (host: string) => (host.includes(":") ? host.replace(PORT, "") : host);

const domainName: ReadVariable = (call) => hostWithoutPort(call.host);

/** The first label of the host. */
function domainPrefix({ host }: Call): string {
  const dot = host.indexOf(".");
  return dot < 0 ? hostWithoutPort(host) : host.slice(0, dot);
}

/** ReadVariable reads a variable of a call; undefined: it is not there. */
export type ReadVariable = (call: Call) => string | undefined;

/**
 * $context variables of every protocol by their dotted names; each is computed only when asked for. Those of one protocol are in the
 * `ownVariables` of its context, or in its `context-variables.ts`.
 */
const variables: Readonly<Record<string, ReadVariable>> = {
  accountId: (call) => call.route?.context.accountId,
  apiId: (call) => call.route?.context.apiId,
  deploymentId: (call) => call.deploymentId,
  domainName,
  domainPrefix,
  extendedRequestId: (call) => call.extendedRequestId,
  httpMethod: (call) => call.method,
  path: fullPath,
  protocol: (call) => call.protocol,
  requestId: (call) => call.requestId,
  requestTime: (call) => requestTime(call.startUnixMs),
  requestTimeEpoch: (call) => String(Math.trunc(call.startUnixMs)),
  resourceId: (call) => call.route?.resourceId,
  resourcePath: (call) => call.route?.resourcePath,
  stage: (call) => call.route?.context.stageName,
  status: (call) => (call.status === 0 ? undefined : String(call.status)),
  wafResponseCode: ({ waf }) => waf && (waf.action === "BLOCK" ? "WAF_BLOCK" : "WAF_ALLOW"),
  webaclArn: ({ waf }) => waf?.webAcl.arn,
  "waf.status": ({ waf }) => waf && (waf.action === "BLOCK" ? "403" : "200"),
  "waf.latency": ({ waf, wafMs }) => waf && String(Math.round(wafMs)),
  "identity.sourceIp": (call) => call.sourceIp,
  "identity.userAgent": (call) => call.userAgent,
  "identity.vpcId": vpcIdOf,
  "identity.vpceId": ({ network }) => network?.vpcEndpointId,
  "identity.clientCert.clientCertPem": ({ tls }) => tls?.clientCertificate?.clientCertPem,
  "identity.clientCert.subjectDN": ({ tls }) => tls?.clientCertificate?.subjectDN,
  "identity.clientCert.issuerDN": ({ tls }) => tls?.clientCertificate?.issuerDN,
  "identity.clientCert.serialNumber": ({ tls }) => tls?.clientCertificate?.serialNumber,
  "identity.clientCert.validity.notBefore": ({ tls }) => tls?.clientCertificate?.validity.notBefore,
  "identity.clientCert.validity.notAfter": ({ tls }) => tls?.clientCertificate?.validity.notAfter,
  "error.message": (call) => call.refusal?.message ?? undefined,
  "error.messageString": (call) => call.refusal && JSON.stringify(call.refusal.message),
  "error.responseType": (call) => call.refusal?.type,
  "error.validationErrorString": (call) => call.refusal?.validationError,
};

/** Names of $context.identity; those that need an authorization that a method does not have are there and empty. */
const IDENTITY = [
  "cognitoIdentityPoolId",
  "accountId",
  "cognitoIdentityId",
  "caller",
  "sourceIp",
  "principalOrgId",
  "accessKey",
  "cognitoAuthenticationType",
  "cognitoAuthenticationProvider",
  "userArn",
  "userAgent",
  "user",
];

const CLIENT_CERT = ["clientCertPem", "subjectDN", "issuerDN", "serialNumber", "validity"];
const VALIDITY = ["notBefore", "notAfter"];

/** contextReader finds the variable that contextVariable reads, once for all calls. */
export function contextReader(name: string): ReadVariable {
  if (Object.hasOwn(variables, name)) return variables[name] as ReadVariable;
  return (call) => contextVariable(call, name);
}

/** contextVariable is $context.{name}; undefined: it is not there. */
export function contextVariable(call: Call, name: string): string | undefined {
  if (Object.hasOwn(variables, name)) return variables[name]?.(call);
  if (name.startsWith("identity.")) return identityVariable(call, name.slice("identity.".length));
  if (name.startsWith("authorizer.")) return authorizerVariable(call, name.slice("authorizer.".length));
  const own = call.route?.context.ownVariables;
  return own && Object.hasOwn(own, name) ? own[name] : undefined;
}

/** What $context.keySet() gives in a template. */
const TOP = [
  "resourceId",
  "resourcePath",
  "httpMethod",
  "extendedRequestId",
  "requestTime",
  "path",
  "accountId",
  "protocol",
  "requestOverride",
  "stage",
  "domainPrefix",
  "requestTimeEpoch",
  "requestId",
  "identity",
  "domainName",
  "deploymentId",
  "responseOverride",
  "apiId",
];

/** CONTEXT_VARIABLES are the names of all variables that do not depend on an authorizer. */
export const CONTEXT_VARIABLES: readonly string[] = [
  ...Object.keys(variables),
  ...[...IDENTITY, "apiKey", "apiKeyId"].map((name) => `identity.${name}`),
];

/** ContextSource is what $context is made of. */
export interface ContextSource {
  readonly variable: (name: string) => string | undefined;
  readonly overrides: () => Overrides;
  readonly requestTimeEpoch: number;
  readonly authorizerNames: readonly string[];
  /** Names of a user pool's claims. */
  readonly claims: readonly string[] | undefined;
  /** What keySet() gives; absent: the names of a call over HTTP. */
  readonly names?: readonly string[];
}

/** $context.authorizer, and $context.authorizer.claims in it where a user pool's token was shown. */
function authorizerObject({ variable, authorizerNames: names, claims }: ContextSource): Value {
  return new ContextObject(names, (name) =>
    name === "claims" && claims
      ? new ContextObject(claims, (claim) => variable(`authorizer.claims.${claim}`))
      : variable(`authorizer.${name}`),
  );
}

/** $context.identity, and $context.identity.clientCert in it where the caller showed a certificate. */
function identityObject({ variable }: ContextSource): Value {
  const hasCertificate = variable("identity.clientCert.clientCertPem") !== undefined;
  const part = (
    names: readonly string[],
    prefix: string,
    inner?: (name: string) => Value | undefined,
  ): Value => new ContextObject(names, (name) => inner?.(name) ?? variable(`${prefix}.${name}`));
  if (!hasCertificate) return part(IDENTITY, "identity");
  const certificate = part(CLIENT_CERT, "identity.clientCert", (name) =>
    name === "validity" ? part(VALIDITY, "identity.clientCert.validity") : undefined,
  );
  return part([...IDENTITY, "clientCert"], "identity", (name) =>
    name === "clientCert" ? certificate : undefined,
  );
}

/** contextObjectOf is $context of whatever has its variables. */
export function contextObjectOf(source: ContextSource): Value {
  const part = (names: readonly string[], prefix: string) =>
    new ContextObject(names, (name) => source.variable(`${prefix}.${name}`));
  return new ContextObject(source.names ?? TOP, (name): Value | undefined => {
    switch (name) {
      case "identity":
        return identityObject(source);
      case "authorizer":
        return authorizerObject(source);
      case "error":
        return part([], "error");
      case "requestOverride":
        return source.overrides().request;
      case "responseOverride":
        return source.overrides().response;
      case "requestTimeEpoch":
        return source.requestTimeEpoch;
      default:
        return source.variable(name);
    }
  });
}

/** contextObject is $context of a call whose templates write to `overridesOf` it. */
export const contextObject = (call: Call, overridesOf: (call: Call) => Overrides): Value =>
  contextObjectOf({
    variable: (name) => contextVariable(call, name),
    overrides: () => overridesOf(call),
    requestTimeEpoch: Math.trunc(call.startUnixMs),
    authorizerNames: authorizerNames(call),
    claims: call.authorizer?.claims && Object.keys(call.authorizer.claims),
  });
