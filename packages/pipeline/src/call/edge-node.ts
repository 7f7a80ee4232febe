/** EdgeNode is the edge node that a call came through: it ended the TLS of the caller, whose address it says. */
export interface EdgeNode {
  /** Its node id. */
  readonly name: string;
  /** The address from which it relays. */
  readonly address: string;
}
