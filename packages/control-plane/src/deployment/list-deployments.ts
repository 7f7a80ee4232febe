import type { ListDeploymentsRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { pageSizeOf } from "../config/list.ts";
import { accountOf } from "../config/wire.ts";
import type { AccountState } from "../mirror/mirror.ts";
import type { AnyDeployment } from "./deployment-kind.ts";
import { apiOf, isAnyDeployment } from "./deployment-kinds.ts";
import { toProtoDeployment } from "./wire.ts";

/** deploymentsOf returns the deployments of an API, newest first. */
export function deploymentsOf(state: AccountState, apiId: string): AnyDeployment[] {
  return state
    .ofApi(apiId)
    .flatMap(({ entity, modRevision }) => (isAnyDeployment(entity) ? [{ entity, modRevision }] : []))
    .sort((a, b) => b.modRevision - a.modRevision)
    .map(({ entity }) => entity);
}

/** listDeployments implements DeploymentService.ListDeployments. */
export async function listDeployments({ mirror }: Application, request: ListDeploymentsRequest) {
  const accountId = accountOf(request.accountId);
  const state = mirror.account(accountId);
  apiOf(state, accountId, request.apiId);
  const pageSize = pageSizeOf(request.pageSize, 25, 500);
  const all = deploymentsOf(state, request.apiId);
  const start = request.pageToken === "" ? 0 : all.findIndex(({ id }) => id === request.pageToken) + 1;
  const page = all.slice(start, start + pageSize);
  return {
    deployments: page.map((deployment) => toProtoDeployment(state, deployment)),
    nextPageToken: start + pageSize < all.length ? (page.at(-1)?.id ?? "") : "",
  };
}
