import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RootKey } from "@tollgate/control-plane";
import {
  AuditService,
  ConfigService,
  DefinitionService,
  DeploymentService,
  RolloutService,
  StackService,
  TestInvokeService,
} from "@tollgate/proto/control";
import { createClient } from "@tollgate/proto/grpc";
import { UsageService } from "@tollgate/proto/usage";
import { startStandalone } from "@tollgate/standalone";
import { functionUri } from "./functions.ts";

/** Reply of a call, with the header names as they came. */
export interface GatewayReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Names and values alternate. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  readonly bytes: Buffer;
}

export interface CallOptions {
  readonly method?: string;
  /** Names and values alternate where order or repetition matters. */
  readonly headers?: Readonly<Record<string, string>> | readonly string[];
  readonly body?: string | Buffer;
  readonly host?: string;
}

/** Method is a short way to write a method of a resource. */
export type MethodSpec = Readonly<Record<string, unknown>>;

/** GatewayPlace is where the parts of a running Tollgate listen, on loopback. */
export interface GatewayPlace extends AsyncDisposable {
  /** Of the nodes, at least one. */
  readonly httpPorts: readonly number[];
  readonly adminPorts: readonly number[];
  readonly grpcPort: number;
  readonly controlPort: number;
  readonly meteringPort: number;
  /** Of the account itself, where it was made at this start. */
  readonly rootKey: RootKey | undefined;
  /** What operators show. */
  readonly token: string | undefined;
}

/** startGateway starts a whole Tollgate on embedded parts, with free ports and a separate home. */
export async function startGateway(env: Record<string, string> = {}): Promise<Gateway> {
  const scope = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), "tollgate-gateway-"));
  scope.defer(() => rmSync(home, { recursive: true, force: true }));
  const ports = ["HTTP", "GRPC", "CONTROL", "METERING", "ADMIN"].map((name) => [
    `TOLLGATE_${name}_PORT`,
    "0",
  ]);
  const standalone = scope.use(
    await startStandalone({
      ...Object.fromEntries(ports),
      TOLLGATE_HOME: home,
      TOLLGATE_WORKERS: "1",
      TOLLGATE_LOG_LEVEL: "error",
      ...env,
    }),
  );
  return openGateway({
    ...standalone,
    httpPorts: [standalone.httpPort],
    adminPorts: [standalone.adminPort],
    token: env.TOLLGATE_TOKEN,
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  });
}

