import { type Command, InvalidArgumentError, Option } from "commander";
import { documentationPage, EXPORT_EXTENSIONS } from "@tollgate/openapi";
import {
  ExportRestApiRequest_Format as Format,
  ExportRestApiRequest_Type as Type,
} from "@tollgate/proto/control";
import { print } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";

const TYPES = { oas30: Type.OAS30, swagger: Type.SWAGGER };
/** The documentation page is rendered from JSON. */
const FORMATS = { json: Format.JSON, yaml: Format.YAML, html: Format.JSON };

interface ExportCommandOptions {
  readonly stage: string;
  readonly type: keyof typeof TYPES;
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

export function addExport(program: Command): void {
  program
    .command("export")
    .description("show what a stage serves as an OpenAPI definition, or as a page of documentation")
    .argument("<api>", "id of the API")
    .requiredOption("--stage <name>", "the stage")
    .addOption(
      new Option("--type <type>", "dialect of the definition").choices(Object.keys(TYPES)).default("oas30"),
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
      const { definition } = await session.definitions.exportRestApi({
        accountId: globals.account,
        apiId,
        stageName: options.stage,
        type: TYPES[options.type],
        format: FORMATS[options.format],
        extensions: [...options.extensions],
      });
      print(options.format === "html" ? documentationPage(definition) : definition.trimEnd());
    });
}
