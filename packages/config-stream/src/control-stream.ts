import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  DiscoveryService,
  type StreamConfigRequestSchema,
  type StreamConfigResponse,
} from "@tollgate/proto/discovery";
import { createClient, type ServiceClient } from "@tollgate/proto/grpc";
import type { TlsFiles } from "@tollgate/telemetry";
import type { LiveNodes, NodeCondition, NodeHealth } from "./node.ts";

/** A connection of which only one end is left is noticed within the sum of both. A busy control plane does not respond for a while. */
const KEEPALIVE_MS = 3_000;
const KEEPALIVE_TIMEOUT_MS = 4_000;
/** A control plane that has responded, and does not decide for so long whether it serves the node, is given up. It needs some seconds to ask others. */
const UNDECIDED_MAX_MS = 30_000;
/** How long a node that leaves waits until the control plane has read it. */
const LEAVE_MS = 500;
/** How soon a control plane is told that a node is not ready, or ready again. */
const CONDITION_MS = 1_000;

type Request = NonNullable<MessageInitShape<typeof StreamConfigRequestSchema>["message"]>;

export interface ControlStreamOptions {
  /** host:port of the control plane. */
  readonly address: string;
  readonly token: (() => string) | undefined;
  readonly tls: TlsFiles | undefined;
  /** How long it may take until the control plane sends anything. */
  readonly silenceMs: number;
  /** Called once, when it does. */
  readonly onHeard: () => void;
  readonly onLiveNodes: (nodes: LiveNodes) => void;
  /** What the node reports of its health when it is asked to. */
  readonly health: () => Promise<NodeHealth>;
  /** Whether the node can have calls; undefined: nobody says it. */
  readonly condition: (() => NodeCondition) | undefined;
}

/** ControlStream is the node's end of its stream. */
export interface ControlStream {
  readonly send: (message: Request) => void;
  /** The pieces of updates; ends with the stream. */
  readonly updates: AsyncIterable<StreamConfigResponse>;
  /** Says that the node stops, and waits until the control plane knows. */
  leave(): Promise<void>;
  cancel(): void;
}

type Client = Pick<ServiceClient<typeof DiscoveryService>, "streamConfig" | "close">;

const connectTo = ({
  address,
  token,
  tls,
}: Pick<ControlStreamOptions, "address" | "token" | "tls">): Client =>
  createClient(DiscoveryService, {
    address,
    token,
    tls,
    keepaliveMs: KEEPALIVE_MS,
    keepaliveTimeoutMs: KEEPALIVE_TIMEOUT_MS,
  });

/**
 * openControlStream connects to a control plane. Messages that belong to no update, such as pings, are answered at once, also while the
 * node applies an update.
 */
export function openControlStream(options: ControlStreamOptions, connect = connectTo): ControlStream {
  const { address, silenceMs, onHeard, onLiveNodes, health, condition } = options;
  const client = connect(options);
  const stream = client.streamConfig();
  const pieces: StreamConfigResponse[] = [];
  let end: { error?: Error } | undefined;
  let wake = () => {};
  const ended = (error?: Error) => {
    end ??= error ? { error } : {};
    reports.stop();
    clearInterval(telling);
    clearTimeout(patience);
    wake();
  };
  const giveUpAfter = (ms: number, what: string) =>
    setTimeout(() => {
      ended(new Error(`${address} ${what} for ${ms} ms`));
      stream.cancel();
    }, ms);
  let patience = giveUpAfter(silenceMs, "sent nothing");
  const send = (message: Request) => {
    if (!end) stream.write({ message });
  };
  const reports = healthReports(health, send);
  let telling: NodeJS.Timeout | undefined;
  stream.once("data", () => {
    clearTimeout(patience);
    if (end) return;
    patience = giveUpAfter(UNDECIDED_MAX_MS, "did not decide whether it serves this node");
    if (condition) telling = tellChanges(condition, (value) => send({ case: "condition", value }));
    onHeard();
  });
  stream.on("data", (response: StreamConfigResponse) => {
    if (response.ping) send({ case: "pong", value: { ping: response.ping } });
    const { liveNodes: count, peers, missingPeers } = response;
    // Only nodes that it serves are sent any of these.
    if (response.nonce !== "" || count > 0 || response.healthIntervalMs > 0) clearTimeout(patience);
    if (count > 0) onLiveNodes({ count, peers, missingPeers });
    if (response.healthIntervalMs > 0) reports.every(response.healthIntervalMs);
    if (response.nonce === "") return;
    pieces.push(response);
    wake();
  });
  stream.on("error", ended);
  stream.on("end", () => ended());
  async function* updates(): AsyncGenerator<StreamConfigResponse> {
    for (;;) {
      yield* pieces.splice(0);
      if (pieces.length > 0) continue;
      if (end?.error) throw end.error;
      if (end) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return {
    send,
    updates: updates(),
    async leave() {
      if (end) return;
      send({ case: "leave", value: {} });
      stream.end();
      await Promise.race([once(stream, "end").catch(() => undefined), delay(LEAVE_MS)]);
    },
    cancel() {
      ended();
      stream.cancel();
      client.close();
    },
  };
}

/** Tells the node's condition at once, and whenever it has changed. */
function tellChanges(
  condition: () => NodeCondition,
  tell: (condition: { notReady: string; concerns: string[] }) => void,
): NodeJS.Timeout {
  let told = "";
  const look = () => {
    const { notReady, concerns } = condition();
    const text = JSON.stringify([notReady, concerns]);
    if (text === told) return;
    told = text;
    tell({ notReady, concerns: [...concerns] });
  };
  look();
  return setInterval(look, CONDITION_MS);
}

/** Sends the node's health from time to time, once it is asked for. */
function healthReports(health: () => Promise<NodeHealth>, send: (message: Request) => void) {
  let timer: NodeJS.Timeout | undefined;
  const report = async () => {
    const { calls, serverErrors, workerCrashes } = await health();
    const value = {
      calls: BigInt(calls),
      serverErrors: BigInt(serverErrors),
      workerCrashes: BigInt(workerCrashes),
    };
    send({ case: "health", value });
  };
  // No worker is running: the next one may be.
  const tryReport = () => void report().catch(() => undefined);
  return {
    every: (intervalMs: number) => {
      clearInterval(timer);
      timer = setInterval(tryReport, intervalMs);
      // What comes later is compared with it.
      tryReport();
    },
    stop: () => clearInterval(timer),
  };
}
