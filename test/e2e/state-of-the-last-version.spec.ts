import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromBinary } from "@bufbuild/protobuf";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSettings, startDataPlane } from "@tollgate/data-plane";
import { UsageDimension as By, UsagePeriod as Period, UsageBatchSchema } from "@tollgate/proto/usage";
import { createLogger, givenSecret } from "@tollgate/telemetry";
import { queryUsage } from "../../packages/metering/src/usage/query-usage.ts";
import { openPostgres } from "../../packages/metering/src/usage-store/postgres.ts";
import { UsageStore } from "../../packages/metering/src/usage-store/usage-store.ts";
import { startBoto } from "../kit/boto.ts";
import { run } from "../kit/cache.ts";
import { type Gateway, startGateway } from "../kit/gateway.ts";
import { startPostgres } from "../kit/postgres.ts";
import { until } from "../kit/process.ts";

const FOLDER = fileURLToPath(new URL("../fixtures/last-version/", import.meta.url));
const REST = "lastrest01";
const HTTP = "lasthttp01";
const AUTO = "lastauto01";
const SAMPLE_API = "tollgate01";
const KEY = { "x-api-key": "the-value-of-the-key-of-the-last-version" };
const ADA = {
  accessKeyId: "AKIALASTVERSION00000",
  secretAccessKey: "ada/secret/of/the/last/version/0123456789",
};

interface Entity {
  readonly kind: string;
  readonly apiId: string;
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What the last version said of its state. */
const written = JSON.parse(readFileSync(join(FOLDER, "expected.json"), "utf8")) as {
  readonly entities: readonly Entity[];
  /** Rows by API, stage, method and hour. */
  readonly usage: readonly (Readonly<Record<string, number | string>> & {
    readonly apiId: string;
    readonly method: string;
    readonly callCount: number;
  })[];
  readonly keyUsage: readonly { readonly apiKeyId: string; readonly callCount: number }[];
  readonly unshippedCalls: number;
  readonly postgresql: { readonly records: number; readonly calls: number };
};
const batches = (JSON.parse(readFileSync(join(FOLDER, "batches.json"), "utf8")) as string[]).map((text) =>
  Buffer.from(text, "base64"),
);

type Integrations = Readonly<Record<string, { readonly integrationType: string }>>;

/** The members of an entity that there are since the last version. */
function addedTo({ kind, spec }: Entity): object {
  // A deployment of a REST API says by a member what its description said before: whether it was made automatically.
  if (kind === "Deployment") return { autoDeployed: spec.description === "Automatic deployment" };
  if (kind === "ApiDeployment") {
    const api = spec.api as Entity["spec"];
    return { api: { ...api, ...integrationsOf(api) } };
  }
  return kind === "Api" ? integrationsOf(spec) : {};
}

/** Integrations with functions have parameters, too. */
const integrationsOf = (api: Entity["spec"]): object => ({
  integrations: Object.fromEntries(
    Object.entries(api.integrations as Integrations).map(([id, integration]) => [
      id,
      integration.integrationType === "AWS_PROXY" ? { ...integration, requestParameters: {} } : integration,
    ]),
  ),
});

const asToday = (entity: Entity): Entity => ({
  ...entity,
  spec: { ...entity.spec, ...addedTo(entity) },
});

const scope = new AsyncDisposableStack();

/** A copy of the state, as a home. */
async function homeOfTheLastVersion(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-last-version-"));
  scope.defer(() => rmSync(folder, { recursive: true, force: true }));
  await run("tar", ["-xzf", join(FOLDER, "home.tgz"), "-C", folder]);
  return join(folder, "home");
}

afterAll(() => scope.disposeAsync());

describe("a gateway on the state of the last version", () => {
  let gateway: Gateway;
  beforeAll(async () => {
    const TOLLGATE_HOME = await homeOfTheLastVersion();
    gateway = scope.use(
      await startGateway({ TOLLGATE_HOME, TOLLGATE_AUTH: "iam", TOLLGATE_TOKEN: "operators-token" }),
    );
  });
  const rest = (path: string, options = {}) => gateway.call(`/_aws/execute-api/${REST}/prod${path}`, options);
  const http = (path: string, options = {}) =>
    gateway.call(`/_aws/execute-api/${HTTP}/$default${path}`, options);

  /** Calls by API and method. */
  const counted = async () => {
    const { rows, missingEventCount } = await gateway.usage.queryUsage({
      by: [By.API, By.STAGE, By.METHOD],
      period: Period.TOTAL,
    });
    expect(missingEventCount).toBe(0n);
    return Object.fromEntries(
      rows.map(({ apiId, stage, method, callCount }) => [`${apiId} ${stage} ${method}`, Number(callCount)]),
    );
  };
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);

  // The first one: those after it make calls.
  it("has the usage records, and counts what waited in the spool once", async () => {
    const onRecord = written.usage.reduce((calls, { callCount }) => calls + callCount, 0);
    await until(
      () => `${onRecord} calls on record and ${written.unshippedCalls} that waited`,
      async () => sum(await counted()) >= onRecord + written.unshippedCalls,
    );
    // Five rounds of the same calls were on record, two more waited.
    expect(await counted()).toEqual(
      Object.fromEntries(
        written.usage.map(({ apiId, stage, method, callCount }) => [
          `${apiId} ${stage} ${method}`,
          (callCount / 5) * 7,
        ]),
      ),
    );
    const { rows } = await gateway.usage.queryKeyUsage({
      usagePlanId: "plan",
      endTimeUnixMs: BigInt(Date.UTC(2100, 0)),
    });
    expect(rows.map(({ apiKeyId, callCount }) => [apiKeyId, Number(callCount)])).toEqual(
      written.keyUsage.map(({ apiKeyId, callCount }) => [apiKeyId, (callCount / 5) * 7]),
    );
  });

  it("has every entity as it was written, and the members that there are since then", async () => {
    // The stage of the sample API is left out: each start writes the address of the sample upstream into it.
    const isSampleStage = ({ kind, apiId }: { kind: string; apiId: string }) =>
      kind === "Stage" && apiId === SAMPLE_API;
    const { entities } = await gateway.config.list({ pageSize: 1000 });
    expect(entities).toHaveLength(written.entities.length);
    const wantedEntities = written.entities.filter((entity) => !isSampleStage(entity)).map(asToday);
    for (const wanted of wantedEntities) {
      const { kind, apiId, id } = wanted;
      const { entity } = await gateway.config.get({ kind, apiId, id });
      for (const got of [entity, entities.find((e) => e.kind === kind && e.apiId === apiId && e.id === id)])
        expect({ kind, apiId, id, labels: got?.labels, spec: JSON.parse(got?.specJson ?? "null") }).toEqual(
          wanted,
        );
    }
  });

  it("opens its secrets: a user's access key signs, and may do what the policy of the user's group allows", async () => {
    await using boto = await startBoto(`http://127.0.0.1:${gateway.controlPort}`, ADA);
    expect(await boto.as("sts").call("get_caller_identity")).toMatchObject({
      Arn: "arn:aws:iam::000000000000:user/ada",
    });
    const { items } = await boto.call("get_rest_apis");
    expect((items as { name: string }[]).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["rest", "auto", "of-a-stack"]),
    );
    expect((await boto.refused("create_api_key", {})).code).toBe("AccessDeniedException");
  });

