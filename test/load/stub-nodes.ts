/**
 * Many nodes in one process: each has its own connection to the control plane, acknowledges every update and forgets it. Commands come from
 * the parent as messages; times are of the system's clock, in milliseconds.
 */
import { randomUUID } from "node:crypto";
import * as grpc from "@grpc/grpc-js";
import {
  DiscoveryService,
  type StreamConfigRequest,
  type StreamConfigResponse,
} from "@tollgate/proto/discovery";
import { toServiceDefinition } from "@tollgate/proto/grpc";
import { ControlPlanes } from "../../packages/config-stream/src/control-planes.ts";

export interface StubOptions {
  readonly count: number;
  readonly address: string;
  readonly token: string;
}

/** When each node had a version, or a later one. */
export interface StubTimes {
  readonly version: number;
  readonly atMs: readonly number[];
}

const nowMs = () => performance.timeOrigin + performance.now();
const Client = grpc.makeGenericClientConstructor(
  toServiceDefinition(DiscoveryService),
  DiscoveryService.typeName,
);

interface Waiting {
  readonly version: number;
  readonly atMs: Map<string, number>;
}

let options: StubOptions;
let waiting: Waiting | undefined;
const versions = new Map<string, number>();

function applied(nodeId: string, version: number): void {
  versions.set(nodeId, version);
  if (!waiting || version < waiting.version || waiting.atMs.has(nodeId)) return;
  waiting.atMs.set(nodeId, nowMs());
  if (waiting.atMs.size < options.count) return;
  process.send?.({ version: waiting.version, atMs: [...waiting.atMs.values()] } satisfies StubTimes);
  waiting = undefined;
}

class StubNode {
  readonly #nodeId: string;
  readonly #bootId = randomUUID();
  readonly #planes: ControlPlanes;
  /** Name and digest of what it has. */
  readonly #held = new Map<string, Uint8Array>();
  #version = 0n;

  constructor(nodeId: string) {
    this.#nodeId = nodeId;
    this.#planes = new ControlPlanes([options.address]);
  }

  connect(): void {
    const client = new Client(options.address, grpc.credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    const metadata = new grpc.Metadata();
    metadata.set("authorization", `Bearer ${options.token}`);
    const streamConfig = client.streamConfig as (
      metadata: grpc.Metadata,
    ) => grpc.ClientDuplexStream<{ message: unknown }, StreamConfigResponse>;
    const stream = streamConfig.call(client, metadata);
    const send = (message: StreamConfigRequest["message"] | object) => stream.write({ message });
    send({
      case: "hello",
      value: {
        nodeId: this.#nodeId,
        bootId: this.#bootId,
        host: "stub",
        workerCount: 1,
        version: this.#version,
        known: [...this.#held].map(([name, digest]) => ({ name, digest })),
      },
    });
    let isConnected = false;
    let isOver = false;
    stream.on("data", ({ nonce, version, parts, removals, last, ping }: StreamConfigResponse) => {
      if (ping) send({ case: "pong", value: { ping } });
      for (const { name, digest } of parts) this.#held.set(name, digest);
      for (const name of removals) this.#held.delete(name);
      if (nonce === "" || !last) return;
      if (!isConnected) this.#planes.connected();
      isConnected = true;
      this.#version = version;
      send({ case: "ack", value: { nonce, version } });
      applied(this.#nodeId, Number(version));
    });
    const over = () => {
      if (isOver) return;
      isOver = true;
      client.close();
      setTimeout(() => this.connect(), this.#planes.ended(isConnected ? "lost" : "failed"));
    };
    stream.on("error", over);
    stream.on("end", over);
  }
}

process.on("message", (message: { start: StubOptions } | { expect: number }) => {
  if ("start" in message) {
    options = message.start;
    waiting = { version: 1, atMs: new Map() };
    for (let i = 0; i < options.count; i++) new StubNode(`stub-${i}`).connect();
  } else {
    waiting = { version: message.expect, atMs: new Map() };
    for (const [nodeId, version] of versions) applied(nodeId, version);
  }
});
process.on("disconnect", () => process.exit(0));
