import type { NodeStream } from "@tollgate/config-stream";
import {
  AuditService,
  BackupService,
  ConfigService,
  DefinitionService,
  DeploymentService,
  IdentityService,
  NodeService,
  RolloutService,
  StackService,
  StatusService,
  TestInvokeService,
} from "@tollgate/proto/control";
import { DiscoveryService } from "@tollgate/proto/discovery";
import { addService } from "@tollgate/proto/grpc";
import { unary } from "@tollgate/proto/rpc";
import { SourceService } from "@tollgate/proto/usage";
import type { Application } from "../application.ts";
import { lookupEvents } from "../audit/lookup-events.ts";
import { getBackup } from "../backup/get-backup.ts";
import { restoreBackup } from "../backup/restore-backup.ts";
import { createAccounts } from "../change/accounts.ts";
import { apply } from "../config/apply.ts";
import { deleteEntity } from "../config/delete.ts";
import { get } from "../config/get.ts";
import { list } from "../config/list.ts";
import { watch } from "../config/watch.ts";
import { createExportRestApi } from "../definition/export-rest-api.ts";
import { createImportRestApi } from "../definition/import-rest-api.ts";
import { createDeployment } from "../deployment/create-deployment.ts";
import { diffDeployed } from "../deployment/diff-deployed.ts";
import { flushStageAuthorizersCache, flushStageCache } from "../deployment/flush-stage-cache.ts";
import { listDeployments } from "../deployment/list-deployments.ts";
import { promoteCanary } from "../deployment/promote-canary.ts";
import { rollbackStage } from "../deployment/rollback-stage.ts";
import { createIdentities } from "../identity/identities.ts";
import { explainLimits } from "../limits/explain-limits.ts";
import { forgetNode } from "../node/forget-node.ts";
import { listNodes } from "../node/list-nodes.ts";
import { resolve } from "../resolve/resolve.ts";
import { resumeRollout } from "../rollout/resume-rollout.ts";
import { waitApplied } from "../rollout/wait-applied.ts";
import { createApplyStack } from "../stack/apply-stack.ts";
import { deleteStack } from "../stack/delete-stack.ts";
import { createGetStatus } from "../status.ts";
import { testInvokeMethod } from "../test-invoke/test-invoke-method.ts";
import { createAudited } from "./audited.ts";
import { createIdentityService } from "./identity-service.ts";
import { toRpcError } from "./refused.ts";

/** SERVICES are the services of the gRPC port besides health and reflection. */
export const SERVICES = [
  ConfigService,
  DefinitionService,
  StackService,
  DeploymentService,
  RolloutService,
  TestInvokeService,
  NodeService,
  StatusService,
  IdentityService,
  AuditService,
  BackupService,
  DiscoveryService,
  SourceService,
];

export interface ServicesOptions {
  readonly application: Application;
  readonly region: string;
}

type Server = Parameters<typeof addService>[0];
type Audited = ReturnType<typeof createAudited>;

function registerConfig(server: Server, application: Application, { call, stream }: Audited): void {
  const { method } = ConfigService;
  addService(server, ConfigService, {
    apply: call(method.apply, (request, { operator }) => apply(application, request, operator)),
    get: call(method.get, (request, { operator }) => get(application, request, operator)),
    list: call(method.list, (request, { operator }) => list(application, request, operator)),
    delete: call(method.delete, (request, { operator }) => deleteEntity(application, request, operator)),
    watch: stream(method.watch, (request, signal) => watch(application, request, signal)),
  });
}

function registerDeployments(server: Server, application: Application, { call }: Audited): void {
  const { method } = DeploymentService;
  addService(server, DeploymentService, {
    createDeployment: call(method.createDeployment, (request, { operator }) =>
      createDeployment(application, request, operator),
    ),
    listDeployments: call(method.listDeployments, (request) => listDeployments(application, request)),
    diffDeployed: call(method.diffDeployed, (request) => diffDeployed(application, request)),
    flushStageCache: call(method.flushStageCache, (request, { operator }) =>
      flushStageCache(application, request, operator),
    ),
    flushStageAuthorizersCache: call(method.flushStageAuthorizersCache, (request, { operator }) =>
      flushStageAuthorizersCache(application, request, operator),
    ),
    promoteCanary: call(method.promoteCanary, (request, { operator }) =>
      promoteCanary(application, request, operator),
    ),
    rollbackStage: call(method.rollbackStage, (request, { operator }) =>
      rollbackStage(application, request, operator),
    ),
  });
}

/** The services that import definitions and apply templates. */
function registerDocuments(
  server: Server,
  { application, region }: ServicesOptions,
  { call }: Audited,
): void {
  const { method: definition } = DefinitionService;
  const importRestApi = createImportRestApi(application, region);
  addService(server, DefinitionService, {
    importRestApi: call(definition.importRestApi, (request, { operator }) =>
      importRestApi(request, operator),
    ),
    exportRestApi: call(definition.exportRestApi, createExportRestApi(application, region)),
  });
  const { method: stack } = StackService;
  const applyStack = createApplyStack(application, region);
  addService(server, StackService, {
    applyStack: call(stack.applyStack, (request, { operator }) => applyStack(request, operator)),
    deleteStack: call(stack.deleteStack, (request, { operator }) =>
      deleteStack(application, request, operator),
    ),
  });
}

