import {
  ConfigService,
  DeploymentService,
  NodeService,
  RolloutService,
  TestInvokeService,
} from "@tollgate/proto/control";
import { DiscoveryService } from "@tollgate/proto/discovery";
import { addService } from "@tollgate/proto/grpc";
import { startGrpcServer } from "@tollgate/proto/grpc-server";
import { serverStream, unary } from "@tollgate/proto/rpc";
import type { NodeStream } from "@tollgate/config-stream";
import { startHttpServer, type Logger } from "@tollgate/telemetry";
import { openUpstreams } from "@tollgate/transport";
import { startApplication, type Application } from "./application.ts";
import { apply } from "./config/apply.ts";
import { deleteEntity } from "./config/delete.ts";
import { get } from "./config/get.ts";
import { list } from "./config/list.ts";
import { watch } from "./config/watch.ts";
import type { RequestListener } from "node:http";
import { createAwsHttp } from "./aws-face/aws-http.ts";
import { createDeployment } from "./deployment/create-deployment.ts";
import { diffDeployed } from "./deployment/diff-deployed.ts";
import { listDeployments } from "./deployment/list-deployments.ts";
import { flushStageAuthorizersCache, flushStageCache } from "./deployment/flush-stage-cache.ts";
import { promoteCanary } from "./deployment/promote-canary.ts";
import { rollbackStage } from "./deployment/rollback-stage.ts";
import { createRootKey, type RootKey } from "./identity/root-key.ts";
import { listNodes } from "./node/list-nodes.ts";
import { waitApplied } from "./rollout/wait-applied.ts";
import { sealStore } from "./secret/sealed-store.ts";
import { sealingKeysOf } from "./secret/sealing-keys.ts";
import { Sealer } from "./secret/sealer.ts";
import { storeFile, type ControlPlaneSettings } from "./settings.ts";
import { resolve } from "./resolve/resolve.ts";
import { testInvokeMethod } from "./test-invoke/test-invoke-method.ts";
import { openEmbeddedStore } from "./store/embedded-store.ts";
import { openEtcdStore } from "./store/etcd-store.ts";

export interface ControlPlane extends AsyncDisposable {
  readonly grpcPort: number;
  readonly httpPort: number;
  /** Made at this start, and to be shown now: nothing shows it later. */
  readonly rootKey: RootKey | undefined;
}

/** registerServices connects each RPC to its use case: parse, one transaction, reply. */
function registerServices(
  server: Parameters<typeof addService>[0],
  application: Application,
  logger: Logger,
): void {
  const report = (error: unknown) => logger.error({ err: error }, "a control call failed unexpectedly");
  addService(server, ConfigService, {
    apply: unary((request) => apply(application, request), report),
    get: unary((request) => get(application, request), report),
    list: unary((request) => list(application, request), report),
    delete: unary((request) => deleteEntity(application, request), report),
    watch: serverStream((request, signal) => watch(application, request, signal), report),
  });
  addService(server, DeploymentService, {
    createDeployment: unary((request) => createDeployment(application, request), report),
    listDeployments: unary((request) => listDeployments(application, request), report),
    diffDeployed: unary((request) => diffDeployed(application, request), report),
    flushStageCache: unary((request) => flushStageCache(application, request), report),
    flushStageAuthorizersCache: unary((request) => flushStageAuthorizersCache(application, request), report),
    promoteCanary: unary((request) => promoteCanary(application, request), report),
    rollbackStage: unary((request) => rollbackStage(application, request), report),
  });
  addService(server, RolloutService, {
    waitApplied: serverStream((request, signal) => waitApplied(application, request, signal), report),
  });
  addService(server, TestInvokeService, {
    testInvokeMethod: unary((request) => testInvokeMethod(application, request), report),
  });
  addService(server, NodeService, { listNodes: unary(() => listNodes(application), report) });
  addService(server, DiscoveryService, {
    resolve: unary((request) => resolve(application, request), report),
    streamConfig: (call) => application.publisher.accept(call as unknown as NodeStream),
  });
}

/** The HTTP port answers probes from the start, and AWS's clients once there is an application. */
const startHttp = (host: string, port: number, awsHttp: () => RequestListener | undefined) =>
  startHttpServer(host, port, (request, response) => {
    const serve = awsHttp();
    const isProbe = request.url === "/livez" || request.url === "/readyz";
    if (serve && !isProbe) {
      serve(request, response);
      return;
    }
    response.writeHead(serve ? 200 : 503, { "content-type": "text/plain" });
    response.end(serve ? "ok\n" : "not ready\n");
  });

/** startControlPlane runs a control plane until it is disposed. It waits for its store. */
export async function startControlPlane(
  settings: ControlPlaneSettings,
  logger: Logger,
): Promise<ControlPlane> {
  const scope = new AsyncDisposableStack();
  try {
    let awsHttp: RequestListener | undefined;
    const http = scope.use(await startHttp(settings.host, settings.httpPort, () => awsHttp));
    const plainStore =
      settings.etcd.length > 0
        ? openEtcdStore({ hosts: settings.etcd })
        : openEmbeddedStore({ file: storeFile(settings.home) });
    const sealer = new Sealer(sealingKeysOf(settings));
    const store = scope.use(sealStore(plainStore, sealer));
    const upstreams = scope.use(openUpstreams(settings.upstreams));
    const application = scope.use(await startApplication({ store, sealer, upstreams, logger }));
    const grpc = scope.use(
      await startGrpcServer({
        host: settings.host,
        port: settings.grpcPort,
        token: settings.token,
        services: [
          ConfigService,
          DeploymentService,
          RolloutService,
          TestInvokeService,
          NodeService,
          DiscoveryService,
        ].map(({ typeName }) => typeName),
        register: (server) => registerServices(server, application, logger),
      }),
    );
    const rootKey = settings.isSigned ? await createRootKey(application) : undefined;
    awsHttp = createAwsHttp({
      application,
      isSigned: settings.isSigned,
      region: settings.upstreams.region,
      logger,
    });
    logger.info(
      { grpcPort: grpc.port, httpPort: http.port, store: settings.etcd.length > 0 ? "etcd" : "embedded" },
      "control plane is ready",
    );
    return {
      grpcPort: grpc.port,
      httpPort: http.port,
      rootKey,
      [Symbol.asyncDispose]: () => scope.disposeAsync(),
    };
  } catch (error) {
    await scope.disposeAsync();
    throw error;
  }
}
