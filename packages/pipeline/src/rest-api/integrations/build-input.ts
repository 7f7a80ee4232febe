import type { Integration } from "@tollgate/config";
import type { Ports } from "../../engine/ports.ts";
import type { RestContext } from "../context.ts";

/** IntegrationOf is the configuration of one type of integration. */
export type IntegrationOf<T extends Integration["type"]> = Extract<Integration, { type: T }>;

export interface BuildInput<I extends Integration = Integration> {
  readonly integration: I;
  readonly context: RestContext;
  readonly ports: Ports;
  /** Where the integration is in the configuration, for problems. */
  readonly at: string;
}
