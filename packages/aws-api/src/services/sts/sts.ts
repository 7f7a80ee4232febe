import type { QueryOperation, QueryRequest } from "../../protocol/query/operation.ts";
import type { Parameters } from "../../protocol/query/parameters.ts";
import type { XmlObject } from "../../protocol/query/xml.ts";
import type { AssumeRoleRequest, SessionCredentials } from "../../session-port.ts";
import { identityError } from "../iam/errors.ts";

const ROLE_SESSION_DEFAULT_S = 3600;

const credentials = ({
  accessKeyId,
  secretAccessKey,
  sessionToken,
  expireTimeUnixMs,
}: SessionCredentials): XmlObject => ({
  AccessKeyId: accessKeyId,
  SecretAccessKey: secretAccessKey,
  SessionToken: sessionToken,
  Expiration: new Date(expireTimeUnixMs),
});

function assumeRequest(parameters: Parameters): AssumeRoleRequest {
  return {
    roleArn: parameters.required("RoleArn"),
    sessionName: parameters.required("RoleSessionName"),
    durationS: parameters.integer("DurationSeconds") ?? ROLE_SESSION_DEFAULT_S,
    policy: parameters.text("Policy"),
    policyArns: parameters.members("PolicyArns", "arn"),
    externalId: parameters.text("ExternalId"),
  };
}

async function assumeRoleWithWebIdentity({ parameters, sessions }: QueryRequest): Promise<XmlObject> {
  const issued = await sessions.assumeRoleWithWebIdentity({
    ...assumeRequest(parameters),
    token: parameters.required("WebIdentityToken"),
  });
  return {
    Credentials: credentials(issued.credentials),
    AssumedRoleUser: { AssumedRoleId: issued.assumedRoleId, Arn: issued.arn },
    SubjectFromWebIdentityToken: issued.subject,
    Audience: issued.audience,
    Provider: issued.provider,
  };
}

/** stsOperations issue temporary credentials, and identify the caller (AWS: Security Token Service, version 2011-06-15). */
export const stsOperations: readonly QueryOperation[] = [
  {
    name: "GetCallerIdentity",
    run: ({ caller }) => ({ UserId: caller.userId, Account: caller.accountId, Arn: caller.arn }),
  },
  {
    name: "AssumeRole",
    run: ({ parameters, sessions }) => {
      const issued = sessions.assumeRole(assumeRequest(parameters));
      return {
        Credentials: credentials(issued.credentials),
        AssumedRoleUser: { AssumedRoleId: issued.assumedRoleId, Arn: issued.arn },
      };
    },
  },
  { name: "AssumeRoleWithWebIdentity", isOpen: true, run: assumeRoleWithWebIdentity },
  {
    name: "GetSessionToken",
    run: ({ parameters, sessions }) => ({
      Credentials: credentials(sessions.sessionToken(parameters.integer("DurationSeconds"))),
    }),
  },
  {
    name: "GetAccessKeyInfo",
    resource: () => "*",
    run: ({ identities, caller, parameters }) => {
      const id = parameters.required("AccessKeyId");
      if (!identities.hasAccessKey(caller.accountId, id))
        throw identityError("NoSuchEntity", `The Access Key with id ${id} cannot be found`);
      return { Account: caller.accountId };
    },
  },
];
