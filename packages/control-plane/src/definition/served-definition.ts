import { type Kind, nameOf, type SpecOf } from "@tollgate/config";
import type { ExportSource } from "@tollgate/openapi";
import { frozenIn, restApiOf, restStageOf } from "../deployment/deployment-kinds.ts";
import { restDeployments } from "../deployment/rest-api/deployment-kind.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { Refusal } from "../refusal.ts";

/** ServedStage names a stage of a REST API. */
export interface ServedStage {
  readonly accountId: string;
  readonly region: string;
  readonly apiId: string;
  readonly stageName: string;
}

/** servedDefinition returns what a stage serves, for exports and SDKs: the API that its deployment froze, and the stage's documentation. */
export function servedDefinition(
  state: AccountState,
  { accountId, region, apiId, stageName }: ServedStage,
): ExportSource {
  restApiOf(state, accountId, apiId);
  const { deploymentId, documentationVersion } = restStageOf(state, apiId, stageName).spec;
  const frozen = frozenIn(state, restDeployments, apiId, deploymentId);
  const deployment = state.find("Deployment", apiId, deploymentId);
  if (!deployment) throw new Refusal("not-found", "Invalid Deployment identifier specified");
  const ofKind = <K extends Kind>(kind: K) =>
    frozen.flatMap((one) => (one.kind === kind ? [{ id: one.id, spec: one.spec as SpecOf<K> }] : []));
  return {
    apiId,
    stageName,
    region,
    version: new Date(deployment.spec.createTimeUnixMs).toISOString().replace(/\.\d+Z$/, "Z"),
    restApi: deployment.spec.restApi,
    resources: ofKind("Resource"),
    models: ofKind("Model"),
    validators: ofKind("RequestValidator"),
    authorizers: ofKind("Authorizer"),
    gatewayResponses: ofKind("GatewayResponse"),
    documentation: documentationOf(state, apiId, documentationVersion),
  };
}

function documentationOf(
  state: AccountState,
  apiId: string,
  version: string | undefined,
): ExportSource["documentation"] {
  const stored =
    version === undefined
      ? undefined
      : state.entities.get(nameOf({ kind: "DocumentationVersion", apiId, id: version }));
  return {
    version: version ?? "",
    createdUnixMs: stored?.createdUnixMs ?? 0,
    parts: state.find("DocumentationVersion", apiId, version)?.spec.parts ?? [],
  };
}
