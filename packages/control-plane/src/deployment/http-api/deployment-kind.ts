import { canonicalJson, type Entity, type HttpStageManifest } from "@tollgate/config";
import { stableId } from "@tollgate/openapi";
import { compileHttpStage, nullPorts } from "@tollgate/pipeline";
import type { DeploymentKind } from "../deployment-kind.ts";

/** httpDeployments deploys HTTP and WebSocket APIs, each as a whole. */
export const httpDeployments: DeploymentKind<
  Entity<"Api">,
  Entity<"ApiStage">,
  Entity<"ApiDeployment">,
  HttpStageManifest
> = {
  stageKind: "ApiStage",
  deploymentKind: "ApiDeployment",
  // Such an API is one entity and almost always compiles, even with a route without an integration.
  autoDeploy: "strict",
  missingStage: "Unable to find Stage by name",
  nothingToCall: "the API doesn't contain any routes",
  callCountOf: ({ api }) => Object.keys(api.routes).length,
  freeze: ({ api }) => ({ content: { api: api.spec }, chunks: new Map() }),
  // A hash of the content, so that the same API gets the same deployment.
  automaticId: ({ api }) => stableId(canonicalJson(api)),
  deploymentIdsOf: ({ spec: { deploymentId } }) => (deploymentId === undefined ? [] : [deploymentId]),
  manifestOf(accountId, { apiId, id, spec }, deployment) {
    const { deploymentId } = spec;
    const api = deploymentId === undefined ? undefined : deployment(deploymentId)?.spec.api;
    // WebSocket APIs are stored, but not served yet.
    if (deploymentId === undefined || api?.protocolType !== "HTTP") return undefined;
    return { protocolType: "HTTP", accountId, apiId, stageName: id, deploymentId, stage: spec, api };
  },
  digestsOf: () => [],
  digestsOfManifest: () => [],
  async problemsOf(manifest) {
    const outcome = compileHttpStage({ manifest, account: undefined, ports: nullPorts });
    return outcome.ok ? [] : outcome.problems;
  },
  frozenEntities: ({ apiId, spec }) => [{ kind: "Api", id: apiId, spec: spec.api }],
};
