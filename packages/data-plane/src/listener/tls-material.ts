/** TlsMaterial is what the workers of a node serve HTTPS with. Plain data: workers get it from their node. */
export interface TlsMaterial {
  /** The certificate of names that have none of their own, and those that signed it: PEM. */
  readonly certificate: string;
  readonly privateKey: string;
  /** 48 bytes that seal tickets: a client resumes its session with any worker. */
  readonly ticketKeys: Uint8Array;
}
