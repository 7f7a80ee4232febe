import { isSecretName, withoutNamedSecrets } from "@tollgate/pipeline";
import type { RpcCaller } from "@tollgate/proto/access";
import type { Principal } from "../identity/principal.ts";

/** EntityDigest is what a call did to one entity. */
export interface EntityDigest {
  /** Name of the entity, such as restapis/petstore01/resources/a1b2c3. */
  readonly entity: string;
  /** SHA-256 of its spec before the call. undefined: it did not exist. */
  readonly beforeDigest: string | undefined;
  readonly afterDigest: string | undefined;
}

/** AuditedCall is a call as its record describes it. */
export interface AuditedCall {
  readonly accountId: string;
  /** For example apigateway.amazonaws.com or config.tollgate. */
  readonly eventSource: string;
  readonly eventName: string;
  readonly userIdentity: object;
  readonly sourceIpAddress: string;
  readonly userAgent: string;
  readonly region: string;
  readonly isReadOnly: boolean;
  readonly parameters: unknown;
  readonly requestId: string;
}

export interface CallOutcome {
  /** undefined: unknown, because the call has not ended. */
  readonly isOver: boolean;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly revision: number;
  readonly changes: readonly EntityDigest[];
}

/** The most changes that a record lists. For larger calls it contains only their number. */
const CHANGES_MAX = 200;
const PARAMETERS_MAX_CHARS = 16 * 1024;
const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";
const SECRET = /^(.*value|body|headers|multiValueHeaders|.*privateKey|.*secret.*|.*password.*|.*token)$/i;

/** What a member shows: nothing of a secret, and none that is named so in a text, as a template is. */
function shownMember(name: string, value: unknown): unknown {
  if (value === null || value === "") return value;
  if (SECRET.test(name) || isSecretName(name)) return HIDDEN;
  // A longer text is not shown at all.
  return typeof value === "string" && value.length <= PARAMETERS_MAX_CHARS
    ? withoutNamedSecrets(value)
    : value;
}

/** The parameters of a call, without secrets and long values. */
function shown(parameters: unknown): unknown {
  if (parameters === undefined || parameters === null) return null;
  const text = JSON.stringify(parameters, shownMember);
  return text.length > PARAMETERS_MAX_CHARS
    ? { omitted: `${text.length} characters` }
    : (JSON.parse(text) as unknown);
}

/** identityOfPrincipal describes the signer as CloudTrail does (AWS: CloudTrail userIdentity element). */
export function identityOfPrincipal(principal: Principal, accessKeyId: string): object {
  const { arn, principalArn, userId, userName, accountId, issuer } = principal;
  const type = { root: "Root", user: "IAMUser", role: "AssumedRole" }[issuer.kind];
  const session =
    issuer.kind === "role"
      ? {
          sessionContext: {
            sessionIssuer: { type: "Role", arn: principalArn, accountId, userName: issuer.name },
          },
        }
      : {};
  return {
    type,
    principalId: userId,
    arn,
    accountId,
    ...(accessKeyId === "" ? {} : { accessKeyId }),
    ...(userName === "" ? {} : { userName }),
    ...session,
  };
}

/** identityOfOperator describes a caller of the gRPC API. */
export const identityOfOperator = ({ operator }: RpcCaller): object => ({
  type: "Operator",
  principalId: operator.name,
  userName: operator.name,
  roles: operator.roles,
});

/** auditRecord returns the record of a call in CloudTrail's form (AWS: CloudTrail record contents). */
export function auditRecord(
  call: AuditedCall,
  { eventId, unixMs }: { readonly eventId: string; readonly unixMs: number },
  { isOver, error, revision, changes }: CallOutcome,
): object {
  return {
    eventVersion: "1.11",
    userIdentity: call.userIdentity,
    eventTime: new Date(unixMs).toISOString(),
    eventSource: call.eventSource,
    eventName: call.eventName,
    awsRegion: call.region,
    sourceIPAddress: call.sourceIpAddress,
    userAgent: call.userAgent,
    ...(error ? { errorCode: error.code, errorMessage: error.message } : {}),
    ...(isOver
      ? {}
      : { errorCode: "Unknown", errorMessage: "the call had not ended when this record was written" }),
    requestParameters: shown(call.parameters),
    responseElements: null,
    additionalEventData: {
      ...(revision > 0 ? { revision } : {}),
      changeCount: changes.length,
      changes: changes.slice(0, CHANGES_MAX),
    },
    requestID: call.requestId,
    eventID: eventId,
    readOnly: call.isReadOnly,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: call.accountId,
    eventCategory: "Management",
  };
}
