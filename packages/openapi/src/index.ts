export { BASE_PATH_MODES, type BasePathMode } from "./base-path.ts";
export { DefinitionError, type DefinitionSource } from "./definition-source.ts";
export { isDefinition, isObject, type Json, type JsonObject } from "./document.ts";
export { documentationPage } from "./documentation-page.ts";
export { definitionText, type ExportOptions, exportOpenApi } from "./export-openapi.ts";
export {
  EXPORT_EXTENSIONS,
  type ExportExtension,
  type ExportSource,
  type ExportType,
} from "./export-source.ts";
export { exportHttpApi, type HttpExportSource } from "./http-api/export-http-api.ts";
export { type HttpImportOutcome, importHttpApi } from "./http-api/import-http-api.ts";
export {
  IMPORT_KINDS,
  IMPORT_MODES,
  type ImportMode,
  importChange,
  nameOfLocation,
  partManifests,
} from "./import-change.ts";
export type { ImportOptions } from "./import-context.ts";
export { stableId } from "./import-definitions.ts";
export { type ImportOutcome, importOpenApi } from "./import-openapi.ts";
export { pointerOf } from "./json-pointer.ts";
export { jsonSource } from "./json-source.ts";
export { LINT_RULES } from "./lint-rules.ts";
export { checkRules, type LintRule } from "./linted-api.ts";
export { MIGRATION_RULES } from "./migration-rules.ts";
export { type Part, partOf } from "./part.ts";
export { type DocumentedPart, documentable, readDocumentation } from "./read-documentation.ts";
export { type Finding, type Level, shortened } from "./report.ts";
export { yamlSource } from "./yaml-source.ts";
