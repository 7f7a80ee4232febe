import type { Control } from "./control.ts";
import { functionUri } from "./functions.ts";

/** MethodSpec is a short way to write a method of a resource. */
export type MethodSpec = Readonly<Record<string, unknown>>;

/** RestApiParts are the parts of a REST API besides its methods. */
export interface RestApiParts {
  readonly api?: object;
  readonly stage?: object;
  readonly stageName?: string;
  /** Models, request validators and gateway responses. */
  readonly definitions?: readonly { readonly kind: string; readonly id: string; readonly spec: unknown }[];
}

/** deployRestApi makes a REST API of "METHOD /path" -> method, deploys it, and returns when every node serves its stage. */
export async function deployRestApi(
  control: Control,
  apiId: string,
  methods: Readonly<Record<string, MethodSpec>>,
  { api = {}, stage = {}, stageName = "prod", definitions = [] }: RestApiParts = {},
): Promise<void> {
  const byPath = new Map<string, Record<string, MethodSpec>>();
  for (const [key, method] of Object.entries(methods)) {
    const [verb = "", path = ""] = key.split(" ");
    byPath.set(path, { ...byPath.get(path), [verb]: method });
  }
  await control.apply([
    { kind: "RestApi", id: apiId, spec: { name: "spec", ...api } },
    ...definitions.map((definition) => ({ ...definition, apiId })),
    ...[...byPath].map(([path, specs], i) => resourceOf(apiId, `r${i}`, path, specs)),
  ]);
  const { deployment } = await control.deployments.createDeployment({ apiId });
  const { revision } = await control.apply([
    { kind: "Stage", apiId, id: stageName, spec: { deploymentId: deployment?.id, ...stage } },
  ]);
  await control.wait(revision);
}

/** mock responds with a fixed text. */
export const mock = (text: string, status = 200): MethodSpec => ({
  integration: {
    type: "MOCK",
    requestTemplates: { "application/json": `{"statusCode": ${status}}` },
    integrationResponses: { [status]: { responseTemplates: { "application/json": text } } },
  },
});

const MAPPED = /^method\.request\.(?:multivalue)?(header|querystring|path)\.(.+)$/;

/** Mappings may only be from parameters that the method declares: those that it maps are declared here, as none that is required. */
function declaring(method: MethodSpec): MethodSpec {
  const { requestParameters = {} } = (method.integration ?? {}) as {
    readonly requestParameters?: Readonly<Record<string, string>>;
  };
  const declared = Object.values(requestParameters).flatMap((source) => {
    const [, place, name] = MAPPED.exec(source) ?? [];
    return place === undefined ? [] : [[`method.request.${place}.${name}`, false]];
  });
  return declared.length === 0
    ? method
    : {
        ...method,
        requestParameters: { ...Object.fromEntries(declared), ...(method.requestParameters as object) },
      };
}

/** resourceOf is a resource of an API, with its methods. */
export const resourceOf = (
  apiId: string,
  id: string,
  path: string,
  methods: Readonly<Record<string, MethodSpec>>,
) => ({
  kind: "Resource",
  apiId,
  id,
  spec: {
    path,
    methods: Object.fromEntries(Object.entries(methods).map(([verb, method]) => [verb, declaring(method)])),
  },
});

/** proxy passes on to an upstream; every path parameter of the URI is mapped from the one of the same name. */
export const proxy = (uri: string, more: object = {}): MethodSpec =>
  declaring({
    integration: {
      type: "HTTP_PROXY",
      uri,
      requestParameters: Object.fromEntries(
        [...uri.matchAll(/(?<!\$)\{([^}]+)\}/g)].map(([, name]) => [
          `integration.request.path.${name}`,
          `method.request.path.${name}`,
        ]),
      ),
      ...more,
    },
  });

/** lambda invokes a local function. */
export const lambda = (name: string, more: object = {}): MethodSpec => ({
  integration: {
    type: "AWS_PROXY",
    uri: functionUri(name),
    ...more,
  },
});
