import type { KeyResolver } from "../directory/key-resolver.ts";
import type { QuotaCounters } from "../limits/quota-counters.ts";
import type { TokenBuckets } from "../limits/token-buckets.ts";
import type { Ask, ToldAnswer } from "../worker/protocol.ts";

/** NodeParts are what the workers of a node share. */
export interface NodeParts {
  readonly keys: KeyResolver;
  readonly buckets: TokenBuckets;
  readonly quotas: QuotaCounters;
}

type NumberedAsk = { readonly id: number; readonly ask: Ask };

/**
 * answerAsks answers what a worker asked in one message. Limits are answered at once, together; a key may take until the control plane
 * has answered, and keeps nobody waiting.
 */
export function answerAsks(
  { keys, buckets, quotas }: NodeParts,
  asks: readonly NumberedAsk[],
  tell: (answers: readonly ToldAnswer[]) => void,
): void {
  const told: ToldAnswer[] = [];
  const settle = ({ id, ask }: NumberedAsk): void => {
    switch (ask.kind) {
      case "take":
        told.push({ id, value: buckets.take(ask.bucket, ask.throttle, ask.wanted, ask.returned) });
        break;
      case "use":
        told.push({ id, value: quotas.use(ask.counter, ask.allowance) });
        break;
      case "key":
        keys.resolve(ask.name).then(
          (value) => tell([{ id, value }]),
          (error: unknown) => tell([{ id, error: String(error) }]),
        );
    }
  };
  const attempt = (numbered: NumberedAsk) => {
    try {
      settle(numbered);
    } catch (error) {
      told.push({ id: numbered.id, error: String(error) });
    }
  };
  quotas.together(() => asks.forEach(attempt));
  if (told.length > 0) tell(told);
}
