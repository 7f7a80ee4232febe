import { describe, expect, it, vi } from "vitest";
import { startMemoryApplication } from "../memory-application.ts";
import type { ApiServer } from "./api-server.ts";
import { Leadership } from "./leadership.ts";
import { MemoryApiServer } from "./memory-api-server.fixture.ts";
import type { ObjectStatus } from "./object-status.ts";
import { ANNOTATIONS, CONFIG_LABEL, FINALIZER, type ObjectRef } from "./objects.ts";

const config = (name: string): ObjectRef => ({ kind: "TollgateConfig", namespace: "shop", name });
const configMap: ObjectRef = { kind: "ConfigMap", namespace: "shop", name: "apis" };
const secret: ObjectRef = { kind: "Secret", namespace: "shop", name: "partner" };
const api = (id: string, name = id) => ({ kind: "RestApi", id, spec: { name } });
const A = "000000000000";

async function open() {
  const application = await startMemoryApplication();
  const server = new MemoryApiServer();
  const warnings: string[] = [];
  const leadership = new Leadership({
    api: server as unknown as ApiServer,
    application,
    settings: {
      server: "",
      credentials: "",
      namespaces: ["shop"],
      readsSecrets: true,
      accountsOf: () => [A],
      role: "deployer",
      lease: { namespace: "shop", name: "lease" },
    },
    isLeading: () => true,
    logger: { info: () => undefined, warn: (_: object, message: string) => warnings.push(message) } as never,
  });
  await leadership.follow(true);
  const statusOf = (ref: ObjectRef): ObjectStatus | undefined => {
    const object = server.get(ref);
    if (ref.kind === "TollgateConfig") {
      const status = object?.status as ObjectStatus | undefined;
      return status?.observedGeneration === object?.metadata.generation ? status : undefined;
    }
    return JSON.parse(object?.metadata.annotations?.[ANNOTATIONS.status] ?? "null") as
      | ObjectStatus
      | undefined;
  };
  const shown = (ref: ObjectRef) => statusOf(ref)?.conditions.map(({ type, reason }) => `${type} ${reason}`);
  return {
    application,
    server,
    leadership,
    warnings,
    statusOf,
    reached: (ref: ObjectRef, condition: string) =>
      vi.waitFor(() => expect(shown(ref)).toContain(condition), { timeout: 60_000, interval: 5 }),
    gone: (ref: ObjectRef) =>
      vi.waitFor(() => expect(server.get(ref)).toBe(undefined), { timeout: 60_000, interval: 5 }),
    names: () => [...application.mirror.account(A).entities.values()].map(({ name }) => name).sort(),
    find: (id: string) => application.mirror.account(A).find("RestApi", "", id),
    async [Symbol.asyncDispose]() {
      await leadership.follow(false);
      await application[Symbol.asyncDispose]();
    },
  };
}

describe("an object", () => {
  it("is applied, changed and deleted, and its status says so", async () => {
    await using test = await open();
    const { server, find } = test;
    server.put(config("one"), { spec: { manifests: [api("shop000001", "first")] } });
    await test.reached(config("one"), "Ready Applied");
    expect(test.statusOf(config("one"))).toMatchObject({ account: A, entities: 1, problems: [] });
    expect(test.statusOf(config("one"))?.revision).toBeGreaterThan(0);
    expect(server.get(config("one"))?.metadata.finalizers).toEqual([FINALIZER]);
    server.put(config("one"), { spec: { manifests: [api("shop000001", "second")] } });
    await vi.waitFor(() => expect(find("shop000001")?.spec.name).toBe("second"), { timeout: 60_000 });
    server.remove(config("one"));
    await test.gone(config("one"));
    expect(test.names()).toEqual([]);
    expect(test.warnings).toEqual([]);
  });

  it("that is wrong keeps what was right, and one that nobody mends costs no writes", async () => {
    await using test = await open();
    test.server.put(config("one"), { spec: { manifests: [api("shop000001")] } });
    await test.reached(config("one"), "Ready Applied");
    test.server.put(config("one"), { spec: { manifests: [{ ...api("shop000001"), spec: { nam: "x" } }] } });
    await test.reached(config("one"), "Stalled Invalid");
    expect(test.statusOf(config("one"))?.problems.map(({ path }) => path)).toContain(
      "RestApi/shop000001.name",
    );
    expect(test.names()).toEqual(["restapis/shop000001"]);
    const writes = test.server.patches.length;
    // Others are applied meanwhile, each of which has it tried again.
    for (const name of ["two", "three"]) {
      test.server.put(config(name), { spec: { manifests: [api(`${name.padEnd(9, "0")}1`)] } });
      await test.reached(config(name), "Ready Applied");
    }
    const own = test.server.patches.slice(writes).filter((path) => path.includes("/one"));
    expect(own).toEqual([]);
  });

  it("that refers to what another one brings is applied after it", async () => {
    await using test = await open();
    const model = { kind: "Model", restApiId: "shop000001", id: "pet", spec: { schema: "{}" } };
    test.server.put(config("parts"), { spec: { manifests: [model] } });
    await test.reached(config("parts"), "Applied Invalid");
    test.server.put(config("api"), { spec: { manifests: [api("shop000001")] } });
    await test.reached(config("parts"), "Ready Applied");
  });

  it("that cannot be deleted says why, and is when it can", async () => {
    await using test = await open();
    const model = { kind: "Model", restApiId: "shop000001", id: "pet", spec: { schema: "{}" } };
    test.server.put(config("api"), { spec: { manifests: [api("shop000001")] } });
    await test.reached(config("api"), "Ready Applied");
    test.server.put(config("parts"), { spec: { manifests: [model] } });
    await test.reached(config("parts"), "Ready Applied");
    test.server.remove(config("api"));
    await test.reached(config("api"), "Stalled Invalid");
    expect(test.statusOf(config("api"))?.problems[0]?.message).toMatch(/its Model 'pet' was applied by/);
    test.server.remove(config("parts"));
    await test.gone(config("api"));
    expect(test.names()).toEqual([]);
  });

  it("is changed by a Secret that it refers to, when that appears and when it changes", async () => {
    await using test = await open();
    const value = { valueFrom: { secretKeyRef: { name: "partner", key: "key" } } };
    const manifests = [{ kind: "ApiKey", id: "partner001", spec: { name: "partner", value } }];
    const keyIs = (text: string) =>
      vi.waitFor(
        () =>
          expect(test.application.mirror.account(A).find("ApiKey", "", "partner001")?.spec.value).toBe(text),
        { timeout: 60_000 },
      );
    test.server.put(config("one"), { spec: { manifests } });
    await test.reached(config("one"), "Stalled Invalid");
    for (const text of ["partner-key-0123456789-a", "partner-key-0123456789-b"]) {
      test.server.put(secret, { data: { key: Buffer.from(text).toString("base64") } });
      await keyIs(text);
    }
    await test.reached(config("one"), "Ready Applied");
  });

  it("without its label, of a ConfigMap, is none any more", async () => {
    await using test = await open();
    const data = { "api.json": JSON.stringify(api("shop000001")) };
    test.server.put(configMap, { data }, { labels: { [CONFIG_LABEL]: "true" } });
    await test.reached(configMap, "Ready Applied");
    expect(test.names()).toEqual(["restapis/shop000001"]);
    test.server.put(configMap, {}, { labels: { [CONFIG_LABEL]: null } });
    await vi.waitFor(() => expect(test.server.get(configMap)?.metadata.finalizers).toBe(undefined), {
      timeout: 60_000,
    });
    expect(test.names()).toEqual([]);
  });
});

