import { once } from "node:events";
import { request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import type { Call } from "@tollgate/pipeline";
import { get, httpsOf, listening } from "./listener.fixture.ts";
import { callersBehind } from "./trusted-proxies.ts";

const CRC_FREE = Buffer.concat([
  Buffer.from("0d0a0d0a000d0a515549540a2111", "hex"),
  Buffer.from([0, 12 + 3 + 1 + 7]),
  Buffer.from([192, 0, 2, 7, 192, 0, 2, 1, 18, 103, 1, 187]),
  Buffer.from([0xea, 0, 8, 1]),
  Buffer.from("vpce-9z"),
]);

/** What calls to a listener with ports for private networks say of their network, address and port. */
async function withPrivate(
  entrance: { readonly vpcEndpointId?: string; readonly proxies?: readonly string[] },
  more: Parameters<typeof listening>[0] = {},
) {
  const calls: Pick<Call, "network" | "sourceIp" | "scheme" | "port">[] = [];
  const privateEntrance = {
    httpPort: 0,
    httpsPort: 0,
    vpcEndpointId: entrance.vpcEndpointId,
    proxies: entrance.proxies,
  };
  const { listener } = await listening(
    { privateEntrance, ...more },
    ({ network, sourceIp, scheme, port }: Call) => {
      calls.push({ network, sourceIp, scheme, port });
      return { status: 204, headers: [], body: undefined };
    },
  );
  return { calls, ports: listener.ports };
}

it("calls know whether they came from a private network, and through which endpoint", async () => {
  const { calls, ports } = await withPrivate({ vpcEndpointId: "vpce-1a" });
  await get(requestPlain, ports.http, "/");
  await get(requestSecure as never, ports.https, "/");
  await get(requestPlain, ports.privateHttp, "/");
  await get(requestSecure as never, ports.privateHttps, "/");
  const network = { vpcEndpointId: "vpce-1a" };
  const sourceIp = "127.0.0.1";
  expect(calls).toEqual([
    { network: undefined, sourceIp, scheme: "http", port: ports.http },
    { network: undefined, sourceIp, scheme: "https", port: ports.https },
    { network, sourceIp, scheme: "http", port: ports.privateHttp },
    { network, sourceIp, scheme: "https", port: ports.privateHttps },
  ]);
});

it("the header of a load balancer names the endpoint, at ports for private networks only", async () => {
  const { calls, ports } = await withPrivate({ proxies: ["127.0.0.1"] }, { proxies: ["127.0.0.1"] });
  for (const port of [ports.privateHttp, ports.http]) {
    const socket = connect({ host: "127.0.0.1", port });
    onTestFinished(() => void socket.destroy());
    socket.write(Buffer.concat([CRC_FREE, Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]));
    await once(socket, "data");
  }
  expect(calls).toMatchObject([
    { network: { vpcEndpointId: "vpce-9z" }, sourceIp: "192.0.2.7" },
    { network: undefined, sourceIp: "192.0.2.7" },
  ]);
});

it("calls from private networks are served where those to the public port are sent to HTTPS", async () => {
  const { ports } = await withPrivate({}, { https: httpsOf({ redirectPort: 0 }) });
  expect((await get(requestPlain, ports.http, "/")).status).toBe(308);
  expect((await get(requestPlain, ports.privateHttp, "/")).status).toBe(204);
});

it("a number of trusted proxies is of public ports: whoever comes from a private network cannot name its address", async () => {
  for (const [trusted, wanted] of [
    [{ hops: 1 }, ["6.6.6.6", "127.0.0.1"]],
    [{ networks: ["127.0.0.1"] }, ["6.6.6.6", "6.6.6.6"]],
  ] as const) {
    const { calls, ports } = await withPrivate({}, { callers: callersBehind(trusted) });
    for (const port of [ports.http, ports.privateHttp])
      await get(requestPlain, port, "/", { "X-Forwarded-For": "6.6.6.6" });
    expect(calls.map(({ sourceIp }) => sourceIp)).toEqual(wanted);
  }
});
