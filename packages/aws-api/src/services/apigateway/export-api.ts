import {
  definitionText,
  EXPORT_EXTENSIONS,
  type ExportExtension,
  type ExportSource,
  type ExportType,
  exportOpenApi,
} from "@tollgate/openapi";
import {
  type AwsRequest,
  type Operation,
  pathParameter,
  RawResponse,
} from "../../protocol/rest-json/operation.ts";
import { knownApi } from "./crud.ts";
import { badRequest } from "./errors.ts";

const TYPES: Readonly<Record<string, ExportType>> = { swagger: "swagger", oas30: "oas30" };

/** exportSource returns what the stage of a request serves. */
export function exportSource(request: AwsRequest): ExportSource {
  const { application, accountId, region } = request;
  const apiId = pathParameter(request, "restapi_id");
  knownApi(application.account(accountId), apiId);
  return application.servedDefinition({
    accountId,
    region,
    apiId,
    stageName: pathParameter(request, "stage_name"),
  });
}

function readExtensions(given: string | null): readonly ExportExtension[] {
  const names = (given ?? "").split(",").flatMap((name) => name.trim() || []);
  const isKnown = (name: string): name is ExportExtension =>
    (EXPORT_EXTENSIONS as readonly string[]).includes(name);
  const unknown = names.find((name) => !isKnown(name));
  if (unknown !== undefined)
    throw badRequest(
      `Invalid extension '${unknown}' specified. Must be one of: [${EXPORT_EXTENSIONS.join(", ")}]`,
    );
  return names.filter(isKnown);
}

function exportApi(request: AwsRequest): RawResponse {
  const given = pathParameter(request, "export_type");
  const type = Object.hasOwn(TYPES, given) ? TYPES[given] : undefined;
  if (type === undefined)
    throw badRequest(`Invalid export type '${given}' specified. Must be one of: [oas30, swagger]`);
  const extensions = readExtensions(request.query.get("extensions"));
  const format = /\byaml\b/.test(request.accept) ? "yaml" : "json";
  const source = exportSource(request);
  const text = definitionText(exportOpenApi(source, { type, extensions }), format);
  const version = (source.restApi.version ?? source.version).replaceAll(/[^\w.:-]/g, "_");
  return new RawResponse(Buffer.from(text), {
    "Content-Type": "application/octet-stream",
    "Content-Disposition": `attachment; filename="${type}_${version}.${format}"`,
  });
}

/** exportOperations return what a stage serves as a definition. */
export const exportOperations: readonly Operation[] = [
  {
    name: "GetExport",
    method: "GET",
    path: "/restapis/{restapi_id}/stages/{stage_name}/exports/{export_type}",
    status: 200,
    run: exportApi,
  },
];