it("an object that was never applied has no finalizer, so that nothing keeps it when its label is gone", async () => {
  await using test = await open();
  const data = { "api.json": JSON.stringify({ ...api("shop000001"), spec: { nam: "x" } }) };
  test.server.put(configMap, { data }, { labels: { [CONFIG_LABEL]: "true" } });
  await test.reached(configMap, "Stalled Invalid");
  expect(test.server.get(configMap)?.metadata.finalizers).toBe(undefined);
});

it("a finalizer that somebody has taken off is put on again", async () => {
  await using test = await open();
  test.server.put(config("one"), { spec: { manifests: [api("shop000001")] } });
  await test.reached(config("one"), "Ready Applied");
  test.server.put(config("one"), {}, { finalizers: null });
  await vi.waitFor(() => expect(test.server.get(config("one"))?.metadata.finalizers).toEqual([FINALIZER]), {
    timeout: 60_000,
  });
});

it("a status that somebody else has written keeps no object from being applied", async () => {
  await using test = await open();
  const annotations = { [ANNOTATIONS.status]: '{"revision":"none"}' };
  const data = { "api.json": JSON.stringify(api("shop000001")) };
  test.server.put(configMap, { data }, { labels: { [CONFIG_LABEL]: "true" }, annotations });
  await vi.waitFor(() => expect(test.statusOf(configMap)?.revision).toBeGreaterThan(0), { timeout: 60_000 });
  expect(test.warnings).toEqual([]);
});

it("whoever leads next goes on with all objects, also with those that nobody has watched meanwhile", async () => {
  await using test = await open();
  const data = { "api.json": JSON.stringify(api("shop000001")) };
  test.server.put(configMap, { data }, { labels: { [CONFIG_LABEL]: "true" } });
  await test.reached(configMap, "Ready Applied");
  await test.leadership.follow(false);
  test.server.put(configMap, {}, { labels: { [CONFIG_LABEL]: null } });
  test.server.put(config("one"), { spec: { manifests: [api("shop000002")] } });
  await test.leadership.follow(true);
  await test.reached(config("one"), "Ready Applied");
  await vi.waitFor(() => expect(test.names()).toEqual(["restapis/shop000002"]), { timeout: 60_000 });
});

it("an API server that is away for a while loses no object, and no object loses its entities", async () => {
  await using test = await open();
  test.server.put(config("one"), { spec: { manifests: [api("shop000001")] } });
  await test.reached(config("one"), "Ready Applied");
  test.server.isAway = true;
  test.server.put(config("one"), { spec: { manifests: [api("shop000001", "later")] } });
  await vi.waitFor(() => expect(test.warnings).not.toEqual([]), { timeout: 60_000 });
  expect(test.names()).toEqual(["restapis/shop000001"]);
  test.server.isAway = false;
  await test.reached(config("one"), "Ready Applied");
  expect(test.find("shop000001")?.spec.name).toBe("later");
});

it("two hundred objects are applied, each with three writes of the API server at most", async () => {
  await using test = await open();
  const count = 200;
  const idOf = (i: number) => `many${String(i).padStart(6, "0")}`;
  for (let i = 0; i < count; i++)
    test.server.put(config(`many-${i}`), { spec: { manifests: [api(idOf(i))] } });
  await vi.waitFor(() => expect(test.names()).toHaveLength(count), { timeout: 60_000 });
  for (let i = 0; i < count; i++) await test.reached(config(`many-${i}`), "Ready Applied");
  expect(test.server.patches.length).toBeLessThanOrEqual(3 * count);
});
