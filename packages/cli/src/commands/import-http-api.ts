import { type BasePathMode, DefinitionError, type HttpImportOutcome, importHttpApi } from "@tollgate/openapi";
import { printChanges } from "../changes.ts";
import { CliError, type OutputFormat, print, report } from "../output.ts";
import type { Session } from "../session.ts";

export interface HttpImportInput {
  readonly file: string;
  readonly text: string;
  readonly apiId: string;
  readonly basePath: BasePathMode;
  readonly proxyBaseUrl: string | undefined;
  readonly maxBytes: number;
}

/** parseHttpApi reads a definition as an HTTP API. */
export function parseHttpApi({ file, text, apiId, ...options }: HttpImportInput): HttpImportOutcome {
  try {
    return importHttpApi(text, { apiId, ...options });
  } catch (error) {
    if (error instanceof DefinitionError) throw new CliError(`${file}: ${error.message}`);
    throw error;
  }
}

/** writeHttpApi replaces an HTTP API by the definition as a whole (AWS: reimport-api). */
export async function writeHttpApi(
  session: Session,
  { manifest }: HttpImportOutcome,
  { account, output, dryRun }: { account: string; output: OutputFormat; dryRun: boolean },
): Promise<void> {
  const { kind, id = "", spec } = manifest;
  const response = await session.config.apply({
    accountId: account,
    entities: [{ kind, apiId: "", id, labels: {}, specJson: JSON.stringify(spec) }],
    dryRun,
  });
  if (output !== "table" || dryRun) return printChanges(response, output, false);
  print(`HTTP API ${id}: ${Object.keys((spec.routes ?? {}) as object).length} routes imported`);
  report(`revision ${response.revision}; next: tollgate deploy ${id} --stage '$default' --wait`);
}