/** openGateway gives clients of a running Tollgate. What they do with it is the same wherever its parts run. */
export function openGateway(place: GatewayPlace) {
  const scope = new AsyncDisposableStack();
  scope.use(place);
  const { token, httpPorts } = place;
  const control = { address: `127.0.0.1:${place.grpcPort}`, token };
  const config = createClient(ConfigService, control);
  const definitions = createClient(DefinitionService, control);
  const stacks = createClient(StackService, control);
  const deployments = createClient(DeploymentService, control);
  const audit = createClient(AuditService, control);
  const rollout = createClient(RolloutService, control);
  const tests = createClient(TestInvokeService, control);
  const usage = createClient(UsageService, {
    address: `127.0.0.1:${place.meteringPort}`,
    token,
  });
  for (const client of [config, definitions, stacks, deployments, audit, rollout, tests, usage])
    scope.defer(() => client.close());

  const apply = (
    entities: readonly {
      kind: string;
      apiId?: string;
      id?: string;
      spec: unknown;
      labels?: Record<string, string>;
    }[],
    accountId = "",
  ) =>
    config.apply({
      accountId,
      entities: entities.map(({ kind, apiId = "", id = "", spec, labels = {} }) => ({
        kind,
        apiId,
        id,
        labels,
        specJson: JSON.stringify(spec),
      })),
    });
  const wait = async (revision: bigint) => {
    const states = rollout.waitApplied({ revision, minNodes: httpPorts.length });
    for await (const _state of states as AsyncIterable<unknown>);
  };

  let apis = 0;
  /** deploy makes an API of "METHOD /path" -> method, deployed and live at a stage, and returns its id. */
  const deploy = async (
    methods: Readonly<Record<string, MethodSpec>>,
    {
      api = {},
      stage = {},
      stageName = "prod",
      definitions = [],
    }: {
      api?: object;
      stage?: object;
      stageName?: string;
      /** Models, request validators and gateway responses of the API. */
      definitions?: readonly { kind: string; id: string; spec: unknown }[];
    } = {},
  ): Promise<string> => {
    const apiId = `specapi${String(++apis).padStart(3, "0")}`;
    const byPath = new Map<string, Record<string, MethodSpec>>();
    for (const [key, method] of Object.entries(methods)) {
      const [verb = "", path = ""] = key.split(" ");
      byPath.set(path, { ...byPath.get(path), [verb]: method });
    }
    await apply([
      { kind: "RestApi", id: apiId, spec: { name: "spec", ...api } },
      ...definitions.map((definition) => ({ ...definition, apiId })),
      ...[...byPath].map(([path, specs], i) => resourceOf(apiId, `r${i}`, path, specs)),
    ]);
    const { deployment } = await deployments.createDeployment({ apiId });
    const { revision } = await apply([
      { kind: "Stage", apiId, id: stageName, spec: { deploymentId: deployment?.id, ...stage } },
    ]);
    await wait(revision);
    return apiId;
  };

  let calls = 0;
  let httpPort = httpPorts[0] ?? 0;
  /** call sends one request as it is, to one node after the other: the path is not normalized. */
  const call = (
    path: string,
    { method = "GET", headers = {}, body, host }: CallOptions = {},
  ): Promise<GatewayReply> =>
    new Promise((resolve, reject) => {
      httpPort = httpPorts[calls++ % httpPorts.length] ?? 0;
      const given = Array.isArray(headers)
        ? [...headers]
        : Object.entries(headers as Record<string, string>).flat();
      if (host) given.push("Host", host);
      else if (!given.some((name, i) => i % 2 === 0 && name.toLowerCase() === "host"))
        given.push("Host", `127.0.0.1:${httpPort}`);
      const request = httpRequest(
        { host: "127.0.0.1", port: httpPort, path, method, headers: given as never, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => {
            const bytes = Buffer.concat(chunks);
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers as Record<string, string>,
              rawHeaders: response.rawHeaders,
              body: bytes.toString(),
              bytes,
            });
          });
          response.on("error", reject);
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  /** invoke calls a stage by its path-style address. */
  const invoke = (apiId: string, path: string, options?: CallOptions) =>
    call(`/_aws/execute-api/${apiId}/prod${path}`, options);

  return {
    ...place,
    /** Of the node that was called last. */
    get httpPort() {
      return httpPort;
    },
    /** Where AWS's clients call. */
    controlUrl: `http://127.0.0.1:${place.controlPort}`,
    /** What the nodes count, together. */
    metrics: () => metricsOf(place.adminPorts),
    config,
    definitions,
    stacks,
    deployments,
    audit,
    rollout,
    tests,
    usage,
    apply,
    wait,
    deploy,
    call,
    invoke,
    cliEnv: {
      TOLLGATE_ENDPOINT: control.address,
      TOLLGATE_METERING_ENDPOINT: `127.0.0.1:${place.meteringPort}`,
    },
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  };
}

/** metricsOf are the metrics of nodes in Prometheus' format, the samples of one name added up. */
async function metricsOf(adminPorts: readonly number[]): Promise<string> {
  const texts = await Promise.all(
    adminPorts.map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
  );
  const samples = new Map<string, number>();
  for (const line of texts.join("\n").split("\n")) {
    const [, name, value] = /^([^#\s].*) (\S+)$/.exec(line) ?? [];
    if (name !== undefined) samples.set(name, (samples.get(name) ?? 0) + Number(value));
  }
  return [...samples].map(([name, value]) => `${name} ${value}\n`).join("");
}

export type Gateway = ReturnType<typeof openGateway>;

/** mock responds with a fixed text. */
export const mock = (text: string, status = 200): MethodSpec => ({
  integration: {
    type: "MOCK",
    requestTemplates: { "application/json": `{"statusCode": ${status}}` },
    integrationResponses: { [status]: { responseTemplates: { "application/json": text } } },
  },
});

/** resourceOf is a resource of an API, with its methods. */
export const resourceOf = (
  apiId: string,
  id: string,
  path: string,
  methods: Readonly<Record<string, MethodSpec>>,
) => ({ kind: "Resource", apiId, id, spec: { path, methods } });

/** proxy passes on to an upstream; every path parameter of the URI is mapped from the one of the same name. */
export const proxy = (uri: string, more: object = {}): MethodSpec => ({
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
