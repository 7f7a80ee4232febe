import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BIN, CACHE, onceAtATime, onPath, run } from "./cache.ts";
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
export const etcdBinary = (): Promise<string> => onceAtATime("etcd", buildEtcd);

async function buildEtcd(): Promise<string> {
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

/** SecureEtcd is what an etcd with TLS needs: its certificate, and the authority of its clients. */
export interface SecureEtcd {
  readonly certificate: string;
  readonly key: string;
  readonly authorities: string;
}

const secureFlags = ({ certificate, key, authorities }: SecureEtcd): string[] => [
  `--cert-file=${certificate}`,
  `--key-file=${key}`,
  `--trusted-ca-file=${authorities}`,
  "--client-cert-auth",
];

/** startEtcd runs one etcd member on loopback, or uses TOLLGATE_TEST_ETCD if it need not be secure. */
export async function startEtcd({ secure }: { readonly secure?: SecureEtcd } = {}): Promise<Etcd> {
  const given = process.env.TOLLGATE_TEST_ETCD;
  if (given && !secure) return { url: given, ...notStoppable("TOLLGATE_TEST_ETCD") };
  const binary = await etcdBinary();
  const folder = mkdtempSync(join(tmpdir(), "tollgate-etcd-"));
  const [clientPort, peerPort, healthPort] = [await freePort(), await freePort(), await freePort()];
  const listen = `${secure ? "https" : "http"}://127.0.0.1:${clientPort}`;
  // Certificates are checked for names.
  const url = secure ? `https://localhost:${clientPort}` : listen;
  const health = `http://127.0.0.1:${healthPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  let server: RunningProcess;
  const start = async () => {
    server = startProcess(binary, [
      "--name=test",
      `--data-dir=${folder}`,
      "--log-level=error",
      `--listen-client-urls=${listen}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=test=${peer}`,
      `--listen-metrics-urls=${health}`,
      ...(secure ? secureFlags(secure) : []),
    ]);
    await until(
      () => `etcd on ${url}: ${server.output()}`,
      async () =>
        (await accepts(clientPort)) &&
        (await fetch(`${health}/health`).then(
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
