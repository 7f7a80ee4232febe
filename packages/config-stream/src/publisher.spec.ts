import { EventEmitter } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import {
  DiscoveryService,
  type StreamConfigRequest,
  StreamConfigResponseSchema,
} from "@tollgate/proto/discovery";
import { addService, Encoded } from "@tollgate/proto/grpc";
import { startGrpcServer } from "@tollgate/proto/grpc-server";
import { createLogger } from "@tollgate/telemetry";
import { type Artifact, createArtifact } from "./artifact.ts";
import type { Update } from "./assembly.ts";
import type { RefusedPart } from "./node.ts";
import type { NodeStream } from "./node-stream.ts";
import { Publisher } from "./publisher.ts";
import { readSnapshot } from "./snapshot-file.ts";
import { Subscriber } from "./subscriber.ts";

const scope = { stack: new AsyncDisposableStack() };
afterEach(async () => {
  await scope.stack.disposeAsync();
  scope.stack = new AsyncDisposableStack();
});
const logger = createLogger("test", "silent");
const artifact = (name: string, text: string) => createArtifact(name, Buffer.from(text));

/** Sent is a message as a stream carries it. */
interface Sent {
  nonce: string;
  version: bigint;
  last: boolean;
  parts?: { name: string; content: Uint8Array }[];
  removals?: string[];
}

class FakeStream extends EventEmitter {
  readonly sent: Sent[] = [];
  readonly frames: Buffer[] = [];
  write(message: unknown): boolean {
    const { bytes } = message as Encoded;
    this.frames.push(bytes);
    this.sent.push(fromBinary(StreamConfigResponseSchema, bytes));
    return true;
  }
  end(): void {}
  say(message: unknown): void {
    this.emit("data", { message } as StreamConfigRequest);
  }
  ackLast(refused: (RefusedPart & { params: Record<string, string> })[] = []): void {
    const { nonce, version } = this.sent.at(-1) as Sent;
    this.say({ case: "ack", value: { nonce, version, refused } });
  }
}

function join_(publisher: Publisher, known: { name: string; digest: Buffer }[] = []): FakeStream {
  const stream = new FakeStream();
  publisher.accept(stream as unknown as NodeStream);
  stream.say({
    case: "hello",
    value: { nodeId: "n", softwareVersion: "1", workerCount: 1, known, more: false },
  });
  return stream;
}
const names = (sent: readonly Sent[]) =>
  sent.flatMap((m) => [...(m.parts ?? []).map((p) => p.name), ...(m.removals ?? []).map((n) => `-${n}`)]);
const newPublisher = () => {
  const publisher = new Publisher();
  scope.stack.defer(() => publisher.close());
  return publisher;
};

