import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import type { CallOptions } from "../../kit/calls.ts";
import { pythonWithBotocore } from "../../kit/moto.ts";
import { lambda, mock } from "../../kit/rest-api.ts";
import { type Signer, signed } from "../../kit/signed.ts";
import { useGateway } from "../../kit/use.ts";
import { signerOf, userOf } from "../../kit/user.ts";

const gateway = useGateway({ functions: ["shapes"] });
let python: string;

const ACCOUNT = "000000000000";
const alice = signerOf("alice");
const bob = signerOf("bob");
const gone = signerOf("gone");
const foreign = signerOf("foreign");
const ARN_OF_ALICE = `arn:aws:iam::${ACCOUNT}:user/team/alice`;

const statement = (effect: string, resource: string, more: object = {}) => ({
  Effect: effect,
  Action: "execute-api:Invoke",
  Resource: resource,
  ...more,
});
const user = (id: string, key: Signer, statements: object[], status = "Active") =>
  userOf(id, key, statements, { path: "/team/", status });
/** A user of another account. */
const applyForeign = (foreigner: ReturnType<typeof user>) => gateway.apply([foreigner], "999999999999");

beforeAll(async () => {
  await gateway.apply([
    user("alice", alice, [
      statement("Allow", `arn:aws:execute-api:us-east-1:${ACCOUNT}:*/prod/*`),
      statement("Deny", `arn:aws:execute-api:us-east-1:${ACCOUNT}:*/prod/GET/secret`),
    ]),
    user("bob", bob, []),
    user("gone", gone, [statement("Allow", "*")], "Inactive"),
  ]);
  await applyForeign(
    user("eve", foreign, [
      statement("Allow", "*"),
      statement("Deny", "arn:aws:execute-api:*:*:*/prod/GET/secret"),
    ]),
  );
  python = await pythonWithBotocore();
});

const iam = (method: object) => ({ ...method, authorizationType: "AWS_IAM" });
const who = mock(
  "$context.identity.accountId|$context.identity.userArn|$context.identity.accessKey|$context.identity.user|$context.identity.caller",
);
const deploy = (api: object = {}) =>
  gateway.deploy(
    {
      "GET /who": iam(who),
      "GET /secret": iam(mock("s")),
      "POST /event": iam(lambda("shapes")),
      "GET /open": mock("open"),
      "GET /items/{id}": iam(mock("item")),
    },
    { api },
  );
const pathOf = (api: string, path: string) => `/_aws/execute-api/${api}/prod${path}`;
const call = (signer: Signer, api: string, path: string, options: Parameters<typeof signed>[2] = {}) =>
  gateway.call(pathOf(api, path), signed(signer, pathOf(api, path), options));
const body = (reply: { body: string }) => JSON.parse(reply.body) as Record<string, string>;

