import { definitionText, EXPORT_EXTENSIONS, type ExportExtension, exportOpenApi } from "@tollgate/openapi";
import {
  type ExportRestApiRequest,
  ExportRestApiRequest_Format as Format,
  ExportRestApiRequest_Type as Type,
} from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { accountOf } from "../config/wire.ts";
import { Refusal } from "../refusal.ts";
import { servedDefinition } from "./served-definition.ts";

const isExtension = (name: string): name is ExportExtension =>
  (EXPORT_EXTENSIONS as readonly string[]).includes(name);

/** createExportRestApi creates DefinitionService.ExportRestApi. */
export const createExportRestApi =
  ({ mirror }: Application, region: string) =>
  async ({ accountId: account, apiId, stageName, type, format, extensions }: ExportRestApiRequest) => {
    const accountId = accountOf(account);
    const unknown = extensions.find((name) => !isExtension(name));
    if (unknown !== undefined)
      throw new Refusal("invalid", `extension '${unknown}' must be one of ${EXPORT_EXTENSIONS.join(", ")}`);
    const source = servedDefinition(mirror.account(accountId), { accountId, region, apiId, stageName });
    const exported = exportOpenApi(source, {
      type: type === Type.SWAGGER ? "swagger" : "oas30",
      extensions: extensions.filter(isExtension),
    });
    return { definition: definitionText(exported, format === Format.YAML ? "yaml" : "json") };
  };
