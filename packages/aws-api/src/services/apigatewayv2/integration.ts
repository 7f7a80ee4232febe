import { alternativeOf, kinds, memberShape, type ObjectShape, objectAt } from "@tollgate/config";
import { compact, type JsonObject, type Operation } from "../../protocol/rest-json/operation.ts";
import { badRequest, conflict } from "../apigateway/errors.ts";
import { crud, type Noun, type Place } from "./crud.ts";
import { type IntegrationSpec, integrationRules } from "./integration-rules.ts";
import {
  added,
  changed,
  clearable,
  type Members,
  mapsByName,
  merged,
  mergedMaps,
  number,
  readMembers,
  structure,
  text,
  textsByName,
} from "./members.ts";
import { check, withoutEmpty } from "./rule.ts";
import { type ApiSpec, apiOf, parts } from "./shelf.ts";

const MEMBERS: Members = {
  connectionId: text(),
  connectionType: text(),
  contentHandlingStrategy: text(clearable),
  credentialsArn: text(clearable),
  description: text(clearable),
  integrationMethod: text(),
  integrationSubtype: text(),
  integrationType: text(),
  integrationUri: text(),
  passthroughBehavior: text(),
  payloadFormatVersion: text(),
  requestParameters: textsByName(merged),
  requestTemplates: textsByName(added),
  responseParameters: mapsByName(mergedMaps),
  templateSelectionExpression: text(clearable),
  timeoutInMillis: number(),
  tlsConfig: structure({ serverNameToVerify: text() }, clearable),
};

const HTTP_INTEGRATIONS = objectAt(
  memberShape(alternativeOf(objectAt(kinds.Api.spec), "protocolType", "HTTP"), ["integrations", "*"]),
);

/** The members that an integration of an HTTP API has by its type. */
const shapeOf = ({ integrationType = "" }: IntegrationSpec): ObjectShape =>
  alternativeOf(HTTP_INTEGRATIONS, "integrationType", integrationType);

/** Members that are accepted of every integration but mean nothing for some: they are dropped, as on AWS. */
function withoutMeaningless(spec: IntegrationSpec, { protocolType }: ApiSpec): IntegrationSpec {
  const { tlsConfig, connectionType, passthroughBehavior, ...others } = spec;
  const isPrivate = connectionType === "VPC_LINK";
  return compact({
    ...others,
    ...(isPrivate ? { connectionType, tlsConfig } : {}),
    ...(protocolType === "WEBSOCKET" ? { passthroughBehavior } : {}),
  }) as IntegrationSpec;
}

/** Members of the present integration that one of another type does not have. */
function withoutOtherType(next: IntegrationSpec, given: IntegrationSpec, { protocolType }: ApiSpec) {
  if (protocolType === "WEBSOCKET") return next;
  const { members } = shapeOf(next);
  return Object.fromEntries(
    Object.entries(next).filter(([name]) => members.has(name) || name in given),
  ) as IntegrationSpec;
}

const invokesFunction = ({ integrationType, integrationUri = "", integrationMethod }: IntegrationSpec) =>
  integrationMethod === undefined &&
  (integrationType === "AWS_PROXY" || integrationType === "AWS") &&
  /:lambda:/.test(integrationUri);

/** An update of an integration that calls a service must name the action, and all that it requires, again: AWS checks its body by itself. */
function checkAgain(next: IntegrationSpec, given: IntegrationSpec): void {
  const { integrationSubtype, requestParameters = {} } = given;
  if (integrationSubtype === undefined) throw badRequest("Invalid integration URI specified");
  check({ ...next, requestParameters }, integrationRules("HTTP"));
}

function storedIntegration(item: IntegrationSpec, { account, request }: Place): IntegrationSpec {
  const api = apiOf(account, request).entity.spec;
  const given = readMembers(request.body, MEMBERS) as IntegrationSpec;
  const next = changed(item, given as Readonly<Record<string, unknown>>, MEMBERS) as IntegrationSpec;
  if (item.integrationSubtype !== undefined) checkAgain(next, given);
  check(next, integrationRules(api.protocolType));
  if (next.connectionType === "VPC_LINK" && !account.get("VpcLink", "", next.connectionId ?? ""))
    throw badRequest(`Invalid VpcLink identifier specified ${next.connectionId}`);
  const spec = withoutOtherType(withoutMeaningless(next, api), withoutMeaningless(given, api), api);
  return invokesFunction(spec) ? { ...spec, integrationMethod: "POST" } : spec;
}

/** The expression by which responses are chosen, which only AWS sets. */
function responseSelection({ integrationType, integrationUri = "" }: IntegrationSpec): string | undefined {
  if (integrationType === "MOCK" || integrationType === "HTTP")
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is an expression
    return "${integration.response.statuscode}";
  if (integrationType !== "AWS") return undefined;
  return integrationUri.includes(":lambda:")
    ? // biome-ignore lint/suspicious/noTemplateCurlyInString: it is an expression
      "${integration.response.body.errorMessage}"
    : // biome-ignore lint/suspicious/noTemplateCurlyInString: it is an expression
      "${integration.response.statuscode}";
}

/** showIntegration returns an integration as AWS shows it. */
export function showIntegration(item: IntegrationSpec, id: string, { protocolType }: ApiSpec): JsonObject {
  const { requestTemplates, ...spec } = item;
  const {
    integrationResponses: _responses,
    integrationMethod,
    ...shown
  } = spec as IntegrationSpec & {
    readonly integrationResponses?: object;
  };
  return {
    ...withoutEmpty({
      ...shown,
      // An action of a service has its own method.
      integrationMethod: item.integrationSubtype === undefined ? integrationMethod : undefined,
    }),
    ...(requestTemplates && Object.keys(requestTemplates).length > 0 ? { requestTemplates } : {}),
    connectionType: item.connectionType ?? "INTERNET",
    integrationId: id,
    ...(protocolType === "WEBSOCKET"
      ? compact({ integrationResponseSelectionExpression: responseSelection(item) })
      : {}),
  };
}

const noun: Noun<IntegrationSpec> = {
  name: "Integration",
  names: "Integrations",
  path: "/v2/apis/{apiId}/integrations",
  idParameter: "integrationId",
  shelf: parts("integrations"),
  missing: (id) => `Invalid Integration identifier specified ${id}`,
  newId: 7,
  show: (item, { id, account, request }) => showIntegration(item, id, apiOf(account, request).entity.spec),
  create: (place) => storedIntegration({}, place),
  update: storedIntegration,
  beforeDelete: ({ apiGatewayManaged }, { account, request, id }) => {
    const { routes } = apiOf(account, request).entity.spec;
    const users = Object.entries(routes).flatMap(([routeId, { target }]) =>
      target === `integrations/${id}` ? [routeId] : [],
    );
    if (apiGatewayManaged)
      throw badRequest("An integration that is managed by API Gateway cannot be deleted");
    if (users.length > 0)
      throw conflict(
        `Cannot delete Integration because it is referenced by the following Routes with Ids: [${users.join(", ")}]`,
      );
  },
};

/** integrationOperations are the operations of integrations. */
export const integrationOperations: readonly Operation[] = crud(noun);
