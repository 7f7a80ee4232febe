import type { KeyResolver } from "../directory/key-resolver.ts";
import type { Buckets, Quotas } from "../limits/source.ts";
import type { Ask, AskReply } from "../worker/protocol.ts";
import type { KnownNodes } from "./known-nodes.ts";

/** NodeParts are the parts that all workers of a node share. */
export interface NodeParts {
  readonly keys: KeyResolver;
  readonly buckets: Buckets;
  readonly quotas: Quotas;
  /** How many nodes share a limit while they cannot reach what they count it with. */
  readonly knownNodes: KnownNodes;
}

type NumberedAsk = { readonly id: number; readonly ask: Ask };
type Value = NonNullable<AskReply["value"]> | null;

function valueOf(
  { keys, buckets, quotas }: Pick<NodeParts, "keys" | "buckets" | "quotas">,
  ask: Ask,
): Value | Promise<Value> {
  switch (ask.kind) {
    case "take":
      return buckets.take(ask);
    case "lease":
      return quotas.lease(ask);
    case "key":
      return keys.resolve(ask.name, ask.source);
  }
}

/**
 * replyToAsks replies to the questions in one message of a worker. What the node knows is answered together, at once; what it must ask for itself
 * does not delay the others.
 */
export function replyToAsks(
  parts: Pick<NodeParts, "keys" | "buckets" | "quotas">,
  asks: readonly NumberedAsk[],
  send: (replies: readonly AskReply[]) => void,
): void {
  const ready: AskReply[] = [];
  const failed = (id: number, error: unknown): AskReply => ({ id, error: String(error) });
  const settle = ({ id, ask }: NumberedAsk): void => {
    try {
      const value = valueOf(parts, ask);
      if (value instanceof Promise)
        value.then(
          (late) => send([{ id, value: late }]),
          (error: unknown) => send([failed(id, error)]),
        );
      else ready.push({ id, value });
    } catch (error) {
      ready.push(failed(id, error));
    }
  };
  parts.quotas.together(() => asks.forEach(settle));
  if (ready.length > 0) send(ready);
}