describe("Publisher", () => {
  it("sends nothing before the first publish, so that a node keeps its artifacts", () => {
    const stream = join_(newPublisher());
    expect(stream.sent).toEqual([]);
  });

  it("sends only the differences to a node that reports digests, and only the set's digest to a node that has everything", () => {
    const publisher = newPublisher();
    const [a, b] = [artifact("a", "1"), artifact("b", "1")];
    publisher.publish(5, [a, b], []);
    const partial = join_(publisher, [
      a,
      { name: "b", digest: artifact("b", "old").digest },
      { name: "gone", digest: a.digest },
    ]);
    expect(names(partial.sent)).toEqual(["b", "-gone"]);
    const whole = join_(publisher, [a, b]);
    expect(whole.sent).toHaveLength(1);
    expect(whole.sent[0]).toMatchObject({ last: true, version: 5n });
  });

  it("sends one update at a time and puts all changes of the meantime into the next", async () => {
    vi.useFakeTimers();
    scope.stack.defer(() => void vi.useRealTimers());
    const publisher = newPublisher();
    publisher.publish(1, [artifact("a", "1")], []);
    const stream = join_(publisher);
    publisher.publish(2, [artifact("a", "2"), artifact("b", "1")], []);
    publisher.publish(3, [artifact("a", "3")], ["b"]);
    expect(stream.sent.filter((m) => m.last)).toHaveLength(1);
    stream.ackLast();
    await vi.advanceTimersByTimeAsync(20);
    const next = stream.sent.slice(stream.sent.findIndex((m) => m.last) + 1);
    expect(names(next)).toEqual(["a", "-b"]);
    expect(next[0]?.parts?.[0]?.content).toEqual(Buffer.from("3"));
    expect(publisher.nodes()[0]?.appliedVersion).toBe(1);
    stream.ackLast();
    expect(publisher.nodes()[0]?.appliedVersion).toBe(3);
  });

  it("counts an idle node as applied when a revision changes nothing that is delivered", () => {
    const publisher = newPublisher();
    publisher.publish(1, [artifact("a", "1")], []);
    const stream = join_(publisher);
    stream.ackLast();
    const messages = stream.sent.length;
    publisher.publish(9, [artifact("a", "1")], []);
    expect([stream.sent.length, publisher.nodes()[0]?.appliedVersion]).toEqual([messages, 9]);
  });

  it("ignores a late answer to an earlier update, and keeps the problems of a nack", () => {
    const publisher = newPublisher();
    publisher.publish(1, [artifact("a", "1")], []);
    const stream = join_(publisher);
    stream.say({ case: "ack", value: { nonce: "other", version: 1n, refused: [] } });
    expect(publisher.nodes()[0]?.appliedVersion).toBe(0);
    const refused = { name: "a", code: "NO", path: "a.b", params: { why: "x" }, message: "no" };
    stream.ackLast([refused]);
    expect(publisher.nodes()[0]?.refused).toEqual([refused]);
  });

  it("encodes an update once for all nodes that are sent the same, and again for those that are not", () => {
    vi.useFakeTimers();
    scope.stack.defer(() => void vi.useRealTimers());
    const publisher = newPublisher();
    const [a, b] = [artifact("a", "1"), artifact("b", "1")];
    publisher.publish(1, [a, b], []);
    const [one, other, behind] = [join_(publisher), join_(publisher), join_(publisher, [a])] as const;
    const bytesOf = ({ frames }: FakeStream) => frames.at(-1);
    expect(bytesOf(one)).toBe(bytesOf(other));
    expect(bytesOf(behind)).not.toBe(bytesOf(one));
    expect(names(behind.sent)).toEqual(["b"]);
    for (const stream of [one, other, behind]) stream.ackLast();
    publisher.publish(2, [artifact("a", "2")], ["b"], ["key"]);
    vi.advanceTimersByTime(20);
    expect(bytesOf(one)).toBe(bytesOf(behind));
    expect(behind.sent.at(-1)).toMatchObject({ version: 2n, removals: ["b"], changedKeys: ["key"] });
    for (const stream of [one, behind]) stream.ackLast();
    // A listing of the same revision may differ from what was published: its bytes are new ones.
    publisher.publish(2, [artifact("a", "3")], []);
    vi.advanceTimersByTime(20);
    expect(bytesOf(one)).toBe(bytesOf(behind));
    expect(one.sent.at(-1)?.parts?.map(({ content }) => Buffer.from(content).toString())).toEqual(["3"]);
    expect(names(other.sent)).toEqual(["a", "b", "a", "-b"]);
  });

  it("never sends a large message, whatever the size of an artifact or their number", () => {
    const publisher = newPublisher();
    publisher.publish(
      1,
      [
        artifact("big", "x".repeat(3_000_000)),
        ...Array.from({ length: 2_000 }, (_, i) => artifact(`r${i}`, "y".repeat(100))),
      ],
      [],
    );
    const stream = join_(publisher);
    const sizes = stream.sent.map((m) =>
      (m.parts ?? []).reduce((sum, p) => sum + p.content.length + p.name.length + 64, 0),
    );
    expect(Math.max(...sizes)).toBeLessThan(400_000);
    const big = Buffer.concat(
      stream.sent
        .flatMap((m) => m.parts ?? [])
        .filter((p) => p.name === "big")
        .map((p) => p.content),
    );
    expect(big.length).toBe(3_000_000);
  });
});