describe("AWS_IAM (rest §9)", () => {
  it("a caller that signs and is allowed is accepted, and appears in $context and events", async () => {
    const api = await deploy();
    const reply = await call(alice, api, "/who");
    expect(reply.status).toBe(200);
    const [accountId, arn, key, userId, caller] = reply.body.split("|");
    expect([accountId, arn, key]).toEqual([ACCOUNT, ARN_OF_ALICE, alice.accessKeyId]);
    expect(userId).toMatch(/^AIDA[A-Z2-7]{17}$/);
    expect(caller).toBe(userId);
    const event = await call(alice, api, "/event?b=2&a=1%20x", { method: "POST", body: '{"a":1}' });
    const { requestContext } = JSON.parse(event.body) as { requestContext: { identity: object } };
    expect(requestContext.identity).toMatchObject({
      accessKey: alice.accessKeyId,
      accountId: ACCOUNT,
      userArn: ARN_OF_ALICE,
      user: userId,
      caller: userId,
    });
  });

  it("calls signed by botocore are accepted, in headers and in URLs", async () => {
    const api = await deploy();
    const url = `http://127.0.0.1:${gateway.httpPort}${pathOf(api, "/items/a%20b?x=1&x=%C3%A9&y")}`;
    const script = `
import sys, urllib.request
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
url, key, secret = sys.argv[1:4]
for Auth in (SigV4Auth, SigV4QueryAuth):
    request = AWSRequest("GET", url)
    Auth(Credentials(key, secret), "execute-api", "us-east-1").add_auth(request)
    prepared = request.prepare()
    print(urllib.request.urlopen(urllib.request.Request(prepared.url, headers=dict(prepared.headers))).read().decode())
`;
    const { stdout } = await promisify(execFile)(python, [
      "-c",
      script,
      url,
      alice.accessKeyId,
      alice.secretAccessKey,
    ]);
    expect(stdout.trim().split("\n")).toEqual(["item", "item"]);
  });

  it("no signature: 403 Missing Authentication Token", async () => {
    const reply = await gateway.invoke(await deploy(), "/who");
    expect([reply.status, reply.body, reply.headers["x-amzn-errortype"]]).toEqual([
      403,
      '{"message":"Missing Authentication Token"}',
      "MissingAuthenticationTokenException",
    ]);
  });

  it.each([
    {
      authorization: "Bearer abc",
      message:
        /^Authorization header requires 'Credential' parameter\. .*'Signature'.*'SignedHeaders'.*X-Amz-Date/,
    },
    {
      authorization: "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/execute-api/aws4_request",
      message: /^Authorization header requires 'Signature' parameter\./,
    },
  ])("bad format $authorization: 403 IncompleteSignatureException", async ({ authorization, message }) => {
    const reply = await gateway.invoke(await deploy(), "/who", { headers: { Authorization: authorization } });
    expect([reply.status, reply.headers["x-amzn-errortype"]]).toEqual([403, "IncompleteSignatureException"]);
    expect(body(reply).message).toMatch(message);
  });

  it.each([
    { what: "a key that is not known", signer: { ...alice, accessKeyId: "AKIA0000000000000ABC" } },
    { what: "a key that is inactive", signer: gone },
    { what: "a key of no valid form", signer: { ...alice, accessKeyId: "x" } },
  ])("$what: 403 UnrecognizedClientException", async ({ signer }) => {
    const reply = await call(signer, await deploy(), "/who");
    expect([reply.status, reply.body, reply.headers["x-amzn-errortype"]]).toEqual([
      403,
      '{"message":"The security token included in the request is invalid."}',
      "UnrecognizedClientException",
    ]);
  });

  const NO_MATCH = /^The request signature we calculated does not match the signature you provided\. /;
  it.each<{
    what: string;
    signer?: Signer;
    sign?: Parameters<typeof signed>[2];
    send?: CallOptions;
    message: RegExp;
  }>([
    { what: "another secret", signer: { ...alice, secretAccessKey: bob.secretAccessKey }, message: NO_MATCH },
    {
      what: "another body",
      sign: { method: "POST", body: "a" },
      send: { method: "POST", body: "b" },
      message: NO_MATCH,
    },
    { what: "another service", sign: { service: "s3" }, message: /correct service: 'execute-api'/ },
    { what: "another region", sign: { region: "eu-west-1" }, message: /valid region, not 'eu-west-1'/ },
    {
      what: "an old signature",
      sign: { unixMs: Date.UTC(2020, 0, 1) },
      message: /^Signature expired: 20200101T000000Z is now earlier than/,
    },
  ])("$what: 403 InvalidSignatureException", async ({ signer = alice, sign = {}, send = {}, message }) => {
    const api = await deploy();
    const path = pathOf(api, sign.method === "POST" ? "/event" : "/who");
    const reply = await gateway.call(path, { ...signed(signer, path, sign), ...send });
    expect([reply.status, reply.headers["x-amzn-errortype"]]).toEqual([403, "InvalidSignatureException"]);
    expect(body(reply).message).toMatch(message);
  });

  it.each([
    { signer: bob, path: "/who", arn: `arn:aws:iam::${ACCOUNT}:user/team/bob`, ending: "" },
    { signer: alice, path: "/secret", arn: ARN_OF_ALICE, ending: " with an explicit deny" },
  ])("not allowed ($arn$ending): 403 with the masked ARN", async ({ signer, path, arn, ending }) => {
    const api = await deploy();
    const reply = await call(signer, api, path);
    expect([reply.status, reply.body, reply.headers["x-amzn-errortype"]]).toEqual([
      403,
      `{"Message":"User: ${arn} is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********0000:${api}/prod/GET${path}${ending}"}`,
      "AccessDeniedException",
    ]);
  });

  it("slashes around the path, make no other resource of it", async () => {
    const api = await deploy();
    for (const path of ["/secret", "/secret/", "//secret", "//secret//"])
      expect((await call(alice, api, path)).status, path).toBe(403);
  });

  it("changes of a user take effect at once", async () => {
    const api = await deploy();
    const carol: Signer = {
      accessKeyId: "AKIA000000000000CARO",
      secretAccessKey: "carol/secret/0123456789+0123456789/012345",
    };
    const put = async (statements: object[], status?: string) =>
      gateway.wait((await gateway.apply([user("carol", carol, statements, status)])).revision);
    expect((await call(carol, api, "/who")).status).toBe(403);
    await put([statement("Allow", "*")]);
    expect((await call(carol, api, "/who")).status).toBe(200);
    await put([]);
    expect((await call(carol, api, "/who")).status).toBe(403);
    await put([statement("Allow", "*")]);
    expect((await call(carol, api, "/who")).status).toBe(200);
    await put([statement("Allow", "*")], "Inactive");
    expect((await call(carol, api, "/who")).status).toBe(403);
  });
});

