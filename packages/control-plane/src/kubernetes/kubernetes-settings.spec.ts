import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseSettings } from "@tollgate/telemetry";
import { readKubernetes } from "./kubernetes-settings.ts";

const folder = mkdtempSync(join(tmpdir(), "tollgate-serviceaccount-"));
writeFileSync(join(folder, "namespace"), "gateway");
afterAll(() => rmSync(folder, { recursive: true }));

const read = (env: NodeJS.ProcessEnv) =>
  parseSettings(env, (one) => {
    const { settings: value, problems } = readKubernetes(env, one);
    return { value, problems };
  });
const inPod = {
  TOLLGATE_KUBERNETES: "on",
  TOLLGATE_KUBERNETES_CREDENTIALS: folder,
  KUBERNETES_SERVICE_HOST: "10.96.0.1",
  KUBERNETES_SERVICE_PORT: "443",
};

describe("the controller", () => {
  it("is off, unless it is switched on", () => {
    expect(read({ KUBERNETES_SERVICE_HOST: "10.96.0.1" })).toBe(undefined);
  });

  it("in a pod looks for objects in its own namespace, for the default account, as a deployer", () => {
    const settings = read(inPod);
    expect(settings).toMatchObject({
      server: "https://10.96.0.1:443",
      namespaces: ["gateway"],
      readsSecrets: true,
      role: "deployer",
      lease: { namespace: "gateway", name: "tollgate-controller" },
    });
    expect(settings?.accountsOf("any")).toEqual(["000000000000"]);
  });

  it("may look for objects in all namespaces", () => {
    const all = { TOLLGATE_KUBERNETES_NAMESPACES: "*", TOLLGATE_KUBERNETES_ACCOUNTS: "*=000000000000" };
    expect(read({ ...inPod, ...all })?.namespaces).toBe(undefined);
  });

  it("reaches API servers by IPv6", () => {
    expect(read({ ...inPod, KUBERNETES_SERVICE_HOST: "fd00::1" })?.server).toBe("https://[fd00::1]:443");
  });
});

it("namespaces have accounts, and those that are not named have those of *, or none", () => {
  const accountsOf = (accounts: string) =>
    read({ ...inPod, TOLLGATE_KUBERNETES_ACCOUNTS: accounts })?.accountsOf ?? (() => []);
  const some = accountsOf("shop=111111111111,shop=222222222222,*=333333333333");
  expect([some("shop"), some("store")]).toEqual([["111111111111", "222222222222"], ["333333333333"]]);
  expect(accountsOf("shop=111111111111")("store")).toEqual([]);
});

it.each([
  [{ TOLLGATE_KUBERNETES: "yes" }, "TOLLGATE_KUBERNETES 'yes' must be one of off, on"],
  [{ KUBERNETES_SERVICE_HOST: "" }, "TOLLGATE_KUBERNETES_API must be the URL of the API server"],
  [
    { TOLLGATE_KUBERNETES_CREDENTIALS: "/nowhere" },
    "TOLLGATE_KUBERNETES_NAMESPACES must be namespaces, or * for all of them",
  ],
  [
    { TOLLGATE_KUBERNETES_NAMESPACES: "*" },
    "TOLLGATE_KUBERNETES_ACCOUNTS must say which namespaces have an account, such as *=000000000000",
  ],
  [{ TOLLGATE_KUBERNETES_NAMESPACES: "Shop" }, "'Shop' must be the name of a namespace, or *"],
  [
    { TOLLGATE_KUBERNETES_ACCOUNTS: "shop=1" },
    "TOLLGATE_KUBERNETES_ACCOUNTS 'shop=1' must be a namespace, or *, and an account, such as shop=111111111111",
  ],
])("settings that cannot work are refused: %j", (env, message) => {
  expect(() => read({ ...inPod, ...env })).toThrow(message);
});
