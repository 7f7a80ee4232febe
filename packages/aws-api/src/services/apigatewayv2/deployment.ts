import { newChildId, type SpecOf } from "@tollgate/config";
import type { AccountView, Change, Stored } from "../../port.ts";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  type Operation,
  pathParameter,
} from "../../protocol/rest-json/operation.ts";
import { badRequest, notFound } from "../apigateway/errors.ts";
import { crud, type Noun } from "./crud.ts";
import { clearable, type Members, readMembers, text } from "./members.ts";
import { timestamp } from "./rule.ts";
import { apiOf, entities } from "./shelf.ts";

const MEMBERS: Members = { description: text(clearable) };

type Deployment = Stored<"ApiDeployment">;

const NO_ROUTES: Readonly<Record<SpecOf<"Api">["protocolType"], string>> = {
  HTTP: "Unable to deploy API because no routes exist in this API",
  WEBSOCKET: "At least one route is required before deploying the Api",
};

function show({ entity: { id, spec } }: Deployment): JsonObject {
  return compact({
    autoDeployed: spec.autoDeployed,
    createdDate: timestamp(spec.createTimeUnixMs),
    deploymentId: id,
    deploymentStatus: "DEPLOYED",
    description: spec.description === "" ? undefined : spec.description,
  });
}

const noun: Noun<Deployment> = {
  name: "Deployment",
  names: "Deployments",
  path: "/v2/apis/{apiId}/deployments",
  idParameter: "deploymentId",
  shelf: entities("ApiDeployment"),
  missing: (id) => `Invalid deployment identifier specified ${id}`,
  newId: 6,
  show,
  update: ({ entity: { spec } }, { request: { body } }) => ({ ...spec, ...readMembers(body, MEMBERS) }),
  updateStatus: 201,
  beforeDelete: (_item, { account, request, id }) => {
    const isUsed = account
      .list("ApiStage", pathParameter(request, "apiId"))
      .some(({ entity: { spec } }) => spec.deploymentId === id);
    if (isUsed) throw badRequest("Active stages pointing to this deployment must be moved or deleted");
  },
};

/** The deployment, and the stage that is pointed at it. */
function draft(account: AccountView, request: AwsRequest, id: string): Change {
  const { protocolType, routes } = apiOf(account, request).entity.spec;
  const { description = "", stageName } = readMembers(request.body, {
    ...MEMBERS,
    stageName: text(),
  }) as { description?: string; stageName?: string };
  if (Object.keys(routes).length === 0) throw badRequest(NO_ROUTES[protocolType]);
  const apiId = pathParameter(request, "apiId");
  const deployments = [{ apiId, id, description }];
  if (stageName === undefined || stageName === "") return { deployments };
  const stage = account.get("ApiStage", apiId, stageName)?.entity;
  if (!stage) throw notFound("Invalid stage identifier specified");
  if (stage.spec.autoDeploy)
    throw badRequest(`Deployment ID cannot be set on this stage ${stageName} because AutoDeploy is enabled`);
  return { deployments, puts: [{ ...stage, spec: { ...stage.spec, deploymentId: id } }] };
}

/** deploymentOperations freeze an API and show deployments. */
export const deploymentOperations: readonly Operation[] = [
  ...crud(noun),
  {
    name: "CreateDeployment",
    method: "POST",
    path: noun.path,
    status: 201,
    run: async (request) => {
      const id = newChildId();
      const account = await request.application.change(request.accountId, (present) =>
        draft(present, request, id),
      );
      return show(account.get("ApiDeployment", pathParameter(request, "apiId"), id) as Deployment);
    },
  },
];