describe("resource policies (rest §9)", () => {
  const policyOf = (...statements: object[]) => ({
    policy: { Version: "2012-10-17", Statement: statements },
  });
  const forAll = (effect: string, more: object = {}) =>
    policyOf(statement(effect, "execute-api:/*", { Principal: "*", ...more }));
  const allow = forAll("Allow");
  const silent = policyOf(statement("Allow", "execute-api:/other/*", { Principal: "*" }));
  const deny = policyOf(
    statement("Allow", "execute-api:/*", { Principal: "*" }),
    statement("Deny", "execute-api:/*", { Principal: "*" }),
  );
  const STATUS = { allow: 200, deny: 403 } as const;

  it.each([
    { auth: "none", policy: "allow", outcome: "allow" },
    { auth: "none", policy: "silent", outcome: "deny" },
    { auth: "none", policy: "deny", outcome: "deny" },
    { auth: "same account, allow", policy: "allow", outcome: "allow" },
    { auth: "same account, allow", policy: "silent", outcome: "allow" },
    { auth: "same account, allow", policy: "deny", outcome: "deny" },
    { auth: "same account, silent", policy: "allow", outcome: "allow" },
    { auth: "same account, silent", policy: "silent", outcome: "deny" },
    { auth: "same account, silent", policy: "deny", outcome: "deny" },
    { auth: "same account, deny", policy: "allow", outcome: "deny" },
    { auth: "same account, deny", policy: "silent", outcome: "deny" },
    { auth: "same account, deny", policy: "deny", outcome: "deny" },
    { auth: "cross account, allow", policy: "allow", outcome: "allow" },
    { auth: "cross account, allow", policy: "silent", outcome: "deny" },
    { auth: "cross account, allow", policy: "deny", outcome: "deny" },
    { auth: "cross account, silent", policy: "allow", outcome: "deny" },
    { auth: "cross account, silent", policy: "silent", outcome: "deny" },
    { auth: "cross account, silent", policy: "deny", outcome: "deny" },
    { auth: "cross account, deny", policy: "allow", outcome: "deny" },
    { auth: "cross account, deny", policy: "silent", outcome: "deny" },
    { auth: "cross account, deny", policy: "deny", outcome: "deny" },
  ] as const)("$auth; policy says $policy: $outcome", async ({ auth, policy, outcome }) => {
    const api = await deploy({ allow, silent, deny }[policy]);
    const mallory: Signer = {
      accessKeyId: "AKIA000000000MALLORY",
      secretAccessKey: "m/secret/0123456789+0123456789/0123456789",
    };
    if (auth === "cross account, silent") await applyForeign(user("mallory", mallory, []));
    const reply = await {
      none: () => gateway.invoke(api, "/open"),
      "same account, allow": () => call(alice, api, "/who"),
      "same account, silent": () => call(bob, api, "/who"),
      "same account, deny": () => call(alice, api, "/secret"),
      "cross account, allow": () => call(foreign, api, "/who"),
      "cross account, deny": () => call(foreign, api, "/secret"),
      "cross account, silent": () => call(mallory, api, "/who"),
    }[auth]();
    expect(reply.status, reply.body).toBe(STATUS[outcome]);
  });

  it.each([
    { principal: ACCOUNT, who: "alice", status: 200 },
    { principal: ACCOUNT, who: "bob", status: 403 },
    { principal: `arn:aws:iam::${ACCOUNT}:root`, who: "bob", status: 403 },
    { principal: `arn:aws:iam::${ACCOUNT}:user/team/bob`, who: "bob", status: 200 },
    { principal: "999999999999", who: "eve", status: 200 },
    { principal: "999999999999", who: "bob", status: 403 },
  ] as const)(
    "a policy that allows $principal: $who gets $status",
    async ({ principal, who: name, status }) => {
      const api = await deploy(forAll("Allow", { Principal: { AWS: principal } }));
      const signer = { alice, bob, eve: foreign }[name];
      expect((await call(signer, api, "/who")).status).toBe(status);
    },
  );

  it.each([
    { name: "deny", policy: deny, ending: " with an explicit deny" },
    { name: "silent", policy: silent, ending: "" },
  ])(
    "an anonymous caller that no policy allows ($name) is reported as anonymous",
    async ({ policy, ending }) => {
      const api = await deploy(policy);
      const reply = await gateway.invoke(api, "/open");
      expect([reply.status, reply.body]).toEqual([
        403,
        `{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********0000:${api}/prod/GET/open${ending}"}`,
      ]);
    },
  );

  it("conditions look at the caller's address, agent and referer", async () => {
    const on = async (condition: object, headers: Record<string, string> = {}) =>
      (await gateway.invoke(await deploy(forAll("Allow", { Condition: condition })), "/open", { headers }))
        .status;
    expect(await on({ IpAddress: { "aws:SourceIp": ["127.0.0.0/8", "::1"] } })).toBe(200);
    expect(await on({ IpAddress: { "aws:SourceIp": "203.0.113.0/24" } })).toBe(403);
    expect(await on({ NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } })).toBe(200);
    expect(await on({ StringLike: { "aws:UserAgent": "spec/*" } }, { "User-Agent": "spec/1" })).toBe(200);
    expect(await on({ StringEquals: { "aws:Referer": "a" } }, { Referer: "b" })).toBe(403);
    expect(await on({ Bool: { "aws:SecureTransport": "true" } })).toBe(403);
    expect(await on({ StringEquals: { "aws:SourceVpce": "vpce-1" } })).toBe(403);
  });

  it("an explicit deny comes before routing; otherwise a missing route is reported", async () => {
    expect(body(await gateway.invoke(await deploy(deny), "/nowhere")).Message).toMatch(
      /anonymous.*explicit deny/,
    );
    expect(body(await gateway.invoke(await deploy(silent), "/nowhere")).message).toBe(
      "Missing Authentication Token",
    );
  });

  it("a policy is part of the deployment; it may be a JSON string", async () => {
    const api = await deploy({ policy: JSON.stringify(allow.policy) });
    await gateway.apply([{ kind: "RestApi", id: api, spec: { name: "spec", ...deny } }]);
    expect((await gateway.invoke(api, "/open")).status).toBe(200);
  });

  it.each([
    {
      policy: { Statement: [statement("Allow", "*")] },
      problem: /policy\.Statement\[0\]\.Principal: must have either/,
    },
    {
      policy: { Statement: [statement("Perhaps", "*", { Principal: "*" })] },
      problem: /Effect: must be Allow or Deny/,
    },
    { policy: "{", problem: /policy: is not JSON/ },
    {
      policy: { Statement: [statement("Allow", "x".repeat(8192), { Principal: "*" })] },
      problem: /at most 8192/,
    },
  ])("$problem is refused", async ({ policy, problem }) => {
    await expect(deploy({ policy })).rejects.toThrow(problem);
  });
});

