import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { selfSigned } from "../kit/certificate.ts";
import { startGateway } from "../kit/gateway.ts";
import { accepts, freePort, startProcess, until, workersOf } from "../kit/process.ts";
import { proxy } from "../kit/rest-api.ts";
import { cpuMs, median, round } from "./cpu.ts";
import { handshakeUs } from "./handshakes.ts";
import type { LoadReport } from "./report.ts";
import { h2load, startAnswerer, startNginx, wrk } from "./rivals.ts";

const BARE_SERVER = fileURLToPath(new URL("bare-tls-server.ts", import.meta.url));
/** Connections of HTTP/1.1, and streams of one connection of HTTP/2. */
const AT_ONCE = 32;
const WARM_UP_SECONDS = 2;

/** Files that nginx and a node present the same certificate by. */
async function certificateFiles(scope: AsyncDisposableStack) {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-load-tls-"));
  scope.defer(() => rmSync(folder, { recursive: true, force: true }));
  const files = { certificate: join(folder, "tls.crt"), key: join(folder, "tls.key") };
  const { certificate, privateKey } = await selfSigned("localhost");
  writeFileSync(files.certificate, certificate);
  writeFileSync(files.key, privateKey);
  return files;
}

/** A server, and the processes whose time counts as its. */
interface HandshakeServer {
  readonly port: number;
  readonly pids: () => readonly number[];
}

async function startNginxServer(
  scope: AsyncDisposableStack,
  { certificate, key }: { readonly certificate: string; readonly key: string },
): Promise<HandshakeServer> {
  const port = await freePort();
  const material = `ssl_certificate ${certificate}; ssl_certificate_key ${key}; ssl_protocols TLSv1.2 TLSv1.3`;
  const nginx = scope.use(
    await startNginx(`listen 127.0.0.1:${port} ssl reuseport; ${material}; location / { return 200; }`),
  );
  return { port, pids: nginx.pids };
}

async function startNodeServer(
  scope: AsyncDisposableStack,
  { certificate, key }: { readonly certificate: string; readonly key: string },
): Promise<HandshakeServer> {
  const port = await freePort();
  const node = scope.use(
    startProcess(process.execPath, ["--no-warnings", BARE_SERVER, certificate, key, String(port)]),
  );
  await until(
    () => `the server of Node.js alone: ${node.output()}`,
    () => accepts(port),
  );
  return { port, pids: () => [node.child.pid as number] };
}

const FIGURES = ["plain", "http1", "http2", "handshake", "nginxHandshake", "nodeHandshake"] as const;
/** Microseconds of each, in one round. */
type Measured = Record<(typeof FIGURES)[number], number>;
type Measures = Record<keyof Measured, (seconds: number) => Promise<number>>;

async function startServers(scope: AsyncDisposableStack): Promise<Measures> {
  const upstream = scope.use(await startAnswerer());
  const files = await certificateFiles(scope);
  const gateway = scope.use(
    await startGateway({ TOLLGATE_HTTPS_CERT: files.certificate, TOLLGATE_HTTPS_KEY: files.key }),
  );
  const api = await gateway.deploy({ "GET /bare": proxy(`${upstream.url}/bare`) });
  const [nginx, node] = [await startNginxServer(scope, files), await startNodeServer(scope, files)];
  const workers = workersOf(process.pid);
  const path = `/_aws/execute-api/${api}/prod/bare`;
  const plainUrl = `http://127.0.0.1:${gateway.httpPort}${path}`;
  const secureUrl = `https://localhost:${gateway.httpsPort}${path}`;
  const callUs = async (drive: Promise<{ calls: number; bad: number }>) => {
    const before = cpuMs(workers);
    const { calls, bad } = await drive;
    if (calls === 0 || bad > 0) throw new Error(`${calls} calls, ${bad} of them failed`);
    return ((cpuMs(workers) - before) * 1_000) / calls;
  };
  const handshake =
    ({ port, pids }: HandshakeServer) =>
    (seconds: number) =>
      handshakeUs(pids(), { port, names: "localhost", seconds });
  return {
    plain: (seconds) => callUs(wrk(plainUrl, AT_ONCE, seconds)),
    http1: (seconds) => callUs(wrk(secureUrl, AT_ONCE, seconds)),
    http2: (seconds) => callUs(h2load(secureUrl, AT_ONCE, seconds)),
    handshake: handshake({ port: gateway.httpsPort as number, pids: () => workers }),
    nginxHandshake: handshake(nginx),
    nodeHandshake: handshake(node),
  };
}

async function measureAll(measures: Measures, seconds: number): Promise<Measured> {
  const measured: Partial<Measured> = {};
  for (const name of FIGURES) measured[name] = await measures[name](seconds);
  return measured as Measured;
}

/**
 * tls compares, in turns of one run and by the processor time of a worker, a call through TLS with the call without it, by HTTP/1.1 and by HTTP/2, and
 * a handshake in full with that of nginx, and of Node.js alone, with the same certificate.
 */
export async function tls({
  seconds,
  rounds,
}: {
  readonly seconds: number;
  readonly rounds: number;
}): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const measures = await startServers(scope);
  await measureAll(measures, WARM_UP_SECONDS);
  const all: Measured[] = [];
  for (let i = 0; i < rounds; i++) all.push(await measureAll(measures, seconds));
  const medianUs = (name: keyof Measured) => round(median(all.map((measured) => measured[name])), 1);
  const ratio = (name: string, of: (measured: Measured) => number) => {
    const values = all.map(of);
    return {
      [name]: round(median(values)),
      [`${name}_min`]: round(Math.min(...values)),
      [`${name}_max`]: round(Math.max(...values)),
    };
  };
  return {
    figures: {
      plain_us_per_call: medianUs("plain"),
      http1_us_per_call: medianUs("http1"),
      http2_us_per_call: medianUs("http2"),
      handshake_us: medianUs("handshake"),
      nginx_handshake_us: medianUs("nginxHandshake"),
      node_handshake_us: medianUs("nodeHandshake"),
    },
    ratios: {
      ...ratio("http1_vs_plain", ({ http1, plain }) => http1 / plain),
      ...ratio("http2_vs_plain", ({ http2, plain }) => http2 / plain),
      ...ratio("handshake_vs_nginx", ({ handshake, nginxHandshake }) => handshake / nginxHandshake),
      ...ratio("handshake_vs_node", ({ handshake, nodeHandshake }) => handshake / nodeHandshake),
    },
  };
}
