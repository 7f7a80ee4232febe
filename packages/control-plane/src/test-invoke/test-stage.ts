import {
  type Chunk,
  type FrozenComponent,
  type FrozenResource,
  isComponent,
  kinds,
  type StageManifest,
} from "@tollgate/config";
import {
  Call,
  compileRestStage,
  type ExchangedResponse,
  enterStage,
  headersText,
  javaDate,
  nullPorts,
  performBodyWork,
  type RestStage,
  type Route,
  run,
  WholeExchange,
} from "@tollgate/pipeline";
import type { Application } from "../application.ts";
import { restApiOf } from "../deployment/deployment-kinds.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { Refusal } from "../refusal.ts";
import { accountConfigOf } from "../rollout/account-config.ts";

/** The stage and the Host that AWS uses for tests. */
const TEST_STAGE = "test-invoke-stage";
const TEST_HOST = "testPrefix.testDomainName";
const TEST_SOURCE_IP = "test-invoke-source-ip";
/** Tests run in the process of the control API, whose other requests wait for them: patterns get less time there than on nodes. */
const MATCHES_MAX_MS = 50;
const RESOURCES = "resources";
const COMPONENTS = "components";

/** TestStage is a stage with one route, as it is configured now. */
export interface TestStage {
  readonly stage: RestStage;
  readonly route: Route;
}

export interface TestStageOptions {
  readonly accountId: string;
  readonly apiId: string;
  readonly resource: FrozenResource;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly clientCertificateId?: string;
}

/** compileTestStage compiles one resource with the code that compiles deployments. */
export async function compileTestStage(
  { upstreams }: Application,
  state: AccountState,
  { accountId, apiId, resource, stageVariables, clientCertificateId = "" }: TestStageOptions,
): Promise<TestStage> {
  // The API's resource policy is not evaluated (AWS: TestInvokeMethod).
  const restApi = { ...restApiOf(state, accountId, apiId).spec, policy: undefined };
  const components = state
    .ofApi(apiId)
    .map(({ entity }) => entity)
    .filter(({ kind }) => isComponent(kind))
    .map(({ kind, id, spec }) => ({ kind, id, spec }) as FrozenComponent);
  const manifest: StageManifest = {
    accountId,
    apiId,
    restApi,
    stageName: TEST_STAGE,
    deploymentId: TEST_STAGE,
    stage: kinds.Stage.spec.parse({
      deploymentId: TEST_STAGE,
      variables: stageVariables,
      methodSettings: { "*/*": { loggingLevel: "INFO", dataTraceEnabled: true } },
      ...(clientCertificateId === "" ? {} : { clientCertificateId }),
    }),
    chunks: [RESOURCES],
    definitions: [COMPONENTS],
    canary: undefined,
  };
  const chunks: Readonly<Record<string, Chunk["entities"]>> = {
    [RESOURCES]: [resource],
    [COMPONENTS]: components,
  };
  const outcome = await compileRestStage({
    manifest,
    chunk: (digest) => ({ digest, entities: chunks[digest] ?? [] }),
    account: accountConfigOf(accountId, state),
    ports: { ...nullPorts, ...upstreams, bodyWork: async (work) => performBodyWork(work, MATCHES_MAX_MS) },
    previous: undefined,
  });
  if (!outcome.ok) throw new Refusal("invalid", "the method does not compile", outcome.problems);
  const route = outcome.stage.routesByChunk.get(RESOURCES)?.[0];
  if (!route) throw new Refusal("not-found", "Invalid Method identifier specified");
  return { stage: outcome.stage, route };
}

export interface TestCall {
  readonly method: string;
  readonly pathWithQuery: string;
  /** Names and values alternate. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

export interface TestOutcome extends ExchangedResponse {
  readonly call: Call;
  readonly log: string;
  readonly latencyMs: number;
}

/** Sets the route of the call. If the path does not match the resource, its parameters stay empty. */
function place(call: Call, { stage, route }: TestStage, pathWithQuery: string): void {
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

/** runTest runs a call without a client through a route, and returns its log. */
export async function runTest(
  tested: TestStage,
  { method, pathWithQuery, headers, body }: TestCall,
): Promise<TestOutcome> {
  const path = pathWithQuery.startsWith("/") ? pathWithQuery : `/${pathWithQuery}`;
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
  return { ...response, call, log, latencyMs };
}
