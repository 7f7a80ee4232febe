import {
  type Chunk,
  type Entity,
  type FrozenApi,
  newChildId,
  problemAt,
  type StageManifest,
} from "@tollgate/config";
import { compileRestStage, nullPorts } from "@tollgate/pipeline";
import { facts } from "../../facts.ts";
import type { DeploymentKind } from "../deployment-kind.ts";
import { cutApi, thaw } from "./chunks.ts";

const apiOf = (deploymentId: string, { spec }: Entity<"Deployment">): FrozenApi => {
  const { restApi, chunks, definitions } = spec;
  return { deploymentId, restApi, chunks, definitions };
};

const digestsOf = ({ chunks, definitions }: Pick<FrozenApi, "chunks" | "definitions">): readonly string[] => [
  ...chunks,
  ...definitions,
];

/** restDeployments deploys REST APIs. Their resources are cut into chunks that deployments share. */
export const restDeployments: DeploymentKind<
  Entity<"RestApi">,
  Entity<"Stage">,
  Entity<"Deployment">,
  StageManifest
> = {
  stageKind: "Stage",
  deploymentKind: "Deployment",
  // AWS's clients build an API in steps that do not compile: a method comes before its integration.
  autoDeploy: "lenient",
  missingStage: "Invalid stage identifier specified",
  nothingToCall: "The REST API doesn't contain any methods",
  notDeployable: ({ id, spec: { endpointConfiguration, policy } }) =>
    endpointConfiguration.types.includes("PRIVATE") && !policy
      ? [problemAt(`RestApi/${id}.policy`, facts.POLICY_REQUIRED())]
      : [],
  automaticDescription: "Automatic deployment",
  callCountOf: ({ methodCount }) => methodCount,
  freeze({ accountId, api, parts, memory }) {
    const { chunks, components, methodCount } = cutApi(parts, memory.chunksOf(accountId, api.id));
    return {
      content: {
        methodCount,
        restApi: api.spec,
        chunks: chunks.map(({ digest }) => digest),
        definitions: components.map(({ digest }) => digest),
      },
      chunks: new Map([...chunks, ...components].map(({ digest, json }) => [`${api.id}/${digest}`, json])),
    };
  },
  // Every deployment gets a new id, so that a stage can be rolled back in the order in which it served its deployments.
  automaticId: () => newChildId(),
  deploymentIdsOf: ({ spec: { deploymentId, canarySettings } }) =>
    canarySettings ? [deploymentId, canarySettings.deploymentId] : [deploymentId],
  manifestOf(accountId, { apiId, id, spec }, deployment) {
    const present = deployment(spec.deploymentId);
    if (!present) return undefined;
    const canaryId = spec.canarySettings?.deploymentId;
    const canary = canaryId === undefined ? undefined : deployment(canaryId);
    return {
      accountId,
      apiId,
      stageName: id,
      stage: spec,
      ...apiOf(spec.deploymentId, present),
      canary: canaryId !== undefined && canary ? apiOf(canaryId, canary) : undefined,
    };
  },
  digestsOf,
  digestsOfManifest: (manifest) => [
    ...new Set([...digestsOf(manifest), ...(manifest.canary ? digestsOf(manifest.canary) : [])]),
  ],
  async problemsOf(manifest, chunk, memory) {
    const key = `${manifest.accountId}/${manifest.apiId}/${manifest.stageName}`;
    const outcome = await compileRestStage({
      manifest,
      chunk: (digest): Chunk | undefined => {
        const json = chunk(digest);
        return json === undefined ? undefined : { digest, entities: thaw(json) };
      },
      account: undefined,
      ports: nullPorts,
      previous: memory.stage(key),
    });
    if (!outcome.ok) return outcome.problems;
    memory.remember(key, outcome.stage);
    return [];
  },
  frozenEntities: ({ apiId, spec }, chunk) => [
    { kind: "RestApi", id: apiId, spec: spec.restApi },
    ...digestsOf(spec).flatMap((digest) => thaw(chunk(digest) ?? "[]")),
  ],
};
