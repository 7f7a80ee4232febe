import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Call } from "@tollgate/pipeline";
import { readClientLimits } from "./client-limits.ts";
import type { HttpListener } from "./http-listener.ts";
import { HTTP1_READERS } from "./http1/http1-readers.ts";
import { authority, listening } from "./listener.fixture.ts";
import type { OneRouteOptions } from "./one-route.fixture.ts";
import { callerBehind } from "./trusted-proxies.ts";

const HEADER = "PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n";
const REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n";
const limits = readClientLimits((_name, kind) => kind(undefined).value);

/** A listener behind proxies of these networks, and the addresses that called. */
async function behind(proxies: readonly string[] | undefined, more: OneRouteOptions = {}) {
  const callers: string[] = [];
  const { listener } = await listening({ proxies, limits, ...more }, ({ sourceIp }: Call) => {
    callers.push(sourceIp);
    return { status: 200, headers: [], body: undefined };
  });
  return { listener, callers };
}

function open({ ports }: HttpListener, port: "http" | "https"): Socket {
  const socket = connect({ host: "127.0.0.1", port: ports[port] });
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** What a client gets: the first line of a response, or "closed". */
async function heard(socket: Socket | TLSSocket): Promise<string> {
  const closed = once(socket, "close").then(() => "closed");
  const line = once(socket, "data").then(([chunk]) => String(chunk).split("\r\n")[0] ?? "");
  return Promise.race([line, closed]);
}

const secured = async (carrier: Socket, ALPNProtocols: string[]): Promise<TLSSocket> => {
  const socket = connectTls({
    socket: carrier,
    servername: "localhost",
    ca: authority.certificate,
    ALPNProtocols,
  });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  return socket;
};

describe.each(HTTP1_READERS)(
  "behind a proxy that sends headers of the PROXY protocol, as read by %s",
  (http1Reader) => {
    it("the caller is whom the header names, without TLS and with it, by HTTP/1.1 and HTTP/2", async () => {
      const { listener, callers } = await behind(["127.0.0.0/8"], { http1Reader });
      const plain = open(listener, "http");
      plain.write(HEADER + REQUEST);
      expect(await heard(plain)).toBe("HTTP/1.1 200 OK");
      const first = open(listener, "https");
      first.write(HEADER);
      const secure = await secured(first, ["http/1.1"]);
      secure.write(REQUEST);
      expect(await heard(secure)).toBe("HTTP/1.1 200 OK");
      const second = open(listener, "https");
      second.write("PROXY TCP6 2001:db8::7 ::1 4711 443\r\n");
      const carrier = await secured(second, ["h2"]);
      const session = connectHttp2("https://localhost", { createConnection: () => carrier });
      onTestFinished(() => session.destroy());
      await once(session.request({ ":path": "/" }), "response");
      expect(callers).toEqual(["192.0.2.7", "192.0.2.7", "2001:db8::7"]);
    });

    it("the header may come in pieces, and is read once", async () => {
      const { listener, callers } = await behind(["127.0.0.1"], { http1Reader });
      const socket = open(listener, "http");
      for (const part of [HEADER.slice(0, 3), HEADER.slice(3, 30), HEADER.slice(30) + REQUEST.slice(0, 9)]) {
        socket.write(part);
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.write(REQUEST.slice(9));
      expect(await heard(socket)).toBe("HTTP/1.1 200 OK");
      socket.write(HEADER + REQUEST);
      expect(await heard(socket)).toBe("HTTP/1.1 400 Bad Request");
      expect(callers).toEqual(["192.0.2.7"]);
    });

    it("a proxy that speaks for itself is the caller", async () => {
      const { listener, callers } = await behind(["127.0.0.1"], { http1Reader });
      const socket = open(listener, "http");
      socket.write(`PROXY UNKNOWN\r\n${REQUEST}`);
      expect(await heard(socket)).toBe("HTTP/1.1 200 OK");
      expect(callers).toEqual(["127.0.0.1"]);
    });

    it("proxies in front of that one may name the caller in X-Forwarded-For", async () => {
      const callerOf = callerBehind({ networks: ["192.0.2.0/24"] });
      const { listener, callers } = await behind(["127.0.0.1"], {
        http1Reader,
        callers: { callerOf, privateCallerOf: undefined },
      });
      const socket = open(listener, "http");
      socket.write(HEADER + REQUEST);
      await heard(socket);
      expect(callers).toEqual(["6.6.6.6"]);
    });

    it("each source has its own limit of connections", async () => {
      const { listener } = await behind(["127.0.0.1"], {
        http1Reader,
        limits: { ...limits, connectionsPerSource: 1, connections: 100 },
      });
      const of = async (address: string) => {
        const socket = open(listener, "http");
        socket.write(
          `PROXY TCP4 ${address} 192.0.2.1 4711 443\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n`,
        );
        return heard(socket);
      };
      expect(await of("192.0.2.7")).toBe("HTTP/1.1 200 OK");
      expect(await of("192.0.2.8")).toBe("HTTP/1.1 200 OK");
    });

    it.each<[string, readonly string[], "http" | "https", string]>([
      ["a request without a header", ["127.0.0.1"], "http", REQUEST],
      ["a handshake without a header", ["127.0.0.1"], "https", "\x16\x03\x01\x02\x00\x01"],
      ["a header that is broken", ["127.0.0.1"], "http", `PROXY TCP4 192.0.2.7\r\n${REQUEST}`],
      ["a header of who is no proxy", ["10.0.0.0/8"], "http", HEADER + REQUEST],
      ["a header of who is no proxy, in front of TLS", ["10.0.0.0/8"], "https", HEADER],
      ["half a header", ["127.0.0.1"], "http", HEADER.slice(0, 20)],
      ["nothing", ["127.0.0.1"], "http", ""],
      ["a header and then nothing, in front of TLS", ["127.0.0.1"], "https", HEADER],
    ])("%s ends the connection, and nothing is served", async (_what, proxies, port, sent) => {
      const { listener, callers } = await behind(proxies, {
        http1Reader,
        limits: { ...limits, timeoutMs: 300 },
      });
      const socket = open(listener, port);
      if (sent !== "") socket.write(sent, "latin1");
      expect([await heard(socket), callers]).toEqual(["closed", []]);
    });
  },
);

it("without such proxies a header is no request, whoever sends it", async () => {
  const { listener, callers } = await behind(undefined);
  const socket = open(listener, "http");
  socket.write(HEADER + REQUEST);
  expect([await heard(socket), callers]).toEqual(["HTTP/1.1 400 Bad Request", []]);
});
