import type { ConnectionPage, ListAsk } from "@tollgate/pipeline";
import type { NodeCaches } from "../cache/node-caches.ts";
import type { KeyResolver } from "../directory/key-resolver.ts";
import type { Buckets, Quotas } from "../limits/source.ts";
import type { GiveOrder } from "../websocket/give-order.ts";
import type { Ask, AskReply } from "../worker/protocol.ts";
import type { KnownNodes } from "./known-nodes.ts";
import type { Peers } from "./peers.ts";

/** NodeParts are the parts that all workers of a node share. */
export interface NodeParts {
  readonly keys: KeyResolver;
  readonly buckets: Buckets;
  readonly quotas: Quotas;
  readonly caches: NodeCaches;
  /** How many nodes share a limit while they cannot reach what they count it with. */
  readonly knownNodes: KnownNodes;
  /** The nodes that have the connections which this one does not have. */
  readonly peers: Peers;
}

type NumberedAsk = { readonly id: number; readonly ask: Ask };
type Value = NonNullable<AskReply["value"]> | null;

type AskedParts = Pick<NodeParts, "keys" | "buckets" | "quotas" | "caches"> & {
  readonly giveOrder: GiveOrder;
  readonly listConnections: (ask: ListAsk) => Promise<ConnectionPage>;
};

function valueOf(
  { keys, buckets, quotas, caches, giveOrder, listConnections }: AskedParts,
  ask: Ask,
  boot: string,
): Value | Promise<Value> {
  switch (ask.kind) {
    case "take":
      return buckets.take(ask);
    case "lease":
      return quotas.lease(ask);
    case "key":
      return keys.resolve(ask.name, ask.source);
    case "find":
      return caches.of(ask.cache).find(boot, ask.key, ask.waitMs);
    case "order":
      return giveOrder(ask);
    case "connections":
      return listConnections(ask);
  }
}

/** Asker is a worker that asks, and how it is replied to. */
export interface Asker {
  readonly boot: string;
  readonly send: (replies: readonly AskReply[]) => void;
  /** Of what the node had to ask for itself. */
  readonly sendLate: (reply: AskReply) => void;
}

/**
 * replyToAsks replies to the questions in one message of a worker. What the node knows is answered together, at once; what it must ask for itself
 * does not delay the others.
 */
export function replyToAsks(
  parts: AskedParts,
  asks: readonly NumberedAsk[],
  { boot, send, sendLate }: Asker,
): void {
  const ready: AskReply[] = [];
  const failed = (id: number, error: unknown): AskReply => ({ id, error: String(error) });
  const settle = ({ id, ask }: NumberedAsk): void => {
    try {
      const value = valueOf(parts, ask, boot);
      if (value instanceof Promise)
        value.then(
          (late) => sendLate({ id, value: late }),
          (error: unknown) => sendLate(failed(id, error)),
        );
      else ready.push({ id, value });
    } catch (error) {
      ready.push(failed(id, error));
    }
  };
  try {
    parts.quotas.together(() => asks.forEach(settle));
  } catch (error) {
    const leases = new Set(asks.filter(({ ask }) => ask.kind === "lease").map(({ id }) => id));
    ready.forEach(({ id }, at) => {
      if (leases.has(id)) ready[at] = failed(id, error);
    });
  }
  if (ready.length > 0) send(ready);
}
