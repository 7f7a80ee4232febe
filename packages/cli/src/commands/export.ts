import { type Command, InvalidArgumentError, Option } from "commander";
import { documentationPage, EXPORT_EXTENSIONS } from "@tollgate/openapi";
import {
  ExportRestApiRequest_Format as Format,
  ExportRestApiRequest_Type as Type,
} from "@tollgate/proto/control";
import { CliError, EXIT, print } from "../output.ts";
import { globalsOf, openSession, type Session } from "../session.ts";
import { apiEntities, exportApi } from "./export-api.ts";

const TYPES = { oas30: Type.OAS30, swagger: Type.SWAGGER };
const MANIFEST = "manifest";
/** The documentation page is rendered from JSON. */
const FORMATS = { json: Format.JSON, yaml: Format.YAML, html: Format.JSON };

interface ExportCommandOptions {
  readonly stage: string;
  readonly type?: keyof typeof TYPES | typeof MANIFEST;
  readonly format: keyof typeof FORMATS;
  readonly extensions: readonly string[];
}

function readExtensions(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !(EXPORT_EXTENSIONS as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`'${unknown}' must be one of ${EXPORT_EXTENSIONS.join(", ")}.`);
  return names;
}

async function exportRestApi(
  session: Session,
  accountId: string,
  apiId: string,
  { stage, type = "oas30", format, extensions }: ExportCommandOptions,
): Promise<string> {
  if (type === MANIFEST)
    throw new CliError(
      `--type ${MANIFEST} is for HTTP and WebSocket APIs: for a REST API use 'tollgate get all --api ${apiId} -o yaml'`,
      EXIT.USAGE,
    );
  const { definition } = await session.definitions.exportRestApi({
    accountId,
    apiId,
    stageName: stage,
    type: TYPES[type],
    format: FORMATS[format],
    extensions: [...extensions],
  });
  return definition;
}

export function addExport(program: Command): void {
  program
    .command("export")
    .description(
      "show what a stage serves as an OpenAPI definition or a page of documentation; an HTTP or WebSocket API also as manifests",
    )
    .argument("<api>", "id of the API")
    .requiredOption("--stage <name>", "the stage")
    .addOption(
      new Option(
        "--type <type>",
        "dialect of the definition (default: oas30), or the manifests of an HTTP or WebSocket API",
      ).choices([...Object.keys(TYPES), MANIFEST]),
    )
    .addOption(
      new Option("--format <format>", "output format; html is a page of documentation")
        .choices(Object.keys(FORMATS))
        .default("yaml"),
    )
    .option(
      "--extensions <names>",
      `extensions to include, such as integrations,authorizers; apigateway includes all`,
      readExtensions,
      [],
    )
    .action(async (apiId: string, options: ExportCommandOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const entities = await apiEntities(session, globals.account, apiId);
      const definition = entities
        ? await exportApi(session, entities, apiId, { ...options, type: options.type })
        : await exportRestApi(session, globals.account, apiId, options);
      const isPage = options.format === "html";
      print(isPage ? documentationPage(definition) : definition.trimEnd());
    });
}
