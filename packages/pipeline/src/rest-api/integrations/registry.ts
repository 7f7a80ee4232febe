import type { Integration, Problem } from "@tollgate/config";
import type { Ports } from "../../engine/ports.ts";
import type { Integrate, RouteContext } from "../../engine/route.ts";
import { aws } from "./aws.ts";
import { awsProxy } from "./aws-proxy.ts";
import { http } from "./http.ts";
import { httpProxy } from "./http-proxy.ts";
import { mock } from "./mock.ts";

/** IntegrationOf is the configuration of one type of integration. */
export type IntegrationOf<T extends Integration["type"]> = Extract<Integration, { type: T }>;

export interface BuildInput<I extends Integration = Integration> {
  readonly integration: I;
  readonly context: RouteContext;
  readonly ports: Ports;
  /** Where the integration stands, for problems. */
  readonly at: string;
}

export type BuildOutcome =
  | { readonly ok: true; readonly integrate: Integrate }
  | { readonly ok: false; readonly problems: readonly Problem[] };

type Builder<T extends Integration["type"]> = (input: BuildInput<IntegrationOf<T>>) => BuildOutcome;

/** Every type has a builder, or this does not compile. */
const builders: { readonly [T in Integration["type"]]: Builder<T> } = {
  MOCK: mock,
  HTTP: http,
  HTTP_PROXY: httpProxy,
  AWS: aws,
  AWS_PROXY: awsProxy,
};

export function buildIntegration(input: BuildInput): BuildOutcome {
  const build = builders[input.integration.type] as Builder<Integration["type"]>;
  return build(input as never);
}
