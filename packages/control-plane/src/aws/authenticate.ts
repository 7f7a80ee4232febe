import { CommonError } from "@tollgate/aws-api";
import { readSignature, signatureProblem } from "@tollgate/iam";
import { accountSpecOf } from "../config/validate-quotas.ts";
import { accountOf } from "../config/wire.ts";
import { decide } from "../identity/decide.ts";
import { findCredentials } from "../identity/find-credentials.ts";
import { principalOf, type Principal } from "../identity/principal.ts";
import type { AdapterContext } from "./adapter-context.ts";
import type { HttpCall } from "./http-call.ts";

/** Identified is who calls, and the key that the caller showed; empty: none. */
export interface Identified {
  readonly principal: Principal;
  readonly accessKeyId: string;
}

/** Where callers need not sign: the user of the key that is shown where there is one, else the account itself. */
function unsigned({ application }: AdapterContext, request: HttpCall): Identified {
  const accountId = accountOf("");
  const claim = readSignature(request);
  const accessKeyId = claim.kind === "claimed" ? claim.claimed.accessKeyId : "";
  const shown = claim.kind === "claimed" ? findCredentials(application, claim.claimed) : undefined;
  if (shown?.principal.accountId === accountId) return { principal: shown.principal, accessKeyId };
  const root = principalOf(accountId, application.mirror.account(accountId), { kind: "root", name: "" });
  return { principal: root as Principal, accessKeyId };
}

/** authenticate finds who signed a request for a service, and refuses callers that cannot be found or believed. */
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

/** checkAccount holds a caller to what its account's operator allows: so many calls, and changes only where it is not read-only. */
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
      `User: ${arn} may not change anything: the operator of the gateway has made account ${accountId} read-only`,
    );
}

export interface Authorization {
  /** Such as apigateway:GET. */
  readonly action: string;
  /** ARN of what it is about. */
  readonly resource: string;
  readonly region: string;
  readonly sourceIp: string;
}

/** authorize asks a principal's policies about an action. */
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
