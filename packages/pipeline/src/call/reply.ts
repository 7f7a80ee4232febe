import type { GatewayErrorType } from "./gateway-errors.ts";

/** Refusal is why the gateway itself replied: what $context.error shows. */
export interface Refusal {
  readonly type: GatewayErrorType;
  /** null is sent as JSON null. */
  readonly message: string | null;
  readonly errorType: string;
  /** What is wrong with a body, as $context.error.validationErrorString. */
  readonly validationError?: string;
}

/** Reply is a whole response, before the headers that every response has. Header names and values alternate. */
export interface Reply {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer | string | undefined;
  /** Set where this is a gateway response, which the API may have customised. */
  readonly refusal?: Refusal;
}
