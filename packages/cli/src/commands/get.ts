import type { Entity } from "@tollgate/proto/control";
import type { Command } from "commander";
import { toManifest, toYaml } from "../manifest-file.ts";
import { CliError, EXIT, formatTable, print, tell, toJson, type OutputFormat } from "../output.ts";
import { globalsOf, openSession } from "../session.ts";

const kindsByWord: Readonly<Record<string, string>> = {
  restapi: "RestApi",
  restapis: "RestApi",
  api: "RestApi",
  apis: "RestApi",
  resource: "Resource",
  resources: "Resource",
  model: "Model",
  models: "Model",
  stage: "Stage",
  stages: "Stage",
  deployment: "Deployment",
  deployments: "Deployment",
  account: "Account",
  serviceendpoint: "ServiceEndpoint",
  serviceendpoints: "ServiceEndpoint",
  domainname: "DomainName",
  domainnames: "DomainName",
  all: "",
};

/** kindOf takes a kind in any case, singular or plural. */
export function kindOf(word: string): string {
  const kind = kindsByWord[word.toLowerCase()];
  if (kind === undefined)
    throw new CliError(
      `'${word}' is no kind; try restapis, resources, models, stages, deployments, serviceendpoints, account or all`,
      EXIT.USAGE,
    );
  return kind;
}

function summaryOf(entity: Entity): string {
  const spec = JSON.parse(entity.specJson || "{}") as Record<string, unknown>;
  if (entity.kind === "Resource")
    return `${String(spec.path)} ${Object.keys((spec.methods ?? {}) as object).join(",")}`;
  return String(spec.name ?? spec.url ?? spec.deploymentId ?? spec.description ?? "");
}

function printEntities(entities: readonly Entity[], output: OutputFormat): void {
  const manifests = entities.map(toManifest);
  if (output === "json") print(toJson(manifests));
  else if (output === "yaml") print(toYaml(manifests));
  else
    print(
      formatTable(
        entities.map((entity) => ({
          kind: entity.kind,
          api: entity.restApiId,
          id: entity.id,
          summary: summaryOf(entity),
          revision: entity.revision,
        })),
        ["kind", "api", "id", "summary", "revision"],
      ),
    );
}

export function addGet(program: Command): void {
  program
    .command("get")
    .description("show entities; -o yaml can be applied again")
    .argument("<kind>", "restapis, resources, models, stages, deployments, serviceendpoints, account or all")
    .argument("[id]", "only this one")
    .option("--api <id>", "only of this API")
    .action(async (word: string, id: string | undefined, options: { api?: string }, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const kind = kindOf(word);
      if (id !== undefined) {
        const { entity } = await session.config.get({
          accountId: globals.account,
          kind,
          restApiId: options.api ?? "",
          id,
        });
        if (entity) printEntities([entity], globals.output);
        return;
      }
      const entities: Entity[] = [];
      let pageToken = "";
      do {
        const page = await session.config.list({
          accountId: globals.account,
          kind,
          restApiId: options.api ?? "",
          pageSize: 1000,
          pageToken,
        });
        entities.push(...page.entities);
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      printEntities(entities, globals.output);
    });
  program
    .command("delete")
    .description("remove an entity; an API goes with everything below it")
    .argument("<kind>")
    .argument("<id>")
    .option("--api <id>", "the API it belongs to")
    .action(async (word: string, id: string, options: { api?: string }, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const { deleted, revision } = await session.config.delete({
        accountId: globals.account,
        kind: kindOf(word),
        restApiId: options.api ?? "",
        id,
      });
      if (globals.output === "table") {
        for (const entity of deleted) print(`- ${entity.kind}/${entity.id} deleted`);
        tell(`revision ${revision}`);
      } else print(toJson({ revision, deleted: deleted.map(toManifest) }));
    });
}
