import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readSettings as readControlPlane } from "@tollgate/control-plane";
import { readSettings as readDataPlane } from "@tollgate/data-plane";
import { readSettings as readMetering } from "@tollgate/metering";
import { tollgate } from "../kit/cli.ts";
import {
  baseEnv,
  family,
  freePort,
  isRunning,
  type RunningProcess,
  startProcess,
  until,
} from "../kit/process.ts";

const ENTRY = fileURLToPath(new URL("../../packages/standalone/src/main.ts", import.meta.url));
const RUN = fileURLToPath(new URL("../../.scripts/run.mjs", import.meta.url));

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));

describe("npm start", () => {
  let home: string;
  let ports: Record<string, string>;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "tollgate-standalone-"));
    const names = ["HTTP", "HTTPS", "GRPC", "CONTROL", "METERING", "ADMIN"];
    ports = Object.fromEntries(
      await Promise.all(names.map(async (name) => [`TOLLGATE_${name}_PORT`, String(await freePort())])),
    );
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const env = () => ({
    ...baseEnv(),
    NO_COLOR: "1",
    TOLLGATE_HOME: home,
    TOLLGATE_WORKERS: "1",
    ...ports,
  });
  // One that a failed test leaves would hold the ports of all others.
  const started: RunningProcess[] = [];
  afterEach(() => Promise.all(started.splice(0).map((one) => one.kill("SIGKILL"))));
  const run = (command: string, args: readonly string[], more: Record<string, string> = {}) => {
    const child = startProcess(command, args, { env: { ...env(), ...more } });
    started.push(child);
    return child;
  };
  const start = async () => {
    const gateway = run(process.execPath, [ENTRY]);
    await until(
      () => gateway.output(),
      () => {
        if (gateway.hasEnded()) throw new Error(`it ended: ${gateway.output()}`);
        return gateway.output().includes("ready {");
      },
    );
    return gateway;
  };
  const cli = (...args: string[]) =>
    tollgate(args, {
      TOLLGATE_GRPC_PORT: ports.TOLLGATE_GRPC_PORT as string,
      TOLLGATE_METERING_PORT: ports.TOLLGATE_METERING_PORT as string,
    });

  it("shows a mock route, a proxy route and a function route, prints their URLs and a curl line, and stops on Ctrl-C", async () => {
    const gateway = await start();
    const urls = gateway.output().match(/http:\/\/127\.0\.0\.1:\d+\/_aws\/\S+/g) ?? [];
    const answers = await Promise.all(urls.slice(0, 3).map(async (url) => (await fetch(url)).text()));
    expect(answers[0]).toBe('{"message": "Tollgate is running"}\n');
    expect(JSON.parse(answers[1] as string)).toMatchObject({ method: "GET", url: "/anything/you/like" });
    expect(JSON.parse(answers[2] as string)).toMatchObject({ message: "Hello, Ada!" });
    expect(gateway.output()).toMatch(/curl -i 'http:\/\/127\.0\.0\.1:\d+\/_aws/);
    await gateway.kill("SIGINT");
    expect(gateway.child.exitCode).toBe(0);
  });

  it("stops when the shell that npm started it in is ended", async () => {
    const command = `node '${RUN}' packages/standalone/src/main.ts; exit`;
    const shell = run("sh", ["-c", command]);
    await until(shell.output, () => shell.output().includes("ready {"));
    const pids = family(shell.child.pid as number);
    expect(pids.length).toBeGreaterThan(3);
    await shell.kill("SIGTERM");
    await until("all that it started has ended", () => !pids.some(isRunning));
  });

  it("keeps what was changed, and the usage, over a restart", async () => {
    const first = await start();
    await tollgate(
      ["apply", "-f", "-"],
      { TOLLGATE_GRPC_PORT: ports.TOLLGATE_GRPC_PORT as string },
      "kind: RestApi\nid: keptapi001\nspec: {name: Kept}\n",
    );
    await first.kill("SIGINT");
    const second = await start();
    expect((await cli("get", "restapis")).stdout).toMatch(/keptapi001/);
    expect(
      (await fetch(`http://127.0.0.1:${ports.TOLLGATE_HTTP_PORT}/_aws/execute-api/tollgate01/dev/http/again`))
        .status,
    ).toBe(200);
    await until(
      "the usage of both runs",
      async () =>
        /GET \/mock +1 /.test((await cli("usage", "--by", "method")).stdout) &&
        /GET \/http\/\{proxy\+\} +2 /.test((await cli("usage", "--by", "method")).stdout),
    );
    await second.kill("SIGINT");
  });

  it("reports which ports are in use and what to do", async () => {
    const blockers = await Promise.all(
      ["TOLLGATE_HTTP_PORT", "TOLLGATE_METERING_PORT"].map(async (name) => {
        const server = createServer().listen(Number(ports[name]), "127.0.0.1");
        await once(server, "listening");
        return server;
      }),
    );
    const gateway = run(process.execPath, [ENTRY]);
    await until("it gives up", gateway.hasEnded);
    expect(gateway.child.exitCode).toBe(1);
    expect(gateway.output()).toBe(
      `Tollgate cannot start: ports are already in use on 127.0.0.1\n  port ${ports.TOLLGATE_HTTP_PORT} (the APIs): stop the process that listens there, or set TOLLGATE_HTTP_PORT to another port\n  port ${ports.TOLLGATE_METERING_PORT} (metering): stop the process that listens there, or set TOLLGATE_METERING_PORT to another port\n`,
    );
    for (const server of blockers) server.close();
  });

  it("reports all invalid settings together", async () => {
    const gateway = run(process.execPath, [ENTRY], {
      TOLLGATE_WORKERS: "many",
      OTEL_TRACES_SAMPLER_ARG: "2",
      TOLLGATE_HTTP_PORT: "99999",
    });
    await until("it gives up", gateway.hasEnded);
    expect(gateway.output()).toMatch(
      /invalid settings:\n {2}TOLLGATE_WORKERS 'many' must be[^\n]*\n {2}TOLLGATE_HTTP_PORT '99999' must be a whole number from 0 to 65535\n {2}OTEL_TRACES_SAMPLER_ARG '2' must be a number from 0 to 1/,
    );
  });

  it("no process that is called runs on another address without a token", () => {
    const elsewhere = { TOLLGATE_BIND: "0.0.0.0" };
    for (const readSettings of [readControlPlane, readMetering]) {
      expect(() => readSettings(elsewhere)).toThrow(/TOLLGATE_TOKEN is not set/);
      expect(() => readSettings({ ...elsewhere, TOLLGATE_AUTH: "none" })).toThrow(/allowed on loopback only/);
      expect(() => readSettings({ ...elsewhere, TOLLGATE_TOKEN: "t" })).toThrow(
        /TOLLGATE_CLEAR_TOKENS is refuse, but TOLLGATE_BIND is 0\.0\.0\.0 and there is no TLS/,
      );
      const told = { ...elsewhere, TOLLGATE_TOKEN: "t", TOLLGATE_CLEAR_TOKENS: "allow" };
      expect(readSettings(told).access.token?.()).toBe("t");
      const files = { TOLLGATE_TLS_CERT: "tls.crt", TOLLGATE_TLS_KEY: "tls.key" };
      expect(readSettings({ ...elsewhere, ...files, TOLLGATE_TOKEN: "t" }).access.token?.()).toBe("t");
      expect(readSettings({ TOLLGATE_AUTH: "none", TOLLGATE_TOKEN: "t" }).access.tokens).toBeUndefined();
    }
  });

  it("no node sends its token in the clear to another machine, and its probes and metrics are for this one", () => {
    const node = { TOLLGATE_CONTROL_PLANE: "127.0.0.1:7070,control:7070", TOLLGATE_TOKEN: "t" };
    expect(() => readDataPlane(node)).toThrow(
      /TOLLGATE_CLEAR_TOKENS is refuse, but TOLLGATE_CONTROL_PLANE is control/,
    );
    expect(
      readDataPlane({ ...node, TOLLGATE_CLEAR_TOKENS: "allow", TOLLGATE_BIND: "0.0.0.0" }),
    ).toMatchObject({
      host: "0.0.0.0",
      adminHost: "127.0.0.1",
    });
    expect(readDataPlane({ ...node, TOLLGATE_TLS_CA: "ca.crt" }).token?.()).toBe("t");
    expect(readDataPlane({ TOLLGATE_ADMIN_BIND: "10.0.0.1" }).adminHost).toBe("10.0.0.1");
  });

  it("its state directory and all files in it are for its owner alone", async () => {
    const gateway = await start();
    await gateway.kill("SIGINT");
    chmodSync(home, 0o755);
    for (const path of filesOf(home)) chmodSync(path, statSync(path).isDirectory() ? 0o755 : 0o644);
    const again = await start();
    // A file may be gone by the time that it is looked at.
    const modeOf = (path: string) => (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
    const open = [home, ...filesOf(home)].filter((path) => (modeOf(path) & 0o077) !== 0);
    expect(open.map((path) => `${relative(home, path)} ${modeOf(path).toString(8)}`)).toEqual([]);
    expect(filesOf(home).length).toBeGreaterThan(8);
    await again.kill("SIGINT");
  });

  it("does not run without authentication on another address than loopback", async () => {
    const gateway = run(process.execPath, [ENTRY], { TOLLGATE_BIND: "0.0.0.0" });
    await until("it gives up", gateway.hasEnded);
    expect(gateway.output()).toMatch(
      /TOLLGATE_AUTH is none, which is allowed on loopback only, but TOLLGATE_BIND is 0\.0\.0\.0/,
    );
  });
});
