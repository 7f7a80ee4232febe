import type { SchemeNames } from "./export-security.ts";
import type { JsonObject } from "./document.ts";
import type { DocumentationIndex } from "./documentation-index.ts";
import type { ExportExtension, ExportSource, ExportType } from "./export-source.ts";

/** ExportContext is what every step of one export works with. */
export interface ExportContext {
  readonly source: ExportSource;
  readonly type: ExportType;
  readonly documentation: DocumentationIndex;
  /** Names of request validators by id. */
  readonly schemeNames: SchemeNames;
  readonly validatorNames: ReadonlyMap<string, string>;
  has(extension: Exclude<ExportExtension, "apigateway" | "postman">): boolean;
  /** Where a model is found in the document. */
  reference(model: string): JsonObject;
}
