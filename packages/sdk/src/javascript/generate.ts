import type { ExportSource } from "@tollgate/openapi";
import type { SdkFile } from "../sdk-file.ts";
import { RUNTIME } from "./runtime.ts";

/** The methods that ANY expands to, each as a function. */
const VERBS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"] as const;

/** Operation is a method of the API as a function of the SDK. */
interface Operation {
  readonly name: string;
  readonly verb: string;
  readonly path: string;
  readonly isSigned: boolean;
  /** Parameter names, by their location. */
  readonly pathParameters: readonly string[];
  readonly queryParameters: readonly string[];
  readonly headers: readonly string[];
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** functionName returns petsPetIdGet for GET /pets/{petId}, and rootGet for GET /. */
function functionName(path: string, verb: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const head = words.map((word, i) => (i === 0 ? word : capital(word))).join("") || "root";
  const name = head + capital(verb.toLowerCase());
  return /^\d/.test(name) ? `_${name}` : name;
}

function operationsOf({ resources }: ExportSource): Operation[] {
  const taken = new Set<string>();
  return [...resources]
    .sort((a, b) => (a.spec.path < b.spec.path ? -1 : 1))
    .flatMap(({ spec: { path, methods } }) =>
      VERBS.flatMap((verb): Operation[] => {
        const method = methods[verb] ?? methods.ANY;
        if (!method) return [];
        let name = functionName(path, verb);
        while (taken.has(name)) name += "_";
        taken.add(name);
        const named = (source: string) =>
          Object.keys(method.requestParameters).flatMap((key) => {
            const [, , place, ...rest] = key.split(".");
            return place === source ? [rest.join(".")] : [];
          });
        return [
          {
            name,
            verb,
            path,
            isSigned: method.authorizationType === "AWS_IAM",
            pathParameters: [...path.matchAll(/\{([^}+]+)\+?\}/g)].map((found) => found[1] as string),
            queryParameters: named("querystring"),
            headers: named("header"),
          },
        ];
      }),
    );
}

const readme = (
  { restApi, stageName }: ExportSource,
  operations: readonly Operation[],
) => `# ${restApi.name.replaceAll(/\s+/g, " ")}: JavaScript SDK

A client of stage \`${stageName}\`, for browsers (a script that defines \`apigClientFactory\`) and for Node (\`require("./apigClient.js")\`). No dependencies.

\`\`\`js
const client = apigClientFactory.newClient({
  endpoint: "https://...", // address of the stage, if it is another one
  apiKey: "...", // for methods that require one
  accessKey: "...", secretKey: "...", sessionToken: "...", // for methods with authorization AWS_IAM
});
const { status, data, headers } = await client.${operations[0]?.name ?? "rootGet"}(params, body, { headers: {}, queryParams: {} });
\`\`\`

\`params\` are the parameters that the API declares, in the path, the query string or a header. Responses with a status of 400 or more are thrown as errors with the same
members.

| function | calls | parameters |
| --- | --- | --- |
${operations
  .map(({ name, verb, path, pathParameters, queryParameters, headers }) => {
    const all = [...new Set([...pathParameters, ...queryParameters, ...headers])];
    return `| \`${name}\` | ${verb} ${path} | ${all.join(", ")} |`;
  })
  .join("\n")}
`;

/** generateJavaScript generates an SDK in AWS's form: apigClientFactory.newClient(config), and a function for each method. */
export function generateJavaScript(source: ExportSource, endpoint: string): readonly SdkFile[] {
  const operations = operationsOf(source);
  const api = { endpoint, region: source.region, operations };
  return [
    { path: "apigClient.js", text: RUNTIME.replace("__API__", () => JSON.stringify(api, null, 2)) },
    { path: "README.md", text: readme(source, operations) },
    {
      path: "package.json",
      text: `${JSON.stringify({ name: "api-gateway-js-sdk", version: "1.0.0", main: "apigClient.js", type: "commonjs" }, null, 2)}\n`,
    },
  ];
}
