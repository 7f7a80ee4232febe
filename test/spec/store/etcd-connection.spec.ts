import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Etcd3, Range } from "etcd3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger, givenSecret, secretFile } from "@tollgate/telemetry";
import { openEtcdNodeStore } from "../../../packages/control-plane/src/node/etcd-node-store.ts";
import type { EtcdSettings } from "../../../packages/control-plane/src/store/etcd-settings.ts";
import { openEtcdStore } from "../../../packages/control-plane/src/store/etcd-store.ts";
import { type Reading, readAll } from "../../../packages/control-plane/src/store/store.ts";
import { type Authority, startAuthority } from "../../kit/certificate.ts";
import { Cluster } from "../../kit/cluster.ts";
import { type Etcd, startEtcd } from "../../kit/etcd.ts";
import { until } from "../../kit/process.ts";
import { useFolder } from "../../kit/use.ts";

const PREFIX = "/acme/tollgate";
const LOGIN = { username: "tollgate", password: "a-password-of-etcd" };
const ROOT = { username: "root", password: "the-password-of-root" };
const logger = createLogger("spec", "silent");
const folder = useFolder();
const scope = new AsyncDisposableStack();
let authority: Authority;
let tls: { readonly authorities: string; readonly certificate: string; readonly key: string };
let etcd: Etcd;
let settings: EtcdSettings;

/** A client that may do everything; without a login, until there are users. */
const asRoot = (auth?: typeof ROOT) =>
  new Etcd3({
    hosts: etcd.url,
    credentials: {
      rootCertificate: readFileSync(authority.file),
      certChain: readFileSync(tls.certificate),
      privateKey: readFileSync(tls.key),
    },
    ...(auth ? { auth } : {}),
  });

beforeAll(async () => {
  authority = scope.use(await startAuthority());
  tls = { ...(await authority.issue("a client", "any")), authorities: authority.file };
  const server = await authority.issue("etcd", "server");
  etcd = scope.use(await startEtcd({ secure: { ...server, authorities: authority.file } }));
  const root = asRoot();
  try {
    await root.user(ROOT.username).create(ROOT.password);
    await root.role("root").create();
    await root.user(ROOT.username).addRole("root");
    const role = await root.role("tollgate").create();
    await role.grant({ permission: "Readwrite", range: Range.prefix(`${PREFIX}/`) });
    await root.user(LOGIN.username).create(LOGIN.password);
    await role.addUser(LOGIN.username);
    await root.auth.authEnable();
  } finally {
    root.close();
  }
  settings = {
    hosts: [etcd.url],
    prefix: PREFIX,
    tls,
    login: { ...LOGIN, password: givenSecret(LOGIN.password) },
  };
});
afterAll(() => scope.disposeAsync());

const put = (key: string, value: string) => ({ guards: [], puts: [{ key, value }], deletes: [] });
const outageOf = async (wrong: Partial<EtcdSettings>) => {
  await using store = openEtcdStore({ ...settings, ...wrong });
  return await until("the cause is known", () => store.outage);
};

