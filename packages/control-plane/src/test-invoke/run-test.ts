import type { Chunk, Problem } from "@tollgate/config";
import {
  type AuthorizerResult,
  Call,
  compileRestStage,
  type ExchangedResponse,
  enterStage,
  headersText,
  javaDate,
  keptInCalls,
  nullPorts,
  type RestStage,
  type Route,
  run,
  WholeExchange,
} from "@tollgate/pipeline";
import type { Upstreams } from "@tollgate/transport";
import { COMPONENTS, RESOURCES, TEST_STAGE, type TestedStage } from "./tested-stage.ts";

/** The Host that AWS uses for tests. */
const TEST_HOST = "testPrefix.testDomainName";
const TEST_SOURCE_IP = "test-invoke-source-ip";

export interface TestCall {
  readonly method: string;
  /** undefined: the path of the resource as it is written. */
  readonly pathWithQuery: string | undefined;
  /** Names and values alternate. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

/** TestRun is what is to be run: data, so that it can be sent to a process. */
export interface TestRun {
  readonly stage: TestedStage;
  readonly call: TestCall;
}

export interface TestOutcome extends ExchangedResponse {
  /** The gateway itself replied. */
  readonly isRefusal: boolean;
  readonly authorizer: AuthorizerResult | undefined;
  readonly log: string;
  readonly latencyMs: number;
}

/** What came of a test: its outcome, or why the stage does not compile. */
export type TestResult = { readonly outcome: TestOutcome } | { readonly problems: readonly Problem[] };

interface CompiledStage {
  readonly stage: RestStage;
  readonly route: Route;
}

/** Compiles one resource with the code that compiles deployments. */
async function compiled(
  { manifest, resource, components, account }: TestedStage,
  upstreams: Upstreams,
): Promise<CompiledStage | { readonly problems: readonly Problem[] }> {
  const chunks: Readonly<Record<string, Chunk["entities"]>> = {
    [RESOURCES]: [resource],
    [COMPONENTS]: components,
  };
  const result = await compileRestStage({
    manifest,
    chunk: (digest) => ({ digest, entities: chunks[digest] ?? [] }),
    account,
    ports: { ...nullPorts, ...upstreams, logs: keptInCalls },
    previous: undefined,
  });
  if (!result.ok) return { problems: result.problems };
  const route = result.stage.routesByChunk.get(RESOURCES)?.[0];
  return route ? { stage: result.stage, route } : { problems: [] };
}

/** Sets the route of the call. If the path does not match the resource, its parameters stay empty. */
function place(call: Call, { stage, route }: CompiledStage, pathWithQuery: string): void {
  const at = pathWithQuery.indexOf("?");
  enterStage(call, stage, at < 0 ? pathWithQuery : pathWithQuery.slice(0, at));
  call.route = route;
  call.query = at < 0 ? "" : pathWithQuery.slice(at + 1);
  const match = stage.routes.match(call.path, call.method);
  if (match?.value === route) call.parameterValues = match.parameterValues;
}

/**
 * The execution log as a test shows it: without an extended request id and the gateway response, which a test does not get, with no
 * headers but those that were given, and without parameters of a path that does not fit the resource.
 */
function testLines(call: Call, status: number, given: readonly string[]): string[] {
  const shown = (call.log?.lines ?? []).flatMap((line) => {
    if (/^(Extended Request Id:|Gateway response )/.test(line)) return [];
    if (line.startsWith("Method request headers: ")) return [`Method request headers: ${headersText(given)}`];
    const fits = call.parameterValues.length > 0 || !line.startsWith("Method request path: ");
    return [fits ? line : "Method request path: {}"];
  });
  return call.refusal ? [...shown, `Method completed with status: ${status}`] : shown;
}

/** runTest compiles a stage, runs a call without a client through its route, and returns what came of it, with its log. */
export async function runTest({ stage, call: given }: TestRun, upstreams: Upstreams): Promise<TestResult> {
  const tested = await compiled(stage, upstreams);
  if ("problems" in tested) return tested;
  const { method, headers, body: bytes } = given;
  const body = Buffer.from(bytes);
  const wanted = given.pathWithQuery ?? tested.route.resourcePath;
  const path = wanted.startsWith("/") ? wanted : `/${wanted}`;
  const exchange = new WholeExchange(body);
  const startUnixMs = Date.now();
  const call = new Call({
    method,
    url: `/${TEST_STAGE}${path}`,
    headers: [
      "Host",
      TEST_HOST,
      ...headers,
      ...(body.length > 0 ? ["Content-Length", String(body.length)] : []),
    ],
    exchange,
    sourceIp: TEST_SOURCE_IP,
    protocol: "HTTP/1.1",
    scheme: "https",
    port: 443,
    nowMs: performance.now(),
    unixMs: startUnixMs,
  });
  place(call, tested, path);
  const unexpected: unknown[] = [];
  await run(call, tested.route, (error) => unexpected.push(error));
  const response = await exchange.response;
  const latencyMs = Math.round(performance.now() - call.startMs);
  if (unexpected.length > 0) call.log?.add(`Execution failed: ${String(unexpected[0])}`);
  const lines = testLines(call, response.status, headers).map((line) => `${javaDate(startUnixMs)} : ${line}`);
  const log = [`Execution log for request ${call.requestId}`, ...lines, ""].join("\n");
  const { refusal, authorizer } = call;
  return { outcome: { ...response, isRefusal: refusal !== undefined, authorizer, log, latencyMs } };
}
