import { describe, expect, it } from "vitest";
import { iam, sts } from "@tollgate/aws-api";
import { type Boto, startBoto } from "../../kit/boto.ts";
import { startIdentityProvider } from "../../kit/identity-provider.ts";
import { mock } from "../../kit/rest-api.ts";
import { signed } from "../../kit/signed.ts";
import { IAM, useBoto, useGateway, useScope } from "../../kit/use.ts";

const gateway = useGateway({ env: IAM });
/** The account itself, by the key of the first start. */
const root = useBoto(gateway);
const scope = useScope();

const ACCOUNT = "000000000000";

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const as = async (key: Key): Promise<Boto> => scope.use(await startBoto(gateway.controlUrl, key));
const keyOf = (shown: { AccessKeyId: string; SecretAccessKey: string; SessionToken?: string }): Key => ({
  accessKeyId: shown.AccessKeyId,
  secretAccessKey: shown.SecretAccessKey,
  ...(shown.SessionToken === undefined ? {} : { sessionToken: shown.SessionToken }),
});
const statement = (Action: string | string[], more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource: "*",
  ...more,
});
const policy = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const trusting = (principal: object, more: object = {}) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole", ...more }],
  });

/** A user with a key and one inline policy. */
async function userWith(UserName: string, ...statements: object[]) {
  const iam = root.as("iam");
  await iam.call("create_user", { UserName });
  if (statements.length > 0)
    await iam.call("put_user_policy", { UserName, PolicyName: "own", PolicyDocument: policy(...statements) });
  const { AccessKey } = await iam.call("create_access_key", { UserName });
  return { UserName, key: keyOf(AccessKey), boto: await as(keyOf(AccessKey)) };
}