/** The services for operations: nodes, their applied configuration, test calls, the audit log and backups. */
function registerObservation(
  server: Server,
  application: Application,
  { call, stream, upload }: Audited,
): void {
  addService(server, RolloutService, {
    waitApplied: stream(RolloutService.method.waitApplied, (request, signal) =>
      waitApplied(application, request, signal),
    ),
    resumeRollout: call(RolloutService.method.resumeRollout, () => resumeRollout(application)),
  });
  addService(server, TestInvokeService, {
    testInvokeMethod: call(TestInvokeService.method.testInvokeMethod, (request) =>
      testInvokeMethod(application, request),
    ),
  });
  addService(server, NodeService, {
    listNodes: call(NodeService.method.listNodes, () => listNodes(application)),
    explainLimits: call(NodeService.method.explainLimits, (request) => explainLimits(application, request)),
    forgetNode: call(NodeService.method.forgetNode, (request) => forgetNode(application, request)),
  });
  addService(server, AuditService, {
    lookupEvents: call(AuditService.method.lookupEvents, (request) => lookupEvents(application, request)),
  });
  addService(server, BackupService, {
    getBackup: stream(BackupService.method.getBackup, () => getBackup(application)),
    restoreBackup: upload(
      BackupService.method.restoreBackup,
      ({ dryRun, replace }) => ({ dryRun, replace }),
      (requests) => restoreBackup(application, requests),
    ),
  });
}

function registerIdentity(server: Server, application: Application, { call }: Audited): void {
  const identity = createIdentityService(application, createIdentities(createAccounts(application)));
  const { method } = IdentityService;
  addService(server, IdentityService, {
    createAccessKey: call(method.createAccessKey, identity.createAccessKey),
    listAccessKeys: call(method.listAccessKeys, identity.listAccessKeys),
    updateAccessKey: call(method.updateAccessKey, identity.updateAccessKey),
    deleteAccessKey: call(method.deleteAccessKey, identity.deleteAccessKey),
    addUserToGroup: call(method.addUserToGroup, identity.addUserToGroup),
    removeUserFromGroup: call(method.removeUserFromGroup, identity.removeUserFromGroup),
    attachPolicy: call(method.attachPolicy, identity.attachPolicy),
    detachPolicy: call(method.detachPolicy, identity.detachPolicy),
    assumeRole: call(method.assumeRole, identity.assumeRole),
    assumeRoleWithWebIdentity: call(method.assumeRoleWithWebIdentity, identity.assumeRoleWithWebIdentity),
    getSessionToken: call(method.getSessionToken, identity.getSessionToken),
    getCallerIdentity: call(method.getCallerIdentity, identity.getCallerIdentity),
  });
}

/** Nodes resolve keys when callers use them, and report usage. These are not control calls, so they are not recorded. */
function registerDiscovery(server: Server, application: Application): void {
  const report = (error: unknown) =>
    application.logger.error({ err: error }, "a node's call failed unexpectedly");
  addService(server, SourceService, {
    reportSources: unary(async ({ sources }) => {
      try {
        await application.usage.reportSources(sources);
        return {};
      } catch (error) {
        throw toRpcError(error);
      }
    }, report),
    countLeasedCalls: unary(async ({ sources, quotas }) => {
      try {
        const callCounts = await application.usage.countLeasedCalls(sources, quotas);
        return { complete: callCounts !== undefined, callCounts: [...(callCounts ?? [])] };
      } catch (error) {
        throw toRpcError(error);
      }
    }, report),
  });
  addService(server, DiscoveryService, {
    resolve: unary(async (request) => {
      try {
        return await resolve(application, request);
      } catch (error) {
        throw toRpcError(error);
      }
    }, report),
    streamConfig: (streamed) => application.publisher.accept(streamed as unknown as NodeStream),
  });
}

/** registerServices connects each RPC to its use case: parse, one transaction, reply. */
export function registerServices(server: Server, options: ServicesOptions): void {
  const { application, region } = options;
  const audited = createAudited(application, region);
  registerConfig(server, application, audited);
  registerDeployments(server, application, audited);
  registerDocuments(server, options, audited);
  registerObservation(server, application, audited);
  registerIdentity(server, application, audited);
  registerDiscovery(server, application);
  // It says nothing of an account, and clients ask it besides what they do: that is no event of the audit log.
  addService(server, StatusService, {
    getStatus: unary(createGetStatus(application, region), (error) =>
      application.logger.error({ err: error }, "the status could not be read"),
    ),
  });
}
