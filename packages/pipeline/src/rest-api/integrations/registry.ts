import type { Integration } from "@tollgate/config";
import type { BuildOutcome } from "../../engine/build-outcome.ts";
import { aws } from "./aws.ts";
import { awsProxy } from "./aws-proxy.ts";
import type { BuildInput, IntegrationOf } from "./build-input.ts";
import { http } from "./http.ts";
import { httpProxy } from "./http-proxy.ts";
import { mock } from "./mock.ts";

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
