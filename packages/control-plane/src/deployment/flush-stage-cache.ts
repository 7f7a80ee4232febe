import type { Entity } from "@tollgate/config";
import type { Operator } from "@tollgate/proto/access";
import type { FlushStageAuthorizersCacheRequest, FlushStageCacheRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import { accountOf } from "../config/wire.ts";
import { restStageOf } from "./deployment-kinds.ts";

type Epoch = "cacheEpoch" | "authorizerCacheEpoch";

async function flush(
  application: Application,
  request: { accountId: string; apiId: string; stageName: string },
  operator: Operator,
  epoch: Epoch,
) {
  const { revision } = await changeAccount(application, {
    accountId: accountOf(request.accountId),
    asker: operator,
    want: (state) => {
      const stage = restStageOf(state, request.apiId, request.stageName);
      const flushed: Entity<"Stage"> = { ...stage, spec: { ...stage.spec, [epoch]: stage.spec[epoch] + 1 } };
      return { entities: [flushed] };
    },
  });
  return { revision: BigInt(revision) };
}

/** flushStageCache implements DeploymentService.FlushStageCache: it starts a new epoch, to which no cached response belongs. */
export const flushStageCache = (
  application: Application,
  request: FlushStageCacheRequest,
  operator: Operator,
) => flush(application, request, operator, "cacheEpoch");

/** flushStageAuthorizersCache implements DeploymentService.FlushStageAuthorizersCache. */
export const flushStageAuthorizersCache = (
  application: Application,
  request: FlushStageAuthorizersCacheRequest,
  operator: Operator,
) => flush(application, request, operator, "authorizerCacheEpoch");
