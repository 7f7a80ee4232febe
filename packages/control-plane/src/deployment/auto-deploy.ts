import { canonicalJson, isFrozen, isKindOf, type Entity, type Problem } from "@tollgate/config";
import type { Application } from "../application.ts";
import type { Outcome } from "../config/transaction.ts";
import type { AccountState, StoredEntity } from "../mirror/mirror.ts";
import { beyondKept } from "./beyond-kept.ts";
import { deploymentOf } from "./check-stage.ts";
import { freezeApi } from "./create-deployment.ts";
import { freeze } from "./freeze.ts";
import { Refusal } from "../refusal.ts";

/** What deployments that nobody asked for are described as, and found by. */
const DESCRIPTION = "Automatic deployment";

/** autoStages are the stages of an API that each change goes to. */
const autoStages = (state: AccountState, apiId: string): Entity<"Stage">[] =>
  state
    .ofApi(apiId)
    .flatMap(({ entity }) => (isKindOf(entity, "Stage") && entity.spec.autoDeploy ? [entity] : []));

/** APIs that a write touched in a way that a deployment would show, or whose stage now wants to be deployed to. */
function touchedApis({ puts, deletes }: Outcome<unknown>["written"]): Set<string> {
  const entities = [...puts, ...deletes.map(({ entity }) => entity)];
  return new Set(
    entities.flatMap((entity) => {
      if (entity.kind === "RestApi") return [entity.id];
      const isWished = isKindOf(entity, "Stage") && entity.spec.autoDeploy;
      return isFrozen(entity.kind) || isWished ? [entity.apiId] : [];
    }),
  );
}

/** Whether a stage serves something else than the API as it is configured now. */
function isStale(
  { compiler }: Application,
  accountId: string,
  state: AccountState,
  stage: Entity<"Stage">,
): boolean {
  const { apiId } = stage;
  const deployed = deploymentOf(state, apiId, stage.spec.deploymentId);
  const api = state.entities.get(`restapis/${apiId}`);
  if (!deployed || !api) return false;
  const { chunks, definitions } = freeze(state, apiId, compiler.freezeMemory(accountId, apiId));
  const digests = (list: readonly { digest: string }[]) => list.map(({ digest }) => digest).join();
  return (
    digests(chunks) !== deployed.chunks.join() ||
    digests(definitions) !== deployed.definitions.join() ||
    api.specJson !== canonicalJson(deployed.restApi)
  );
}

/** Automatic deployments that nothing needs any more, but for the newest ones. */
function retired(state: AccountState, apiId: string): StoredEntity[] {
  const all = state.ofApi(apiId);
  const used = new Set(
    all.flatMap(({ entity }) =>
      isKindOf(entity, "Stage") ? [entity.spec.deploymentId, entity.spec.canarySettings?.deploymentId] : [],
    ),
  );
  return beyondKept(
    all.filter(
      ({ entity }) =>
        isKindOf(entity, "Deployment") && entity.spec.description === DESCRIPTION && !used.has(entity.id),
    ),
  );
}

/** AutoDeployed is the revision of the last deployment, where there was one, and what kept others from being made. */
export interface AutoDeployed {
  readonly revision: number;
  readonly problems: readonly Problem[];
}

/**
 * autoDeploy follows a write: APIs that it changed are deployed to their stages with autoDeploy. One that does not compile stays as it is
 * served; the write stands, and what is wrong is told.
 */
export async function autoDeploy(
  application: Application,
  accountId: string,
  written: Outcome<unknown>["written"],
): Promise<AutoDeployed> {
  const { mirror, logger } = application;
  const problems: Problem[] = [];
  let last = 0;
  for (const apiId of touchedApis(written)) {
    const state = mirror.account(accountId);
    const stale = autoStages(state, apiId).filter((stage) => isStale(application, accountId, state, stage));
    if (stale.length === 0) continue;
    try {
      const { revision } = await freezeApi(application, accountId, {
        apiId,
        description: DESCRIPTION,
        stagesOf: (present, deploymentId) =>
          autoStages(present, apiId).map((stage) => ({
            ...stage,
            spec: { ...stage.spec, deploymentId },
          })),
        retire: (present) => retired(present, apiId),
      });
      last = revision;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const at = `Stage/${stale[0]?.id}.autoDeploy`;
      const { problems: own, message } = error;
      problems.push(...(own.length > 0 ? own : [{ path: at, message }]));
      logger.warn({ apiId, problems }, "an API was not deployed automatically");
    }
  }
  return { revision: last, problems };
}
