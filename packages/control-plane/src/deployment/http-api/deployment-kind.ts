import {
  canonicalJson,
  type Entity,
  type HttpStageManifest,
  type WebSocketStageManifest,
} from "@tollgate/config";
import { stableId } from "@tollgate/openapi";
import { compileHttpStage, compileWebSocketStage, nullPorts } from "@tollgate/pipeline";
import type { DeploymentKind } from "../deployment-kind.ts";

/** httpDeployments deploys HTTP and WebSocket APIs, each as a whole. */
export const httpDeployments: DeploymentKind<
  Entity<"Api">,
  Entity<"ApiStage">,
  Entity<"ApiDeployment">,
  HttpStageManifest | WebSocketStageManifest
> = {
  stageKind: "ApiStage",
  deploymentKind: "ApiDeployment",
  // Such an API is one entity and almost always compiles, even with a route without an integration.
  autoDeploy: "strict",
  missingStage: "Unable to find Stage by name",
  nothingToCall: "the API doesn't contain any routes",
  notDeployable: () => [],
  automaticDescription: "Automatic deployment triggered by changes to the Api configuration",
  callCountOf: ({ api }) => Object.keys(api.routes).length,
  freeze: ({ api }) => ({ content: { api: api.spec }, chunks: new Map() }),
  // A hash of the content, so that the same API gets the same deployment.
  automaticId: ({ api }) => stableId(canonicalJson(api)),
  deploymentIdsOf: ({ spec: { deploymentId } }) => (deploymentId === undefined ? [] : [deploymentId]),
  manifestOf(accountId, { apiId, id, spec }, deployment) {
    const { deploymentId } = spec;
    const api = deploymentId === undefined ? undefined : deployment(deploymentId)?.spec.api;
    if (deploymentId === undefined || !api) return undefined;
    const of = { accountId, apiId, stageName: id, deploymentId, stage: spec };
    return api.protocolType === "HTTP"
      ? { protocolType: "HTTP", ...of, api }
      : { protocolType: "WEBSOCKET", ...of, api };
  },
  digestsOf: () => [],
  digestsOfManifest: () => [],
  async problemsOf(manifest) {
    const nowhere = { account: undefined, ports: nullPorts };
    const outcome =
      manifest.protocolType === "HTTP"
        ? compileHttpStage({ manifest, ...nowhere })
        : compileWebSocketStage({ manifest, ...nowhere });
    return outcome.ok ? [] : outcome.problems;
  },
  frozenEntities: ({ apiId, spec }) => [{ kind: "Api", id: apiId, spec: spec.api }],
};
