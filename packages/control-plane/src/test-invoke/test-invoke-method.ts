import {
  isKindOf,
  kinds,
  nameOf,
  type Chunk,
  type Definition,
  type Entity,
  type FrozenResource,
  type StageManifest,
} from "@tollgate/config";
import {
  Call,
  compileStage,
  javaDate,
  nullPorts,
  run,
  type DeployedStage,
  type Route,
} from "@tollgate/pipeline";
import type { TestInvokeMethodRequest } from "@tollgate/proto/control";
import { RpcCode, RpcError } from "@tollgate/proto/rpc";
import type { Application } from "../application.ts";
import { accountOf } from "../config/wire.ts";
import { apiOf } from "../deployment/create-deployment.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { accountConfigOf } from "../rollout/account-config.ts";
import { TestExchange } from "./test-exchange.ts";

/** The stage, and the Host, that AWS shows to a method that is tested. */
const TEST_STAGE = "test-invoke-stage";
const TEST_HOST = "testPrefix.testDomainName";
const TEST_SOURCE_IP = "test-invoke-source-ip";
const RESOURCES = "resources";
const DEFINITIONS = "definitions";
/** Headers that every call gets and a test's answer does not show. */
const HIDDEN = new Set(["x-amzn-requestid", "x-amz-apigw-id", "content-length"]);

function resourceOf(state: AccountState, { restApiId, resourceId }: TestInvokeMethodRequest): FrozenResource {
  const entity = state.entities.get(nameOf({ kind: "Resource", restApiId, id: resourceId }))?.entity;
  if (!entity || !isKindOf(entity, "Resource"))
    throw new RpcError(RpcCode.NOT_FOUND, "Invalid Resource identifier specified");
  return { kind: "Resource", id: entity.id, spec: entity.spec };
}

/** The configured method that a verb calls. */
function methodOf({ spec }: FrozenResource, verb: string): string {
  const methods = spec.methods as Readonly<Record<string, unknown>>;
  const name = [verb, "ANY"].find((candidate) => Object.hasOwn(methods, candidate));
  if (name === undefined) throw new RpcError(RpcCode.NOT_FOUND, "Invalid Method identifier specified");
  return name;
}

const isDefinition = (
  entity: Entity,
): entity is
  | Entity<"Authorizer">
  | Entity<"Model">
  | Entity<"RequestValidator">
  | Entity<"GatewayResponse"> =>
  isKindOf(entity, "Authorizer") ||
  isKindOf(entity, "Model") ||
  isKindOf(entity, "RequestValidator") ||
  isKindOf(entity, "GatewayResponse");

/** The one method as a stage of its own, compiled by the code that compiles deployments. */
async function compileMethod(
  { upstreams }: Application,
  accountId: string,
  state: AccountState,
  request: TestInvokeMethodRequest,
): Promise<{ stage: DeployedStage; route: Route }> {
  const { restApiId, stageVariables, clientCertificateId } = request;
  // A test asks nobody who they are (AWS: TestInvokeMethod).
  const restApi = { ...apiOf(state, accountId, restApiId).spec, policy: undefined };
  const resource = resourceOf(state, request);
  const verb = methodOf(resource, request.httpMethod || "GET");
  const method = resource.spec.methods[verb as keyof typeof resource.spec.methods];
  const open = { ...method, authorizationType: "NONE", authorizerId: undefined, apiKeyRequired: false };
  const only = { ...resource, spec: { ...resource.spec, methods: { [verb]: open } } } as FrozenResource;
  const definitions = state
    .ofApi(restApiId)
    .map(({ entity }) => entity)
    .filter(isDefinition)
    .map(({ kind, id, spec }) => ({ kind, id, spec }) as Definition);
  const manifest: StageManifest = {
    accountId,
    restApiId,
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
    definitions: [DEFINITIONS],
    canary: undefined,
  };
  const chunks: Readonly<Record<string, Chunk["entities"]>> = {
    [RESOURCES]: [only],
    [DEFINITIONS]: definitions,
  };
  const outcome = await compileStage({
    manifest,
    chunk: (digest) => ({ digest, entities: chunks[digest] ?? [] }),
    account: accountConfigOf(accountId, state),
    ports: { ...nullPorts, ...upstreams },
    previous: undefined,
  });
  if (!outcome.ok)
    throw new RpcError(RpcCode.INVALID_ARGUMENT, "the method does not compile", outcome.problems);
  const route = outcome.stage.routesByChunk.get(RESOURCES)?.[0];
  if (!route) throw new RpcError(RpcCode.NOT_FOUND, "Invalid Method identifier specified");
  return { stage: outcome.stage, route };
}

/** Places the call on its route; a path that does not fit the resource leaves its parameters empty. */
function place(call: Call, stage: DeployedStage, route: Route, pathWithQuery: string): void {
  const at = pathWithQuery.indexOf("?");
  call.stage = stage;
  call.route = route;
  call.path = at < 0 ? pathWithQuery : pathWithQuery.slice(0, at);
  call.query = at < 0 ? "" : pathWithQuery.slice(at + 1);
  const match = stage.trie.match(call.path, call.method);
  if (match?.value === route) call.parameterValues = match.parameterValues;
}

const shown = (headers: readonly string[]) => {
  const pairs: { name: string; value: string }[] = [];
  for (let i = 0; i < headers.length; i += 2)
    if (!HIDDEN.has((headers[i] as string).toLowerCase()))
      pairs.push({ name: headers[i] as string, value: headers[i + 1] as string });
  return pairs;
};

/** testInvokeMethod is TestInvokeService.TestInvokeMethod. */
export async function testInvokeMethod(application: Application, request: TestInvokeMethodRequest) {
  const accountId = accountOf(request.accountId);
  const state = application.mirror.account(accountId);
  const { stage, route } = await compileMethod(application, accountId, state, request);
  const pathWithQuery = request.pathWithQueryString || route.resourcePath;
  const path = pathWithQuery.startsWith("/") ? pathWithQuery : `/${pathWithQuery}`;
  const body = Buffer.from(request.body);
  const exchange = new TestExchange(body);
  const startUnixMs = Date.now();
  const call = new Call({
    method: request.httpMethod || "GET",
    url: `/${TEST_STAGE}${path}`,
    headers: [
      "Host",
      TEST_HOST,
      ...request.headers.flatMap(({ name, value }) => [name, value]),
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
  place(call, stage, route, path);
  const unexpected: unknown[] = [];
  await run(call, route, (error) => unexpected.push(error));
  const { status, headers, body: answered } = await exchange.answered;
  const latencyMs = Math.round(performance.now() - call.startMs);
  if (unexpected.length > 0) call.log?.add(`Execution failed: ${String(unexpected[0])}`);
  const lines = (call.log?.lines ?? []).map((line) => `${javaDate(startUnixMs)} : ${line}`);
  return {
    status,
    headers: shown(headers),
    body: answered,
    log: [`Execution log for request ${call.requestId}`, ...lines, ""].join("\n"),
    latencyMs: BigInt(latencyMs),
  };
}
