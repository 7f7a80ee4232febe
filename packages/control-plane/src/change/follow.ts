import type { Application } from "../application.ts";
import type { Committed } from "./commit.ts";
import type { ChangeOutcome, ChangeRequest } from "./wanted-change.ts";

/** follow reports a committed change to its caller, and logs the APIs that could not be deployed automatically. */
export function follow(
  { logger }: Pick<Application, "logger">,
  { accountId, dryRun = false }: ChangeRequest,
  { revision, change }: Committed,
): ChangeOutcome {
  if (!dryRun)
    for (const [apiId, problems] of change.notDeployed)
      logger.warn({ accountId, apiId, problems }, "an API was not deployed automatically");
  return {
    revision,
    entities: change.outcomes,
    autoDeployProblems: [...change.notDeployed.values()].flat(),
  };
}
