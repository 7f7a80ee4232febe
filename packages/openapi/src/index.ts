export { DefinitionError } from "./document.ts";
export type { ImportOptions } from "./import-context.ts";
export { importOpenApi, type ImportOutcome } from "./import-openapi.ts";
export type { Finding, Level } from "./report.ts";
