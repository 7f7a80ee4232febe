import type { SdkTypeView } from "../../port.ts";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  type Operation,
  pathParameter,
  RawResponse,
} from "../../protocol/rest-json/operation.ts";
import { badRequest, notFound } from "./errors.ts";
import { exportSource } from "./export-api.ts";
import { page } from "./page.ts";

const show = ({ id, friendlyName, description, configurationProperties }: SdkTypeView): JsonObject =>
  compact({ id, friendlyName, description, configurationProperties });

function typeOf({ application }: AwsRequest, id: string): SdkTypeView | undefined {
  return application.sdkTypes.find((type) => type.id === id);
}

function getSdk(request: AwsRequest): RawResponse {
  const id = pathParameter(request, "sdk_type");
  const { application } = request;
  const source = exportSource(request);
  if (!typeOf(request, id))
    throw badRequest(
      `Invalid SDK type '${id}' specified: must be one of ${application.sdkTypes.map((type) => type.id).join(", ")}`,
    );
  const name = `${id}_${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}Z.zip`;
  return new RawResponse(application.sdk(id, source), {
    "Content-Type": "application/octet-stream",
    "Content-Disposition": `attachment; filename="${name}"`,
  });
}

/** sdkOperations generate client SDKs for a stage. */
export const sdkOperations: readonly Operation[] = [
  {
    name: "GetSdkTypes",
    method: "GET",
    path: "/sdktypes",
    status: 200,
    run: (request) => page(request, request.application.sdkTypes.map(show), ({ id }) => String(id)),
  },
  {
    name: "GetSdkType",
    method: "GET",
    path: "/sdktypes/{sdktype_id}",
    status: 200,
    run: (request) => {
      const type = typeOf(request, pathParameter(request, "sdktype_id"));
      if (!type) throw notFound("Invalid SDK type identifier specified");
      return show(type);
    },
  },
  {
    name: "GetSdk",
    method: "GET",
    path: "/restapis/{restapi_id}/stages/{stage_name}/sdks/{sdk_type}",
    status: 200,
    run: getSdk,
  },
];
