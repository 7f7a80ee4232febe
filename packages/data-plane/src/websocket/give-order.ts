import type { OrderOutcome } from "@tollgate/pipeline";
import type { OrderAsk } from "../worker/protocol.ts";

/** GiveOrder gives an order to the connection of another worker or node; null: there is no such connection. */
export type GiveOrder = (ask: OrderAsk) => Promise<OrderOutcome | null>;
