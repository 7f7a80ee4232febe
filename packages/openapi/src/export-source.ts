import type { Kind, SpecOf } from "@tollgate/config";
import type { DocumentedPart } from "./read-documentation.ts";

export type ExportType = "oas30" | "swagger";

/** What an export contains besides the interface (AWS: GetExport, extensions). */
export const EXPORT_EXTENSIONS = [
  "integrations",
  "authorizers",
  "apigateway",
  "documentation",
  "validators",
  "gatewayresponses",
  "postman",
] as const;

export type ExportExtension = (typeof EXPORT_EXTENSIONS)[number];

type Named<K extends Kind> = readonly {
  readonly id: string;
  readonly spec: SpecOf<K>;
}[];

/** ExportSource is a deployed API as an export reads it. */
export interface ExportSource {
  readonly apiId: string;
  readonly stageName: string;
  readonly region: string;
  /** Version of the definition if the API has none. */
  readonly version: string;
  readonly restApi: SpecOf<"RestApi">;
  readonly resources: Named<"Resource">;
  readonly models: Named<"Model">;
  readonly validators: Named<"RequestValidator">;
  readonly authorizers: Named<"Authorizer">;
  readonly gatewayResponses: Named<"GatewayResponse">;
  readonly documentation: {
    readonly version: string;
    readonly createdUnixMs: number;
    readonly parts: readonly DocumentedPart[];
  };
}
