import { proxy, resourceOf } from "../kit/rest-api.ts";
import { usOfCall } from "./cpu-of-calls.ts";
import { startOneNode } from "./one-node.ts";
import type { MeasuredReport } from "./report.ts";
import { startNginx, startNginxProxy } from "./rivals.ts";
import { servedBodies } from "./served-bodies.ts";
import { inTurns, type Turns, type Way } from "./turns.ts";
import { requestLines, wrkScripts } from "./wrk-script.ts";

const API = "bodies0001";
/** Few: each has a whole body on its way. */
const CONNECTIONS = 4;
const MB = 1_000_000;
const SIZES_MB = [1, 10];

/** Files to download, and a server that responds when it has the whole of an upload: it hands the call to itself without it. */
async function startUpstream(scope: AsyncDisposableStack): Promise<string> {
  const folder = servedBodies(
    scope,
    SIZES_MB.map((size) => size * MB),
  );
  const taken = scope.use(await startNginx("location / { return 200; }"));
  const upstream = scope.use(
    await startNginx(`location / { root ${folder}; }
  location /upload { client_max_body_size 0; client_body_buffer_size 16m;
    proxy_pass ${taken.url}; proxy_pass_request_body off; proxy_set_header Content-Length ""; }`),
  );
  return upstream.url;
}

/** bodies compares the processor time that large bodies cost a node, both ways, with nginx, which hands them on as they come, too. */
export async function bodies(turns: Turns): Promise<MeasuredReport<"bodies">> {
  await using scope = new AsyncDisposableStack();
  const upstream = await startUpstream(scope);
  const nginx = scope.use(
    await startNginxProxy(upstream, { more: "client_max_body_size 0; proxy_request_buffering off;" }),
  );
  const { cluster, pids, url } = await startOneNode(scope);
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "load" } },
    ...SIZES_MB.map((size) =>
      resourceOf(API, `get${size}`, `/${size * MB}`, { GET: proxy(`${upstream}/${size * MB}`) }),
    ),
    resourceOf(API, "post", "/upload", { POST: proxy(`${upstream}/upload`) }),
  ]);
  await cluster.waitApplied(await cluster.deploy(API, "prod"));
  const write = wrkScripts(scope);
  const servers = { nginx: { pids: nginx.pids, url: nginx.url }, node: { pids, url: url(API, "prod") } };
  const perMb =
    (server: keyof typeof servers, path: string, size: number, script?: string): Way =>
    async (seconds) => {
      const calls = { url: servers[server].url + path, connections: CONNECTIONS, ...(script && { script }) };
      return (await usOfCall(servers[server].pids, calls, seconds)) / size;
    };
  const ways = SIZES_MB.flatMap((size) => {
    const upload = write(requestLines({ method: "POST", bodyBytes: size * MB }));
    return (["nginx", "node"] as const).flatMap((server) => [
      [`${server}_download_${size}mb`, perMb(server, `/${size * MB}`, size)] as const,
      [`${server}_upload_${size}mb`, perMb(server, "/upload", size, upload)] as const,
    ]);
  });
  const rounds = await inTurns(Object.fromEntries(ways), turns);
  const vsNginx = (name: string) => rounds.ratio(`node_${name}`, `nginx_${name}`);
  return {
    figures: rounds.medians("us_per_mb", 0),
    ratios: {},
    measured: {
      download_1mb_vs_nginx: vsNginx("download_1mb"),
      download_10mb_vs_nginx: vsNginx("download_10mb"),
      upload_1mb_vs_nginx: vsNginx("upload_1mb"),
      upload_10mb_vs_nginx: vsNginx("upload_10mb"),
    },
  };
}