describe("the first start with TOLLGATE_AUTH=iam", () => {
  it("makes a key of the account itself, which may do everything", async () => {
    expect(gateway.rootKey?.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(await root.as("sts").call("get_caller_identity")).toMatchObject({
      UserId: ACCOUNT,
      Account: ACCOUNT,
      Arn: `arn:aws:iam::${ACCOUNT}:root`,
    });
    expect(await root.call("get_account")).toMatchObject({ apiKeyVersion: "4" });
  });
});

describe("boto3 creates a user and calls as it", () => {
  it("may do what its policies say, from the moment that they are written", async () => {
    const { boto, UserName } = await userWith("ada");
    expect(await boto.as("sts").call("get_caller_identity")).toMatchObject({
      UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
      Arn: `arn:aws:iam::${ACCOUNT}:user/ada`,
    });
    expect(await boto.refused("get_rest_apis")).toMatchObject({
      code: "AccessDeniedException",
      message: expect.stringContaining(
        `User: arn:aws:iam::${ACCOUNT}:user/ada is not authorized to perform: apigateway:GET`,
      ),
    });
    expect(await boto.as("iam").refused("create_user", { UserName: "eve" })).toMatchObject({
      code: "AccessDenied",
      status: 403,
      message: `User: arn:aws:iam::${ACCOUNT}:user/ada is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::${ACCOUNT}:user/eve`,
    });
    await root.as("iam").call("attach_user_policy", {
      UserName,
      PolicyArn: "arn:aws:iam::aws:policy/AmazonAPIGatewayAdministrator",
    });
    expect(await boto.call("create_rest_api", { name: "ada's" })).toMatchObject({ name: "ada's" });
  });

  it("gets the policies of its groups, and loses them with them", async () => {
    const iam = root.as("iam");
    const { boto, UserName } = await userWith("grace");
    await iam.call("create_group", { GroupName: "readers", Path: "/team/" });
    const { Policy } = await iam.call("create_policy", {
      PolicyName: "read",
      PolicyDocument: policy(statement("apigateway:GET")),
    });
    await iam.call("attach_group_policy", { GroupName: "readers", PolicyArn: Policy.Arn });
    await iam.call("add_user_to_group", { GroupName: "readers", UserName });
    expect((await boto.call("get_rest_apis")).items).toBeDefined();
    const group = await iam.call("get_group", { GroupName: "readers" });
    expect(group).toMatchObject({
      Group: { Path: "/team/", Arn: `arn:aws:iam::${ACCOUNT}:group/team/readers` },
      Users: [{ UserName }],
    });
    // Another version of the policy counts once it is the default.
    const version = { PolicyArn: Policy.Arn, PolicyDocument: policy(statement("apigateway:POST")) };
    const { PolicyVersion } = await iam.call("create_policy_version", version);
    expect((await boto.call("get_rest_apis")).items).toBeDefined();
    await iam.call("set_default_policy_version", {
      PolicyArn: Policy.Arn,
      VersionId: PolicyVersion.VersionId,
    });
    expect(await boto.refused("get_rest_apis")).toMatchObject({ code: "AccessDeniedException" });
    await iam.call("set_default_policy_version", { PolicyArn: Policy.Arn, VersionId: "v1" });
    await iam.call("remove_user_from_group", { GroupName: "readers", UserName });
    expect(await boto.refused("get_rest_apis")).toMatchObject({ code: "AccessDeniedException" });
  });

  it("an inactive or deleted key belongs to nobody", async () => {
    const { boto, UserName, key } = await userWith("alan", statement("apigateway:*"));
    const AccessKeyId = key.accessKeyId;
    await root.as("iam").call("update_access_key", { UserName, AccessKeyId, Status: "Inactive" });
    expect(await boto.refused("get_rest_apis")).toMatchObject({ code: "UnrecognizedClientException" });
    expect(await boto.as("sts").refused("get_caller_identity")).toMatchObject({
      code: "InvalidClientTokenId",
    });
    await root.as("iam").call("update_access_key", { UserName, AccessKeyId, Status: "Active" });
    await boto.call("get_rest_apis");
    expect((await root.as("iam").call("list_access_keys", { UserName })).AccessKeyMetadata).toEqual([
      { UserName, AccessKeyId, Status: "Active", CreateDate: expect.any(String) },
    ]);
    await root.as("iam").call("delete_access_key", { UserName, AccessKeyId });
    expect(await boto.refused("get_rest_apis")).toMatchObject({ code: "UnrecognizedClientException" });
  });

  it("calls an API with authorization AWS_IAM, as a user, a session, and the account itself", async () => {
    const restApiId = await gateway.deploy({ "GET /pets": { ...mock("in"), authorizationType: "AWS_IAM" } });
    const path = `/_aws/execute-api/${restApiId}/prod/pets`;
    const call = async (key: Key) => (await gateway.call(path, signed(key, path))).status;
    const { key } = await userWith("caller", statement("execute-api:Invoke"));
    const { key: other } = await userWith("onlooker", statement("apigateway:GET"));
    expect([await call(key), await call(other)]).toEqual([200, 403]);
    expect(await call(gateway.rootKey as Key)).toBe(200);
    const session = await (await as(key)).as("sts").call("get_session_token", { DurationSeconds: 900 });
    expect(await call(keyOf(session.Credentials))).toBe(200);
    const forged = { ...keyOf(session.Credentials), sessionToken: `${session.Credentials.SessionToken}A` };
    expect(await call(forged)).toBe(403);
    expect(await call({ ...key, sessionToken: session.Credentials.SessionToken })).toBe(403);
  });
});

describe("roles", () => {
  const role = async (RoleName: string, trust: string, ...statements: object[]) => {
    const iam = root.as("iam");
    const { Role } = await iam.call("create_role", { RoleName, AssumeRolePolicyDocument: trust });
    if (statements.length > 0)
      await iam.call("put_role_policy", {
        RoleName,
        PolicyName: "own",
        PolicyDocument: policy(...statements),
      });
    return Role.Arn as string;
  };

  it("are assumed by whom they trust, with their own policies, narrowed by the session's", async () => {
    const { boto, UserName } = await userWith("linus");
    const arn = await role(
      "deployer",
      trusting({ AWS: `arn:aws:iam::${ACCOUNT}:user/${UserName}` }),
      statement("apigateway:*"),
    );
    const asked = { RoleArn: arn, RoleSessionName: "deploy-1" };
    const { Credentials, AssumedRoleUser } = await boto.as("sts").call("assume_role", asked);
    expect(AssumedRoleUser).toEqual({
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/deployer/deploy-1`,
      AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:deploy-1$/),
    });
    expect(Credentials.AccessKeyId).toMatch(/^ASIA/);
    const session = await as(keyOf(Credentials));
    const { id: restApiId } = await session.call("create_rest_api", { name: "by a role" });
    expect(await session.as("sts").call("get_caller_identity")).toMatchObject({ Arn: AssumedRoleUser.Arn });
    const narrowed = await boto.as("sts").call("assume_role", {
      ...asked,
      Policy: policy(statement(["apigateway:GET", "iam:*"])),
    });
    const reader = await as(keyOf(narrowed.Credentials));
    await reader.call("get_rest_api", { restApiId });
    expect(await reader.refused("delete_rest_api", { restApiId })).toMatchObject({
      code: "AccessDeniedException",
    });
    // What the role may not, no session policy gives.
    expect(await reader.as("iam").refused("list_users")).toMatchObject({ code: "AccessDenied" });
    await root.as("iam").call("delete_role_policy", { RoleName: "deployer", PolicyName: "own" });
    expect(await session.refused("get_rest_api", { restApiId })).toMatchObject({
      code: "AccessDeniedException",
    });
    await root.as("iam").call("delete_role", { RoleName: "deployer" });
    expect(await session.refused("get_rest_api", { restApiId })).toMatchObject({
      code: "UnrecognizedClientException",
    });
  });

  it("that trust a whole account are for those whose own policies allow it", async () => {
    const arn = await role("shared", trusting({ AWS: ACCOUNT }), statement("apigateway:GET"));
    const asked = { RoleArn: arn, RoleSessionName: "one" };
    const { boto: plain } = await userWith("plain");
    const { boto: allowed } = await userWith("allowed", statement("sts:AssumeRole", { Resource: arn }));
    expect(await plain.as("sts").refused("assume_role", asked)).toMatchObject({
      code: "AccessDenied",
      message: `User: arn:aws:iam::${ACCOUNT}:user/plain is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    });
    expect((await allowed.as("sts").call("assume_role", asked)).Credentials.SessionToken).toBeDefined();
  });

  it("ask for an external id where their policy does", async () => {
    const { boto, UserName } = await userWith("vendor");
    const arn = await role(
      "external",
      trusting(
        { AWS: `arn:aws:iam::${ACCOUNT}:user/${UserName}` },
        { Condition: { StringEquals: { "sts:ExternalId": "agreed" } } },
      ),
    );
    const asked = { RoleArn: arn, RoleSessionName: "one" };
    expect(await boto.as("sts").refused("assume_role", { ...asked, ExternalId: "guessed" })).toMatchObject({
      code: "AccessDenied",
    });
    await boto.as("sts").call("assume_role", { ...asked, ExternalId: "agreed" });
  });

  it("are assumed with the token of an identity provider, by callers that sign nothing", async () => {
    const provider = scope.use(await startIdentityProvider());
    const { OpenIDConnectProviderArn: Federated } = await root
      .as("iam")
      .call("create_open_id_connect_provider", {
        Url: provider.issuer,
        ClientIDList: ["tollgate"],
        ThumbprintList: ["a".repeat(40)],
      });
    const host = provider.issuer.replace("http://", "");
    expect(Federated).toBe(`arn:aws:iam::${ACCOUNT}:oidc-provider/${host}`);
    const arn = await role(
      "job",
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Federated },
            Action: "sts:AssumeRoleWithWebIdentity",
            Condition: {
              StringEquals: { [`${host}:aud`]: "tollgate" },
              StringLike: { [`${host}:sub`]: "job-*" },
            },
          },
        ],
      }),
      statement("apigateway:GET"),
    );
    const sts = (await as({ accessKeyId: "unknown", secretAccessKey: "unknown" })).as("sts");
    const assume = async (WebIdentityToken: string) => ({
      RoleArn: arn,
      RoleSessionName: "ci",
      WebIdentityToken,
    });
    const answer = await sts.call("assume_role_with_web_identity", await assume(await provider.token()));
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: "job-1",
      Audience: "tollgate",
      Provider: Federated,
    });
    await (await as(keyOf(answer.Credentials))).call("get_rest_apis");
    for (const [token, code] of [
      [await provider.token({ sub: "person-1" }), "AccessDenied"],
      [await provider.token({ aud: "elsewhere" }), "InvalidIdentityToken"],
      [await provider.token({}, { isForged: true }), "InvalidIdentityToken"],
      [await provider.token({ exp: 1_000_000_000 }), "ExpiredTokenException"],
      [await provider.token({ iss: "http://127.0.0.1:1" }), "InvalidIdentityToken"],
      ["no token at all", "InvalidIdentityToken"],
    ] as const)
      expect(await sts.refused("assume_role_with_web_identity", await assume(token))).toMatchObject({ code });
  });
});

