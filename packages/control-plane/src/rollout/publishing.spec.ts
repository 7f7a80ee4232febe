import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Entity, type Kind, nameOf, parentOf, parseManifest } from "@tollgate/config";
import { ALL_KEYS } from "@tollgate/config-stream";
import { Publisher } from "@tollgate/config-stream/publisher";
import { AccountState, type EntityChange } from "../mirror/mirror.ts";
import { draftEntity } from "../mirror/stored-entity.ts";
import { Publishing } from "./publishing.ts";

const ACCOUNT = "000000000000";
const API = "abcdefghij";
const [A, B, C] = ["a".repeat(64), "b".repeat(64), "c".repeat(64)];

function entity(kind: Kind, id: string, spec: object): Entity {
  const parsed = parseManifest({ kind, id, spec, ...(parentOf(kind) ? { apiId: API } : {}) }, 0);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

let publisher: Publisher;
let state: AccountState;
let publishing: Publishing;
let revision = 0;
beforeEach(() => {
  publisher = new Publisher();
  state = new AccountState();
  for (const digest of [A, B, C]) state.chunks.set(`${API}/${digest}`, "[]");
  publishing = new Publishing({ accounts: new Map([[ACCOUNT, state]]), account: () => state }, publisher);
  publishing.reset(++revision);
});
afterEach(() => publisher.close());

/** Writes or deletes entities in one commit. */
function commit(...changed: readonly (readonly [Entity, "put" | "delete"])[]): void {
  const changes = changed.map(([one, action]): EntityChange => {
    const before = state.entities.get(nameOf(one));
    const after = action === "put" ? draftEntity(one) : undefined;
    if (after) state.set(after);
    else state.delete(nameOf(one));
    return { accountId: ACCOUNT, before, after };
  });
  publishing.commit(++revision, changes);
}

const put = (...entities: readonly Entity[]) => commit(...entities.map((one) => [one, "put"] as const));
const names = () => [...publisher.artifacts.values()].map(({ name }) => name).sort();
const contentOf = (name: string) =>
  JSON.parse(publisher.artifacts.get(name)?.content.toString() ?? "null") as unknown;

const deployment = (id: string, chunks: readonly (string | undefined)[]) =>
  entity("Deployment", id, { createTimeUnixMs: 1, methodCount: 1, restApi: { name: "x" }, chunks });
const stage = (id: string, deploymentId: string) => entity("Stage", id, { deploymentId });
const OF_ACCOUNT = `account/${ACCOUNT}`;

describe("nodes get", () => {
  it.each<[string, Entity, string, object]>([
    [
      "a usage plan",
      entity("UsagePlan", "p", { name: "gold", quota: { limit: 5, period: "DAY" } }),
      `usageplan/${ACCOUNT}/p`,
      { accountId: ACCOUNT, id: "p", quota: { limit: 5 } },
    ],
    [
      "a domain",
      entity("DomainName", "x.example", {
        basePathMappings: { "(none)": { restApiId: API }, "a/b": { apiId: API, stage: "$default" } },
      }),
      "domain/x.example",
      {
        domainName: "x.example",
        mappings: [
          { basePath: "a/b", apiId: API, stage: "$default" },
          { basePath: "", apiId: API },
        ],
      },
    ],
  ])("%s separately, as long as it exists", (_what, one, name, content) => {
    put(one);
    expect(contentOf(name)).toMatchObject(content);
    publishing.reset(++revision);
    expect(names()).toEqual([OF_ACCOUNT, name]);
    commit([one, "delete"]);
    expect(names()).toEqual([OF_ACCOUNT]);
  });

  it("a domain no longer, once it requires something that is not supported", () => {
    put(entity("DomainName", "x.example", {}));
    expect(names()).toContain("domain/x.example");
    put(entity("DomainName", "x.example", { policy: "{}" }));
    expect(names()).toEqual([OF_ACCOUNT]);
    publishing.reset(++revision);
    expect(names()).toEqual([OF_ACCOUNT]);
  });

  it("entities of kinds that are delivered within the account", () => {
    put(entity("VpcLink", "l", { name: "l", targets: ["http://10.0.0.1"] }));
    put(entity("ServiceEndpoint", "lambda.*", { url: "http://10.0.0.2" }));
    expect(contentOf(OF_ACCOUNT)).toMatchObject({
      vpcLinks: { l: ["http://10.0.0.1"] },
      serviceEndpoints: { "lambda.*": { url: "http://10.0.0.2" } },
    });
    expect(names()).toEqual([OF_ACCOUNT]);
  });

  it("a stage, with the chunks of its deployment as long as a stage needs them", () => {
    put(deployment("dep001", [A, B]), deployment("dep002", [B, C]), stage("one", "dep001"));
    expect(names()).toEqual([OF_ACCOUNT, `chunk/${A}`, `chunk/${B}`, `stage/${API}/one`]);
    put(stage("two", "dep002"));
    put(stage("one", "dep002"));
    expect(names()).toEqual([OF_ACCOUNT, `chunk/${B}`, `chunk/${C}`, `stage/${API}/one`, `stage/${API}/two`]);
    publishing.reset(++revision);
    expect(names()).toHaveLength(5);
    commit([stage("one", "dep002"), "delete"], [stage("two", "dep002"), "delete"]);
    expect(names()).toEqual([OF_ACCOUNT]);
  });

  it("a stage of an HTTP or WebSocket API as a whole", () => {
    const api = (protocolType: string) => ({ protocolType, name: "x" });
    const made = (id: string, protocolType: string) =>
      entity("ApiDeployment", id, { createTimeUnixMs: 1, api: api(protocolType) });
    const at = (deploymentId: string) => entity("ApiStage", "$default", { deploymentId });
    put(made("dep001", "HTTP"), made("dep002", "WEBSOCKET"), at("dep001"));
    expect(contentOf(`stage/${API}/$default`)).toMatchObject({
      protocolType: "HTTP",
      deploymentId: "dep001",
    });
    put(at("dep002"));
    expect(contentOf(`stage/${API}/$default`)).toMatchObject({
      protocolType: "WEBSOCKET",
      deploymentId: "dep002",
    });
  });
});

describe("keys that may be resolved differently", () => {
  const secretAccessKey = "s".repeat(40);
  it.each<[string, Entity, Entity, readonly string[]]>([
    [
      "all, when a policy changes",
      entity("Group", "g", {}),
      entity("Group", "g", { policies: { p: {} } }),
      [ALL_KEYS],
    ],
    [
      "its own, when a root key changes",
      entity("RootAccessKey", "AKIA000000000000000A", { secretAccessKey }),
      entity("RootAccessKey", "AKIA000000000000000A", { secretAccessKey, status: "Inactive" }),
      ["accesskey/AKIA000000000000000A", "accesskey/AKIA000000000000000A"],
    ],
    [
      "none, when a plan changes",
      entity("UsagePlan", "p", { name: "a" }),
      entity("UsagePlan", "p", { name: "b" }),
      [],
    ],
  ])("are %s", (_what, before, after, keys) => {
    put(before);
    const publish = vi.spyOn(publisher, "publish");
    put(after);
    expect(publish.mock.lastCall?.[3]).toEqual(keys);
  });
});