/** A real gRPC server in front of a publisher, and nodes that subscribe to it. */
async function startStream(publisher = newPublisher()) {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-stream-"));
  scope.stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const server = scope.stack.use(
    await startGrpcServer({
      host: "127.0.0.1",
      port: 0,
      services: [DiscoveryService],
      tokens: undefined,
      tls: undefined,
      register: (grpc) =>
        addService(grpc, DiscoveryService, {
          resolve: (_call, reply) => reply(null, {}),
          streamConfig: (call) => publisher.accept(call as unknown as NodeStream),
        }),
    }),
  );
  const subscribe = async (
    refuse: (update: Update) => RefusedPart[] = () => [],
    snapshotKey?: Uint8Array,
  ) => {
    const live = new Map<string, string>();
    const updates: Update[] = [];
    const apply = async (update: Update) => {
      updates.push(update);
      const refused = refuse(update);
      for (const { name, content } of update.upserts)
        if (!refused.some((r) => r.name === name)) live.set(name, content.toString());
      for (const name of update.removals) live.delete(name);
      return refused;
    };
    const subscriber = new Subscriber({
      addresses: [`127.0.0.1:${server.port}`],
      facts: {
        nodeId: "n",
        bootId: "boot",
        host: "h",
        pid: 1,
        labels: {},
        softwareVersion: "1",
        workerCount: 1,
      },
      snapshotFile: join(folder, "snapshot.bin"),
      snapshotKey,
      apply,
      logger,
    });
    await subscriber.start();
    return { subscriber, live, updates };
  };
  const settled = () =>
    vi.waitFor(() => expect(publisher.nodes()[0]?.appliedVersion).toBe(publisher.version), {
      timeout: 20_000,
      interval: 5,
    });
  return { publisher, folder, subscribe, settled };
}

async function subscribeTo(publisher: Publisher) {
  const { subscribe, settled } = await startStream(publisher);
  const { subscriber, live } = await subscribe();
  scope.stack.use(subscriber);
  return { live, settled };
}

