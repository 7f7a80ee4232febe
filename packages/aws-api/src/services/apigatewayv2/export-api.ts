import { definitionText, exportHttpApi, type HttpExportSource } from "@tollgate/openapi";
import {
  type AwsRequest,
  type Operation,
  pathParameter,
  RawResponse,
} from "../../protocol/rest-json/operation.ts";
import { badRequest, notFound } from "../apigateway/errors.ts";
import { queryFlag } from "./query-flag.ts";
import { timestamp } from "./rule.ts";
import { apiOf } from "./shelf.ts";

const FORMATS = { JSON: "json", YAML: "yaml" } as const;
const EXPORT_VERSION = "1.0";

/** What a stage serves, or the API as it is configured. */
function sourceOf(request: AwsRequest): HttpExportSource {
  const { region } = request;
  const account = request.application.account(request.accountId);
  const { entity, updatedUnixMs } = apiOf(account, request);
  if (entity.spec.protocolType === "WEBSOCKET")
    throw badRequest("Only APIs with a protocol type of HTTP can be exported");
  const stageName = request.query.get("stageName") ?? undefined;
  const configured = {
    apiId: entity.id,
    region,
    stageName,
    version: timestamp(updatedUnixMs) ?? "",
    api: entity.spec,
  };
  if (stageName === undefined) return configured;
  const stage = account.get("ApiStage", entity.id, stageName);
  if (!stage) throw notFound("Invalid stage identifier specified");
  const { deploymentId = "" } = stage.entity.spec;
  const deployment = account.get("ApiDeployment", entity.id, deploymentId)?.entity.spec;
  if (deployment?.api.protocolType !== "HTTP")
    throw badRequest(`The stage ${stageName} has no deployment to export`);
  return { ...configured, version: timestamp(deployment.createTimeUnixMs) ?? "", api: deployment.api };
}

function exportApi(request: AwsRequest): RawResponse {
  const { query } = request;
  const specification = pathParameter(request, "specification");
  const outputType = query.get("outputType") ?? "";
  const exportVersion = query.get("exportVersion") ?? EXPORT_VERSION;
  const source = sourceOf(request);
  if (specification !== "OAS30")
    throw badRequest(`Invalid specification '${specification}' specified. Must be one of: [OAS30]`);
  if (outputType !== "JSON" && outputType !== "YAML")
    throw badRequest(`Invalid outputType '${outputType}' specified. Must be one of: [JSON, YAML]`);
  if (exportVersion !== EXPORT_VERSION)
    throw badRequest(
      `Invalid exportVersion '${exportVersion}' specified. Must be one of: [${EXPORT_VERSION}]`,
    );
  const definition = exportHttpApi(source, queryFlag(request, "includeExtensions") ?? true);
  const format = FORMATS[outputType];
  return new RawResponse(Buffer.from(definitionText(definition, format)), {
    "Content-Type": `application/${format}`,
  });
}

/** exportOperations return an HTTP API as an OpenAPI definition. */
export const exportOperations: readonly Operation[] = [
  {
    name: "ExportApi",
    method: "GET",
    path: "/v2/apis/{apiId}/exports/{specification}",
    status: 200,
    run: exportApi,
  },
];
