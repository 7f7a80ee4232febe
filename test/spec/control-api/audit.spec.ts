import { describe, expect, it } from "vitest";
import { AuditService, ConfigService } from "@tollgate/proto/control";
import { createClient } from "@tollgate/proto/grpc";
import { startBoto } from "../../kit/boto.ts";
import { tollgate } from "../../kit/cli.ts";
import { useBoto, useGateway, useScope } from "../../kit/use.ts";

const TOKEN = "operators-token";
const VIEWER = "a-token-of-a-viewer";
const gateway = useGateway({
  env: { TOLLGATE_AUTH: "iam", TOLLGATE_TOKEN: TOKEN, TOLLGATE_TOKENS: `viewer/grafana:${VIEWER}` },
});
const root = useBoto(gateway);
const scope = useScope();
const ACCOUNT = "000000000000";

// oxlint-disable-next-line typescript/no-explicit-any -- records are read as their consumers do
type Record_ = any;

/** Records, newest first. */
async function events(wanted: object = {}): Promise<Record_[]> {
  const audit = createClient(AuditService, { address: `127.0.0.1:${gateway.grpcPort}`, token: TOKEN });
  try {
    const { eventsJson } = await audit.lookupEvents(wanted);
    return eventsJson.map((json) => JSON.parse(json) as Record_);
  } finally {
    audit.close();
  }
}

describe("a control call is recorded before the response is sent", () => {
  it("of AWS's API: who, from where, what, and what it changed", async () => {
    const { id } = await root.call("create_rest_api", { name: "audited" });
    const [event] = await events({ eventName: "CreateRestApi" });
    expect(event).toMatchObject({
      eventVersion: "1.11",
      userIdentity: {
        type: "Root",
        principalId: ACCOUNT,
        arn: `arn:aws:iam::${ACCOUNT}:root`,
        accountId: ACCOUNT,
        accessKeyId: gateway.rootKey?.accessKeyId,
      },
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      eventSource: "apigateway.amazonaws.com",
      eventName: "CreateRestApi",
      awsRegion: "us-east-1",
      sourceIPAddress: "127.0.0.1",
      userAgent: expect.stringContaining("Boto3"),
      requestParameters: { name: "audited" },
      requestID: expect.any(String),
      eventID: expect.any(String),
      readOnly: false,
      recipientAccountId: ACCOUNT,
    });
    expect(event).not.toHaveProperty("errorCode");
    const { changes, revision } = event.additionalEventData;
    expect(revision).toBeGreaterThan(0);
    const api = changes.find(({ entity }: { entity: string }) => entity === `restapis/${id}`);
    expect(api).toEqual({ entity: `restapis/${id}`, afterDigest: expect.stringMatching(/^[0-9a-f]{64}$/) });

    await root.call("update_rest_api", {
      restApiId: id,
      patchOperations: [{ op: "replace", path: "/name", value: "renamed" }],
    });
    const [update] = await events({ entity: `restapis/${id}`, eventName: "UpdateRestApi" });
    expect(update.additionalEventData.changes).toEqual([
      { entity: `restapis/${id}`, beforeDigest: api.afterDigest, afterDigest: expect.any(String) },
    ]);
    await root.call("get_rest_api", { restApiId: id });
    const [read] = await events({ eventName: "GetRestApi" });
    expect(read).toMatchObject({ readOnly: true, requestParameters: { restapi_id: id } });
  });

  it("of gRPC, with the operator that called", async () => {
    await gateway.apply([{ kind: "RestApi", id: "auditapi01", spec: { name: "audited" } }]);
    const [event] = await events({ eventName: "Apply", entity: "restapis/auditapi01" });
    expect(event).toMatchObject({
      eventSource: "config.tollgate",
      userIdentity: { type: "Operator", userName: "operator", roles: ["admin", "node"] },
      sourceIPAddress: "127.0.0.1",
      userAgent: expect.stringContaining("grpc-node"),
      requestParameters: { entities: [{ kind: "RestApi", id: "auditapi01" }], dryRun: false },
      additionalEventData: { changes: [{ entity: "restapis/auditapi01" }], changeCount: 1 },
    });
  });

  it("that is refused, with the error that its caller got", async () => {
    await root.refused("get_rest_api", { restApiId: "nothere000" });
    await root.as("iam").call("create_user", { UserName: "nobody" });
    const { AccessKey } = await root.as("iam").call("create_access_key", { UserName: "nobody" });
    const nobody = scope.use(
      await startBoto(gateway.controlUrl, {
        accessKeyId: AccessKey.AccessKeyId,
        secretAccessKey: AccessKey.SecretAccessKey,
      }),
    );
    await nobody.refused("delete_rest_api", { restApiId: "auditapi01" });
    const viewer = createClient(ConfigService, { address: `127.0.0.1:${gateway.grpcPort}`, token: VIEWER });
    await viewer.apply({}).catch(() => undefined);
    await viewer.get({ kind: "Nothing" }).catch(() => undefined);
    viewer.close();
    const [get, apply, remove, api] = await events({ errorsOnly: true });
    expect([api.eventName, api.errorCode, api.errorMessage]).toEqual([
      "GetRestApi",
      "NotFoundException",
      `Invalid API identifier specified ${ACCOUNT}:nothere000`,
    ]);
    expect(remove).toMatchObject({
      eventName: "DeleteRestApi",
      errorCode: "AccessDeniedException",
      userIdentity: { type: "IAMUser", userName: "nobody", accessKeyId: AccessKey.AccessKeyId },
    });
    expect(apply).toMatchObject({
      eventName: "Apply",
      errorCode: "PERMISSION_DENIED",
      userIdentity: { userName: "grafana" },
    });
    expect(get).toMatchObject({ eventName: "Get", errorCode: "INVALID_ARGUMENT" });
  });

  it("without its secrets", async () => {
    const value = "a-value-that-nobody-may-read-in-a-record";
    await root.call("create_api_key", { name: "k", value });
    await gateway.apply([{ kind: "ApiKey", id: "auditkey1", spec: { value: `${value}-2` } }]);
    const { AccessKey } = await root.as("iam").call("create_access_key", { UserName: "nobody" });
    await root.as("sts").call("get_session_token");
    const text = JSON.stringify(await events({ pageSize: 500 }));
    expect(text).not.toContain(value);
    expect(text).not.toContain(AccessKey.SecretAccessKey);
    const [event] = await events({ eventName: "CreateApiKey" });
    expect(event.requestParameters).toEqual({ name: "k", value: "HIDDEN_DUE_TO_SECURITY_REASONS" });
  });

  it("and unauthenticated calls are not: anybody could write records", async () => {
    const before = (await events({ pageSize: 500 })).length;
    const response = await fetch(`http://127.0.0.1:${gateway.controlPort}/restapis`);
    expect(response.status).toBe(403);
    // Reading the records is a call too.
    expect((await events({ pageSize: 500 })).length).toBe(before + 1);
  });

  it("roles' sessions are recorded with their role, and who assumed it by a token with its subject", async () => {
    await root.as("iam").call("create_role", {
      RoleName: "audited",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { AWS: ACCOUNT }, Action: "sts:AssumeRole" }],
      }),
    });
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/audited`;
    const { Credentials } = await root.as("sts").call("assume_role", { RoleArn, RoleSessionName: "s1" });
    const session = scope.use(
      await startBoto(gateway.controlUrl, {
        accessKeyId: Credentials.AccessKeyId,
        secretAccessKey: Credentials.SecretAccessKey,
        sessionToken: Credentials.SessionToken,
      }),
    );
    await session.refused("get_rest_apis");
    const [event] = await events({ eventName: "GetRestApis" });
    expect(event.userIdentity).toMatchObject({
      type: "AssumedRole",
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/audited/s1`,
      sessionContext: { sessionIssuer: { type: "Role", arn: RoleArn, userName: "audited" } },
    });
  });
});

