import { CommonError } from "@tollgate/aws-api";
import { readSignature, signatureProblem } from "@tollgate/iam";
import { accountSpecOf } from "../config/validate-quotas.ts";
import { accountOf } from "../config/wire.ts";
import { decide } from "../identity/decide.ts";
import { findCredentials } from "../identity/find-credentials.ts";
import { type Principal, principalOf } from "../identity/principal.ts";
import type { AdapterContext } from "./adapter-context.ts";
import type { HttpCall } from "./http-call.ts";

/** Identified is the caller, and the access key that it used (empty: none). */
export interface Identified {
  readonly principal: Principal;
  readonly accessKeyId: string;
}

/** If callers need not sign: the user of the key in the request, or the account itself. */
function unsigned({ application }: AdapterContext, request: HttpCall): Identified {
  const accountId = accountOf("");
  const claim = readSignature(request);
  const accessKeyId = claim.kind === "claimed" ? claim.claimed.accessKeyId : "";
  const shown = claim.kind === "claimed" ? findCredentials(application, claim.claimed) : undefined;
  if (shown?.principal.accountId === accountId) return { principal: shown.principal, accessKeyId };
  const root = principalOf(accountId, application.mirror.account(accountId), { kind: "root", name: "" });
  return { principal: root as Principal, accessKeyId };
}

/** authenticate finds out who signed a request for a service. It throws if the key is unknown or the signature is wrong. */
export function authenticate(context: AdapterContext, request: HttpCall, signingName: string): Identified {
  if (!context.isSigned) return unsigned(context, request);
  const claim = readSignature(request);
  if (claim.kind === "none") throw new CommonError("missing-authentication", "Missing Authentication Token");
  if (claim.kind === "incomplete") throw new CommonError("incomplete-signature", claim.message);
  const { claimed } = claim;
  const credentials = findCredentials(context.application, claimed);
  if (!credentials)
    throw new CommonError("unrecognized-client", "The security token included in the request is invalid.");
  const { principal, accessKeyId, secretAccessKey, sessionToken, expireTimeUnixMs } = credentials;
  if (claimed.service !== signingName)
    throw new CommonError(
      "invalid-signature",
      `Credential should be scoped to correct service: '${signingName}'.`,
    );
  const problem = signatureProblem(request, claimed, {
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    unixMs: Date.now(),
  });
  if (problem !== undefined) throw new CommonError("invalid-signature", problem);
  if (expireTimeUnixMs !== 0 && expireTimeUnixMs <= Date.now())
    throw new CommonError("expired-token", "The security token included in the request is expired");
  return { principal, accessKeyId: claimed.accessKeyId };
}

/** checkAccount enforces the limits of the caller's account: its rate of calls, and no changes if it is read-only. */
export function checkAccount(
  { application, rate }: AdapterContext,
  { accountId, arn }: Principal,
  isReadOnly: boolean,
): void {
  const spec = accountSpecOf(application.mirror.account(accountId));
  rate.take(accountId, spec?.controlThrottle);
  if (spec?.readOnly && !isReadOnly)
    throw new CommonError(
      "read-only-account",
      `User: ${arn} is not allowed to make changes: account ${accountId} is read-only`,
    );
}

export interface Authorization {
  /** For example apigateway:GET. */
  readonly action: string;
  /** ARN of the resource. */
  readonly resource: string;
  readonly region: string;
  readonly sourceIp: string;
}

/** authorize throws unless a principal's policies allow an action. */
export function authorize(principal: Principal, { action, resource, region, sourceIp }: Authorization): void {
  const decision = decide(principal, {
    action,
    resource,
    conditionKeys: {
      "aws:requestedregion": region,
      "aws:sourceip": sourceIp,
      // The port is plain HTTP.
      "aws:securetransport": "false",
    },
  });
  if (decision === "allow") return;
  throw new CommonError(
    "access-denied",
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}${decision === "deny" ? " with an explicit deny" : ""}`,
  );
}
