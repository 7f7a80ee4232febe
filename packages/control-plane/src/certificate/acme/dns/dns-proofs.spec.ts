import { createHmac } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { decode } from "dns-packet";
import { expect, it, onTestFinished } from "vitest";
import { DnsProofs } from "./dns-proofs.ts";

const SECRET = Buffer.from("secret");
const ACCOUNT = "123456789012";
const ZONE = "acme.example.com";

/** A name server that keeps what it is sent, and responds with a code, or closes the connection. */
async function nameServer(code: number | "closed" = 0) {
  const updates: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (data: Buffer) => {
      const message = data.subarray(2);
      updates.push(message);
      if (code === "closed") return socket.destroy();
      const response = Buffer.alloc(14);
      response.writeUInt16BE(12);
      message.copy(response, 2, 0, 2);
      response.writeUInt16BE(0xa800 | code, 4);
      // In two parts, as TCP may have it.
      socket.write(response.subarray(0, 3));
      return setImmediate(() => socket.write(response.subarray(3)));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const proofs = new DnsProofs({
    host: "127.0.0.1",
    port,
    zone: ZONE,
    delayMs: 0,
    key: { current: () => `hmac-sha256:tollgate:${SECRET.toString("base64")}` } as never,
    resolvers: [],
  });
  return { proofs, updates };
}

/** What an update does: names, classes and texts of its records. */
const changesOf = (update: Buffer) => {
  const {
    opcode,
    questions = [],
    authorities = [],
  } = decode(update) as ReturnType<typeof decode> & { opcode: string };
  return {
    opcode,
    zone: questions.map(({ name, type }) => `${name} ${type}`),
    records: authorities.map((record) => {
      const { name, class: of, data } = record as unknown as { name: string; class: string; data: Buffer[] };
      return [name, of, ...data.map(String)];
    }),
  };
};
const proof = (name: string, text: string) => ({ name, text });
const now = async () => undefined;

it("proofs are written in the place of all that an order before has left, and go when it is over", async () => {
  const { proofs, updates } = await nameServer();
  const published = await proofs.publish(
    ACCOUNT,
    [proof("shop.example.com", "one"), proof("shop.example.com", "two")],
    now,
  );
  const owner = expect.stringMatching(/^_[0-9a-f]{32}\.acme\.example\.com$/) as string;
  const zone = [`${ZONE} SOA`];
  expect(updates.map(changesOf)).toEqual([
    {
      opcode: "UPDATE",
      zone,
      records: [
        [owner, "ANY"],
        [owner, "IN", "one"],
        [owner, "IN", "two"],
      ],
    },
  ]);
  await published[Symbol.asyncDispose]();
  expect(updates.slice(1).map(changesOf)).toEqual([{ opcode: "UPDATE", zone, records: [[owner, "ANY"]] }]);
});

it("an update is signed with the key, for the time when it is sent (RFC 8945, 4.3.3)", async () => {
  const { proofs, updates } = await nameServer();
  await proofs.publish(ACCOUNT, [proof("shop.example.com", "one")], now);
  const [update = Buffer.alloc(0)] = updates;
  const name = Buffer.from("\x08tollgate\0", "latin1");
  const algorithm = Buffer.from("\x0bhmac-sha256\0", "latin1");
  const at = update.lastIndexOf(name);
  const data = update.subarray(at + name.length + 10);
  const [time, mac] = [
    data.subarray(algorithm.length, algorithm.length + 8),
    data.subarray(algorithm.length + 10, algorithm.length + 42),
  ];
  expect(Math.abs(time.readUIntBE(0, 6) - Date.now() / 1_000)).toBeLessThan(60);
  const message = Buffer.from(update.subarray(0, at));
  message.writeUInt16BE(0, 10);
  const variables = [name, Buffer.from("00ff00000000", "hex"), algorithm, time, Buffer.alloc(4)];
  expect(mac).toEqual(
    createHmac("sha256", SECRET)
      .update(Buffer.concat([message, ...variables]))
      .digest(),
  );
});

it("orders for the same name wait for each other, and others do not", async () => {
  const { proofs } = await nameServer();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const done: string[] = [];
  const order = (name: string, until: Promise<unknown> = Promise.resolve()) =>
    proofs.exclusively(ACCOUNT, [name], async () => {
      await until;
      done.push(name);
    });
  const first = order("shop.example.com", held);
  const second = order("*.shop.example.com");
  await order("www.example.com");
  expect(done).toEqual(["www.example.com"]);
  release();
  await Promise.all([first, second]);
  expect(done).toEqual(["www.example.com", "shop.example.com", "*.shop.example.com"]);
});

it.each<[number | "closed", RegExp]>([
  [5, /REFUSED: it does not let this key update the zone/],
  [9, /NOTAUTH: it has no such zone, does not know the key, or its clock differs/],
  [7, /response code 7/],
  ["closed", /127\.0\.0\.1:\d+ of TOLLGATE_ACME_DNS (closed the connection|cannot be reached)/],
])("an update that a name server does not take (%s) is the failure of the order", async (code, message) => {
  const { proofs } = await nameServer(code);
  await expect(proofs.publish(ACCOUNT, [proof("shop.example.com", "one")], now)).rejects.toMatchObject({
    type: "unreachable",
    message: expect.stringMatching(message) as string,
  });
});
