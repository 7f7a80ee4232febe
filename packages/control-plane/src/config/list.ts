import { isApi, isKind, isNumerous } from "@tollgate/config";
import type { Operator } from "@tollgate/proto/access";
import type { ListRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { Refusal } from "../refusal.ts";
import { checkMaySeeSecrets } from "./permissions.ts";
import { accountOf, toProtoEntity } from "./wire.ts";

const PAGE_DEFAULT = 100;
const PAGE_MAX = 1000;

/** pageSizeOf checks a page_size. */
export function pageSizeOf(pageSize: number, fallback: number, max: number): number {
  if (pageSize < 0 || pageSize > max)
    throw new Refusal("invalid", `page_size ${pageSize} must be 1 to ${max}, or 0 for ${fallback}`);
  return pageSize || fallback;
}

/** list implements ConfigService.List. The page token is the name of the last entity of the previous page, so that concurrent writes do not shift pages. */
export async function list({ mirror }: Application, request: ListRequest, operator: Operator) {
  checkMaySeeSecrets(operator, request.includeSecrets);
  const { kind, apiId, pageToken } = request;
  const pageSize = pageSizeOf(request.pageSize, PAGE_DEFAULT, PAGE_MAX);
  const state = mirror.account(accountOf(request.accountId));
  const after = Buffer.from(pageToken, "base64url").toString();
  // What is packed is decoded for each that looks at it.
  const asked = isKind(kind) && !isNumerous(kind) ? state.entities.unpacked() : state.entities.values();
  const matching = [...asked]
    .filter(
      ({ entity, name }) =>
        (kind === "" || entity.kind === kind) &&
        (apiId === "" || entity.apiId === apiId || (isApi(entity.kind) && entity.id === apiId)) &&
        name > after,
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const page = matching.slice(0, pageSize);
  const last = page.at(-1);
  return {
    entities: page.map((stored) => toProtoEntity(stored, { withSecrets: request.includeSecrets })),
    nextPageToken: matching.length > pageSize && last ? Buffer.from(last.name).toString("base64url") : "",
    revision: BigInt(state.revision),
  };
}
