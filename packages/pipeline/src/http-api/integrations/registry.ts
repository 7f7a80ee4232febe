import type { HttpApiIntegration } from "@tollgate/config";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { awsProxy } from "./aws-proxy.ts";
import type { BuildInput, IntegrationOf } from "./build-input.ts";
import { httpProxy } from "./http-proxy.ts";
import { serviceAction } from "./service-action.ts";

type Type = HttpApiIntegration["integrationType"];

/** Every type has a builder, or this does not compile. */
const builders: { readonly [T in Type]: (input: BuildInput<IntegrationOf<T>>) => BuildOutcome } = {
  HTTP_PROXY: httpProxy,
  AWS_PROXY: (input) =>
    input.integration.integrationSubtype === undefined ? awsProxy(input) : serviceAction(input),
};

export function buildIntegration(input: BuildInput): BuildOutcome {
  const build = builders[input.integration.integrationType] as (input: BuildInput) => BuildOutcome;
  return build(input);
}
