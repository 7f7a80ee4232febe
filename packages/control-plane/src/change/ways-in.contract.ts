import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { afterEach, beforeEach, expect } from "vitest";
import { type Entity, type Kind, nameOf, newChildId, parseManifest } from "@tollgate/config";
import type { Operator } from "@tollgate/proto/access";
import {
  ApplyRequestSchema,
  ApplyStackRequestSchema,
  CreateDeploymentRequestSchema,
  DeleteRequestSchema,
  DeleteStackRequestSchema,
  FlushStageCacheRequestSchema,
  ImportMode,
  ImportRestApiRequestSchema,
  PromoteCanaryRequestSchema,
  RollbackStageRequestSchema,
} from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { createApplicationPort } from "../aws/application-port.ts";
import { apply } from "../config/apply.ts";
import { deleteEntity } from "../config/delete.ts";
import { createImportRestApi } from "../definition/import-rest-api.ts";
import { createDeployment } from "../deployment/create-deployment.ts";
import { flushStageCache } from "../deployment/flush-stage-cache.ts";
import { promoteCanary } from "../deployment/promote-canary.ts";
import { rollbackStage } from "../deployment/rollback-stage.ts";
import { startMemoryApplication } from "../memory-application.ts";
import { headKey } from "../mirror/mirror.ts";
import { encodeEntity } from "../mirror/stored-entity.ts";
import { createApplyStack } from "../stack/apply-stack.ts";
import { deleteStack } from "../stack/delete-stack.ts";

/*
 * The ways to write to the control plane, for specs of rules that apply to all of them. A new way must be added here and to the tables of the
 * specs. No sockets are used: these are the functions that the adapters call.
 */

const ACCOUNT = "000000000000";
export const REST = "restapi001";
export const HTTP = "httpapi001";
export const ADMIN: Operator = { name: "ada", roles: ["admin"] };
export const DEPLOYER: Operator = { name: "dan", roles: ["deployer"] };

/** Way is one row of a table. */
export interface Way {
  readonly way: string;
  readonly attempt: () => Promise<unknown>;
}

export interface Draft {
  readonly kind: Kind;
  readonly apiId?: string;
  readonly id: string;
  readonly labels?: Record<string, string>;
  readonly spec?: object;
}

export const mock = (text: string) => ({
  integration: {
    type: "MOCK",
    requestTemplates: { "application/json": '{"statusCode": 200}' },
    integrationResponses: { "200": { responseTemplates: { "application/json": text } } },
  },
});
export const restApi = (id = REST): Draft => ({ kind: "RestApi", id, spec: { name: "rest" } });
export const pets = (text: string): Draft => ({
  kind: "Resource",
  apiId: REST,
  id: "pets",
  spec: { path: "/pets", methods: { GET: mock(text) } },
});
/** A method without an integration does not compile. */
export const unfinished: Draft = {
  kind: "Resource",
  apiId: REST,
  id: "open",
  spec: { path: "/open", methods: { GET: {} } },
};
export const httpApi = (path: string, id = HTTP): Draft => ({
  kind: "Api",
  id,
  spec: {
    protocolType: "HTTP",
    name: "http",
    integrations: {
      i: {
        integrationType: "HTTP_PROXY",
        integrationMethod: "GET",
        integrationUri: `http://127.0.0.1:9/${path}`,
        payloadFormatVersion: "1.0",
      },
    },
    routes: { r: { routeKey: "GET /pets", target: "integrations/i" } },
  },
});
/** A path parameter that no route has does not compile. Only older versions could store it. */
export const brokenHttpApi = httpApi("{other}");
export const account = (quotas: object): Draft => ({ kind: "Account", id: "account", spec: { quotas } });
export const stage = (api: typeof REST | typeof HTTP, spec: object, id = "live"): Draft => ({
  kind: api === REST ? "Stage" : "ApiStage",
  apiId: api,
  id,
  spec,
});

export const restResources = (name = "stacked") => ({
  Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: name } },
});
export const httpResources = (uri: string) => ({
  Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { Name: "stacked", ProtocolType: "HTTP" } },
  Integration: {
    Type: "AWS::ApiGatewayV2::Integration",
    Properties: {
      ApiId: { Ref: "Api" },
      IntegrationType: "HTTP_PROXY",
      IntegrationMethod: "GET",
      IntegrationUri: uri,
      PayloadFormatVersion: "1.0",
    },
  },
  Route: {
    Type: "AWS::ApiGatewayV2::Route",
    Properties: {
      ApiId: { Ref: "Api" },
      RouteKey: "GET /pets",
      Target: { "Fn::Join": ["/", ["integrations", { Ref: "Integration" }]] },
    },
  },
  Stage: {
    Type: "AWS::ApiGatewayV2::Stage",
    Properties: { ApiId: { Ref: "Api" }, StageName: "live", AutoDeploy: true },
  },
});

let application: Application & AsyncDisposable;

/** useApplication starts a new application for each spec of a file. */
export function useApplication(): () => Application {
  beforeEach(async () => {
    application = await startMemoryApplication();
  });
  afterEach(() => application[Symbol.asyncDispose]());
  return () => application;
}

