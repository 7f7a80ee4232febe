/** RefusalReason is why a request is refused: what it asks for is invalid, does not exist, or is not possible in the present state. */
export type RefusalReason = "invalid" | "not-found" | "precondition";

/** Refusal is the expected failure of a use case. The gRPC adapter maps it to a status; any other error is a bug. */
export class Refusal extends Error {
  readonly reason: RefusalReason;

  constructor(message: string, reason: RefusalReason = "invalid") {
    super(message);
    this.reason = reason;
  }
}
