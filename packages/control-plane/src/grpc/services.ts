import type { ApplicationPort } from "@tollgate/aws-api";
import {
  AuditService,
  ConfigService,
  DefinitionService,
  DeploymentService,
  IdentityService,
  NodeService,
  RolloutService,
  StackService,
  TestInvokeService,
} from "@tollgate/proto/control";
import { DiscoveryService } from "@tollgate/proto/discovery";
import { addService } from "@tollgate/proto/grpc";
import { unary } from "@tollgate/proto/rpc";
import type { NodeStream } from "@tollgate/config-stream";
import type { Application } from "../application.ts";
import { lookupEvents } from "../audit/lookup-events.ts";
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
import { listNodes } from "../node/list-nodes.ts";
import { resolve } from "../resolve/resolve.ts";
import { waitApplied } from "../rollout/wait-applied.ts";
import { createApplyStack } from "../stack/apply-stack.ts";
import { deleteStack } from "../stack/delete-stack.ts";
import { testInvokeMethod } from "../test-invoke/test-invoke-method.ts";
import { createAudited } from "./audited.ts";
import { createIdentityService } from "./identity-service.ts";
import { toRpcError } from "./refused.ts";

/** SERVICES is what the gRPC port serves besides health and reflection. */
export const SERVICES = [
  ConfigService,
  DefinitionService,
  StackService,
  DeploymentService,
  RolloutService,
  TestInvokeService,
  NodeService,
  IdentityService,
  AuditService,
  DiscoveryService,
];

export interface ServicesOptions {
  readonly application: Application;
  readonly port: ApplicationPort;
  readonly region: string;
}

/** registerServices connects each RPC to its use case: parse, one transaction, reply. */
export function registerServices(
  server: Parameters<typeof addService>[0],
  { application, port, region }: ServicesOptions,
): void {
  const { call, stream } = createAudited(application, region);
  const { method: config } = ConfigService;
  addService(server, ConfigService, {
    apply: call(config.apply, (request, { operator }) => apply(application, request, operator)),
    get: call(config.get, (request, { operator }) => get(application, request, operator)),
    list: call(config.list, (request, { operator }) => list(application, request, operator)),
    delete: call(config.delete, (request, { operator }) => deleteEntity(application, request, operator)),
    watch: stream(config.watch, (request, signal) => watch(application, request, signal)),
  });
  const { method: deployment } = DeploymentService;
  addService(server, DeploymentService, {
    createDeployment: call(deployment.createDeployment, (request, { operator }) =>
      createDeployment(application, request, operator),
    ),
    listDeployments: call(deployment.listDeployments, (request) => listDeployments(application, request)),
    diffDeployed: call(deployment.diffDeployed, (request) => diffDeployed(application, request)),
    flushStageCache: call(deployment.flushStageCache, (request, { operator }) =>
      flushStageCache(application, request, operator),
    ),
    flushStageAuthorizersCache: call(deployment.flushStageAuthorizersCache, (request, { operator }) =>
      flushStageAuthorizersCache(application, request, operator),
    ),
    promoteCanary: call(deployment.promoteCanary, (request, { operator }) =>
      promoteCanary(application, request, operator),
    ),
    rollbackStage: call(deployment.rollbackStage, (request, { operator }) =>
      rollbackStage(application, request, operator),
    ),
  });
  const { method: definition } = DefinitionService;
  const importRestApi = createImportRestApi(application, region);
  addService(server, DefinitionService, {
    importRestApi: call(definition.importRestApi, (request, { operator }) =>
      importRestApi(request, operator),
    ),
    exportRestApi: call(definition.exportRestApi, createExportRestApi(application, port, region)),
  });
  const applyStack = createApplyStack(application, region);
  addService(server, StackService, {
    applyStack: call(StackService.method.applyStack, (request, { operator }) =>
      applyStack(request, operator),
    ),
    deleteStack: call(StackService.method.deleteStack, (request, { operator }) =>
      deleteStack(application, request, operator),
    ),
  });
  addService(server, RolloutService, {
    waitApplied: stream(RolloutService.method.waitApplied, (request, signal) =>
      waitApplied(application, request, signal),
    ),
  });
  addService(server, TestInvokeService, {
    testInvokeMethod: call(TestInvokeService.method.testInvokeMethod, (request) =>
      testInvokeMethod(application, request),
    ),
  });
  addService(server, NodeService, {
    listNodes: call(NodeService.method.listNodes, () => listNodes(application)),
  });
  addService(server, AuditService, {
    lookupEvents: call(AuditService.method.lookupEvents, (request) => lookupEvents(application, request)),
  });
  const identity = createIdentityService(application, createIdentities(createAccounts(application)));
  const { method: of } = IdentityService;
  addService(server, IdentityService, {
    createAccessKey: call(of.createAccessKey, identity.createAccessKey),
    listAccessKeys: call(of.listAccessKeys, identity.listAccessKeys),
    updateAccessKey: call(of.updateAccessKey, identity.updateAccessKey),
    deleteAccessKey: call(of.deleteAccessKey, identity.deleteAccessKey),
    addUserToGroup: call(of.addUserToGroup, identity.addUserToGroup),
    removeUserFromGroup: call(of.removeUserFromGroup, identity.removeUserFromGroup),
    attachPolicy: call(of.attachPolicy, identity.attachPolicy),
    detachPolicy: call(of.detachPolicy, identity.detachPolicy),
    assumeRole: call(of.assumeRole, identity.assumeRole),
    assumeRoleWithWebIdentity: call(of.assumeRoleWithWebIdentity, identity.assumeRoleWithWebIdentity),
    getSessionToken: call(of.getSessionToken, identity.getSessionToken),
    getCallerIdentity: call(of.getCallerIdentity, identity.getCallerIdentity),
  });
  const report = (error: unknown) =>
    application.logger.error({ err: error }, "a node's call failed unexpectedly");
  // Nodes resolve keys as callers come: these are not control calls, and are not recorded.
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
