import { AwsError } from "@tollgate/aws-api";
import { readSignature, signatureProblem } from "@tollgate/iam";
import { accountSpecOf } from "../config/validate-quotas.ts";
import { accountOf } from "../config/wire.ts";
import { decide } from "../identity/decide.ts";
import { findCredentials } from "../identity/find-credentials.ts";
import { principalOf, type Principal } from "../identity/principal.ts";
import type { AdapterContext, HttpCall, Known } from "./adapter.ts";

/** Whoever calls where nobody is asked: the user of the key that it shows where there is one, else the account itself. */
function unsigned({ application }: AdapterContext, request: HttpCall, known: Known): Principal {
  const accountId = accountOf("");
  const claim = readSignature(request);
  const shown = claim.kind === "claimed" ? findCredentials(application, claim.claimed) : undefined;
  if (claim.kind === "claimed") known.accessKeyId = claim.claimed.accessKeyId;
  if (shown?.principal.accountId === accountId) return shown.principal;
  return principalOf(accountId, application.mirror.account(accountId), {
    kind: "root",
    name: "",
  }) as Principal;
}

/** authenticate finds who signed a request for one of these services; whoever cannot be found or believed is refused. */
export function authenticate(
  context: AdapterContext,
  request: HttpCall,
  services: readonly string[],
  known: Known,
): Principal {
  if (!context.isSigned) return unsigned(context, request, known);
  const claim = readSignature(request);
  if (claim.kind === "none")
    throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token");
  if (claim.kind === "incomplete") throw new AwsError("IncompleteSignatureException", claim.message);
  const { claimed } = claim;
  known.accessKeyId = claimed.accessKeyId;
  const credentials = findCredentials(context.application, claimed);
  if (!credentials)
    throw new AwsError(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
  const { principal, accessKeyId, secretAccessKey, sessionToken, expireTimeUnixMs } = credentials;
  if (!services.includes(claimed.service))
    throw new AwsError(
      "InvalidSignatureException",
      `Credential should be scoped to correct service: '${services.join("' or '")}'.`,
    );
  const problem = signatureProblem(request, claimed, {
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    unixMs: Date.now(),
  });
  if (problem !== undefined) throw new AwsError("InvalidSignatureException", problem);
  if (expireTimeUnixMs !== 0 && expireTimeUnixMs <= Date.now())
    throw new AwsError("ExpiredTokenException", "The security token included in the request is expired");
  return principal;
}

/** checkAccount holds a caller to what its account's operator allows: so many calls, and changes only where it is not read-only. */
export function checkAccount(
  { application, rate }: AdapterContext,
  { accountId, arn }: Principal,
  { isReadOnly }: Known,
): void {
  const spec = accountSpecOf(application.mirror.account(accountId));
  rate.take(accountId, spec?.controlThrottle);
  if (spec?.readOnly && !isReadOnly)
    throw new AwsError(
      "UnauthorizedException",
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
  throw new AwsError(
    "AccessDeniedException",
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}${decision === "deny" ? " with an explicit deny" : ""}`,
  );
}
