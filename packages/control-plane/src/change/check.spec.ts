import { describe, expect, it } from "vitest";
import { type Entity, type Kind, parentOf, parseManifest } from "@tollgate/config";
import { AccountState, type Mirror } from "../mirror/mirror.ts";
import { draftEntity } from "../mirror/stored-entity.ts";
import { KeyIndex } from "../resolve/key-index.ts";
import { check } from "./check.ts";

const [ACCOUNT, OTHER] = ["000000000000", "111111111111"];
const API = "abcdefghij";

function entity(kind: Kind, id: string, spec: object = {}, apiId = API): Entity {
  const parsed = parseManifest({ kind, id, spec, ...(parentOf(kind) ? { apiId } : {}) }, 0);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

function accountWith(entities: readonly Entity[]): AccountState {
  const state = new AccountState();
  for (const one of entities) state.set(draftEntity(one));
  return state;
}

interface Situation {
  /** The entities of the account. */
  readonly has?: readonly Entity[];
  /** The entities of another account. */
  readonly others?: readonly Entity[];
  readonly puts?: readonly Entity[];
  readonly deletes?: readonly Entity[];
}

/** The problems of a change, as "path: message". */
function problemsOf({ has = [], others = [], puts = [], deletes = [] }: Situation): string[] {
  const accounts = new Map([
    [ACCOUNT, accountWith(has)],
    [OTHER, accountWith(others)],
  ]);
  const keys = new KeyIndex(() => accounts);
  keys.reset();
  const state = accounts.get(ACCOUNT) as AccountState;
  const mirror = { accounts } as unknown as Mirror;
  const change = { puts, deletes: deletes.map(draftEntity), outcomes: [], deployments: [] };
  return check(
    { accountId: ACCOUNT, region: "us-east-1", ordersCertificates: false, state, mirror, keys },
    change,
  ).map(({ path, message }) => `${path}: ${message}`);
}

const restApi = entity("RestApi", API, { name: "x" });
const resource = (id: string, path: string) => entity("Resource", id, { path });
const stage = entity("Stage", "prod", { deploymentId: "dep001" });
const deployment = entity("Deployment", "dep001", {
  createTimeUnixMs: 1,
  methodCount: 1,
  restApi: { name: "x" },
  chunks: [],
});
const served = [restApi, deployment, stage];
const plan = (id: string, stages: readonly string[] = []) =>
  entity("UsagePlan", id, { name: id, apiStages: stages.map((name) => ({ apiId: API, stage: name })) });
const VALUE = "v".repeat(20);

/** A resource whose integration may take so long. */
const slow = (timeoutInMillis: number, more: object = {}) =>
  entity("Resource", "res001", {
    path: "/slow",
    methods: {
      GET: {
        integration: { type: "HTTP_PROXY", uri: "http://up.example", timeoutInMillis, ...more },
      },
    },
  });
const quota = (integrationTimeoutInMillis: number) =>
  entity("Account", "account", { quotas: { integrationTimeoutInMillis } }, "");
const edge = entity("RestApi", API, { name: "x", endpointConfiguration: { types: ["EDGE"] } });
const tooLong = (mostMs: number) => [
  `Resource/res001.methods.GET.integration.timeoutInMillis: Timeout should be between 50 ms and ${mostMs} ms`,
];
const key = (id: string, usagePlanIds: readonly string[] = [], value = `${id}${VALUE}`) =>
  entity("ApiKey", id, { usagePlanIds, value });
const allow = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

describe("a change is stored", () => {
  it.each<[string, Situation]>([
    ["with everything that it refers to", { puts: served }],
    ["that refers to existing entities", { has: [restApi, deployment], puts: [stage] }],
    ["that deletes an entity without references to it", { has: served, deletes: [stage] }],
    ["that deletes a whole API", { has: served, deletes: served }],
    [
      "that moves a resource away from a path",
      { has: [restApi, resource("a", "/x")], puts: [resource("a", "/y"), resource("b", "/x")] },
    ],
    [
      "that moves the value of a key to another key",
      { has: [key("k", [], VALUE)], puts: [key("l", [], VALUE)], deletes: [key("k", [], VALUE)] },
    ],
    [
      "with a policy of AWS",
      { puts: [entity("User", "u", { managedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"] })] },
    ],
  ])("%s", (_what, situation) => {
    expect(problemsOf(situation)).toEqual([]);
  });
});

describe("a change is refused", () => {
  it.each<[string, Situation, RegExp]>([
    [
      "that refers to nothing",
      { has: [restApi], puts: [stage] },
      /^Stage\/prod\.deploymentId: there is no Deployment 'dep001'/,
    ],
    [
      "below an API that does not exist",
      { puts: [resource("a", "/x")] },
      /^Resource\/a\.restApiId: there is no RestApi/,
    ],
    [
      "that refers to an entity that it deletes",
      { has: served, puts: [stage], deletes: [deployment] },
      /there is no Deployment/,
    ],
    [
      "that deletes an entity to which another one refers",
      { has: served, deletes: [deployment] },
      /Stage 'prod' refers to it/,
    ],
    [
      "that deletes an entity to which a part of an API refers",
      {
        has: [
          ...served.slice(0, 2),
          entity("ClientCertificate", "cert"),
          entity("Stage", "prod", { deploymentId: "dep001", clientCertificateId: "cert" }),
        ],
        deletes: [entity("ClientCertificate", "cert")],
      },
      /ClientCertificate 'cert' cannot be deleted because Stage 'prod' refers to it/,
    ],
    [
      "that deletes a stage of a plan",
      { has: [...served, plan("p", ["prod"])], deletes: [stage] },
      /^UsagePlan\/p\.apiStages\[0\]: Stage 'prod' cannot be deleted/,
    ],
    [
      "with two resources with the same path",
      { has: [restApi, resource("a", "/x")], puts: [resource("b", "/x")] },
      /^Resource\/b\.path: Resource 'a' already has the path \/x/,
    ],
    [
      "with siblings with different variables",
      { has: [restApi, resource("a", "/{x}")], puts: [resource("b", "/{y}/z")] },
      /^Resource\/b\.path: a sibling \('a', /,
    ],
    [
      "with the id of an API of another protocol",
      { has: [restApi], puts: [entity("Api", API, { protocolType: "HTTP", name: "x" })] },
      /^Api\/abcdefghij\.id: is already in use/,
    ],
    [
      "with the id of another account's API",
      { others: [restApi], puts: [restApi] },
      /^RestApi\/abcdefghij\.id: is already in use/,
    ],
    [
      "with the domain of another account",
      { others: [entity("DomainName", "x.example")], puts: [entity("DomainName", "x.example")] },
      /^DomainName\/x\.example\.id: belongs to another account/,
    ],
    [
      "with the value of another key",
      { has: [key("k", [], VALUE)], puts: [key("l", [], VALUE)] },
      /^ApiKey\/l\.value: .* has the same value already/,
    ],
    [
      "with another user's access key",
      {
        others: [entity("User", "v", { accessKeys: { AKIA000000000000000A: {} } })],
        puts: [entity("User", "u", { accessKeys: { AKIA000000000000000A: {} } })],
      },
      /^User\/u\.accessKeys\.AKIA000000000000000A: is already in use/,
    ],
    [
      "with a key in two plans with the same stage",
      { has: [...served, plan("p", ["prod"]), plan("q", ["prod"])], puts: [key("k", ["p", "q"])] },
      /^ApiKey\/k\.usagePlanIds\[1\]: the plans 'p' and 'q' both contain the stage/,
    ],
    [
      "with a plan that brings a key twice to a stage",
      { has: [...served, plan("p", ["prod"]), plan("q"), key("k", ["p", "q"])], puts: [plan("q", ["prod"])] },
      /^ApiKey\/k\.usagePlanIds\[1\]: the plans 'p' and 'q' both contain the stage/,
    ],
    [
      "with a policy that AWS does not have",
      { puts: [entity("Group", "g", { managedPolicyArns: ["arn:aws:iam::aws:policy/Nothing"] })] },
      /^Group\/g\.managedPolicyArns\[0\]: the policy .* does not exist/,
    ],
    [
      "with an empty policy",
      { puts: [entity("User", "u", { policies: { p: {} } })] },
      /^User\/u\.policies\.p/,
    ],
    [
      "with a role whose trust policy names nobody",
      { puts: [entity("Role", "r", { assumeRolePolicyDocument: allow })] },
      /^Role\/r\.assumeRolePolicyDocument/,
    ],
    [
      "with an empty version of a policy",
      { puts: [entity("ManagedPolicy", "p", { versions: { v1: { document: {} } } })] },
      /^ManagedPolicy\/p\.versions\.v1\.document/,
    ],
    [
      "with an expression that does not compile",
      {
        has: [restApi],
        puts: [
          entity("Resource", "a", {
            path: "/x",
            methods: {
              GET: {
                integration: {
                  type: "HTTP",
                  uri: "http://example.com",
                  requestParameters: { "integration.request.header.a": "header.b" },
                },
              },
            },
          }),
        ],
      },
      /^Resource\/a\.methods\.GET\.integration/,
    ],
  ])("%s", (_what, situation, problem) => {
    expect(problemsOf(situation)).toEqual(expect.arrayContaining([expect.stringMatching(problem)]));
  });
});

describe("the timeout of an integration", () => {
  it.each<[what: string, situation: Situation, problems: readonly string[]]>([
    ["29 s need no quota", { has: [restApi], puts: [slow(29_000)] }, []],
    ["more does", { has: [restApi], puts: [slow(29_001)] }, tooLong(29_000)],
    ["the quota allows it", { has: [restApi, quota(60_000)], puts: [slow(60_000)] }, []],
    ["the quota does not allow it", { has: [restApi, quota(60_000)], puts: [slow(60_001)] }, tooLong(60_000)],
    ["the quota comes with it", { has: [restApi], puts: [quota(60_000), slow(60_000)] }, []],
    ["what is there stays", { has: [restApi, slow(60_000)], puts: [slow(60_000)] }, []],
    ["but grows no more", { has: [restApi, slow(60_000)], puts: [slow(70_000)] }, tooLong(29_000)],
    ["an EDGE API has AWS's limit", { has: [edge, quota(60_000)], puts: [slow(60_000)] }, tooLong(29_000)],
    [
      "an API with longer ones becomes no EDGE API",
      { has: [restApi, quota(60_000), slow(60_000)], puts: [edge] },
      tooLong(29_000),
    ],
    [
      "a streamed response has its own limit",
      { has: [restApi], puts: [slow(900_000, { responseTransferMode: "STREAM" })] },
      [],
    ],
  ])("%s", (_what, situation, problems) => {
    expect(problemsOf(situation)).toEqual(problems);
  });
});
