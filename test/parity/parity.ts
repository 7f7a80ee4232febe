import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { startFunctionsHost } from "@tollgate/functions";
import { createLogger } from "@tollgate/telemetry";
import type { GatewayReply } from "../kit/calls.ts";
import { startGateway } from "../kit/gateway.ts";
import { lambda, type MethodSpec } from "../kit/rest-api.ts";

const CASES = fileURLToPath(new URL("./cases/", import.meta.url));
const ECHO = fileURLToPath(new URL("../fixtures/functions/shapes.mjs", import.meta.url));

interface ParityFile {
  readonly routes: Readonly<Record<string, MethodSpec & { readonly function?: string }>>;
  readonly cases: readonly ParityCase[];
}

interface ParityCase {
  readonly title: string;
  readonly request: { readonly method?: string; readonly path: string; readonly return?: unknown };
  readonly response: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly absent?: readonly string[];
    readonly text?: string;
    readonly json?: unknown;
    /** Members that the event handed to the function must have. */
    readonly event?: Readonly<Record<string, unknown>>;
  };
}

/** differences lists where a response differs from AWS's. */
function differences({ response }: ParityCase, reply: GatewayReply): string[] {
  const found: string[] = [];
  const compare = (what: string, actual: unknown, wanted: unknown) => {
    if (!isDeepStrictEqual(actual, wanted))
      found.push(`${what} is ${JSON.stringify(actual)}, on AWS ${JSON.stringify(wanted)}`);
  };
  compare("status", reply.status, response.status);
  for (const [name, value] of Object.entries(response.headers ?? {}))
    compare(name, reply.headers[name], value);
  for (const name of response.absent ?? []) compare(name, reply.headers[name], undefined);
  if (response.text !== undefined) compare("body", reply.body, response.text);
  if (response.json !== undefined) compare("body", JSON.parse(reply.body), response.json);
  const event = response.event ? (JSON.parse(reply.body) as Record<string, unknown>) : {};
  for (const [name, value] of Object.entries(response.event ?? {}))
    compare(`event.${name}`, event[name], value);
  return found;
}

/** runParity calls a gateway with every recorded case and reports what differs. */
export async function runParity(): Promise<
  readonly { readonly title: string; readonly differences: readonly string[] }[]
> {
  await using scope = new AsyncDisposableStack();
  const functions = scope.use(
    await startFunctionsHost({
      host: "127.0.0.1",
      port: 0,
      logger: createLogger("functions", "silent"),
      functions: [{ name: "echo", file: ECHO }],
    }),
  );
  const gateway = scope.use(
    await startGateway({ AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${functions.port}` }),
  );
  const results = [];
  for (const name of readdirSync(CASES)) {
    const { routes, cases } = JSON.parse(readFileSync(CASES + name, "utf8")) as ParityFile;
    const api = await gateway.deploy(
      Object.fromEntries(
        Object.entries(routes).map(([route, spec]) => [route, spec.function ? lambda(spec.function) : spec]),
      ),
    );
    for (const one of cases) {
      const { method = "GET", path, return: returned } = one.request;
      const headers = returned === undefined ? {} : { "x-return": JSON.stringify(returned) };
      results.push({
        title: one.title,
        differences: differences(one, await gateway.invoke(api, path, { method, headers })),
      });
    }
  }
  return results;
}
