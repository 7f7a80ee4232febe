/** CallerKey is the API key that a call came with. */
export interface CallerKey {
  readonly id: string;
  readonly value: string;
  /** The plan that allowed the call, once one did; empty before, and where the call was refused. */
  readonly usagePlanId: string;
  /** Who pays for it; empty: nobody is known to. */
  readonly customerId: string;
}

/** ConnectionKey is the API key, and the plan that allowed it, of the handshake of a connection: the connection's messages and minutes are charged to it. */
export interface ConnectionKey {
  readonly apiKeyId: string;
  /** Who paid for it then; absent: nobody is known to. */
  readonly customerId?: string;
  readonly usagePlanId: string;
}
