import { type Entity, newSecretAccessKey, newSessionKeyId, SESSION_MIN_S } from "@tollgate/config";
import { identityArn, type PolicyPrincipal, parsePolicy, uniqueId } from "@tollgate/iam";
import type { Application } from "../application.ts";
import { Refusal } from "../refusal.ts";
import { conditionKeysOf, decide, lookUp } from "./decide.ts";
import { type Issuer, managedDocuments, type Principal } from "./principal.ts";
import { sealSession } from "./session-token.ts";
import { verifyWebIdentity } from "./web-identity.ts";

/** AWS's longest sessions of a user and of the account itself. */
const USER_SESSION_MAX_S = 129_600;
const ROOT_SESSION_MAX_S = 3600;
const USER_SESSION_DEFAULT_S = 43_200;
const SESSION_POLICY_MAX = 2048;

/** SessionCredentials are temporary credentials. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expireTimeUnixMs: number;
}

/** IssuedSession is a new session of a role. */
export interface IssuedSession {
  readonly credentials: SessionCredentials;
  readonly arn: string;
  readonly assumedRoleId: string;
}

export interface AssumeRoleRequest {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationS: number;
  /** JSON of a policy that restricts the session. */
  readonly policy: string | undefined;
  /** Managed policies that restrict it. */
  readonly policyArns: readonly string[];
  readonly externalId: string | undefined;
}

export interface WebIdentityRequest extends AssumeRoleRequest {
  readonly token: string;
}

/** The role of an ARN. Callers that may not assume it get no other information about it. */
function roleOf(
  { mirror }: Application,
  roleArn: string,
): { accountId: string; role: Entity<"Role"> | undefined } {
  const [, accountId = "", id = ""] =
    /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(roleArn) ?? [];
  if (accountId === "") throw new Refusal("invalid", `${roleArn} is invalid`);
  const role = mirror.account(accountId).find("Role", "", id);
  const isRole = role && identityArn("role", accountId, role) === roleArn;
  return { accountId, role: isRole ? role : undefined };
}

interface Asked {
  readonly action: string;
  readonly principal: PolicyPrincipal;
  readonly conditionKeys: Readonly<Record<string, string>>;
}

/** The decision of a role's trust policy on a caller. */
function trust(role: Entity<"Role">, { action, principal, conditionKeys }: Asked) {
  const parsed = parsePolicy(role.spec.assumeRolePolicyDocument, { kind: "trust" });
  if (!parsed.ok) return "silent";
  return parsed.policy.decide({ action, resource: "*", principal, conditionKey: lookUp(conditionKeys) });
}

/** A caller may assume a role that trusts it by name. If the role trusts the whole account, the caller's own policies must also allow it. */
function mayAssume(
  caller: Principal,
  accountId: string,
  role: Entity<"Role">,
  conditionKeys: Readonly<Record<string, string>>,
) {
  const action = "sts:AssumeRole";
  const keys = { ...conditionKeysOf(caller), ...conditionKeys };
  const ask = (arn: string) =>
    trust(role, { action, principal: { arn, accountId: caller.accountId }, conditionKeys: keys });
  if (ask(caller.arn) !== "allow") return false;
  const own = decide(caller, { action, resource: identityArn("role", accountId, role), conditionKeys });
  const trustsAccount = ask(`arn:aws:iam::${caller.accountId}:root`) === "allow";
  return own === "allow" || (own === "silent" && !trustsAccount && caller.accountId === accountId);
}

function checkDuration(durationS: number, longestS: number): void {
  if (!Number.isInteger(durationS) || durationS < SESSION_MIN_S)
    throw new Refusal(
      "invalid",
      `1 validation error detected: Value '${durationS}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to ${SESSION_MIN_S}`,
    );
  if (durationS > longestS)
    throw new Refusal(
      "invalid",
      `The requested DurationSeconds exceeds the MaxSessionDuration set for this role: ${longestS}`,
    );
}

/** The documents that restrict a session: its own, and those of the managed policies that it names. */
function narrowing(
  { mirror }: Application,
  accountId: string,
  { policy, policyArns }: Pick<AssumeRoleRequest, "policy" | "policyArns">,
): readonly object[] | undefined {
  if (policy === undefined && policyArns.length === 0) return undefined;
  const documents = managedDocuments(mirror.account(accountId), policyArns);
  if (documents.length < policyArns.length)
    throw new Refusal("not-found", "one of the policies of PolicyArns does not exist");
  if (policy === undefined) return documents;
  if (policy.length > SESSION_POLICY_MAX)
    throw new Refusal(
      "policy-too-large",
      `the session policy has more than ${SESSION_POLICY_MAX} characters`,
    );
  return [...documents, documentOf(policy)];
}

