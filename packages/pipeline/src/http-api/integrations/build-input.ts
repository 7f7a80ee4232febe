import type { HttpApiIntegration } from "@tollgate/config";
import type { Ports } from "../../engine/ports.ts";
import type { HttpContext } from "../context.ts";

/** IntegrationOf is the configuration of one type of integration. */
export type IntegrationOf<T extends HttpApiIntegration["integrationType"]> = Extract<
  HttpApiIntegration,
  { integrationType: T }
>;

export interface BuildInput<I extends HttpApiIntegration = HttpApiIntegration> {
  readonly integration: I;
  /** Path of the route, or $default. */
  readonly routePath: string;
  readonly context: HttpContext;
  readonly ports: Ports;
  /** Where the integration is in the configuration, for problems. */
  readonly at: string;
}
