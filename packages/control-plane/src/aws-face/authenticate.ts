import { AwsError } from "@tollgate/aws-api";
import { isKindOf } from "@tollgate/config";
import { decideAll, parsePolicy, readSignature, signatureProblem, type SignableRequest } from "@tollgate/iam";
import type { KeyIndex, KeyOwner } from "../resolve/key-index.ts";
import { userArn, userId } from "../resolve/resolve.ts";

const SERVICE = "apigateway";

/** authenticate finds who signed a request; whoever cannot be found or believed is refused. */
export function authenticate(request: SignableRequest, keys: KeyIndex): KeyOwner<"User"> {
  const claim = readSignature(request);
  if (claim.kind === "none")
    throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token");
  if (claim.kind === "incomplete") throw new AwsError("IncompleteSignatureException", claim.message);
  const { claimed } = claim;
  const owner = keys.find(`accesskey/${claimed.accessKeyId}`);
  const key =
    owner && isKindOf(owner.entity, "User") ? owner.entity.spec.accessKeys[claimed.accessKeyId] : undefined;
  if (!owner || key?.status !== "Active" || key.secretAccessKey === undefined)
    throw new AwsError(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
  if (claimed.service !== SERVICE)
    throw new AwsError(
      "InvalidSignatureException",
      `Credential should be scoped to correct service: '${SERVICE}'.`,
    );
  const { accessKeyId } = claimed;
  const credentials = { accessKeyId, secretAccessKey: key.secretAccessKey, sessionToken: undefined };
  const problem = signatureProblem(request, claimed, { credentials, unixMs: Date.now() });
  if (problem !== undefined) throw new AwsError("InvalidSignatureException", problem);
  return owner as KeyOwner<"User">;
}

export interface Authorization {
  /** The path of the operation with its parameters, written one way only. */
  readonly path: string;
  readonly method: string;
  readonly region: string;
  readonly sourceIp: string;
}

/**
 * authorize asks the signer's policies about apigateway:{method} on a path (AWS: Control access for invoking the API Gateway management
 * service).
 */
export function authorize(
  { accountId, entity }: KeyOwner<"User">,
  { path, method, region, sourceIp }: Authorization,
): void {
  const arn = userArn(accountId, entity);
  const policies = Object.values(entity.spec.policies).flatMap((document) => {
    const parsed = parsePolicy(document, { kind: "identity" });
    return parsed.ok ? [parsed.policy] : [];
  });
  const conditionKeys: Readonly<Record<string, string>> = {
    "aws:username": entity.id,
    "aws:userid": userId(accountId, entity.id),
    "aws:principalarn": arn,
    "aws:principalaccount": accountId,
    "aws:currenttime": new Date().toISOString(),
    "aws:requestedregion": region,
    "aws:sourceip": sourceIp,
    // The port is plain HTTP.
    "aws:securetransport": "false",
  };
  const action = `${SERVICE}:${method}`;
  const resource = `arn:aws:apigateway:${region}::${path}`;
  const decision = decideAll(policies, {
    action,
    resource,
    principal: { arn, accountId },
    conditionKey: (name) =>
      Object.hasOwn(conditionKeys, name) ? [conditionKeys[name] as string] : undefined,
  });
  if (decision === "allow") return;
  throw new AwsError(
    "AccessDeniedException",
    `User: ${arn} is not authorized to perform: ${action} on resource: ${resource}${decision === "deny" ? " with an explicit deny" : ""}`,
  );
}
