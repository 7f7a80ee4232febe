import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployHttpApi, toUrl } from "../../kit/http-api.ts";
import { mock, proxy } from "../../kit/rest-api.ts";
import { seeded } from "../../kit/seeded.ts";
import { use, useGateway } from "../../kit/use.ts";
import {
  type ArrivedResponse,
  allowedResponse,
  encodedResponses,
  mutatedResponse,
  namedResponses,
  type UpstreamScript,
} from "./generated-responses.ts";

const SEED = 20_261_129;
const ALLOWED = 200;
const MUTATED = 200;

const random = seeded(SEED);
const generated: readonly UpstreamScript[] = [
  ...Array.from({ length: ALLOWED }, () => allowedResponse(random)),
  ...Array.from({ length: MUTATED }, () => mutatedResponse(random)),
];
const scripts = [...namedResponses, ...generated, ...encodedResponses];

/** An upstream that sends the script whose number is in the path. */
async function startScriptedUpstream() {
  const play = async (socket: Socket, { pieces, ending }: UpstreamScript) => {
    for (const piece of pieces) {
      if (socket.destroyed) return;
      socket.write(piece, "latin1");
      // The next piece is a write of its own.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (ending === "close" || (ending === "keep" && pieces.join("").startsWith("HTTP/1.0"))) socket.end();
    else if (ending === "reset") socket.resetAndDestroy();
  };
  const server = createServer({ noDelay: true }, (socket) => {
    let head = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      const script = scripts[Number(/^GET \/(\d+)/.exec(head)?.[1])];
      head = "";
      if (script) void play(socket, script);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, [Symbol.asyncDispose]: async () => void server.close() };
}

const upstream = use(startScriptedUpstream);
const gateway = useGateway();
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const paths = { rest: "", http: "" };
let mocked: string;

beforeAll(async () => {
  // Short: an upstream that says nothing more is what is tested, not for how long.
  const timeout = { timeoutInMillis: 1_000 };
  const apiId = await gateway.deploy({
    "GET /up/{n}": proxy(`${upstream.origin}/{n}`, timeout),
    "GET /mock": mock("fine"),
  });
  const { apiId: httpApiId } = await deployHttpApi(gateway, {
    routes: { "GET /up/{n}": { integration: toUrl(`${upstream.origin}/{n}`, timeout) } },
  });
  const base = "/_aws/execute-api";
  paths.rest = `${base}/${apiId}/prod/up`;
  paths.http = `${base}/${httpApiId}/up`;
  mocked = `${base}/${apiId}/prod/mock`;
});
afterAll(() => agent.destroy());

interface Reply {
  readonly status: number;
  readonly rawHeaders: readonly string[];
  readonly body: string;
  /** Of the client's end of the connection. */
  readonly port: number;
}

/** What came, or why nothing whole did. */
const get = (path: string) =>
  new Promise<Reply | Error>((resolve) => {
    const request = httpRequest(
      { agent, host: "127.0.0.1", port: gateway.httpPort, path },
      (response: IncomingMessage) => {
        const port = response.socket.localPort ?? 0;
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", resolve);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            rawHeaders: response.rawHeaders,
            body: Buffer.concat(chunks).toString("latin1"),
            port,
          }),
        );
      },
    );
    request.on("error", resolve);
    request.end();
  });

function differences({ status, headers, body }: ArrivedResponse, reply: Reply): string[] {
  const arrived = new Set(
    reply.rawHeaders.map((_, i) => `${reply.rawHeaders[i - (i % 2)]}: ${reply.rawHeaders[i - (i % 2) + 1]}`),
  );
  return [
    ...(reply.status === status ? [] : [`status ${reply.status} instead of ${status}`]),
    ...(reply.body === body ? [] : [`body ${JSON.stringify(reply.body)}`]),
    ...headers
      .map(([name, value]) => `${name}: ${value}`)
      .filter((line) => !arrived.has(line))
      .map((line) => `no ${JSON.stringify(line)}`),
  ];
}

/** What did not hold of a script. */
async function failuresOf(
  { pieces, arrives, mayBeCut }: UpstreamScript,
  path: string,
): Promise<readonly string[]> {
  const before = await get(mocked);
  const reply = await get(path);
  const after = await get(mocked);
  const sent = `after ${JSON.stringify(pieces.join("")).slice(0, 600)}`;
  if (before instanceof Error || after instanceof Error || after.body !== "fine")
    return [`the gateway does not serve ${sent}: ${String(after)}`];
  if (reply instanceof Error) return mayBeCut && !arrives ? [] : [`cut ${sent}: ${reply.message}`];
  if (after.port !== before.port) return [`the caller's connection was closed ${sent}`];
  if (arrives) return differences(arrives, reply).map((difference) => `${difference} ${sent}`);
  return mayBeCut || reply.status >= 500 ? [] : [`status ${reply.status} ${sent}`];
}

describe.each(["rest", "http"] as const)(
  "nothing that an upstream sends costs more than its own call, %s API",
  (api) => {
    it.each(namedResponses.map((script, n) => ({ ...script, n })))("$name", async ({ n, ...script }) => {
      expect(await failuresOf(script, `${paths[api]}/${n}`)).toEqual([]);
    });

    it(`${ALLOWED} generated responses that HTTP allows arrive as they are, and ${MUTATED} that are broken do no harm`, async () => {
      const failures: string[] = [];
      for (const [i, script] of generated.entries())
        failures.push(...(await failuresOf(script, `${paths[api]}/${namedResponses.length + i}`)));
      expect(failures).toEqual([]);
    });
  },
);

it.each(encodedResponses.map((script) => ({ ...script, n: scripts.indexOf(script) })))(
  "what a REST API decodes on the way: $name",
  async ({ n, ...script }) => {
    expect(await failuresOf(script, `${paths.rest}/${n}`)).toEqual([]);
    const reply = await get(`${paths.rest}/${n}`);
    if (!(reply instanceof Error)) expect(reply.body.length).toBeLessThanOrEqual(10 * 1024 * 1024);
  },
);
