import type { Command } from "commander";
import { kinds } from "@tollgate/config";
import type { Entity } from "@tollgate/proto/control";
import { printChanges } from "../changes.ts";
import { toManifest, toYaml } from "../manifest-file.ts";
import { CliError, EXIT, type OutputFormat, print, printTable, report, toJson } from "../output.ts";
import { globalsOf, openSession, type Session } from "../session.ts";
import { isStageEntity, urlOfStages } from "../stage-url.ts";

/** Names of kinds on the command line, singular and plural. */
const kindsByWord: ReadonlyMap<string, string> = new Map([
  ...Object.keys(kinds).flatMap((kind) => [
    [kind.toLowerCase(), kind] as const,
    [`${kind.toLowerCase()}s`, kind] as const,
  ]),
  ["all", ""],
]);

/** kindOf accepts the name of a kind in any case, singular or plural. */
export function kindOf(word: string): string {
  const kind = kindsByWord.get(word.toLowerCase());
  if (kind === undefined)
    throw new CliError(`'${word}' is not a kind; use ${Object.keys(kinds).join(", ")} or all`, EXIT.USAGE);
  return kind;
}

function summaryOf(entity: Entity): string {
  const spec = JSON.parse(entity.specJson || "{}") as Record<string, unknown>;
  if (entity.kind === "Resource")
    return `${String(spec.path)} ${Object.keys((spec.methods ?? {}) as object).join(",")}`;
  if (entity.kind === "ApiKey")
    return `${String(spec.name ?? "")}${spec.enabled === false ? " (disabled)" : ""}`;
  return String(spec.name ?? spec.url ?? spec.deploymentId ?? spec.description ?? "");
}

async function printEntities(
  session: Session,
  entities: readonly Entity[],
  output: OutputFormat,
): Promise<void> {
  const manifests = entities.map(toManifest);
  if (output === "json") return print(toJson(manifests));
  if (output === "yaml") return print(toYaml(manifests));
  // Only stages have an address.
  const urlOf = entities.some(isStageEntity) ? await urlOfStages(session) : undefined;
  const rows = entities.map((entity) => ({
    kind: entity.kind,
    api: entity.apiId,
    id: entity.id,
    summary: summaryOf(entity),
    revision: entity.revision,
    url: isStageEntity(entity) ? urlOf?.(entity.apiId, entity.id) : "",
  }));
  printTable(rows, ["kind", "api", "id", "summary", "revision", ...(urlOf ? ["url"] : [])]);
}

/** allEntities reads every page of a list. */
export async function allEntities(
  session: Session,
  wanted: { accountId: string; kind: string; apiId: string; includeSecrets?: boolean },
): Promise<Entity[]> {
  const entities: Entity[] = [];
  let pageToken = "";
  do {
    const page = await session.config.list({ ...wanted, pageSize: 1000, pageToken });
    entities.push(...page.entities);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return entities;
}

interface GetOptions {
  readonly api?: string;
  readonly secrets?: boolean;
}

export function addGet(program: Command): void {
  program
    .command("get")
    .description("show entities; the output of -o yaml can be applied again")
    .argument("<kind>", "a kind, such as restapis, resources, models or stages; or all")
    .argument("[id]", "only this one")
    .option("--api <id>", "only of this API")
    .option("--secrets", "include secrets, such as the values of API keys")
    .action(async (word: string, id: string | undefined, options: GetOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const kind = kindOf(word);
      const includeSecrets = options.secrets ?? false;
      if (id !== undefined) {
        const { entity } = await session.config.get({
          accountId: globals.account,
          kind,
          apiId: options.api ?? "",
          id,
          includeSecrets,
        });
        if (entity) await printEntities(session, [entity], globals.output);
        return;
      }
      const entities = await allEntities(session, {
        accountId: globals.account,
        kind,
        apiId: options.api ?? "",
        includeSecrets,
      });
      await printEntities(session, entities, globals.output);
    });
  program
    .command("delete")
    .description("delete an entity; an API with everything below it, a stack with everything it created")
    .argument("<kind>")
    .argument("<id>")
    .option("--api <id>", "the API it belongs to")
    .action(async (word: string, id: string, options: { api?: string }, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      if (kindOf(word) === "Stack") {
        const { changes, revision } = await session.stacks.deleteStack({
          accountId: globals.account,
          name: id,
        });
        return printChanges({ changes, revision }, globals.output, false);
      }
      const { deleted, revision } = await session.config.delete({
        accountId: globals.account,
        kind: kindOf(word),
        apiId: options.api ?? "",
        id,
      });
      if (globals.output === "table") {
        for (const entity of deleted) print(`- ${entity.kind}/${entity.id} deleted`);
        report(`revision ${revision}`);
      } else print(toJson({ revision, deleted: deleted.map(toManifest) }));
    });
}
