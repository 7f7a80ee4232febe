import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { NodeService } from "@tollgate/proto/control";
import { createClient } from "@tollgate/proto/grpc";
import { startEdge, type TestedEdge } from "../../kit/edge.ts";
import { until } from "../../kit/process.ts";
import { mock } from "../../kit/rest-api.ts";
import { use, useGateway } from "../../kit/use.ts";
import { deployWebSocketApi, echo, twoWay } from "../../kit/websocket-api.ts";

const run = promisify(execFile);
const gateway = useGateway({
  embeddedOnly: "an edge node shares the authority of the node that it relays to",
  env: { TOLLGATE_EDGE_PORT: "0" },
});
const edge: TestedEdge = use(() => startEdge(gateway));

/** What curl gets, with the status behind it. Callers have another address than the edge node. */
async function curl(path: string, ...options: readonly string[]): Promise<string> {
  const { stdout } = await run("curl", [
    "-s",
    "--interface",
    "127.0.0.2",
    "--cacert",
    gateway.authorityFile as string,
    "-w",
    " %{http_code}",
    ...options,
    `https://localhost:${edge.httpsPort}${path}`,
  ]);
  return stdout;
}

const types = (type: string) => ({ api: { endpointConfiguration: { types: [type] } } });
const IDENTITY = mock("$context.identity.sourceIp $input.params('X-Forwarded-For')");

it("curl calls an edge-optimized API at an edge node, and the API knows its address", async () => {
  const api = await gateway.deploy({ "GET /who": IDENTITY }, types("EDGE"));
  expect(await curl(`/_aws/execute-api/${api}/prod/who`)).toBe("127.0.0.2 127.0.0.2, 127.0.0.1 200");
  const made = ["-H", "X-Forwarded-For: 198.51.100.1"];
  expect(await curl(`/_aws/execute-api/${api}/prod/who`, ...made)).toBe(
    "127.0.0.2 198.51.100.1, 127.0.0.2, 127.0.0.1 200",
  );
  expect((await gateway.invoke(api, "/who")).body).toBe("127.0.0.1 127.0.0.1");
});

it("an edge-optimized API learns of its callers what CloudFront says, and nothing that they say by its names", async () => {
  const shown = ["CloudFront-Forwarded-Proto", "CloudFront-Is-Desktop-Viewer", "CloudFront-Viewer-Country"];
  const template = shown.map((name) => `$input.params('${name}')`).join(",");
  const api = await gateway.deploy({ "GET /who": mock(template) }, types("EDGE"));
  const made = ["-H", "CloudFront-Viewer-Country: XX", "-H", "CloudFront-Forwarded-Proto: http"];
  expect(await curl(`/_aws/execute-api/${api}/prod/who`, ...made)).toBe("https,true, 200");
  const headers = { "CloudFront-Viewer-Country": "XX", "cloudfront-forwarded-proto": "https" };
  expect((await gateway.invoke(api, "/who", { headers })).body).toBe(",,");
});

it("a WebSocket API is reached by an edge-optimized domain, and not by its own address", async () => {
  const { apiId } = await deployWebSocketApi(gateway, {
    routes: { $default: { ...twoWay, integration: echo } },
  });
  const { revision } = await gateway.apply([
    {
      kind: "DomainName",
      id: "chat.example.com",
      spec: {
        endpointConfiguration: { types: ["EDGE"] },
        basePathMappings: { "(none)": { apiId, stage: "live" } },
      },
    },
  ]);
  await gateway.wait(revision);
  const open = (host: string, path: string) =>
    new WebSocket(`wss://localhost:${edge.httpsPort}${path}`, {
      ca: readFileSync(gateway.authorityFile as string),
      headers: { Host: host },
    });
  const socket = open("chat.example.com", "/");
  await once(socket, "open");
  socket.send("{}");
  const [messageId] = (await once(socket, "message")) as [Buffer];
  expect(messageId.length).toBeGreaterThan(10);
  socket.close();
  await once(socket, "close");
  const [error] = (await once(open("localhost", `/_aws/execute-api/${apiId}/live`), "error")) as [Error];
  expect(error.message).toBe("Unexpected server response: 403");
});

it("a regional API is not there at an edge node", async () => {
  const api = await gateway.deploy({ "GET /who": IDENTITY }, types("REGIONAL"));
  expect(await curl(`/_aws/execute-api/${api}/prod/who`)).toBe('{"message":"Forbidden"} 403');
  expect((await gateway.invoke(api, "/who")).status).toBe(200);
});

it("an edge node is ready with its config and an origin, counts what it relays, and is listed as what it is", async () => {
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${edge.adminPort}${path}`)).text();
  await until("the edge node is ready", async () => (await ask("/readyz")) === "ok\n");
  expect(await ask("/metrics")).toMatch(/^tollgate_edge_origin_up\{origin="127\.0\.0\.1:\d+".*\} 1$/m);
  const nodeService = createClient(NodeService, { address: `127.0.0.1:${gateway.grpcPort}` });
  const { nodes } = await nodeService.listNodes({});
  expect(nodes.map(({ id, isEdge }) => [id, isEdge])).toContainEqual(["edge-1", true]);
});
