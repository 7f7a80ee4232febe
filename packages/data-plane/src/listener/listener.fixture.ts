import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { request as requestPlain } from "node:http";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { onTestFinished } from "vitest";
import { type Authority, openAuthority } from "@tollgate/certificates";
import type { Call, Route } from "@tollgate/pipeline";
import { DomainContexts } from "./domain-contexts.ts";
import type { HttpListener } from "./http-listener.ts";
import { bodyOf, type OneRouteOptions, startOneRoute } from "./one-route.fixture.ts";
import type { HttpsOptions } from "./servers.ts";

export const DAY_MS = 24 * 60 * 60 * 1000;
/** One for all tests: its clients trust it. */
export const authority: Authority = await (async () => {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-listener-"));
  const opened = await openAuthority(folder);
  rmSync(folder, { recursive: true });
  return opened;
})();

/** What a name without a certificate gets. */
export const material: HttpsOptions["material"] = {
  ...(await authority.issue({ names: ["localhost", "127.0.0.1"], validMs: DAY_MS })),
  ticketKeys: Buffer.alloc(48, 1),
};

/** HTTPS on a free port. */
export const httpsOf = (more: Partial<HttpsOptions> = {}): HttpsOptions => ({
  port: 0,
  material,
  contexts: new DomainContexts(),
  redirectPort: undefined,
  ...more,
});

/** What a route saw of a call, as its response. */
async function echo(call: Call) {
  const body = await bodyOf(call);
  const { method, url, host, protocol, scheme, headers } = call;
  return {
    status: 200,
    headers: ["Content-Type", "application/json", "Connection", "close", "X-Twice", "1", "X-Twice", "2"],
    body: JSON.stringify({ method, url, host, protocol, scheme, headers, body }),
  };
}

/** A listener with TLS and without, whose only route is given, and the calls that ended on it. */
export async function listening(options: OneRouteOptions = {}, integrate: Route["integrate"] = echo) {
  const started = await startOneRoute({ https: httpsOf(), ...options }, integrate);
  onTestFinished(() => started.listener.drain(0));
  return started;
}

export const get = async (
  send: typeof requestPlain,
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
) => {
  const request = send({
    host: "127.0.0.1",
    port,
    path,
    method,
    headers,
    ca: authority.certificate,
  } as object);
  request.end();
  const [response] = await once(request, "response");
  const body = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode as number, headers: response.headers, body };
};

export function session({ ports: { https } }: HttpListener): ClientHttp2Session {
  const client = connect(`https://localhost:${https}`, { ca: authority.certificate });
  client.on("error", () => undefined);
  onTestFinished(() => client.destroy());
  return client;
}

export async function received(stream: ClientHttp2Stream) {
  const [headers] = (await once(stream, "response")) as [Record<string, string>];
  const body = Buffer.concat((await stream.toArray()) as Buffer[]).toString();
  return { headers, body, json: () => JSON.parse(body) as Record<string, unknown> };
}

export function dial({ ports: { https } }: HttpListener, options: ConnectionOptions = {}): TLSSocket {
  const socket = connectTls({
    host: "127.0.0.1",
    port: https,
    servername: "localhost",
    ca: authority.certificate,
    ...options,
  });
  onTestFinished(() => void socket.destroy());
  return socket;
}
