import type { Gateway } from "../kit/gateway.ts";
import { deployHttpApi, toUrl } from "../kit/http-api.ts";
import { proxy } from "../kit/rest-api.ts";
import { startHttpUpstream } from "../kit/upstream.ts";
import { deployWebSocketApi } from "../kit/websocket-api.ts";
import type { AttackCase, AttackGround } from "./area.ts";
import { converse } from "./raw-connection.ts";

interface Head {
  /** With <host> and <path> of an API, as its headers. */
  readonly line: string;
  readonly headers?: string;
  /** "open": the call is served; "old": as HTTP/1.0, which has no WebSockets (RFC 9110, 7.8); else what it is refused with. The connection ends but with 403, which is of a head that is right. */
  readonly wanted: "open" | "old" | number;
}

const HEADS: readonly Head[] = [
  { line: "GET <path> HTTP/1.1", wanted: "open" },
  { line: "GET <path> HTTP/1.0", wanted: "old" },
  { line: "GET http://<host><path> HTTP/1.1", wanted: "open" },
  { line: "GET HTTPS://<host>:443<path> HTTP/1.1", wanted: "open" },
  // The authority of the target counts, whatever Host says.
  { line: "GET http://<host><path> HTTP/1.1", headers: "Host: other.example\r\n", wanted: "open" },
  { line: "GET http://other.example<path> HTTP/1.1", wanted: 403 },
  { line: "GET * HTTP/1.1", wanted: 400 },
  { line: "GET <host>:80 HTTP/1.1", wanted: 400 },
  { line: "GET ftp://<host><path> HTTP/1.1", wanted: 400 },
  { line: "GET http://u:p@<host><path> HTTP/1.1", wanted: 400 },
  { line: "GET http://a,<host><path> HTTP/1.1", wanted: 400 },
  { line: "GET <path>#x HTTP/1.1", wanted: 400 },
  { line: "GET /x/..<path> HTTP/1.1", wanted: 400 },
  { line: "GET /%2e%2e<path> HTTP/1.1", wanted: 400 },
  { line: "GET <path> HTTP/1.1", headers: "Host: <host>\r\nHost: <host>\r\n", wanted: 400 },
  { line: "GET <path> HTTP/1.1", headers: "Host: <host>, <host>\r\n", wanted: 400 },
  { line: "GET <path> HTTP/1.1", headers: "Host: <host>/x\r\n", wanted: 400 },
  { line: "GET <path> HTTP/1.1", headers: "Host: u@<host>\r\n", wanted: 400 },
  { line: "GET <path> HTTP/1.1", headers: "", wanted: 400 },
  { line: "GET <path> HTTP/1.2", wanted: 505 },
  { line: "GET <path> HTTP/1.1", headers: "Host: <host>\r\nTransfer-Encoding: gzip\r\n", wanted: 501 },
  {
    line: "GET <path> HTTP/1.1",
    headers: "Host: <host>\r\nTransfer-Encoding: gzip, chunked\r\n",
    wanted: 501,
  },
  { line: "TRACE <path> HTTP/1.1", wanted: 405 },
];

interface Attacked {
  readonly protocol: string;
  readonly host: string;
  readonly path: string;
  /** Headers besides Host. */
  readonly headers: string;
  readonly open: number;
  readonly old: number;
}

const HANDSHAKE =
  "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
const hostOf = (apiId: string) => `${apiId}.execute-api.local`;

async function deployEach(gateway: Gateway, origin: string): Promise<readonly Attacked[]> {
  const rest = await gateway.deploy({ "ANY /{proxy+}": proxy(`${origin}/heads`) });
  const http = await deployHttpApi(gateway, {
    routes: { $default: { integration: toUrl(`${origin}/heads`) } },
  });
  const ws = await deployWebSocketApi(gateway, {
    routes: { $connect: { integration: { integrationType: "MOCK" } } },
  });
  return [
    { protocol: "REST", host: hostOf(rest), path: "/prod/a", headers: "", open: 200, old: 200 },
    { protocol: "HTTP", host: hostOf(http.apiId), path: "/a", headers: "", open: 200, old: 200 },
    { protocol: "WebSocket", host: hostOf(ws.apiId), path: "/live", headers: HANDSHAKE, open: 101, old: 426 },
  ];
}

/** protocolHeads are heads that mean the same in each protocol of APIs (RFC 9112, 3.2): handshakes of WebSockets have them, too. */
export async function protocolHeads(
  { scope }: AttackGround,
  gateway: Gateway,
): Promise<readonly AttackCase[]> {
  const upstream = scope.use(await startHttpUpstream((_request, response) => void response.end()));
  const attacked = await deployEach(gateway, upstream.origin);
  return attacked.flatMap((api) =>
    HEADS.map(({ line, headers = "Host: <host>\r\n", wanted }) => {
      const head = `${line}\r\n${headers}`.replaceAll("<path>", api.path).replaceAll("<host>", api.host);
      const status = typeof wanted === "number" ? wanted : api[wanted];
      const closes = wanted !== "open" && wanted !== 403;
      return {
        name: `${api.protocol}: ${line} ${JSON.stringify(headers)}`,
        input: head,
        expectation: `status ${status}`,
        attack: async () => {
          const { statuses, isClosed } = await converse(gateway.httpPort, `${head}${api.headers}\r\n`, {
            responses: closes ? Number.POSITIVE_INFINITY : 1,
            silenceMs: 8_000,
          });
          if (String(statuses) !== String([status])) return `statuses [${statuses}]`;
          return isClosed || !closes ? undefined : "the connection stayed open";
        },
      };
    }),
  );
}
