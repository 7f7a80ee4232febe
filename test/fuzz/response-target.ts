import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import fc from "fast-check";
import type { Transport } from "@tollgate/pipeline";
import { createEgressPolicy } from "../../packages/transport/src/egress/policy.ts";
import { createUndiciTransport } from "../../packages/transport/src/undici-transport.ts";
import { HTTP_CLIENTS } from "../../packages/transport/src/upstream-settings.ts";
import { bodyText, chunks, fields, wrongOf } from "./http1-messages.ts";

const statusLine = fc
  .tuple(fc.integer({ min: 200, max: 599 }), fc.constantFrom(" OK", " ", "", " Not Here"))
  .map(([status, reason]) => `HTTP/1.1 ${status}${reason}\r\n`);
const framed = fc.oneof(
  bodyText.map((text) => `Content-Length: ${text.length}\r\n\r\n${text}`),
  fc
    .tuple(chunks, fc.constantFrom("", "X-Trailer: 1\r\n"))
    .map(([all, trailers]) => `Transfer-Encoding: chunked\r\n\r\n${all}0\r\n${trailers}\r\n`),
  bodyText.map((text) => `\r\n${text}`),
);
const interim = fc.constantFrom(
  "",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
);
/** Responses as RFC 9112 wants them. */
const rightResponse = fc.tuple(interim, statusLine, fields, framed).map((parts) => parts.join(""));

const wrongResponse = wrongOf(rightResponse);

/** HTTP allows blanks behind these values (RFC 9112, 5), and undici refuses them. */
const BLANK_BEHIND = /^(?:Content-Length|Transfer-Encoding):[^\r\n]*[ \t]\r\n/im;

/** What comes of a response: its status, headers and body, or that it is none. */
const outcomeOf = (transport: Transport, origin: string): Promise<string> =>
  new Promise((resolve) => {
    let seen = "";
    transport.send(
      {
        origin,
        path: "/",
        // Never sent again.
        method: "POST",
        headers: [],
        body: undefined,
        timeoutMs: 5_000,
        tls: undefined,
        isServiceCall: false,
      },
      {
        // undici reads other reasons as UTF-8, and leaves blanks at the end of values.
        onHead: (status, reason, headers) =>
          (seen = JSON.stringify([
            status,
            reason.replaceAll(/[^\x20-\x7e]+/g, "?"),
            headers.map((text) => text.trim()),
          ])),
        onData: (chunk) => {
          seen += chunk.toString("latin1");
          return true;
        },
        onEnd: () => resolve(seen),
        onFailure: () => resolve("refused"),
      },
    );
  });

/**
 * responseTarget compares both clients of upstreams: what the own one takes for a response is one for undici too, and the same; and a response as
 * it should be is one for both.
 */
export const responseTarget = {
  name: "responses of upstreams",
  runs: async (count: number): Promise<void> => {
    let response = "";
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end(response, "latin1"));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const policy = createEgressPolicy({ rules: "allow loopback", ownPorts: [], ownHosts: [] });
    const [own, undici] = HTTP_CLIENTS.map((httpClient) =>
      createUndiciTransport({
        httpClient,
        offersHttp2: false,
        connections: 1,
        clientCertificate: () => ({ certificate: "", privateKey: "" }),
        egress: { policy, trustedOrigins: new Set() },
      }),
    ) as [Transport & AsyncDisposable, Transport & AsyncDisposable];
    const both = async (given: string) => {
      response = given;
      return [await outcomeOf(own, origin), await outcomeOf(undici, origin)] as const;
    };
    const sameWhere = (responses: fc.Arbitrary<string>, mayRefuse: boolean) =>
      fc.assert(
        fc.asyncProperty(responses, async (given) => {
          const [ofOwn, ofUndici] = await both(given);
          if (ofOwn === ofUndici && (mayRefuse || ofOwn !== "refused")) return;
          if (mayRefuse && ofOwn === "refused") return;
          if (ofUndici === "refused" && BLANK_BEHIND.test(given)) return;
          throw new Error(`${JSON.stringify(given)}: own ${ofOwn}, undici ${ofUndici}`);
        }),
        { numRuns: Math.ceil(count / 2) },
      );
    try {
      await sameWhere(rightResponse, false);
      await sameWhere(wrongResponse, true);
    } finally {
      await Promise.all([own[Symbol.asyncDispose](), undici[Symbol.asyncDispose]()]);
      server.close();
    }
  },
};