export const applied = (
  drafts: readonly Draft[],
  operator = ADMIN,
  more: MessageInitShape<typeof ApplyRequestSchema> = {},
) =>
  apply(
    application,
    create(ApplyRequestSchema, {
      entities: drafts.map(({ kind, apiId = "", id, labels = {}, spec = {} }) => ({
        kind,
        apiId,
        id,
        labels,
        specJson: JSON.stringify(spec),
      })),
      ...more,
    }),
    operator,
  );
export const port = () => createApplicationPort(application);
export const byAws = (drafts: readonly Draft[], deletes: readonly Draft[] = []) =>
  port().change(ACCOUNT, () => ({
    puts: drafts.map(({ kind, apiId = "", id, spec = {} }) => ({ kind, apiId, id, spec })),
    deletes: deletes.map(({ kind, apiId = "", id }) => ({ kind, apiId, id })),
  }));
export const deleted = ({ kind, apiId = "", id }: Draft, operator = ADMIN) =>
  deleteEntity(application, create(DeleteRequestSchema, { kind, apiId, id }), operator);
export const deployed = (apiId: string, stageName = "", description = "") =>
  createDeployment(
    application,
    create(CreateDeploymentRequestSchema, { apiId, stageName, description }),
    ADMIN,
  );
export const deployedByAws = async (apiId: string, stageName = "", spec: object = {}) => {
  const id = newChildId();
  await port().change(ACCOUNT, () => ({
    deployments: [{ apiId, id, description: "" }],
    puts:
      stageName === "" ? [] : [{ kind: "Stage", apiId, id: stageName, spec: { ...spec, deploymentId: id } }],
  }));
  return id;
};
export const stacked = (resources: object, name = "shop", keepGoing = false) =>
  createApplyStack(application, "us-east-1")(
    create(ApplyStackRequestSchema, { name, keepGoing, template: JSON.stringify({ Resources: resources }) }),
    ADMIN,
  );
export const imported = (definition: object, apiId = "") =>
  createImportRestApi(application, "us-east-1")(
    create(ImportRestApiRequestSchema, {
      apiId,
      mode: apiId === "" ? ImportMode.OVERWRITE : ImportMode.MERGE,
      definition: JSON.stringify({ openapi: "3.0.1", info: { title: "t", version: "1" }, ...definition }),
    }),
    ADMIN,
  );
export const flushed = (apiId: string, stageName: string) =>
  flushStageCache(application, create(FlushStageCacheRequestSchema, { apiId, stageName }), ADMIN);
export const rolledBack = (apiId: string, stageName = "live", deploymentId = "") =>
  rollbackStage(application, create(RollbackStageRequestSchema, { apiId, stageName, deploymentId }), ADMIN);
export const promoted = (stageName = "live") =>
  promoteCanary(application, create(PromoteCanaryRequestSchema, { apiId: REST, stageName }), ADMIN);
export const stackDeleted = () =>
  deleteStack(application, create(DeleteStackRequestSchema, { name: "shop" }), ADMIN);

export const state = () => application.mirror.account(ACCOUNT);
export const all = <K extends Kind>(kind: K): Entity<K>[] =>
  [...state().entities.values()].flatMap(({ entity }) => (entity.kind === kind ? [entity as Entity<K>] : []));
export const one = <K extends Kind>(kind: K, id: string): Entity<K> => {
  const found = all(kind).find((entity) => entity.id === id);
  if (!found) throw new Error(`${kind} '${id}' does not exist`);
  return found;
};
export const deploymentsOf = (apiId: string) =>
  [...all("Deployment"), ...all("ApiDeployment")].filter((entity) => entity.apiId === apiId);
export const stageOf = (apiId: string, id = "live") =>
  apiId === REST ? one("Stage", id) : one("ApiStage", id);
/** What a stage serves, as a string. */
export const servedBy = (apiId: string, id = "live"): string => {
  const { deploymentId } = stageOf(apiId, id).spec;
  const deployment = deploymentsOf(apiId).find((entity) => entity.id === deploymentId);
  if (!deployment) return "nothing";
  return deployment.kind === "ApiDeployment"
    ? JSON.stringify(deployment.spec.api)
    : deployment.spec.chunks.map((digest) => state().chunks.get(`${apiId}/${digest}`)).join();
};
/** Whether exactly the chunks are stored that deployments need. */
export const chunksAreExact = () => {
  const needed = new Set(
    all("Deployment").flatMap(({ apiId, spec }) =>
      [...spec.chunks, ...spec.definitions].map((digest) => `${apiId}/${digest}`),
    ),
  );
  expect([...state().chunks.keys()].sort()).toEqual([...needed].sort());
};

/** Writes to the store what no change of this version would write. */
export async function committed(key: string, value: string): Promise<void> {
  const { revision } = await application.store.commit({
    guards: [],
    deletes: [],
    puts: [
      { key: `${ACCOUNT}/${key}`, value },
      { key: headKey(ACCOUNT), value: "" },
    ],
  });
  await application.mirror.reached(revision);
}
export async function storedByAnotherVersion(draft: Draft): Promise<void> {
  const parsed = parseManifest({ spec: {}, ...draft }, 0);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join());
  await committed(nameOf(parsed.value), encodeEntity(parsed.value, { createdUnixMs: 1, updatedUnixMs: 1 }));
}