  it("serves REST APIs as before: API key and canary, models, authorizer and gateway response", async () => {
    const seen = new Set<string>();
    await until(
      () => `both deployments of the canary, there are ${[...seen].join()}`,
      async () => seen.add((await rest("/pets", { headers: KEY })).body).size === 2,
    );
    expect([...seen].sort()).toEqual(["one main", "two canary"]);
    expect((await rest("/pets")).status).toBe(403);
    const post = (body: string) =>
      rest("/pets", { method: "POST", body, headers: { "content-type": "application/json" } });
    expect((await post('{"name":"x"}')).body).toBe("made");
    expect(await post("{}")).toMatchObject({ status: 400, body: '{"message":"Invalid request body"}' });
    expect(await rest("/guarded")).toMatchObject({ status: 418, body: '{"who":"are you"}' });
    expect((await rest("/open/7", { method: "PUT" })).body).toBe("open");
  });

  it("serves HTTP APIs as before: function, CORS and JWT", async () => {
    expect((await http("/hello")).status).toBe(200);
    const headers = { origin: "https://page.example", "access-control-request-method": "GET" };
    const preflight = await http("/hello", { method: "OPTIONS", headers });
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": "https://page.example",
      "access-control-max-age": "60",
    });
    expect(await http("/guarded")).toMatchObject({ status: 401, body: '{"message":"Unauthorized"}' });
  });

  it("serves the custom domain's base paths as before", async () => {
    const host = "api.example.com";
    expect((await gateway.call("/rest/open/1", { host })).body).toBe("open");
    expect((await gateway.call("/http/hello", { host })).status).toBe(200);
    expect((await gateway.call("/none", { host })).status).toBe(403);
  });

  it("goes on deploying automatically, and keeps the deployments that a user created", async () => {
    const auto = () => gateway.call(`/_aws/execute-api/${AUTO}/live/auto`);
    expect((await auto()).body).toBe("second");
    const { entity } = await gateway.config.get({ kind: "Resource", apiId: AUTO, id: "r" });
    const { revision } = await gateway.apply([
      {
        kind: "Resource",
        apiId: AUTO,
        id: "r",
        spec: JSON.parse((entity?.specJson ?? "").replace('"second"', '"third"')) as unknown,
      },
    ]);
    await gateway.wait(revision);
    expect((await auto()).body).toBe("third");
    const { deployments } = await gateway.deployments.listDeployments({ apiId: AUTO, pageSize: 100 });
    expect(deployments.map(({ description }) => description)).toContain("by hand");
  });

  it("goes on counting", async () => {
    const method = `${AUTO} live GET /auto`;
    await gateway.call(`/_aws/execute-api/${AUTO}/live/auto`);
    await until(
      "7 calls of the last version and 3 of this one",
      async () => (await counted())[method] === 10,
    );
  });
});