describe("Subscriber", () => {
  it("follows every change, resumes from disk with a delta, and survives a damaged file", async () => {
    const { publisher, folder, subscribe, settled } = await startStream();
    publisher.publish(1, [artifact("a", "1"), artifact("b", "1")], []);
    const first = await subscribe();
    await settled();
    publisher.publish(2, [artifact("a", "2")], ["b"]);
    await settled();
    expect(Object.fromEntries(first.live)).toEqual({ a: "2" });
    await first.subscriber[Symbol.asyncDispose]();
    expect(readSnapshot(join(folder, "snapshot.bin"))?.artifacts.map((r: Artifact) => r.name)).toEqual(["a"]);

    await vi.waitFor(() => expect(publisher.nodes()).toEqual([]), { timeout: 20_000 });
    publisher.publish(3, [artifact("c", "1")], []);
    const second = await subscribe();
    await settled();
    // First from disk, then only the differences.
    expect(second.updates.map((u) => u.upserts.map((r) => r.name))).toEqual([["a"], ["c"]]);
    await second.subscriber[Symbol.asyncDispose]();

    const file = join(folder, "snapshot.bin");
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(file, bytes);
    expect(readSnapshot(file)).toBeUndefined();
    await vi.waitFor(() => expect(publisher.nodes()).toEqual([]), { timeout: 20_000 });
    const third = await subscribe();
    await settled();
    expect(Object.fromEntries(third.live)).toEqual({ a: "2", c: "1" });
    await third.subscriber[Symbol.asyncDispose]();
  });

  it("seals what it finds on disk in the clear as soon as it has a key, whether the config changes or not", async () => {
    const { publisher, folder, subscribe, settled } = await startStream();
    const file = join(folder, "snapshot.bin");
    publisher.publish(1, [artifact("a", "a private key")], []);
    const { subscriber } = await subscribe();
    await settled();
    await subscriber[Symbol.asyncDispose]();
    expect(readFileSync(file, "latin1")).toContain("a private key");
    await vi.waitFor(() => expect(publisher.nodes()).toEqual([]), { timeout: 20_000 });

    const key = Buffer.alloc(32, 7);
    const keyed = await subscribe(undefined, key);
    await settled();
    await keyed.subscriber[Symbol.asyncDispose]();
    expect(readFileSync(file, "latin1")).not.toContain("a private key");
    expect(readSnapshot(file, key)?.artifacts.map(({ name }) => name)).toEqual(["a"]);
  });

  it("reports its health as soon as it is asked to, not only from time to time", async () => {
    const never = vi
      .spyOn(globalThis, "setInterval")
      .mockImplementation(() => setTimeout(() => undefined, 0));
    onTestFinished(() => {
      never.mockRestore();
    });
    const publisher = new Publisher({ isStaged: true });
    await subscribeTo(publisher);
    const health = { calls: 0, serverErrors: 0, workerCrashes: 0 };
    await vi.waitFor(() => expect(publisher.nodes()[0]?.health).toEqual(health), { timeout: 20_000 });
  });

  it("asks again for an update that it failed to apply", async () => {
    const { publisher, folder, subscribe, settled } = await startStream();
    publisher.publish(1, [artifact("a", "1")], []);
    let failures = 1;
    const { subscriber, live } = await subscribe(() => {
      if (failures-- > 0) throw new Error("no worker is running");
      return [];
    });
    await settled();
    await subscriber[Symbol.asyncDispose]();
    expect(Object.fromEntries(live)).toEqual({ a: "1" });
    expect(readSnapshot(join(folder, "snapshot.bin"))).toMatchObject({ artifacts: [{ name: "a" }] });
  });

  it("keeps the last good version of what it refused on disk too, with everything that it requires, and nothing that is revoked", async () => {
    const { publisher, folder, subscribe, settled } = await startStream();
    const [chunk1, chunk2] = ["1", "2"].map((digit) => `chunk/${digit.repeat(64)}`) as [string, string];
    publisher.publish(
      1,
      [artifact("stage", "good"), artifact("revoked", "secret"), artifact(chunk1, "1")],
      [],
    );
    const { subscriber } = await subscribe((update) =>
      update.upserts
        .filter((r) => r.content.toString() === "bad")
        .map(({ name }) => ({ name, code: "BAD", path: name, params: {}, message: "bad" })),
    );
    await settled();
    publisher.publish(2, [artifact("stage", "bad"), artifact(chunk2, "2")], [chunk1]);
    await settled();
    publisher.publish(3, [], ["revoked"]);
    await settled();
    expect(publisher.nodes()[0]?.refused).toMatchObject([{ name: "stage", code: "BAD", path: "stage" }]);
    await subscriber[Symbol.asyncDispose]();
    const snapshot = Object.fromEntries(
      (readSnapshot(join(folder, "snapshot.bin"))?.artifacts ?? []).map((r: Artifact) => [
        r.name,
        r.content.toString(),
      ]),
    );
    expect(snapshot).toEqual({ stage: "good", [chunk1]: "1", [chunk2]: "2" });
  });
});

describe("anti-entropy", () => {
  it("repairs a node whose artifacts differ from the published ones", async () => {
    const publisher = new Publisher({ antiEntropyMs: 30 });
    scope.stack.defer(() => publisher.close());
    const { live, settled } = await subscribeTo(publisher);
    publisher.publish(1, [artifact("a", "1"), artifact("b", "1")], []);
    await settled();
    // Changed without the stream: no node gets a message, as if a delta had been lost.
    publisher.artifacts.set(artifact("b", "2"));
    publisher.artifacts.delete("a");
    await vi.waitFor(() => expect(Object.fromEntries(live)).toEqual({ b: "2" }), {
      timeout: 20_000,
      interval: 5,
    });
  });
});
