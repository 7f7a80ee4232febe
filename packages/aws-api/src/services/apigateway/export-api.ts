import {
  definitionText,
  EXPORT_EXTENSIONS,
  exportOpenApi,
  type ExportExtension,
  type ExportSource,
  type ExportType,
} from "@tollgate/openapi";
import type { Kind, SpecOf } from "@tollgate/config";
import { badRequest, notFound } from "./errors.ts";
import type { ApplicationPort } from "../../port.ts";
import { knownApi } from "./crud.ts";
import {
  pathParameter,
  RawResponse,
  type AwsRequest,
  type Operation,
} from "../../protocol/rest-json/operation.ts";

const TYPES: Readonly<Record<string, ExportType>> = { swagger: "swagger", oas30: "oas30" };

/** ServedStage names a stage. */
export interface ServedStage {
  readonly accountId: string;
  readonly region: string;
  readonly apiId: string;
  readonly stageName: string;
}

/** exportSource is what the stage of a request serves. */
export const exportSource = (request: AwsRequest): ExportSource =>
  exportSourceOf(request.application, {
    accountId: request.accountId,
    region: request.region,
    apiId: pathParameter(request, "restapi_id"),
    stageName: pathParameter(request, "stage_name"),
  });

/** exportSourceOf is what a stage serves, as exports and SDKs read it. Throws AwsError where there is none. */
export function exportSourceOf(
  application: ApplicationPort,
  { accountId, region, apiId, stageName }: ServedStage,
): ExportSource {
  const account = application.account(accountId);
  knownApi(account, apiId);
  const stage = account.get("Stage", apiId, stageName)?.entity;
  if (!stage) throw notFound("Invalid stage identifier specified");
  const { deploymentId, documentationVersion } = stage.spec;
  const deployment = account.get("Deployment", apiId, deploymentId)?.entity;
  if (!deployment) throw notFound("Invalid Deployment identifier specified");
  const frozen = application.frozen(accountId, apiId, deploymentId);
  const ofKind = <K extends Kind>(kind: K) =>
    frozen.flatMap((one) => (one.kind === kind ? [{ id: one.id, spec: one.spec as SpecOf<K> }] : []));
  const documentation =
    documentationVersion === undefined
      ? undefined
      : account.get("DocumentationVersion", apiId, documentationVersion);
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
    documentation: {
      version: documentationVersion ?? "",
      createdUnixMs: documentation?.createdUnixMs ?? 0,
      parts: documentation?.entity.spec.parts ?? [],
    },
  };
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

/** exportOperations show what a stage serves as a definition. */
export const exportOperations: readonly Operation[] = [
  {
    name: "GetExport",
    method: "GET",
    path: "/restapis/{restapi_id}/stages/{stage_name}/exports/{export_type}",
    status: 200,
    run: exportApi,
  },
];