describe("a node on the state of the last version, without a control plane", () => {
  let call: (path: string, init?: RequestInit) => Promise<Response>;
  const sent: Buffer[] = [];
  beforeAll(async () => {
    const settings = readSettings({
      TOLLGATE_HOME: await homeOfTheLastVersion(),
      TOLLGATE_NODE_ID: "local",
      TOLLGATE_WORKERS: "1",
      TOLLGATE_HTTP_PORT: "0",
      TOLLGATE_HTTPS_PORT: "0",
      TOLLGATE_ADMIN_PORT: "0",
      TOLLGATE_CONTROL_PLANE: "127.0.0.1:1",
    });
    const sink = {
      send: async (messages: readonly { value: Buffer }[]) =>
        // The memory of a message is used again once it was sent.
        void sent.push(...messages.map(({ value }) => Buffer.from(value))),
      [Symbol.asyncDispose]: async () => undefined,
    };
    const node = scope.use(await startDataPlane(settings, createLogger("node", "silent"), { sink }));
    const { httpPort } = await node.serving;
    call = (path, init) => fetch(`http://127.0.0.1:${httpPort}/_aws/execute-api${path}`, init);
  });

  it("serves the stages of its snapshot", async () => {
    expect(await (await call(`/${REST}/prod/open/1`)).text()).toBe("open");
    expect((await call(`/${REST}/prod/guarded`)).status).toBe(418);
    expect(await (await call(`/${AUTO}/live/auto`)).text()).toBe("second");
    const refused = await call(`/${HTTP}/$default/guarded`);
    expect([refused.status, await refused.text()]).toEqual([401, '{"message":"Unauthorized"}']);
  });

  it("sends what waited in the spool, as the last version would have", async () => {
    const eventsOf = (values: readonly Buffer[]) =>
      values
        .map((value) => fromBinary(UsageBatchSchema, value))
        .filter(({ source }) => source === fromBinary(UsageBatchSchema, batches[0] as Buffer).source)
        .flatMap(({ events }) => events);
    await until("the events that waited", () => eventsOf(sent).length >= written.unshippedCalls);
    expect(eventsOf(sent)).toEqual(eventsOf(batches));
  });
});

describe("usage records of the last version in PostgreSQL", () => {
  it("exist under today's names for every metering that starts, and a batch that is in them is not counted again", async () => {
    await using postgres = await startPostgres();
    const name = `last_version_${process.pid}`;
    const admin = new pg.Client(postgres.url);
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.end();
    const url = postgres.url.replace(/\/postgres$/, `/${name}`);
    const client = new pg.Client(url);
    await client.connect();
    await client.query(readFileSync(join(FOLDER, "usage-postgresql.sql"), "utf8"));
    await client.end();
    await using one = openPostgres(givenSecret(url));
    await using two = openPostgres(givenSecret(url));
    const [store] = await Promise.all([UsageStore.open(one), UsageStore.open(two)]);
    const query = async () =>
      (
        await queryUsage(
          two,
          {
            accountId: "",
            apiId: "",
            startTimeUnixMs: 0n,
            endTimeUnixMs: 0n,
            by: [By.API, By.METHOD],
            period: Period.TOTAL,
          } as never,
          0,
        )
      ).rows;
    const rows = await query();
    expect(rows).toHaveLength(written.postgresql.records);
    expect(rows.reduce((calls, { callCount }) => calls + Number(callCount), 0)).toBe(
      written.postgresql.calls,
    );
    expect(new Set(rows.map(({ apiId }) => apiId))).toEqual(new Set([REST, HTTP, AUTO]));
    const received = batches.map((value) => ({ value, receivedUnixMs: Date.now() }));
    expect(await store.ingest(received)).toMatchObject({ counted: 0, repeated: written.unshippedCalls });
    expect(await store.nextOffset("tollgate.usage.v1", 3)).toBe(8);
    expect(await query()).toEqual(rows);
  });
});