describe("users", () => {
  it("secrets are shown only on request", async () => {
    const shown = await gateway.config.get({ kind: "User", id: "alice" });
    expect(shown.entity?.specJson).not.toContain(alice.secretAccessKey);
    const all = await gateway.config.get({ kind: "User", id: "alice", includeSecrets: true });
    expect(all.entity?.specJson).toContain(alice.secretAccessKey);
    // What was shown can be applied: nothing changes.
    const { changes } = await gateway.apply([
      { kind: "User", id: "alice", spec: JSON.parse(shown.entity?.specJson ?? "") },
    ]);
    expect(changes[0]?.action).toBe(4);
    expect(
      JSON.stringify(changes, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
    ).not.toContain(alice.secretAccessKey);
  });

  it.each([
    {
      spec: { accessKeys: { [alice.accessKeyId]: {} } },
      problem: /is already in use: access key ids/,
    },
    { spec: { accessKeys: { short: {} } }, problem: /16 to 128/ },
    {
      spec: { policies: { p: { Statement: [{ Effect: "Allow" }] } } },
      problem: /policies\.p\.Statement\[0\]\.Action/,
    },
    { spec: { path: "team" }, problem: /must begin and end with/ },
  ])("$problem is refused", async ({ spec, problem }) => {
    await expect(gateway.apply([{ kind: "User", id: "other", spec }])).rejects.toThrow(problem);
  });
});
