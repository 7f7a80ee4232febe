import {
  type AccountConfig,
  type FrozenComponent,
  type HttpApi,
  type HttpStageManifest,
  kinds,
  type Problem,
  type StageManifest,
} from "@tollgate/config";
import type { Ports } from "../engine/ports.ts";
import type { LiveStage } from "../engine/stage.ts";
import { compileHttpStage } from "../http-api/compile.ts";
import { compileRestStage } from "../rest-api/compile.ts";

export const API_ID = "api123";
const ACCOUNT_ID = "000000000000";

/** TestedRoute is one route, to be compiled with the ports that a call is run with. */
export interface TestedRoute {
  readonly apiId: string;
  /** What the stage adds to a path. */
  readonly basePath: string;
  readonly compile: (
    ports: Ports,
  ) => Promise<
    | { readonly ok: true; readonly stage: LiveStage }
    | { readonly ok: false; readonly problems: readonly Problem[] }
  >;
}

interface Surroundings {
  readonly accountId?: string;
  readonly apiId?: string;
  /** Members of the API. */
  readonly api?: object;
  /** Members of the stage. */
  readonly stage?: object;
  readonly account?: Partial<AccountConfig>;
}

interface RestSurroundings extends Surroundings {
  /** By kind and id: Authorizer, Model, RequestValidator, GatewayResponse. */
  readonly definitions?: Partial<Record<FrozenComponent["kind"], Readonly<Record<string, object>>>>;
  /** The API's other methods by their keys. */
  readonly others?: Readonly<Record<string, object>>;
}

export const accountOf = ({
  account,
  accountId = ACCOUNT_ID,
}: Pick<Surroundings, "account" | "accountId">): AccountConfig => ({
  accountId,
  serviceEndpoints: {},
  vpcLinks: {},
  throttle: undefined,
  ...account,
});

/** A route key such as "GET /pets/{id}". */
const parts = (key: string): [method: string, path: string] => {
  const [method = "", path = "/"] = key.split(" ");
  return [method, path];
};

/**
 * restRoute is a method of a REST API, as in a configuration:
 *
 *     restRoute("GET /pets", { integration: { type: "HTTP_PROXY", uri: "http://pets.example", httpMethod: "GET" } })
 */
export function restRoute(key: string, method: object, surroundings: RestSurroundings = {}): TestedRoute {
  const { accountId = ACCOUNT_ID, apiId = API_ID } = surroundings;
  const resources = Object.entries({ [key]: method, ...surroundings.others }).map(([oneKey, one], i) => {
    const [httpMethod, path] = parts(oneKey);
    const spec = kinds.Resource.spec.parse({ path, methods: { [httpMethod]: one } });
    return { kind: "Resource", id: `resource${i + 1}`, spec } as const;
  });
  const definitions = Object.entries(surroundings.definitions ?? {}).flatMap(([kind, byId]) =>
    Object.entries(byId).map(
      ([id, spec]) =>
        ({ kind, id, spec: kinds[kind as FrozenComponent["kind"]].spec.parse(spec) }) as FrozenComponent,
    ),
  );
  const manifest: StageManifest = {
    accountId,
    apiId,
    stageName: "test",
    deploymentId: "deployment1",
    restApi: kinds.RestApi.spec.parse({ name: "tested", ...surroundings.api }),
    stage: kinds.Stage.spec.parse({ deploymentId: "deployment1", ...surroundings.stage }),
    chunks: ["resources"],
    definitions: ["definitions"],
    canary: undefined,
  };
  const entities = {
    resources,
    definitions,
  };
  return {
    apiId,
    basePath: "/test",
    compile: (ports) =>
      compileRestStage({
        manifest,
        chunk: (digest) => ({ digest, entities: entities[digest as keyof typeof entities] }),
        account: accountOf(surroundings),
        ports,
        previous: undefined,
      }),
  };
}

interface HttpSurroundings extends Surroundings {
  /** Members of the route. */
  readonly route?: object;
}

/**
 * httpRoute is a route of an HTTP API with its integration, as in a configuration:
 *
 *     httpRoute("GET /pets", { integrationType: "HTTP_PROXY", integrationUri: "http://pets.example" })
 */
export function httpRoute(
  key: string,
  integration: object,
  surroundings: HttpSurroundings = {},
): TestedRoute {
  const { accountId = ACCOUNT_ID, apiId = API_ID } = surroundings;
  const manifest: HttpStageManifest = {
    protocolType: "HTTP",
    accountId,
    apiId,
    stageName: "$default",
    deploymentId: "deployment1",
    stage: kinds.ApiStage.spec.parse({ autoDeploy: true, ...surroundings.stage }),
    api: kinds.Api.spec.parse({
      protocolType: "HTTP",
      name: "tested",
      integrations: { integration1: integration },
      routes: { route1: { routeKey: key, target: "integrations/integration1", ...surroundings.route } },
      ...surroundings.api,
    }) as HttpApi,
  };
  return {
    apiId,
    basePath: "",
    compile: async (ports) => compileHttpStage({ manifest, account: accountOf(surroundings), ports }),
  };
}
