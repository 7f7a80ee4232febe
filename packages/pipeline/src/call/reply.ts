import type { GatewayErrorType } from "./errors.ts";

/** Refusal is why the gateway itself answered: what $context.error tells. */
export interface Refusal {
  readonly type: GatewayErrorType;
  /** null is answered as JSON null. */
  readonly message: string | null;
  readonly errorType: string;
  /** What is wrong with a body, as $context.error.validationErrorString. */
  readonly validationError?: string;
}

/** Reply is a whole answer, before the headers that every answer has. Header names and values alternate. */
export interface Reply {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer | string | undefined;
  /** Set where this is a gateway response, which the API may have customised. */
  readonly refusal?: Refusal;
}
