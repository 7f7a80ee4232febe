import type { Boto } from "./boto.ts";
import type { Gateway } from "./gateway.ts";

export const JSON_TYPE = "application/json";

/** patchOf is one of patchOperations. */
export const patchOf = (op: string, path: string, value?: string, from?: string) => ({
  op,
  path,
  ...(value === undefined ? {} : { value }),
  ...(from === undefined ? {} : { from }),
});

/** createMockApi creates an API whose GET /hello returns a string, call by call as AWS's users do. Nothing is deployed. */
export async function createMockApi(boto: Boto, text = "hello", more: object = {}) {
  const { id: restApiId, rootResourceId } = await boto.call("create_rest_api", { name: "mocked", ...more });
  const { id: resourceId } = await boto.call("create_resource", {
    restApiId,
    parentId: rootResourceId,
    pathPart: "hello",
  });
  const method = { restApiId, resourceId, httpMethod: "GET" };
  await boto.call("put_method", { ...method, authorizationType: "NONE" });
  await boto.call("put_method_response", { ...method, statusCode: "200" });
  await boto.call("put_integration", {
    ...method,
    type: "MOCK",
    requestTemplates: { [JSON_TYPE]: '{"statusCode": 200}' },
  });
  await boto.call("put_integration_response", {
    ...method,
    statusCode: "200",
    responseTemplates: { [JSON_TYPE]: text },
  });
  return { restApiId, rootResourceId, resourceId, method } as {
    readonly restApiId: string;
    readonly rootResourceId: string;
    readonly resourceId: string;
    readonly method: { readonly restApiId: string; readonly resourceId: string; readonly httpMethod: string };
  };
}

/** applied waits until the nodes serve what is stored. */
export async function applied(gateway: Gateway): Promise<void> {
  const { revision } = await gateway.config.list({ kind: "RestApi" });
  await gateway.wait(revision);
}
