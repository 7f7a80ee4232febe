import {
  apiKinds,
  danglingProblem,
  isApi,
  isKindOf,
  isReferredFromApis,
  nameOf,
  referencesOf,
  type Entity,
  type Problem,
} from "@tollgate/config";
import { authorizerProblems, checkHttpApi, checkResource, checkRestApi } from "@tollgate/pipeline";
import type { AccountState, Mirror } from "../mirror/mirror.ts";
import type { KeyIndex } from "../resolve/key-index.ts";
import { identityProblems } from "./validate-identity.ts";
import { keyProblems } from "./validate-keys.ts";
import { checkQuotas } from "./validate-quotas.ts";
import { View, type ChangeSet } from "./view.ts";

/** Two resources of an API must not have the same path, nor two siblings different parameters. */
function pathProblems(view: View, changed: readonly Entity<"Resource">[], apiId: string): Problem[] {
  const problems: Problem[] = [];
  const byPath = new Map<string, string>();
  const parameterAt = new Map<string, { segment: string; id: string }>();
  const isChanged = new Set(changed.map((entity) => entity.id));
  const report = (one: string, other: string, message: (other: string) => string) => {
    const at = isChanged.has(one) ? one : other;
    problems.push({ path: `Resource/${at}.path`, message: message(at === one ? other : one) });
  };
  for (const { id, spec } of view.resourcesOf(apiId)) {
    const same = byPath.get(spec.path);
    if (same !== undefined)
      report(id, same, (other) => `Resource '${other}' has the path ${spec.path} already`);
    byPath.set(spec.path, id);
    let parent = "";
    for (const segment of spec.path.slice(1).split("/")) {
      if (segment.startsWith("{") && !segment.endsWith("+}")) {
        const sibling = parameterAt.get(parent);
        if (sibling && sibling.segment !== segment)
          report(
            id,
            sibling.id,
            (other) =>
              `a sibling ('${other}', ${sibling.segment} or ${segment}) has a variable path part already; only one is allowed below ${parent || "/"}`,
          );
        parameterAt.set(parent, { segment, id });
      }
      parent += `/${segment}`;
    }
  }
  return problems;
}

/** checkChange tells everything that keeps a change from being stored. */
export function checkChange(
  { mirror, keys }: { readonly mirror: Mirror; readonly keys: KeyIndex },
  accountId: string,
  state: AccountState,
  change: ChangeSet,
): Problem[] {
  checkQuotas(state, change);
  const view = new View(state, change);
  const problems: Problem[] = [];
  const resources = new Map<string, Entity<"Resource">[]>();
  for (const entity of change.puts) {
    for (const reference of referencesOf(entity))
      if (!view.has(nameOf(reference.to))) problems.push(danglingProblem(reference));
    if (isKindOf(entity, "Resource")) {
      problems.push(...checkResource({ kind: "Resource", id: entity.id, spec: entity.spec }));
      const group = resources.get(entity.apiId) ?? [];
      group.push(entity);
      resources.set(entity.apiId, group);
    }
    if (isKindOf(entity, "Authorizer"))
      problems.push(...authorizerProblems(entity.spec, `Authorizer/${entity.id}`));
    problems.push(...identityProblems(view, accountId, entity));
    if (isKindOf(entity, "RestApi")) problems.push(...checkRestApi(entity.id, entity.spec));
    if (isKindOf(entity, "DomainName") && ownerOf(mirror, entity, accountId))
      problems.push({ path: `DomainName/${entity.id}.id`, message: "is the domain of another account" });
    if (isKindOf(entity, "Api")) problems.push(...checkHttpApi(entity.id, entity.spec));
    if (isApi(entity.kind) && isTaken(mirror, view, entity, accountId))
      problems.push({
        path: `${entity.kind}/${entity.id}.id`,
        message: "is taken; leave it out to be given a free one",
      });
  }
  for (const [apiId, changed] of resources) problems.push(...pathProblems(view, changed, apiId));
  problems.push(...keyProblems(view, keys, accountId, change.puts), ...leftDangling(view, change));
  return problems;
}

/** An API id, and a domain, is one of all accounts: it is what a call names. */
function ownerOf(mirror: Mirror, ref: Entity, except: string): boolean {
  for (const [accountId, state] of mirror.accounts)
    if (accountId !== except && state.entities.has(nameOf(ref))) return true;
  return false;
}

/** Whether a call that names the API could mean another: one of another account, or of the other kind. */
function isTaken(mirror: Mirror, view: View, { kind, id }: Entity, accountId: string): boolean {
  const names = apiKinds.map((one) => nameOf({ kind: one, apiId: "", id }));
  const own = nameOf({ kind, apiId: "", id });
  for (const [other, state] of mirror.accounts)
    if (other !== accountId && names.some((name) => state.entities.has(name))) return true;
  return names.some((name) => name !== own && view.has(name));
}

/** What stays must not refer to what goes. */
function leftDangling(view: View, { deletes }: ChangeSet): Problem[] {
  const problems: Problem[] = [];
  const gone = new Set(deletes.map((stored) => stored.name));
  // What belongs to no API, such as a domain, may refer to anything.
  const apis = new Set(deletes.length > 0 ? [""] : []);
  for (const { entity } of deletes) {
    if (!isApi(entity.kind)) apis.add(entity.apiId);
    if (isReferredFromApis(entity.kind)) for (const apiId of view.apis()) apis.add(apiId);
  }
  for (const apiId of apis)
    for (const entity of view.untouchedOf(apiId))
      for (const { to, path } of referencesOf(entity))
        if (gone.has(nameOf(to)))
          problems.push({
            path,
            message: `${to.kind} '${to.id}' is to be deleted but ${entity.kind} '${entity.id}' refers to it`,
          });
  return problems;
}
