import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTls } from "node:tls";
import { promisify } from "node:util";
import { Agent, request } from "undici";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { useGateway, useScope } from "../../kit/use.ts";
import { deployWebSocketApi, echo, twoWay } from "../../kit/websocket-api.ts";

const run = promisify(execFile);
const gateway = useGateway({
  embeddedOnly: "nodes of a cluster have an authority each: what is shown is the listener of a node",
  env: { TOLLGATE_WORKERS: "2" },
});
const scope = useScope();
const SAMPLE = "/_aws/execute-api/tollgate01/dev";
const authority = () => gateway.authorityFile as string;
const url = (path: string) => `https://localhost:${gateway.httpsPort}${SAMPLE}${path}`;

it.each([
  ["--http1.1", "1.1"],
  ["--http2", "2"],
])("curl %s trusts the authority of npm start, and calls a function", async (flag, version) => {
  const args = ["-s", flag, "--cacert", authority(), "-w", "\n%{http_version}", url("/hello?name=Ada")];
  const { stdout } = await run("curl", args);
  expect(stdout).toBe(`{"message":"Hello, Ada!","path":"/hello","stage":"dev"}\n${version}`);
});

it.each([true, false])(
  "undici (HTTP/2: %s) sends and receives bodies of megabytes, many at a time",
  async (allowH2) => {
    const dispatcher = new Agent({ allowH2, connect: { ca: readFileSync(authority()) } });
    scope.defer(() => dispatcher.close());
    const body = Buffer.alloc(2_000_000, "x");
    const replies = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const reply = await request(url("/http/big"), { dispatcher, method: "POST", body });
        return (await reply.body.json()) as { bodyBytes: number };
      }),
    );
    expect(replies.map(({ bodyBytes }) => bodyBytes)).toEqual(Array(8).fill(body.length));
  },
);

it("a client of a WebSocket API speaks through TLS", async () => {
  const { apiId } = await deployWebSocketApi(gateway, {
    routes: { $default: { ...twoWay, integration: echo } },
  });
  const socket = new WebSocket(`wss://localhost:${gateway.httpsPort}/_aws/execute-api/${apiId}/live`, {
    ca: readFileSync(authority()),
  });
  await once(socket, "open");
  socket.send("{}");
  const [messageId] = (await once(socket, "message")) as [Buffer];
  expect(messageId.length).toBeGreaterThan(10);
  socket.close();
  await once(socket, "close");
});

it("a session resumes with whichever worker takes the connection", async () => {
  const options = {
    port: gateway.httpsPort,
    host: "127.0.0.1",
    servername: "localhost",
    ca: readFileSync(authority()),
  };
  const first = connectTls(options);
  first.on("data", () => undefined);
  const [session] = (await once(first, "session")) as [Buffer];
  first.destroy();
  const reused = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const again = connectTls({ ...options, session });
      await once(again, "secureConnect");
      const isReused = again.isSessionReused();
      again.destroy();
      return isReused;
    }),
  );
  expect(reused).toEqual(Array(12).fill(true));
});
