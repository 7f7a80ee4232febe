import { newChildId, type SpecOf } from "@tollgate/config";
import type { AccountView, Stored } from "../../port.ts";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  member,
  type Operation,
  pathParameter,
} from "../../protocol/rest-json/operation.ts";
import { crud, knownApi, type Noun } from "./crud.ts";
import { badRequest, notFound } from "./errors.ts";
import { refusalA, text } from "./patch.ts";

const seconds = (unixMs: number) => Math.trunc(unixMs / 1000);

const show = ({ entity: { id, spec } }: Stored<"Deployment">): JsonObject =>
  compact({
    id,
    description: spec.description === "" ? undefined : spec.description,
    createdDate: seconds(spec.createTimeUnixMs),
  });

const noun: Noun<"Deployment"> = {
  kind: "Deployment",
  name: "Deployment",
  names: "Deployments",
  path: "/restapis/{restapi_id}/deployments",
  idParameter: "deployment_id",
  missing: () => "Invalid Deployment identifier specified",
  show,
  patch: { refusal: refusalA, rules: [text("/description")] },
  beforeDelete: ({ entity: { apiId, id } }, account) => {
    const isUsed = ({ entity: { spec } }: Stored<"Stage">) =>
      spec.deploymentId === id || spec.canarySettings?.deploymentId === id;
    if (account.list("Stage", apiId).some(isUsed))
      throw badRequest("Active stages pointing to this deployment must be moved or deleted");
    return [];
  },
};

/** The stage that gets a new deployment, or its canary if the request asks for one. */
function stageDraft(request: AwsRequest, account: AccountView, stageName: string, deploymentId: string) {
  const { body } = request;
  const apiId = pathParameter(request, "restapi_id");
  const present = account.get("Stage", apiId, stageName)?.entity.spec;
  const canarySettings = member(body, "canarySettings", "map") as
    | Partial<SpecOf<"Stage">["canarySettings"]>
    | undefined;
  if (canarySettings) {
    if (!present)
      throw badRequest(
        `Invalid deployment content specified.Stage ${stageName} must already be created before making a canary release deployment`,
      );
    return { ...present, canarySettings: { ...canarySettings, deploymentId } };
  }
  return compact({
    ...present,
    deploymentId,
    description: member(body, "stageDescription", "string") ?? present?.description,
    cacheClusterEnabled: member(body, "cacheClusterEnabled", "boolean") ?? present?.cacheClusterEnabled,
    cacheClusterSize: member(body, "cacheClusterSize", "string") ?? present?.cacheClusterSize,
    variables: member(body, "variables", "map") ?? present?.variables,
    tracingEnabled: member(body, "tracingEnabled", "boolean") ?? present?.tracingEnabled,
  });
}

async function createDeployment(request: AwsRequest): Promise<JsonObject> {
  const apiId = pathParameter(request, "restapi_id");
  const given = member(request.body, "stageName", "string") ?? null;
  const stageName = given ?? "";
  if (stageName === "" && member(request.body, "canarySettings", "map"))
    throw badRequest(
      `Invalid deployment content specified.Non null and non empty stageName must be provided for canary deployment. Provided value is ${given}`,
    );
  const id = newChildId();
  const description = member(request.body, "description", "string") ?? "";
  const account = await request.application.change(request.accountId, (present) => {
    knownApi(present, apiId);
    return {
      deployments: [{ apiId, id, description }],
      puts:
        stageName === ""
          ? []
          : [{ kind: "Stage", apiId, id: stageName, spec: stageDraft(request, present, stageName, id) }],
    };
  });
  const stored = account.get("Deployment", apiId, id);
  if (!stored) throw notFound(noun.missing(id, request.accountId));
  return show(stored);
}

/** deploymentOperations freeze an API and show deployments. */
export const deploymentOperations: readonly Operation[] = [
  ...crud(noun),
  { name: "CreateDeployment", method: "POST", path: noun.path, status: 201, run: createDeployment },
];
