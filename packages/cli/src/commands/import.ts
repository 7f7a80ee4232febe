import { type Command, Option } from "commander";
import { newApiId } from "@tollgate/config";
import {
  BASE_PATH_MODES,
  type BasePathMode,
  DefinitionError,
  type Finding,
  IMPORT_MODES,
  type ImportMode,
  importOpenApi,
} from "@tollgate/openapi";
import { Change_Action as Action, BasePath, ImportMode as Mode } from "@tollgate/proto/control";
import { levels, printChanges } from "../changes.ts";
import { readText, toYaml, written } from "../manifest-file.ts";
import { CliError, EXIT, print, report } from "../output.ts";
import { startProgress } from "../progress.ts";
import { globalsOf, openSession } from "../session.ts";
import { type HttpImportInput, parseHttpApi, writeHttpApi } from "./import-http-api.ts";

/** Largest file that is read. AWS accepts 6 MB; the largest public definitions are three times that size. */
const MAX_BYTES = 32 * 1024 * 1024;

const MODES = { merge: Mode.MERGE, overwrite: Mode.OVERWRITE };
const BASE_PATHS = { ignore: BasePath.IGNORE, prepend: BasePath.PREPEND, split: BasePath.SPLIT };

interface ImportCommandOptions {
  readonly httpApi?: boolean;
  readonly api?: string;
  readonly proxyTo?: string;
  readonly mode: ImportMode;
  readonly basepath: BasePathMode;
  readonly documentation?: boolean;
  readonly print?: boolean;
  readonly dryRun?: boolean;
  readonly failOnWarnings?: boolean;
  readonly keepGoing?: boolean;
}

function parse(file: string, text: string, options: ImportCommandOptions, apiId: string) {
  try {
    const { proxyTo: proxyBaseUrl, basepath: basePath } = options;
    return importOpenApi(text, { apiId, proxyBaseUrl, basePath, maxBytes: MAX_BYTES });
  } catch (error) {
    if (error instanceof DefinitionError) throw new CliError(`${file}: ${error.message}`);
    throw error;
  }
}

/** Reports the findings of a definition, whether found here or by the control plane. */
function reportFindings(
  file: string,
  findings: readonly {
    readonly level: string | number;
    readonly line: number;
    readonly pointer: string;
    readonly message: string;
  }[],
): void {
  for (const { level, line, pointer, message } of findings)
    report(
      `${typeof level === "number" ? levels.get(level) : level}: ${file}:${line} ${pointer}: ${message}`,
    );
}

function checkFindings(
  file: string,
  findings: readonly Finding[],
  { failOnWarnings = false, keepGoing = false }: ImportCommandOptions,
): void {
  reportFindings(file, findings);
  const bad = findings.filter(({ level }) => level === "error" || (failOnWarnings && level === "warning"));
  if (bad.length > 0 && !keepGoing)
    throw new CliError(`${file} was not imported: ${bad.length} ${failOnWarnings ? "findings" : "errors"}`);
}

async function importAsHttpApi(
  given: Pick<HttpImportInput, "file" | "text" | "apiId">,
  options: ImportCommandOptions,
  globals: ReturnType<typeof globalsOf>,
): Promise<void> {
  const { basepath: basePath, proxyTo: proxyBaseUrl, dryRun = false } = options;
  const outcome = parseHttpApi({ ...given, basePath, proxyBaseUrl, maxBytes: MAX_BYTES });
  checkFindings(given.file, outcome.findings, options);
  if (options.print) return print(toYaml([written(outcome.manifest)]));
  using session = openSession(globals);
  await writeHttpApi(session, outcome, { ...globals, dryRun });
}

export function addImport(program: Command): void {
  program
    .command("import")
    .description(
      "create or update a REST API, or an HTTP API, from an OpenAPI 3 or Swagger 2.0 definition with x-amazon-apigateway extensions",
    )
    .argument("<file>", "JSON or YAML, - for standard input")
    .option("--api <id>", "id of the API to write to (default: a new API)")
    .option(
      "--http-api",
      "create an HTTP API from OpenAPI 3.0; an existing one is replaced by the definition",
    )
    .option(
      "--proxy-to <url>",
      "send operations without x-amazon-apigateway-integration to the same path below this URL",
    )
    .addOption(
      new Option("--basepath <mode>", "what to do with the definition's base path")
        .choices(BASE_PATH_MODES)
        .default("ignore"),
    )
    .addOption(
      new Option("--mode <mode>", "whether to keep (merge) or delete (overwrite) what the file does not name")
        .choices(IMPORT_MODES)
        .default("merge"),
    )
    .option("--no-documentation", "do not create documentation parts from the definition's descriptions")
    .option("--print", "print the entities instead of writing them")
    .option("--dry-run", "only show what would change")
    .option("--keep-going", "leave out what cannot be imported and import the rest")
    .option("--fail-on-warnings", "write nothing if there are warnings")
    .action(async (file: string, options: ImportCommandOptions, command: Command) => {
      const globals = globalsOf(command);
      if (options.proxyTo && !URL.canParse(options.proxyTo))
        throw new CliError(`--proxy-to '${options.proxyTo}' must be a URL`, EXIT.USAGE);
      const apiId = options.api ?? newApiId();
      const text = readText(file);
      if (options.httpApi) return importAsHttpApi({ file, text, apiId }, options, globals);
      if (options.print) {
        const { manifests, findings } = parse(file, text, options, apiId);
        checkFindings(file, findings, options);
        return print(toYaml(manifests.map(written)));
      }
      using session = openSession(globals);
      const progress = startProgress("importing the definition");
      const response = await session.definitions
        .importRestApi({
          accountId: globals.account,
          apiId,
          definition: text,
          mode: MODES[options.mode],
          basePath: BASE_PATHS[options.basepath],
          failOnWarnings: options.failOnWarnings ?? false,
          keepGoing: options.keepGoing ?? false,
          proxyBaseUrl: options.proxyTo ?? "",
          ignoreDocumentation: options.documentation === false,
          dryRun: options.dryRun ?? false,
        })
        .catch((error: unknown) => {
          // Report all findings of the definition, not only the ones that the control plane refused it for.
          checkFindings(file, parse(file, text, options, apiId).findings, options);
          throw error;
        })
        .finally(() => progress.stop());
      reportFindings(file, response.findings);
      for (const { path, message } of response.autoDeployProblems)
        report(`not deployed automatically: ${path}: ${message}`);
      if (globals.output !== "table" || options.dryRun) return printChanges(response, globals.output, false);
      const resources = response.changes.filter(
        ({ entity, action }) => entity?.kind === "Resource" && action !== Action.DELETED,
      );
      print(`API ${apiId}: ${resources.length} resources imported`);
      report(`revision ${response.revision}; next: tollgate deploy ${apiId} --stage prod --wait`);
    });
}
