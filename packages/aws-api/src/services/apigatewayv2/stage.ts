import { DEFAULT_ROUTE, type SpecOf } from "@tollgate/config";
import type { Stored } from "../../port.ts";
import { compact, type JsonObject, type Operation } from "../../protocol/rest-json/operation.ts";
import { badRequest, conflict, notFound } from "../apigateway/errors.ts";
import { crud, editOperation, type Noun, type Place } from "./crud.ts";
import {
  changed,
  clearable,
  flag,
  kept,
  type Members,
  merged,
  readMembers,
  structure,
  structuresByName,
  text,
  textsByName,
} from "./members.ts";
import { check, timestamp, withoutEmpty } from "./rule.ts";
import { type ApiSpec, apiOf, entities } from "./shelf.ts";
import {
  HTTP_STAGE_RULES,
  mergedSettings,
  mergedSettingsByRoute,
  ROUTE_SETTINGS,
  type StageCheck,
  showDefaults,
  showSettings,
  WEBSOCKET_STAGE_RULES,
} from "./stage-settings.ts";

const PATH = "/v2/apis/{apiId}/stages";
const ONE = `${PATH}/{stageName}`;

type Spec = SpecOf<"ApiStage">;

const MEMBERS: Members = {
  accessLogSettings: structure({ destinationArn: text(), format: text() }, kept),
  autoDeploy: flag(),
  clientCertificateId: text(clearable),
  defaultRouteSettings: structure(ROUTE_SETTINGS, mergedSettings),
  deploymentId: text(),
  description: text(kept),
  routeSettings: structuresByName(ROUTE_SETTINGS, mergedSettingsByRoute),
  stageVariables: textsByName(merged),
};

const NEW_ONLY: Members = { tags: textsByName() };

function deploymentMessage({ autoDeploy, deploymentId }: Spec): string | undefined {
  if (!autoDeploy) return undefined;
  return deploymentId === undefined
    ? "Deployment attempt failed: Unable to deploy API because no routes exist in this API"
    : `Successfully deployed stage with deployment ID '${deploymentId}'`;
}

/** showStage returns a stage as AWS shows it. */
export function showStage(
  { entity: { id, spec }, createdUnixMs, updatedUnixMs }: Stored<"ApiStage">,
  { protocolType }: ApiSpec,
): JsonObject {
  return compact({
    accessLogSettings: spec.accessLogSettings && withoutEmpty(spec.accessLogSettings),
    apiGatewayManaged: spec.apiGatewayManaged,
    autoDeploy: spec.autoDeploy ? true : undefined,
    clientCertificateId: spec.clientCertificateId,
    createdDate: timestamp(createdUnixMs),
    defaultRouteSettings: showDefaults(spec.defaultRouteSettings, protocolType),
    deploymentId: spec.deploymentId,
    description: spec.description,
    lastDeploymentStatusMessage: deploymentMessage(spec),
    lastUpdatedDate: timestamp(updatedUnixMs),
    routeSettings: Object.fromEntries(
      Object.entries(spec.routeSettings).map(([key, settings]) => [key, showSettings(settings)]),
    ),
    stageName: id,
    stageVariables: spec.stageVariables,
    tags: spec.tags ?? {},
  });
}

function checkStage(
  next: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>,
  place: Place,
) {
  const { account, request } = place;
  const api = apiOf(account, request).entity.spec;
  const values: StageCheck = { next, given, api, account };
  check(values, api.protocolType === "HTTP" ? HTTP_STAGE_RULES : WEBSOCKET_STAGE_RULES);
  const { deploymentId } = given as { deploymentId?: string };
  if (deploymentId !== undefined && next.autoDeploy === true)
    throw badRequest(`Deployment ID cannot be set on this stage ${place.id} because AutoDeploy is enabled`);
  if (deploymentId !== undefined && !account.get("ApiDeployment", request.path.apiId ?? "", deploymentId))
    throw notFound(`Invalid deployment identifier specified ${deploymentId}`);
  const keys = new Set(Object.values(api.routes).map(({ routeKey }) => routeKey));
  const stale = Object.keys((next.routeSettings ?? {}) as object).find(
    (key) => !keys.has(key) && !(key === DEFAULT_ROUTE && api.protocolType === "HTTP"),
  );
  if (given.routeSettings !== undefined && stale !== undefined)
    throw notFound(`Unable to find Route by key ${stale} within the provided RouteSettings`);
}

function create(place: Place): object {
  const { request, account, id } = place;
  if (id === "") throw badRequest("StageName is a required parameter for stage");
  const { protocolType } = apiOf(account, request).entity.spec;
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(id) && !(id === DEFAULT_ROUTE && protocolType === "HTTP"))
    throw badRequest("Stage name only allows a-zA-Z0-9_-");
  if (account.get("ApiStage", request.path.apiId ?? "", id)) throw conflict("Stage already exists");
  const members = { ...MEMBERS, ...NEW_ONLY };
  const given = readMembers(request.body, members);
  const next = changed({}, given, members);
  checkStage(next, given, place);
  return next;
}

function update({ entity: { spec } }: Stored<"ApiStage">, place: Place): object {
  if (spec.apiGatewayManaged)
    throw badRequest(`The stage ${place.id} is managed by API Gateway and cannot be modified`);
  const given = readMembers(place.request.body, MEMBERS);
  const next = changed(spec, given, MEMBERS);
  checkStage(next, given, place);
  return next;
}

const noun: Noun<Stored<"ApiStage">> = {
  name: "Stage",
  names: "Stages",
  path: PATH,
  idParameter: "stageName",
  shelf: entities("ApiStage"),
  missing: () => "Invalid stage identifier specified",
  newId: ({ body }) => (typeof body.stageName === "string" ? body.stageName : ""),
  show: (item, { account, request }) => showStage(item, apiOf(account, request).entity.spec),
  create,
  update,
  beforeDelete: (_item, { account, request, id }) => {
    const { apiId } = request.path;
    const isMapped = account
      .list("DomainName", "")
      .some(({ entity: { spec } }) =>
        Object.values(spec.basePathMappings).some((one) => one.apiId === apiId && one.stage === id),
      );
    if (isMapped)
      throw badRequest(
        `Deleting stage ${id} failed. Please remove all API mappings for the stage from your custom domain names.`,
      );
  },
};

const edit = (name: string, path: string, change: (spec: Spec, place: Place) => object): Operation =>
  editOperation(noun, { name, method: "DELETE", path: `${ONE}/${path}`, status: 204 }, ({ entity }, place) =>
    change(entity.spec, place),
  );

/** stageOperations are the operations of stages. */
export const stageOperations: readonly Operation[] = [
  ...crud(noun),
  edit("DeleteAccessLogSettings", "accesslogsettings", ({ accessLogSettings: _gone, ...spec }) => spec),
  edit("DeleteRouteSettings", "routesettings/{routeKey}", (spec, { request: { path } }) => {
    const { routeKey = "" } = path;
    if (!Object.hasOwn(spec.routeSettings, routeKey))
      throw notFound(`Unable to find Route by key ${routeKey} within the provided RouteSettings`);
    const { [routeKey]: _gone, ...routeSettings } = spec.routeSettings;
    return { ...spec, routeSettings };
  }),
  edit("ResetAuthorizersCache", "cache/authorizers", (spec, { account, request }) => {
    if (apiOf(account, request).entity.spec.protocolType !== "HTTP")
      throw badRequest("ResetAuthorizersCache is not supported for WEBSOCKET protocol Apis.");
    return { ...spec, authorizerCacheEpoch: (spec.authorizerCacheEpoch ?? 0) + 1 };
  }),
];
