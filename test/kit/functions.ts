import { fileURLToPath } from "node:url";
import { startFunctionsHost } from "@tollgate/functions";
import { createLogger } from "@tollgate/telemetry";

const FOLDER = new URL("../fixtures/functions/", import.meta.url);

/** ServedFunction is the name of a module of test/fixtures/functions, where needed with its timeout. */
export type ServedFunction = string | { readonly name: string; readonly timeoutMs: number };

/** startFunctions serves functions of test/fixtures/functions, each a module of its name; env is the setting by which a gateway finds them. */
export async function startFunctions(...functions: readonly ServedFunction[]) {
  const host = await startFunctionsHost({
    host: "127.0.0.1",
    port: 0,
    logger: createLogger("functions", "silent"),
    functions: functions.map((given) => {
      const { name, ...more } = typeof given === "string" ? { name: given } : given;
      return { name, file: fileURLToPath(new URL(`${name}.mjs`, FOLDER)), ...more };
    }),
  });
  const url = `http://127.0.0.1:${host.port}`;
  return {
    url,
    env: { AWS_ENDPOINT_URL_LAMBDA: url },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

/** functionUri is the URI by which integrations and authorizers name a function. */
export const functionUri = (name: string): string =>
  `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:${name}/invocations`;

/** tokenAuthorizer is an authorizer of tokens by the function "authorizer", which is asked for each call. */
export const tokenAuthorizer = (id: string) => ({
  kind: "Authorizer",
  id,
  spec: {
    type: "TOKEN",
    name: id,
    authorizerResultTtlInSeconds: 0,
    authorizerUri: functionUri("authorizer"),
  },
});