describe("requests that are wrong", () => {
  const everybody = trusting({ AWS: "*" });
  it.each([
    ["iam", "get_user", { UserName: "nobody" }, "NoSuchEntity", "The user with name nobody cannot be found."],
    [
      "iam",
      "create_user",
      { UserName: "Taken" },
      "EntityAlreadyExists",
      "User with name Taken already exists.",
    ],
    [
      "iam",
      "create_user",
      { UserName: "a b" },
      "ValidationError",
      "is the user's name and must be 1 to 64 characters of",
    ],
    ["iam", "create_user", { UserName: "x", Path: "team/" }, "ValidationError", "must begin and end with /"],
    [
      "iam",
      "delete_user",
      { UserName: "Taken" },
      "DeleteConflict",
      "Cannot delete entity, must delete access keys first.",
    ],
    [
      "iam",
      "put_user_policy",
      { UserName: "Taken", PolicyName: "p", PolicyDocument: "{" },
      "MalformedPolicyDocument",
      "The policy is not JSON",
    ],
    [
      "iam",
      "put_user_policy",
      {
        UserName: "Taken",
        PolicyName: "p",
        PolicyDocument: policy({ Effect: "Maybe", Action: "*", Resource: "*" }),
      },
      "MalformedPolicyDocument",
      ".Statement[0].Effect must be Allow or Deny",
    ],
    [
      "iam",
      "create_role",
      { RoleName: "r", AssumeRolePolicyDocument: policy(statement("sts:AssumeRole")) },
      "MalformedPolicyDocument",
      ".Statement[0].Resource is not allowed in the policy of a role",
    ],
    [
      "iam",
      "create_role",
      { RoleName: "r", AssumeRolePolicyDocument: everybody, MaxSessionDuration: 50_000 },
      "ValidationError",
      "maxSessionDuration",
    ],
    [
      "iam",
      "attach_user_policy",
      { UserName: "Taken", PolicyArn: "arn:aws:iam::aws:policy/NoSuchPolicy" },
      "NoSuchEntity",
      "Policy arn:aws:iam::aws:policy/NoSuchPolicy does not exist or is not attachable.",
    ],
    [
      "iam",
      "get_user_policy",
      { UserName: "Taken", PolicyName: "p" },
      "NoSuchEntity",
      "The user policy with name p cannot be found.",
    ],
    [
      "iam",
      "delete_access_key",
      { UserName: "Taken", AccessKeyId: "AKIAAAAAAAAAAAAAAAAA" },
      "NoSuchEntity",
      "The Access Key with id AKIAAAAAAAAAAAAAAAAA cannot be found.",
    ],
    [
      "iam",
      "create_saml_provider",
      { Name: "s", SAMLMetadataDocument: "x".repeat(1000) },
      "InvalidAction",
      "CreateSAMLProvider",
    ],
    [
      "sts",
      "assume_role",
      { RoleArn: "arn:aws:iam::000000000000:user/x", RoleSessionName: "one" },
      "ValidationError",
      "is invalid",
    ],
    [
      "sts",
      "assume_role",
      { RoleArn: `arn:aws:iam::${ACCOUNT}:role/open`, RoleSessionName: "one", DurationSeconds: 7200 },
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role: 3600",
    ],
    [
      "sts",
      "assume_role",
      { RoleArn: `arn:aws:iam::${ACCOUNT}:role/open`, RoleSessionName: "a b" },
      "ValidationError",
      "at 'roleSessionName' failed to satisfy constraint",
    ],
    [
      "sts",
      "assume_role",
      { RoleArn: `arn:aws:iam::${ACCOUNT}:role/open`, RoleSessionName: "one", Policy: "[]" },
      "MalformedPolicyDocument",
      "must be a policy document",
    ],
  ])("%s %s %o: %s", async (service, method, params, code, message) => {
    await root
      .as("iam")
      .call("create_user", { UserName: "Taken" })
      .catch(() => undefined);
    const { AccessKeyMetadata } = await root.as("iam").call("list_access_keys", { UserName: "Taken" });
    if (AccessKeyMetadata.length === 0) await root.as("iam").call("create_access_key", { UserName: "Taken" });
    await root
      .as("iam")
      .call("create_role", { RoleName: "open", AssumeRolePolicyDocument: everybody })
      .catch(() => undefined);
    const refused = await root.as(service).refused(method, params);
    expect(refused).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it("a third key of a user is over the limit", async () => {
    const { UserName } = await userWith("many");
    await root.as("iam").call("create_access_key", { UserName });
    expect(await root.as("iam").refused("create_access_key", { UserName })).toMatchObject({
      code: "LimitExceeded",
      message: "Cannot exceed quota for AccessKeysPerUser: 2",
    });
  });
});

describe("everything that is written can be read, listed and deleted", () => {
  it("users, with tags, policies and another name", async () => {
    const iam = root.as("iam");
    const UserName = "mary";
    await iam.call("create_user", { UserName, Path: "/eng/", Tags: [{ Key: "team", Value: "a & b <c>" }] });
    await iam.call("tag_user", { UserName, Tags: [{ Key: "cost", Value: "7" }] });
    await iam.call("untag_user", { UserName, TagKeys: ["cost"] });
    expect((await iam.call("list_user_tags", { UserName })).Tags).toEqual([
      { Key: "team", Value: "a & b <c>" },
    ]);
    const document = { Version: "2012-10-17", Statement: [statement("apigateway:GET")] };
    await iam.call("put_user_policy", {
      UserName,
      PolicyName: "p",
      PolicyDocument: JSON.stringify(document),
    });
    expect((await iam.call("get_user_policy", { UserName, PolicyName: "p" })).PolicyDocument).toEqual(
      document,
    );
    expect((await iam.call("list_user_policies", { UserName })).PolicyNames).toEqual(["p"]);
    await iam.call("update_user", { UserName, NewUserName: "maria", NewPath: "/ops/" });
    expect((await iam.call("get_user", { UserName: "maria" })).User).toMatchObject({
      Arn: `arn:aws:iam::${ACCOUNT}:user/ops/maria`,
      Tags: [{ Key: "team", Value: "a & b <c>" }],
    });
    await iam.call("delete_user_policy", { UserName: "maria", PolicyName: "p" });
    await iam.call("delete_user", { UserName: "maria" });
    expect(await iam.refused("get_user", { UserName: "maria" })).toMatchObject({ code: "NoSuchEntity" });
  });

  it("policies and their versions", async () => {
    const iam = root.as("iam");
    const { Policy } = await iam.call("create_policy", {
      PolicyName: "v",
      PolicyDocument: policy(statement("a:B")),
    });
    const PolicyArn = Policy.Arn;
    for (let i = 0; i < 4; i++)
      await iam.call("create_policy_version", {
        PolicyArn,
        PolicyDocument: policy(statement(`a:${i}`)),
        SetAsDefault: true,
      });
    expect(
      await iam.refused("create_policy_version", { PolicyArn, PolicyDocument: policy(statement("a:C")) }),
    ).toMatchObject({ code: "LimitExceeded" });
    expect(await iam.refused("delete_policy_version", { PolicyArn, VersionId: "v5" })).toMatchObject({
      code: "DeleteConflict",
    });
    for (const VersionId of ["v1", "v2", "v3", "v4"])
      await iam.call("delete_policy_version", { PolicyArn, VersionId });
    const { Versions } = await iam.call("list_policy_versions", { PolicyArn });
    expect(Versions).toEqual([{ VersionId: "v5", IsDefaultVersion: true, CreateDate: expect.any(String) }]);
    const version = await iam.call("get_policy_version", { PolicyArn, VersionId: "v5" });
    expect(version.PolicyVersion.Document.Statement[0].Action).toBe("a:3");
    const local = await iam.call("list_policies", { Scope: "Local", PathPrefix: "/" });
    expect(local.Policies.map(({ PolicyName }: { PolicyName: string }) => PolicyName)).toContain("v");
    await iam.call("create_group", { GroupName: "holders" });
    await iam.call("attach_group_policy", { GroupName: "holders", PolicyArn });
    expect(await iam.call("list_entities_for_policy", { PolicyArn })).toMatchObject({
      PolicyGroups: [{ GroupName: "holders" }],
      PolicyUsers: [],
    });
    expect(
      (await iam.call("list_attached_group_policies", { GroupName: "holders" })).AttachedPolicies,
    ).toEqual([{ PolicyName: "v", PolicyArn }]);
    expect(await iam.refused("delete_policy", { PolicyArn })).toMatchObject({ code: "DeleteConflict" });
    await iam.call("detach_group_policy", { GroupName: "holders", PolicyArn });
    await iam.call("delete_policy", { PolicyArn });
  });

  it.each([
    ["iam", iam.operations],
    ["sts", sts.operations],
  ])(
    "the operations of %s are those of botocore's description of it, or fewer",
    async (service, operations) => {
      const described = new Set((await root.as(service).operations()).map(({ name }) => name));
      expect(operations.map(({ name }) => name).filter((name) => !described.has(name))).toEqual([]);
    },
  );

  it("pages with boto3's own paginators", async () => {
    const iam = root.as("iam");
    for (let i = 0; i < 5; i++) await iam.call("create_group", { GroupName: `paged${i}`, Path: "/paged/" });
    const pages = await iam.pages("list_groups", 2, { PathPrefix: "/paged/" });
    expect(pages.map(({ Groups }) => Groups.length)).toEqual([2, 2, 1]);
  });
});
