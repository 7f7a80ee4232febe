import type { CallOptions, GatewayReply } from "./calls.ts";
import { functionUri } from "./functions.ts";
import type { Gateway } from "./gateway.ts";

/** HttpApiParts are the parts of an HTTP API: by route key, the integration of each route and its other members. */
export interface HttpApiParts {
  readonly routes: Readonly<
    Record<string, { readonly integration?: object } & Readonly<Record<string, unknown>>>
  >;
  readonly api?: object;
  readonly stage?: object;
  readonly stageName?: string;
}

let made = 0;

/** httpApiSpec is the spec of an HTTP API with routes, each with its own integration. */
export function httpApiSpec({ routes, api = {} }: Pick<HttpApiParts, "routes" | "api">): object {
  const integrations: Record<string, object> = {};
  const specs: Record<string, object> = {};
  for (const [i, [routeKey, { integration, ...route }]] of Object.entries(routes).entries()) {
    if (integration) integrations[`i${i}`] = integration;
    specs[`r${i}`] = { routeKey, ...(integration ? { target: `integrations/i${i}` } : {}), ...route };
  }
  return { protocolType: "HTTP", name: "spec", integrations, routes: specs, ...api };
}

/** deployHttpApi creates an HTTP API with a stage that is deployed automatically, and returns how to call it. */
export async function deployHttpApi(gateway: Gateway, parts: HttpApiParts) {
  const apiId = `httpapi${String(++made).padStart(3, "0")}`;
  const { stage = {}, stageName = "$default" } = parts;
  const { revision } = await gateway.apply([
    { kind: "Api", id: apiId, spec: httpApiSpec(parts) },
    { kind: "ApiStage", apiId, id: stageName, spec: { autoDeploy: true, ...stage } },
  ]);
  await gateway.wait(revision);
  /** Calls by the API's own host. */
  const call = (path: string, options: CallOptions = {}): Promise<GatewayReply> =>
    gateway.call(path, { host: `${apiId}.execute-api.local`, ...options });
  return { apiId, call };
}

/** toFunction hands a call to a function of test/fixtures/functions. */
export const toFunction = (name: string, payloadFormatVersion = "2.0", more: object = {}): object => ({
  integrationType: "AWS_PROXY",
  integrationUri: functionUri(name),
  payloadFormatVersion,
  ...more,
});

/** toUrl passes a call on. */
export const toUrl = (integrationUri: string, more: object = {}): object => ({
  integrationType: "HTTP_PROXY",
  integrationUri,
  ...more,
});
