export { DefinitionError } from "./document.ts";
export { importOpenApi, type ImportOptions, type ImportOutcome } from "./import-openapi.ts";
export type { Finding, Level } from "./report.ts";
