import type { JsonObject } from "./document.ts";
import type { DocumentationIndex } from "./documentation-index.ts";
import type { ExportExtension, ExportSource, ExportType } from "./export-source.ts";

/** SchemeNames are the names of the security schemes in a definition. */
export interface SchemeNames {
  /** By the authorizer's id. */
  readonly authorizers: ReadonlyMap<string, string>;
  readonly apiKey: string;
  readonly signed: string;
}

/** ExportContext is the state that the steps of one export share. */
export interface ExportContext {
  readonly source: ExportSource;
  readonly type: ExportType;
  readonly documentation: DocumentationIndex;
  readonly schemeNames: SchemeNames;
  /** Names of request validators by id. */
  readonly validatorNames: ReadonlyMap<string, string>;
  has(extension: Exclude<ExportExtension, "apigateway" | "postman">): boolean;
  /** The reference to a model in the document. */
  reference(model: string): JsonObject;
}
