import type { KeyResolver } from "../directory/key-resolver.ts";
import type { QuotaCounters } from "../limits/quota-counters.ts";
import type { TokenBuckets } from "../limits/token-buckets.ts";
import type { Ask, AskReply } from "../worker/protocol.ts";
import type { KnownNodes } from "./known-nodes.ts";

/** NodeParts are the parts that all workers of a node share. */
export interface NodeParts {
  readonly keys: KeyResolver;
  readonly buckets: TokenBuckets;
  readonly quotas: QuotaCounters;
  /** How many nodes share a limit while they cannot reach what they count it with. */
  readonly knownNodes: KnownNodes;
}

type NumberedAsk = { readonly id: number; readonly ask: Ask };

/**
 * replyToAsks replies to the questions in one message of a worker. Limits are answered together, at once; a key may take until the
 * control plane has replied, and does not delay the others.
 */
export function replyToAsks(
  { keys, buckets, quotas }: Pick<NodeParts, "keys" | "buckets" | "quotas">,
  asks: readonly NumberedAsk[],
  send: (replies: readonly AskReply[]) => void,
): void {
  const ready: AskReply[] = [];
  const settle = ({ id, ask }: NumberedAsk): void => {
    switch (ask.kind) {
      case "take":
        ready.push({ id, value: buckets.take(ask.bucket, ask.throttle, ask.wanted, ask.returned) });
        break;
      case "use":
        ready.push({ id, value: quotas.use(ask.counter, ask.allowance) });
        break;
      case "key":
        keys.resolve(ask.name, ask.source).then(
          (value) => send([{ id, value }]),
          (error: unknown) => send([{ id, error: String(error) }]),
        );
    }
  };
  const attempt = (numbered: NumberedAsk) => {
    try {
      settle(numbered);
    } catch (error) {
      ready.push({ id: numbered.id, error: String(error) });
    }
  };
  quotas.together(() => asks.forEach(attempt));
  if (ready.length > 0) send(ready);
}
