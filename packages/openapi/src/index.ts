export { BASE_PATH_MODES, type BasePathMode } from "./base-path.ts";
export { isDefinition, isObject, type Json, type JsonObject } from "./document.ts";
export { documentationPage } from "./documentation-page.ts";
export { DefinitionError, type DefinitionSource } from "./definition-source.ts";
export { definitionText, exportOpenApi, type ExportOptions } from "./export-openapi.ts";
export {
  EXPORT_EXTENSIONS,
  type ExportExtension,
  type ExportSource,
  type ExportType,
} from "./export-source.ts";
export { importHttpApi, type HttpImportOutcome } from "./http-api/import-http-api.ts";
export type { ImportOptions } from "./import-context.ts";
export {
  importChange,
  IMPORT_KINDS,
  IMPORT_MODES,
  nameOfLocation,
  partManifests,
  type ImportMode,
} from "./import-change.ts";
export { importOpenApi, type ImportOutcome } from "./import-openapi.ts";
export { LINT_RULES } from "./lint-rules.ts";
export { checkRules, type LintRule } from "./linted-api.ts";
export { MIGRATION_RULES } from "./migration-rules.ts";
export { jsonSource } from "./json-source.ts";
export { yamlSource } from "./yaml-source.ts";
export { stableId } from "./import-definitions.ts";
export { pointerOf } from "./json-pointer.ts";
export { documentable, readDocumentation, type DocumentedPart } from "./read-documentation.ts";
export type { Finding, Level } from "./report.ts";
