import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { readClientHello } from "./client-hello.ts";

/** The first message of a client of Node, as it is sent. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const client = connectTls({ socket: connect(port, "127.0.0.1"), ...options });
  client.on("error", () => undefined);
  const [socket] = (await once(server, "connection")) as [Socket];
  const [hello] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  client.destroy();
  return hello;
}

/** The same message in records of so many bytes. */
function inRecords(hello: Buffer, bytes: number): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += bytes) {
    const part = message.subarray(at, at + bytes);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

const named = (serverName: string, onlyProtocol?: string) => ({
  value: { serverName, onlyProtocol },
  takenBytes: 0,
});
const prefixed = (bytes: number, content: Buffer): Buffer => {
  const length = Buffer.alloc(bytes);
  length.writeUIntBE(content.length, 0, bytes);
  return Buffer.concat([length, content]);
};

/** A message with these entries in its list of names, each with a type. */
function helloWith(entries: readonly (readonly [type: number, name: string])[]): Buffer {
  const list = entries.map(([type, name]) =>
    Buffer.concat([Buffer.from([type]), prefixed(2, Buffer.from(name))]),
  );
  const extension = Buffer.concat([Buffer.alloc(2), prefixed(2, prefixed(2, Buffer.concat(list)))]);
  const hello = Buffer.concat([
    Buffer.alloc(34),
    prefixed(1, Buffer.alloc(0)),
    prefixed(2, Buffer.from([0x13, 1])),
    prefixed(1, Buffer.alloc(1)),
    prefixed(2, extension),
  ]);
  return Buffer.concat([
    Buffer.from([22, 3, 1]),
    prefixed(2, Buffer.concat([Buffer.from([1]), prefixed(3, hello)])),
  ]);
}

describe("the name that a client asks for", () => {
  it.each<[string, ConnectionOptions, string]>([
    ["TLS 1.3", { servername: "api.example.com" }, "api.example.com"],
    ["TLS 1.2", { servername: "api.example.com", maxVersion: "TLSv1.2" }, "api.example.com"],
    ["capitals and the dot of the root", { servername: "API.Example.com." }, "api.example.com"],
    ["no name", {}, ""],
  ])(
    "is read from a client with %s, whole, byte by byte, and in several records",
    async (_what, options, name) => {
      const hello = await helloOf(options);
      expect(readClientHello(hello)).toEqual(named(name));
      for (let size = 1; size < hello.length; size++) {
        const parsed = readClientHello(hello.subarray(0, size));
        const { needsBytes } = parsed as { needsBytes: number };
        expect(needsBytes > size && needsBytes <= hello.length).toBe(true);
      }
      expect(readClientHello(inRecords(hello, Math.ceil(hello.length / 15)))).toEqual(named(name));
      expect(readClientHello(Buffer.concat([hello, Buffer.alloc(100, 23)]))).toEqual(named(name));
    },
  );

  it.each<[string, Buffer, string]>([
    [
      "the first of several",
      helloWith([
        [0, "a.example"],
        [0, "b.example"],
      ]),
      "a.example",
    ],
    [
      "a host name behind a name of another type",
      helloWith([
        [7, "a.example"],
        [0, "b.example"],
      ]),
      "b.example",
    ],
    ["none in an empty list", helloWith([]), ""],
    ["none in an empty name", helloWith([[0, ""]]), ""],
    ["none of another protocol", Buffer.from("GET / HTTP/1.1\r\n\r\n"), ""],
    ["none in an alert", Buffer.from([21, 3, 1, 0, 2, 1, 0]), ""],
    ["none in another message of a handshake", Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0]), ""],
    ["none in an empty record", Buffer.from([22, 3, 1, 0, 0]), ""],
    ["none in a record that is too long", Buffer.from([22, 3, 1, 0x40, 1]), ""],
    ["none in a message that is too long", Buffer.from([22, 3, 1, 0, 4, 1, 2, 0, 0]), ""],
    ["none in records of one byte", inRecords(helloWith([[0, "a.example"]]), 1), ""],
  ])("is %s", (_what, bytes, name) => {
    expect(readClientHello(bytes)).toEqual(named(name));
  });

  it.each<[readonly string[] | undefined, string | undefined]>([
    [["acme-tls/1"], "acme-tls/1"],
    [["h2", "http/1.1"], undefined],
    [["acme-tls/1", "h2"], undefined],
    [undefined, undefined],
  ])("comes with the protocol that is offered alone: %j", async (ALPNProtocols, only) => {
    const hello = await helloOf({
      servername: "api.example.com",
      ...(ALPNProtocols && { ALPNProtocols: [...ALPNProtocols] }),
    });
    expect(readClientHello(hello)).toEqual(named("api.example.com", only));
  });

  it("is bounded: whatever bytes come, nothing is thrown, and no more than 64 KiB are waited for", () => {
    let seed = 11;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % below;
    };
    const sample = inRecords(helloWith([[0, "api.example.com"]]), 30);
    for (let run = 0; run < 10_000; run++) {
      const bytes = Buffer.from(sample);
      for (let changes = random(4); changes >= 0; changes--) bytes[random(bytes.length)] = random(256);
      const given = bytes.subarray(0, 1 + random(bytes.length));
      const parsed = readClientHello(given);
      if (parsed === "refused" || !("needsBytes" in parsed)) continue;
      expect(parsed.needsBytes > given.length && parsed.needsBytes <= 65_536 + 5).toBe(true);
    }
  });
});
