import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BIN, CACHE, onPath, run } from "./cache.ts";
import {
  accepts,
  freePort,
  notStoppable,
  type RunningProcess,
  type StoppableServer,
  startProcess,
  until,
} from "./process.ts";

const VERSION = "v3.6.14";

/** etcdBinary builds etcd from its Go module: Debian's 3.4 has watch bugs. */
async function etcdBinary(): Promise<string> {
  const path = join(BIN, "etcd");
  if (existsSync(path)) return path;
  if (!(await onPath("go")))
    throw new Error(`please install etcd ${VERSION} as ${path}, or Go so that it can be built`);
  const source = join(CACHE, "src", "etcd");
  mkdirSync(source, { recursive: true });
  mkdirSync(BIN, { recursive: true });
  writeFileSync(
    join(source, "main.go"),
    'package main\n\nimport (\n\t"os"\n\n\t"go.etcd.io/etcd/server/v3/etcdmain"\n)\n\nfunc main() { etcdmain.Main(os.Args) }\n',
  );
  writeFileSync(join(source, "go.mod"), "module etcd\n\ngo 1.24\n");
  const options = { cwd: source, env: { ...process.env, GOFLAGS: "-buildvcs=false -mod=mod" } };
  await run("go", ["get", `go.etcd.io/etcd/server/v3@${VERSION}`], options);
  await run("go", ["build", "-o", path, "."], options);
  return path;
}

export interface Etcd extends StoppableServer {
  readonly url: string;
}

/** startEtcd runs one etcd member on loopback, or uses TOLLGATE_TEST_ETCD. */
export async function startEtcd(): Promise<Etcd> {
  const given = process.env.TOLLGATE_TEST_ETCD;
  if (given) return { url: given, ...notStoppable("TOLLGATE_TEST_ETCD") };
  const binary = await etcdBinary();
  const folder = mkdtempSync(join(tmpdir(), "tollgate-etcd-"));
  const [clientPort, peerPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  let server: RunningProcess;
  const start = async () => {
    server = startProcess(binary, [
      "--name=test",
      `--data-dir=${folder}`,
      "--log-level=error",
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=test=${peer}`,
    ]);
    await until(
      () => `etcd on ${url}: ${server.output()}`,
      async () =>
        (await accepts(clientPort)) &&
        (await fetch(`${url}/health`).then(
          (r) => r.ok,
          () => false,
        )),
    );
  };
  await start();
  return {
    url,
    kill: (signal = "SIGKILL") => server.kill(signal),
    restart: start,
    pause: () => server.pause(),
    resume: () => server.resume(),
    async [Symbol.asyncDispose]() {
      await server.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