describe("tollgate audit", () => {
  const audit = (...args: string[]) =>
    tollgate(["audit", ...args], { ...gateway.cliEnv, TOLLGATE_TOKEN: TOKEN });

  it("shows records as a table, or as they are", async () => {
    await gateway.apply([{ kind: "RestApi", id: "auditapi02", spec: { name: "shown" } }]);
    const { stdout } = await audit("--entity", "restapis/auditapi02");
    expect(stdout).toMatch(/^TIME +WHO +FROM +SERVICE +EVENT +RESULT +CHANGED\n/);
    expect(stdout).toMatch(/operator +127\.0\.0\.1 +config +Apply +ok +restapis\/auditapi02\n$/);
    const json = await audit("--entity", "restapis/auditapi02", "-o", "json");
    expect(JSON.parse(json.stdout)).toMatchObject([{ eventName: "Apply" }]);
  });

  it("reads on over pages", async () => {
    for (let i = 0; i < 7; i++)
      await gateway.apply([{ kind: "RestApi", id: "auditapi03", spec: { name: `version ${i}` } }]);
    const seen: string[] = [];
    const client = createClient(AuditService, { address: `127.0.0.1:${gateway.grpcPort}`, token: TOKEN });
    let pageToken = "";
    do {
      const page = await client.lookupEvents({ entity: "restapis/auditapi03", pageSize: 3, pageToken });
      seen.push(...page.eventsJson);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    const revisions = seen.map(
      (json) => (JSON.parse(json) as Record_).additionalEventData.revision as number,
    );
    expect(revisions).toHaveLength(7);
    expect(revisions).toEqual([...revisions].sort((a, b) => b - a));
    const foreign = Buffer.from("log/999999999999/1").toString("base64url");
    await expect(client.lookupEvents({ pageToken: foreign })).rejects.toThrow(/page_token does not belong/);
    client.close();
  });

  it.each([
    [["--start", "yesterday"], /'yesterday' is invalid. It must be a time/],
    [["--limit", "none"], /--limit 'none' must be a whole number/],
  ])("%j is refused", async (args, message) => {
    const { exitCode, stderr } = await audit(...args);
    expect([exitCode, message.test(stderr)]).toEqual([2, true]);
  });
});
