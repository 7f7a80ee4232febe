import type { AwsCredentials } from "@tollgate/iam";
import { identityIn, signer } from "../authorization/iam.ts";
import type { Identity } from "../authorization/identity.ts";
import type { Call } from "../call/call.ts";
import type { RouteContext } from "../call/route-context.ts";
import type { Ports } from "../engine/ports.ts";

/** A key of the node's own credentials file: a caller of whom nothing is known but the key. */
const ofNode = (credentials: AwsCredentials): Identity => ({
  arn: "",
  accountId: "",
  userId: credentials.accessKeyId,
  userName: "",
  principalArn: "",
  credentials,
  policies: [],
  sessionPolicies: undefined,
  expireTimeUnixMs: 0,
});

/**
 * callerCredentials are those that a call was signed with (arn:aws:iam::*:user/*): the integration is called as its caller. Where the
 * method's own authorization has not checked the signature it is checked here, against the node's credentials file and the users of IAM.
 */
export async function callerCredentials(
  call: Call,
  { region }: RouteContext,
  { credentialsOfKey, directory }: Ports,
): Promise<AwsCredentials> {
  const find = (accessKeyId: string, sessionToken: string | undefined) => {
    const own = credentialsOfKey(accessKeyId);
    return own ? ofNode(own) : identityIn(directory, call, accessKeyId, sessionToken);
  };
  return (call.identity ?? (await signer(call, region, find))).credentials;
}
