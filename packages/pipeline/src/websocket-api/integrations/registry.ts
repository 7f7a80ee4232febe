import type { WebSocketIntegration } from "@tollgate/config";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { aws } from "./aws.ts";
import { awsProxy } from "./aws-proxy.ts";
import type { BuildInput } from "./build-input.ts";
import { http } from "./http.ts";
import { httpProxy } from "./http-proxy.ts";
import { mock } from "./mock.ts";
import { forRole } from "./role-reply.ts";

/** Every type has a builder, or this does not compile. */
const builders: {
  readonly [T in WebSocketIntegration["integrationType"]]: (input: BuildInput) => BuildOutcome;
} = { MOCK: mock, HTTP: http, HTTP_PROXY: httpProxy, AWS: aws, AWS_PROXY: awsProxy };

/** buildIntegration compiles an integration for a route: what of its response leaves depends on the role of the route. */
export function buildIntegration(input: BuildInput): BuildOutcome {
  const built = builders[input.integration.integrationType](input);
  return built.ok ? { ok: true, integrate: forRole(built.integrate, input) } : built;
}
