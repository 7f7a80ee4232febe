import { beforeAll, describe, expect, it } from "vitest";
import { IdentityService } from "@tollgate/proto/control";
import { createClient } from "@tollgate/proto/grpc";
import { startBoto } from "../../kit/boto.ts";
import { tollgate } from "../../kit/cli.ts";
import { startIdentityProvider } from "../../kit/identity-provider.ts";
import { useGateway, useScope } from "../../kit/use.ts";

const TOKEN = "operators-token";
const gateway = useGateway({ env: { TOLLGATE_AUTH: "iam", TOLLGATE_TOKEN: TOKEN } });
const scope = useScope();
beforeAll(async () => {
  await gateway.apply([
    { kind: "User", id: "ada", spec: {} },
    { kind: "Group", id: "readers", spec: {} },
    {
      kind: "Role",
      id: "deploy",
      spec: {
        assumeRolePolicyDocument: trust({ AWS: "arn:aws:iam::000000000000:root" }, "sts:AssumeRole"),
        managedPolicyArns: [ADMINISTRATOR],
      },
    },
  ]);
});

const ADMINISTRATOR = "arn:aws:iam::aws:policy/AmazonAPIGatewayAdministrator";
const trust = (Principal: object, Action: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal, Action }],
});
const cli = (...args: string[]) =>
  tollgate(["identity", ...args], { ...gateway.cliEnv, TOLLGATE_TOKEN: TOKEN });
const exported = (text: string) =>
  Object.fromEntries(
    [...text.matchAll(/^export AWS_(\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value]),
  );
const as = async (text: string) => {
  const { ACCESS_KEY_ID = "", SECRET_ACCESS_KEY = "", SESSION_TOKEN = "" } = exported(text);
  const key = { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY, sessionToken: SESSION_TOKEN };
  return scope.use(await startBoto(gateway.controlUrl, key));
};

describe("tollgate identity", () => {
  it("creates a key for an applied user, gives it a policy by a group, and removes all of them", async () => {
    const made = await cli("create-key", "ada");
    expect(made.stdout).toMatch(
      /^export AWS_ACCESS_KEY_ID=AKIA\w{16}\nexport AWS_SECRET_ACCESS_KEY=\S{40}\n$/,
    );
    const ada = await as(made.stdout);
    expect(await ada.refused("get_rest_apis")).toMatchObject({ code: "AccessDeniedException" });
    expect((await cli("attach", "group", "readers", ADMINISTRATOR)).exitCode).toBe(0);
    expect((await cli("join", "ada", "readers")).stderr).toBe("ada added to readers\n");
    await ada.call("get_rest_apis");
    const key = exported(made.stdout).ACCESS_KEY_ID ?? "";
    expect((await cli("keys", "ada")).stdout).toMatch(new RegExp(`${key} +active +\\d{4}-`));
    await cli("disable-key", "ada", key);
    expect(await ada.refused("get_rest_apis")).toMatchObject({ code: "UnrecognizedClientException" });
    await cli("enable-key", "ada", key);
    await cli("leave", "ada", "readers");
    expect(await ada.refused("get_rest_apis")).toMatchObject({ code: "AccessDeniedException" });
    await cli("detach", "group", "readers", ADMINISTRATOR);
    await cli("delete-key", "ada", key);
    expect((await cli("keys", "ada", "-o", "json")).stdout).toBe("[]\n");
  });

  it("returns temporary credentials of a role and of a user", async () => {
    const role = "arn:aws:iam::000000000000:role/deploy";
    const assumed = await cli("assume-role", role, "--session-name", "by-hand", "--duration", "900");
    expect(assumed.stderr).toMatch(/^valid until \d{4}-/);
    const session = await as(assumed.stdout);
    expect((await session.as("sts").call("get_caller_identity")).Arn).toBe(
      "arn:aws:sts::000000000000:assumed-role/deploy/by-hand",
    );
    await session.call("create_rest_api", { name: "by a role" });
    const user = await as((await cli("session-token", "ada", "--duration", "900")).stdout);
    expect((await user.as("sts").call("get_caller_identity")).Arn).toBe("arn:aws:iam::000000000000:user/ada");
  });

  it.each([
    [["create-key", "nobody"], 1, /The user with name nobody cannot be found/],
    [["attach", "robot", "x", ADMINISTRATOR], 2, /'robot' must be one of group, role, user/],
    [["attach", "user", "ada", "arn:aws:iam::aws:policy/None"], 1, /does not exist or is not attachable/],
    [
      ["assume-role", "arn:aws:iam::000000000000:role/none"],
      1,
      /is not authorized to perform: sts:AssumeRole/,
    ],
    [
      ["assume-role", "arn:aws:iam::000000000000:role/deploy", "--duration", "long"],
      2,
      /--duration 'long' must be seconds/,
    ],
    [
      ["assume-role", "arn:aws:iam::000000000000:role/deploy", "--duration", "10"],
      1,
      /greater than or equal to 900/,
    ],
    [["session-token", "nobody"], 1, /The user with name nobody cannot be found/],
  ])("%j is refused", async (args, exitCode, message) => {
    const refused = await cli(...args);
    expect([refused.exitCode, refused.stdout]).toEqual([exitCode, ""]);
    expect(refused.stderr).toMatch(message);
  });

  it("a provider's token is as good over gRPC", async () => {
    const provider = scope.use(await startIdentityProvider());
    const host = provider.issuer.replace("http://", "");
    const Federated = `arn:aws:iam::000000000000:oidc-provider/${host}`;
    await gateway.apply([
      { kind: "OpenIdConnectProvider", id: host, spec: { url: provider.issuer, clientIds: ["tollgate"] } },
      {
        kind: "Role",
        id: "ci",
        spec: { assumeRolePolicyDocument: trust({ Federated }, "sts:AssumeRoleWithWebIdentity") },
      },
    ]);
    const client = createClient(IdentityService, { address: `127.0.0.1:${gateway.grpcPort}`, token: TOKEN });
    const request = {
      roleArn: "arn:aws:iam::000000000000:role/ci",
      sessionName: "job",
      webIdentityToken: await provider.token(),
    };
    const { arn, credentials } = await client.assumeRoleWithWebIdentity(request);
    expect(arn).toBe("arn:aws:sts::000000000000:assumed-role/ci/job");
    expect(credentials?.accessKeyId).toMatch(/^ASIA/);
    const forged = { ...request, webIdentityToken: await provider.token({}, { isForged: true }) };
    await expect(client.assumeRoleWithWebIdentity(forged)).rejects.toMatchObject({ code: 3 });
    client.close();
  });
});
