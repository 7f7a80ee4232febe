import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildBundles } from "../kit/cluster.ts";
import { type KafkaBroker, startKafka } from "../kit/kafka.ts";
import { freePort, startProcess, until } from "../kit/process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe("the bundles that images run", () => {
  const scope = new AsyncDisposableStack();
  let kafka: KafkaBroker;
  let home: string;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "tollgate-bundles-"));
    scope.defer(() => rmSync(home, { recursive: true, force: true }));
    kafka = scope.use(await startKafka());
    await buildBundles();
  });
  afterAll(() => scope.disposeAsync());

  it("start, find each other, and stop on SIGTERM", async () => {
    const [grpc, control, metering, http, admin] = await Promise.all(Array.from({ length: 5 }, freePort));
    const env = {
      PATH: process.env.PATH,
      TOLLGATE_HOME: home,
      TOLLGATE_TOKEN: "t",
      TOLLGATE_KAFKA: kafka.broker,
      TOLLGATE_LOG_LEVEL: "warn",
      TOLLGATE_WORKERS: "1",
      TOLLGATE_GRPC_PORT: String(grpc),
      TOLLGATE_CONTROL_PORT: String(control),
      TOLLGATE_METERING_PORT: String(metering),
      TOLLGATE_METERING_METRICS_PORT: "0",
      TOLLGATE_HTTP_PORT: String(http),
      TOLLGATE_HTTPS_PORT: "0",
      TOLLGATE_ADMIN_PORT: String(admin),
      TOLLGATE_CONTROL_PLANE: `127.0.0.1:${grpc}`,
    };
    const parts = ["control-plane", "metering", "data-plane"].map((name) => {
      const bundle = join(ROOT, "packages", name, "dist", "main.js");
      expect(existsSync(bundle)).toBe(true);
      return startProcess(process.execPath, [bundle], { env });
    });
    await until(
      () => parts.map((part) => part.output()).join("\n"),
      () => parts.every((part) => part.output().includes("ready {")),
    );
    expect((await fetch(`http://127.0.0.1:${admin}/readyz`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${http}/`)).status).toBe(403);
    await Promise.all(parts.map((part) => part.kill("SIGTERM")));
    await until("all has been printed", () => parts.every((part) => part.hasEnded()));
    expect(parts.map((part) => /^.*Warning.*$/m.exec(part.output())?.[0] ?? "none")).toEqual([
      "none",
      "none",
      "none",
    ]);
    expect(parts.map((part) => part.child.exitCode)).toEqual([0, 0, 0]);
  });
});