describe("an etcd with TLS, client certificates and users", () => {
  it("stores, lists and reports what is below the prefix, with the rights of a user for it", async () => {
    await using store = openEtcdStore(settings);
    const stop = new AbortController();
    const watch = store.watch({ prefix: "", signal: stop.signal })[Symbol.asyncIterator]();
    expect(await readAll((await watch.next()).value as Reading)).toEqual([]);
    await store.commit(put("a", "1"));
    expect((await watch.next()).value).toMatchObject({
      kind: "commit",
      events: [{ type: "put", entry: { key: "a" } }],
    });
    // More than one transaction takes, so that the journal is used.
    const many = Array.from({ length: 300 }, (_, i) => ({ key: `many/${i}`, value: "x" }));
    await store.commit({ guards: [], puts: many, deletes: ["a"] });
    expect((await store.list("")).entries).toHaveLength(300);
    stop.abort();
    await watch.return?.(undefined);
    const root = asRoot(ROOT);
    const keys = await root.getAll().keys();
    root.close();
    expect(keys.filter((key) => !key.startsWith(`${PREFIX}/`))).toEqual([]);
    await until("its size is known", () => (store.size?.bytes ?? 0) > 0);
  });

  it("refuses a wrong password, and says so", async () => {
    expect(await outageOf({ login: { ...LOGIN, password: givenSecret("wrong") } })).toMatch(
      /^etcd refuses this control plane \(.*authentication failed/,
    );
  });

  it("refuses a user outside of its prefix, and says so", async () => {
    expect(await outageOf({ prefix: "/other" })).toMatch(
      /^etcd refuses this control plane \(.*permission denied/,
    );
  });

  it("is refused if no authority of the settings has signed its certificate", async () => {
    await using other = await startAuthority();
    expect(await outageOf({ tls: { ...tls, authorities: other.file } })).toMatch(
      /^etcd cannot be reached \(.*certificate/,
    );
  });

  it("is connected to by replaced certificates, without a restart", async () => {
    await using other = await startAuthority();
    const authorities = join(folder, "ca.pem");
    copyFileSync(other.file, authorities);
    await using store = openEtcdStore({ ...settings, tls: { ...tls, authorities } });
    expect(await until("the cause is known", () => store.outage)).toMatch(/certificate/);
    await using nodes = openEtcdNodeStore({ ...settings, tls: { ...tls, authorities } }, logger);
    copyFileSync(authority.file, authorities);
    await until("etcd can be reached", () => store.outage === undefined);
    await nodes.report({ plane: "renewed", nodes: {} });
    await store.commit(put("renewed", "1"));
    // Once more, while it is used: the report stays, and so does what is watched.
    await until("the report is known", () => nodes.state.reports.has("renewed"));
    const seen: boolean[] = [];
    nodes.onChange(() => seen.push(nodes.state.reports.has("renewed")));
    copyFileSync(authority.file, `${authorities}.new`);
    renameSync(`${authorities}.new`, authorities);
    const stop = new AbortController();
    const watch = store.watch({ prefix: "renewed", signal: stop.signal })[Symbol.asyncIterator]();
    const { value: listing } = await watch.next();
    expect(listing).toMatchObject({ kind: "listing" });
    await readAll(listing as Reading);
    await until("the old client has ended", () => seen.length > 0);
    await store.commit(put("renewed", "2"));
    expect((await watch.next()).value).toMatchObject({ kind: "commit" });
    stop.abort();
    await watch.return?.(undefined);
    expect(seen).not.toContain(false);
  });

  it("is used with a replaced password, without a restart", async () => {
    const file = join(folder, "password");
    writeFileSync(file, `${LOGIN.password}\n`);
    await using store = openEtcdStore({ ...settings, login: { ...LOGIN, password: secretFile(file) } });
    await store.commit(put("rotated", "1"));
    const root = asRoot(ROOT);
    const rotate = async (password: string) => {
      const { auth } = root as unknown as { auth: { userChangePassword(of: object): Promise<unknown> } };
      await auth.userChangePassword({ name: LOGIN.username, password });
    };
    await rotate("another password of etcd");
    expect(await until("the old one is refused", () => store.outage)).toMatch(/authentication failed/);
    writeFileSync(file, "another password of etcd");
    await until("etcd can be used", () => store.outage === undefined);
    await store.commit(put("rotated", "2"));
    await rotate(LOGIN.password);
    root.close();
  });

  it("is used by a control plane, by its settings", async () => {
    await using cluster = await Cluster.start({
      etcd: etcd.url,
      nodes: 0,
      env: {
        TOLLGATE_ETCD_PREFIX: `${PREFIX}/one`,
        TOLLGATE_ETCD_CA: authority.file,
        TOLLGATE_ETCD_CERT: tls.certificate,
        TOLLGATE_ETCD_KEY: tls.key,
        TOLLGATE_ETCD_USERNAME: LOGIN.username,
        TOLLGATE_ETCD_PASSWORD: LOGIN.password,
      },
    });
    await cluster.apply([{ kind: "RestApi", id: "securedapi", spec: { name: "secured" } }]);
    expect((await cluster.config.list({ kind: "RestApi" })).entities).toHaveLength(1);
  });
});

it("history that is older than the settings say is dropped", async () => {
  await using plain = await startEtcd();
  await using store = openEtcdStore({ hosts: [plain.url], historyMs: 1, maintenanceIntervalMs: 20 });
  const { revision } = await store.commit(put("a", "1"));
  for (let i = 0; i < 3; i++) await store.commit(put("a", String(i)));
  await until("the history is dropped", async () => {
    const stop = new AbortController();
    const items = store.watch({ prefix: "", afterRevision: revision - 1, signal: stop.signal });
    const watch = items[Symbol.asyncIterator]();
    const { value } = await watch.next();
    stop.abort();
    await watch.return?.(undefined);
    return (value as { kind: string }).kind === "listing";
  });
});
