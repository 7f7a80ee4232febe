import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aptInstall, goInstall, onPath, run } from "../kit/cache.ts";
import { accepts, childrenOf, freePort, startProcess, until } from "../kit/process.ts";

/** Proxy is something that can be put in front of the upstream. */
export interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** Processes whose time counts as the proxy's. */
  readonly pids: () => readonly number[];
  readonly version: string;
}

/** What a program prints of its version. */
async function versionOf(binary: string, args: readonly string[], pattern: RegExp): Promise<string> {
  const { stdout, stderr } = await run(binary, args);
  return pattern.exec(stdout + stderr)?.[1] ?? "unknown";
}

/** A program of a Debian package, which is installed if it is not there. */
async function debianBinary(name: string, packageName = name): Promise<string> {
  const find = () => onPath(name, `/usr/sbin/${name}`);
  const found = await find();
  if (found) return found;
  await aptInstall(packageName);
  return (await find()) as string;
}

/** startNginx runs nginx with one server block. */
export async function startNginx(server: string, upstreams = ""): Promise<Proxy> {
  const binary = await debianBinary("nginx", "nginx-light");
  const folder = mkdtempSync(join(tmpdir(), "tollgate-nginx-"));
  const port = await freePort();
  const config = `worker_processes 1; daemon off; pid ${folder}/pid; error_log stderr crit; worker_rlimit_nofile 65536;
events { worker_connections 32768; }
http { access_log off; keepalive_requests 100000000; keepalive_timeout 600s;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  ${upstreams}
  server { listen 127.0.0.1:${port} reuseport; ${server} } }`;
  writeFileSync(join(folder, "nginx.conf"), config);
  const child = startProcess(binary, ["-c", join(folder, "nginx.conf"), "-p", folder]);
  await until(
    () => `nginx: ${child.output()}`,
    () => accepts(port),
  );
  return {
    url: `http://127.0.0.1:${port}`,
    pids: () => childrenOf(child.child.pid as number),
    version: await versionOf(binary, ["-v"], /nginx\/(\S+)/),
    async [Symbol.asyncDispose]() {
      await child.kill("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** startAnswerer is the upstream of all: nginx that returns 300 bytes. */
export const startAnswerer = (): Promise<Proxy> =>
  startNginx(`location / { default_type application/json; return 200 '${"x".repeat(300)}'; }`);

/** startNginxProxy is nginx as a reverse proxy with kept connections, so many of them while nothing calls, and more directives. */
export const startNginxProxy = (upstream: string, { kept = 64, more = "" } = {}): Promise<Proxy> =>
  startNginx(
    `location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; ${more} }`,
    `upstream up { server ${new URL(upstream).host}; keepalive ${kept}; keepalive_requests 100000000; }`,
  );

/** startHaproxy is haproxy with one thread and kept connections. */
export async function startHaproxy(upstream: string): Promise<Proxy> {
  const binary = await debianBinary("haproxy");
  const folder = mkdtempSync(join(tmpdir(), "tollgate-haproxy-"));
  const port = await freePort();
  const file = join(folder, "haproxy.cfg");
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 600s
  timeout server 600s
frontend calls
  bind 127.0.0.1:${port}
  default_backend up
backend up
  http-reuse always
  server up ${new URL(upstream).host}
`,
  );
  const child = startProcess(binary, ["-db", "-f", file]);
  await until(
    () => `haproxy: ${child.output()}`,
    () => accepts(port),
  );
  return {
    url: `http://127.0.0.1:${port}`,
    pids: () => [child.child.pid as number],
    version: await versionOf(binary, ["-v"], /version (\S+)/),
    async [Symbol.asyncDispose]() {
      await child.kill("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** startCaddyProxy is Caddy's reverse_proxy. */
export async function startCaddyProxy(upstream: string): Promise<Proxy> {
  const binary = await goInstall("caddy", "github.com/caddyserver/caddy/v2/cmd/caddy@latest");
  const folder = mkdtempSync(join(tmpdir(), "tollgate-caddy-"));
  const port = await freePort();
  writeFileSync(
    join(folder, "Caddyfile"),
    `{\n\tadmin off\n\tauto_https off\n}\nhttp://127.0.0.1:${port} {\n\tbind 127.0.0.1\n\treverse_proxy ${new URL(upstream).host}\n}\n`,
  );
  const child = startProcess(
    binary,
    ["run", "--config", join(folder, "Caddyfile"), "--adapter", "caddyfile"],
    { env: { ...process.env, HOME: folder } },
  );
  await until(
    () => `Caddy: ${child.output()}`,
    () => accepts(port),
  );
  return {
    url: `http://127.0.0.1:${port}`,
    pids: () => [child.child.pid as number],
    version: await versionOf(binary, ["build-info"], /caddyserver\/caddy\/v2\tv(\S+)/),
    async [Symbol.asyncDispose]() {
      await child.kill("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** WrkResult is what wrk prints. */
export interface WrkResult {
  readonly calls: number;
  /** Calls with another status than 2xx or 3xx, and those whose connection failed. Slow ones are not. */
  readonly bad: number;
  readonly p99Ms: number;
}

/** wrkResult reads what wrk prints. */
export function wrkResult(printed: string): WrkResult {
  const calls = Number(/(\d+) requests in/.exec(printed)?.[1] ?? 0);
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(printed)?.[1] ?? 0);
  const failed = /Socket errors: connect (\d+), read (\d+), write (\d+)/.exec(printed)?.slice(1) ?? [];
  const [, p99 = "0", unit = "ms"] = /99%\s+([\d.]+)(us|ms|s)/.exec(printed) ?? [];
  return {
    calls,
    bad: failed.reduce((sum, times) => sum + Number(times), refused),
    p99Ms: Number(p99) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? 1),
  };
}

/** wrk drives a URL for some seconds. */
export async function wrk(
  url: string,
  connections: number,
  seconds: number,
  script?: string,
): Promise<WrkResult> {
  const { stdout } = await run(await debianBinary("wrk"), [
    "-t1",
    `-c${connections}`,
    `-d${seconds}s`,
    "--latency",
    ...(script === undefined ? [] : ["-s", script]),
    url,
  ]);
  return wrkResult(stdout);
}

/** h2load drives a URL with so many streams of one connection of HTTP/2, and returns how many calls were answered. */
export async function h2load(
  url: string,
  streams: number,
  seconds: number,
): Promise<{ calls: number; bad: number }> {
  const { stdout } = await run(await debianBinary("h2load", "nghttp2-client"), [
    "-c1",
    `-m${streams}`,
    "-D",
    String(seconds),
    url,
  ]);
  const [, total = "0"] = /requests: (\d+) total/.exec(stdout) ?? [];
  const [, succeeded = "0"] = / (\d+) 2xx/.exec(stdout) ?? [];
  return { calls: Number(succeeded), bad: Math.max(0, Number(total) - Number(succeeded) - streams) };
}