function documentOf(text: string): object {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Refusal("malformed-policy", `the policy is not JSON: ${(error as Error).message}`);
  }
  const parsed = parsePolicy(document, { kind: "identity" });
  if (parsed.ok) return document as object;
  throw new Refusal(
    "malformed-policy",
    parsed.problems.map(({ path, message }) => `policy${path} ${message}`).join("; "),
  );
}

/** The owner of a session, and its duration. */
interface Issue {
  readonly accountId: string;
  readonly issuer: Issuer;
  readonly sessionName: string;
  readonly policies: readonly object[] | undefined;
  readonly durationS: number;
}

function issue({ sealer }: Application, { durationS, ...session }: Issue): SessionCredentials {
  if (!sealer.canSeal)
    throw new Refusal(
      "not-configured",
      "sessions cannot be sealed: set TOLLGATE_SECRETS_KEY to the same key on every control plane",
    );
  const accessKeyId = newSessionKeyId();
  const secretAccessKey = newSecretAccessKey();
  const expireTimeUnixMs = (Math.trunc(Date.now() / 1000) + durationS) * 1000;
  const sessionToken = sealSession(sealer, { ...session, accessKeyId, secretAccessKey, expireTimeUnixMs });
  return { accessKeyId, secretAccessKey, sessionToken, expireTimeUnixMs };
}

const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

/** Sessions issues temporary credentials (AWS: Security Token Service). Sessions are not stored: their tokens contain everything. */
export class Sessions {
  readonly #application: Application;

  constructor(application: Application) {
    this.#application = application;
  }

  /** ofRole implements AssumeRole. */
  ofRole(caller: Principal, request: AssumeRoleRequest): IssuedSession {
    const { accountId, role } = roleOf(this.#application, request.roleArn);
    const keys = {
      "sts:rolesessionname": request.sessionName,
      ...(request.externalId === undefined ? {} : { "sts:externalid": request.externalId }),
    };
    if (!role || !mayAssume(caller, accountId, role, keys))
      throw new Refusal(
        "permission-denied",
        `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${request.roleArn}`,
      );
    return this.#issueRole(accountId, role, request);
  }

  /** ofWebIdentity implements AssumeRoleWithWebIdentity: the caller sends only the token of an identity provider. */
  async ofWebIdentity(request: WebIdentityRequest) {
    const { accountId, role } = roleOf(this.#application, request.roleArn);
    const identity = await verifyWebIdentity(this.#application, accountId, request.token);
    const keys = {
      ...Object.fromEntries(
        (["aud", "sub"] as const).map((claim) => [
          `${identity.host}:${claim}`.toLowerCase(),
          identity[claim],
        ]),
      ),
      "sts:rolesessionname": request.sessionName,
    };
    const action = "sts:AssumeRoleWithWebIdentity";
    const principal = { arn: identity.providerArn, accountId: "", federated: identity.providerArn };
    if (!role || trust(role, { action, principal, conditionKeys: keys }) !== "allow")
      throw new Refusal("permission-denied", `Not authorized to perform ${action}`);
    const issued = this.#issueRole(accountId, role, request);
    return { ...issued, subject: identity.sub, audience: identity.aud, provider: identity.providerArn };
  }

  #issueRole(accountId: string, role: Entity<"Role">, request: AssumeRoleRequest): IssuedSession {
    const { sessionName, durationS } = request;
    if (!SESSION_NAME.test(sessionName))
      throw new Refusal(
        "invalid",
        `1 validation error detected: Value '${sessionName}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]{2,64}`,
      );
    checkDuration(durationS, role.spec.maxSessionDuration);
    const policies = narrowing(this.#application, accountId, request);
    const credentials = issue(this.#application, {
      accountId,
      issuer: { kind: "role", name: role.id },
      sessionName,
      policies,
      durationS,
    });
    return {
      credentials,
      arn: `arn:aws:sts::${accountId}:assumed-role/${role.id}/${sessionName}`,
      assumedRoleId: `${uniqueId("role", accountId, role.id)}:${sessionName}`,
    };
  }

  /** ofCaller implements GetSessionToken: temporary credentials with the permissions of the caller. */
  ofCaller(caller: Principal, durationS: number | undefined): SessionCredentials {
    if (caller.issuer.kind === "role")
      throw new Refusal("permission-denied", "Cannot call GetSessionToken with session credentials");
    const longestS = caller.issuer.kind === "root" ? ROOT_SESSION_MAX_S : USER_SESSION_MAX_S;
    const asked = durationS ?? Math.min(USER_SESSION_DEFAULT_S, longestS);
    checkDuration(asked, longestS);
    const { accountId, issuer } = caller;
    return issue(this.#application, {
      accountId,
      issuer,
      sessionName: "",
      policies: undefined,
      durationS: asked,
    });
  }
}
