import type { Entity } from "@tollgate/config";
import type { FlushStageAuthorizersCacheRequest, FlushStageCacheRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { accountOf } from "../config/wire.ts";
import { findStage } from "./create-deployment.ts";

type Epoch = "cacheEpoch" | "authorizerCacheEpoch";

async function flush(
  { writer }: Application,
  request: { accountId: string; apiId: string; stageName: string },
  epoch: Epoch,
) {
  const { revision } = await writer.run({
    accountId: accountOf(request.accountId),
    decide: (state) => {
      const stage = findStage(state, request.apiId, request.stageName);
      const flushed: Entity<"Stage"> = { ...stage, spec: { ...stage.spec, [epoch]: stage.spec[epoch] + 1 } };
      return { puts: [flushed], deletes: [], result: undefined };
    },
  });
  return { revision: BigInt(revision) };
}

/** flushStageCache is DeploymentService.FlushStageCache: a new epoch, which no cached response is of. */
export const flushStageCache = (application: Application, request: FlushStageCacheRequest) =>
  flush(application, request, "cacheEpoch");

/** flushStageAuthorizersCache is DeploymentService.FlushStageAuthorizersCache. */
export const flushStageAuthorizersCache = (
  application: Application,
  request: FlushStageAuthorizersCacheRequest,
) => flush(application, request, "authorizerCacheEpoch");
