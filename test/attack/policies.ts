import type { Gateway } from "../kit/gateway.ts";
import { mock } from "../kit/rest-api.ts";
import { type Signer, signed } from "../kit/signed.ts";
import { signerOf, userOf } from "../kit/user.ts";
import type { AttackArea, AttackCase } from "./area.ts";

const OWNER = "000000000000";
const allowed = signerOf("attallowed");
const bare = signerOf("attbare");
const statement = (more: object) => ({
  Effect: "Allow",
  Action: "execute-api:Invoke",
  Resource: "*",
  ...more,
});
const policy = (...statements: object[]) => ({ policy: { Version: "2012-10-17", Statement: statements } });

/** Policies that allow neither a user without policies nor anybody who did not sign, though they may look so. */
const silent: Readonly<Record<string, object>> = {
  "the account": statement({ Principal: { AWS: OWNER } }),
  "the account's root": statement({ Principal: { AWS: `arn:aws:iam::${OWNER}:root` } }),
  "another user": statement({ Principal: { AWS: `arn:aws:iam::${OWNER}:user/attallowed` } }),
  "a service": statement({ Principal: { Service: "apigateway.amazonaws.com" } }),
  "everybody whose address is not a tag that is not there": statement({
    Principal: "*",
    Condition: { StringNotEquals: { "aws:SourceIp": "${aws:PrincipalTag/none}" } },
  }),
  "everybody whose address is not like a tag that is not there": statement({
    Principal: "*",
    Condition: { StringNotLike: { "aws:SourceIp": "${aws:PrincipalTag/none}" } },
  }),
  "all but what a tag names that is not there": statement({
    Principal: "*",
    Resource: undefined,
    NotResource: "arn:aws:execute-api:*:*:*/${aws:PrincipalTag/none}",
  }),
};

/** policies: who signs in odd forms, or is not quite whom a policy allows. */
export const policies: AttackArea = {
  name: "policies",
  what: "signatures in odd forms, and callers who are not quite those whom a policy allows",
  concurrency: 4,
  async prepare(ground) {
    const gateway = await ground.gateway();
    const { revision } = await gateway.apply([
      userOf("attallowed", allowed, [statement({})]),
      userOf("attbare", bare, []),
    ]);
    await gateway.wait(revision);
    const methods = {
      "GET /signed": { ...mock("signed"), authorizationType: "AWS_IAM" },
      "POST /signed": { ...mock("signed"), authorizationType: "AWS_IAM" },
      "GET /open": mock("open"),
    };
    const cases: AttackCase[] = formCases(gateway, await gateway.deploy(methods));
    for (const [what, one] of Object.entries(ground.quick ? sample(silent) : silent)) {
      const apiId = await gateway.deploy(methods, { api: policy(one) });
      cases.push(
        refused(`a policy that names ${what}: a user without policies`, () => callOf(gateway, apiId, bare)),
        refused(`a policy that names ${what}: nobody`, () => gateway.invoke(apiId, "/open")),
      );
    }
    return cases;
  },
};

const sample = (all: Readonly<Record<string, object>>) =>
  Object.fromEntries(
    Object.entries(all)
      .slice(0, 5)
      .filter((_one, i) => i % 2 === 0),
  );

const pathOf = (apiId: string) => `/_aws/execute-api/${apiId}/prod/signed`;
const callOf = (
  gateway: Gateway,
  apiId: string,
  signer: Signer,
  options: Parameters<typeof signed>[2] = {},
) => gateway.call(pathOf(apiId), signed(signer, pathOf(apiId), options));

function refused(
  name: string,
  call: () => Promise<{ readonly status: number; readonly body: string }>,
): AttackCase {
  return {
    name,
    input: name,
    expectation: "403",
    async attack() {
      const { status, body } = await call();
      return status === 403 ? undefined : `${status} ${body}`;
    },
  };
}

/** Signatures of a user who is allowed, each changed in one way. */
function formCases(gateway: Gateway, apiId: string): AttackCase[] {
  const path = pathOf(apiId);
  const changed = (change: (authorization: string) => string) => async () => {
    const options = signed(allowed, path);
    const headers = (options.headers ?? []) as readonly string[];
    return gateway.call(path, {
      ...options,
      headers: headers.map((value, i) => (headers[i - 1] === "Authorization" ? change(value) : value)),
    });
  };
  const scheme = (word: string) => changed((value) => value.replace("AWS4-HMAC-SHA256", word));
  const forms: Readonly<Record<string, () => Promise<{ status: number; body: string }>>> = {
    "another scheme": scheme("AWS4-HMAC-SHA1"),
    "Bearer as the scheme": scheme("Bearer"),
    "the scheme in lower case": scheme("aws4-hmac-sha256"),
    "no scheme": changed((value) => value.replace("AWS4-HMAC-SHA256 ", "")),
    "two signatures": changed((value) => `${value}, Signature=${"0".repeat(64)}`),
    "a signature 6 minutes old": () => callOf(gateway, apiId, allowed, { unixMs: Date.now() - 6 * 60_000 }),
    "a signature 6 minutes ahead": () => callOf(gateway, apiId, allowed, { unixMs: Date.now() + 6 * 60_000 }),
    "a body that is not signed": () => {
      const headers = { "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD" };
      return gateway.call(path, {
        ...signed(allowed, path, { method: "POST", body: "", headers }),
        body: "evil",
      });
    },
    "a signature for another service": () => callOf(gateway, apiId, allowed, { service: "s3" }),
    "a signature parameter more": () => gateway.call(`${path}?X-Amz-Signature=1`, signed(allowed, path)),
  };
  const control: AttackCase = {
    name: "a signature that is right",
    input: "as SDKs sign",
    expectation: "200",
    attack: async () => {
      const { status, body } = await callOf(gateway, apiId, allowed);
      return status === 200 ? undefined : `${status} ${body}`;
    },
  };
  return [control, ...Object.entries(forms).map(([name, call]) => refused(name, call))];
}
