import { nameOf, type Problem } from "@tollgate/config";
import type { AnyDeployment, AnyStage } from "../deployment/deployment-kind.ts";
import { deploymentKindOf, deploymentOf, isAnyStage, pointedAt } from "../deployment/deployment-kinds.ts";
import type { ChangeContext, ExpandedChange, NotDeployed } from "./expanded-change.ts";

export interface Compilation {
  /** Problems that prevent the change from being stored. */
  readonly problems: readonly Problem[];
  /** APIs that cannot be deployed automatically, which does not prevent the change from being stored. */
  readonly notDeployed: NotDeployed;
}

/** The name of a stage without variables, for which a deployment is compiled if no stage points at it yet. */
const NO_STAGE = "deployment";

/** Stages for deployments at which no stage of the change points. */
function unstaged(deployments: readonly AnyDeployment[], stages: readonly AnyStage[]): AnyStage[] {
  const used = new Set(
    stages.flatMap((stage) =>
      deploymentKindOf(stage)
        .deploymentIdsOf(stage)
        .map((id) => `${stage.apiId}/${id}`),
    ),
  );
  return deployments
    .filter(({ apiId, id }) => !used.has(`${apiId}/${id}`))
    .map((deployment) =>
      pointedAt(
        deploymentKindOf(deployment),
        { apiId: deployment.apiId, stageName: NO_STAGE, deploymentId: deployment.id },
        undefined,
      ),
    );
}

/** compile compiles every stage that a change writes, as the nodes will, and every deployment that it creates. */
export async function compile(context: ChangeContext, change: ExpandedChange): Promise<Compilation> {
  const { accountId, state, memory } = context;
  const made = new Map(change.deployments.map((deployment) => [nameOf(deployment), deployment]));
  const stages = change.puts.filter(isAnyStage);
  const problems: Problem[] = [];
  const notDeployed = new Map<string, readonly Problem[]>();
  for (const stage of [...stages, ...unstaged(change.deployments, stages)]) {
    const { apiId } = stage;
    const kind = deploymentKindOf(stage);
    const manifest = kind.manifestOf(
      accountId,
      stage,
      (id) =>
        made.get(nameOf({ kind: kind.deploymentKind, apiId, id })) ?? deploymentOf(state, kind, apiId, id),
    );
    if (!manifest) continue; // a missing deployment is reported with the references
    const chunk = (digest: string) =>
      change.chunks.get(`${apiId}/${digest}`) ?? state.chunks.get(`${apiId}/${digest}`);
    const found = await kind.problemsOf(manifest, chunk, memory);
    const mayBeLeft = kind.autoDeploy === "lenient" && change.automatic.has(nameOf(stage));
    if (!mayBeLeft) problems.push(...found);
    else if (found.length > 0) notDeployed.set(apiId, found);
  }
  return { problems, notDeployed };
}
