import type { WebSocketIntegration } from "@tollgate/config";
import type { Ports } from "../../engine/ports.ts";
import type { Role, WebSocketContext } from "../context.ts";

export interface BuildInput {
  readonly integration: WebSocketIntegration;
  /** What the integration is called for. */
  readonly role: Role;
  /** Its response goes back to the sender of the message. */
  readonly isTwoWay: boolean;
  readonly context: WebSocketContext;
  readonly ports: Ports;
  /** Where the integration is in the configuration, for problems. */
  readonly at: string;
}
