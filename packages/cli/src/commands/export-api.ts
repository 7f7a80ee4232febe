import type { HttpApi, SpecOf } from "@tollgate/config";
import { definitionText, exportHttpApi } from "@tollgate/openapi";
import type { Entity } from "@tollgate/proto/control";
import { toYaml, written } from "../manifest-file.ts";
import { CliError, EXIT, toJson } from "../output.ts";
import type { Session } from "../session.ts";
import { allEntities } from "./get.ts";

export interface ApiExportOptions {
  readonly stage: string;
  /** undefined: OpenAPI for what it can describe. */
  readonly type: string | undefined;
  readonly format: "json" | "yaml" | "html";
  readonly extensions: readonly string[];
}

const ALL_EXTENSIONS = "apigateway";

const specOf = <T>({ specJson }: Entity): T => JSON.parse(specJson) as T;

/** apiEntities are an HTTP or WebSocket API and what belongs to it; undefined: there is none of that id. */
export async function apiEntities(
  session: Session,
  accountId: string,
  apiId: string,
): Promise<readonly Entity[] | undefined> {
  const entities = await allEntities(session, { accountId, kind: "", apiId });
  return entities.some(({ kind }) => kind === "Api") ? entities : undefined;
}

interface ServedApi {
  readonly apiId: string;
  readonly stageName: string;
  readonly stage: SpecOf<"ApiStage">;
  readonly deployment: SpecOf<"ApiDeployment">;
}

/** What a stage serves. */
function servedOf(entities: readonly Entity[], apiId: string, stageName: string): ServedApi {
  const find = (wanted: string, id: string) =>
    entities.find((entity) => entity.kind === wanted && entity.id === id);
  const stageEntity = find("ApiStage", stageName);
  if (!stageEntity) {
    const names = entities.filter(({ kind }) => kind === "ApiStage").map(({ id }) => id);
    const known = names.length === 0 ? "it has none" : `its stages are ${names.join(", ")}`;
    throw new CliError(`API '${apiId}' has no stage '${stageName}': ${known}`);
  }
  const stage = specOf<SpecOf<"ApiStage">>(stageEntity);
  const deployment = find("ApiDeployment", stage.deploymentId ?? "");
  if (!deployment)
    throw new CliError(
      `stage '${stageName}' of API '${apiId}' serves nothing yet: run 'tollgate deploy ${apiId} --stage ${stageName}'`,
    );
  return { apiId, stageName, stage, deployment: specOf<SpecOf<"ApiDeployment">>(deployment) };
}

/** What a stage serves as manifests: applied again, they make the same API, which then needs a deployment unless the stage has autoDeploy. */
function manifestsOf({ apiId, stageName, stage, deployment }: ServedApi): object[] {
  const { deploymentId: _deployed, authorizerCacheEpoch: _cache, ...own } = stage;
  return [
    written({ kind: "Api", id: apiId, spec: deployment.api }),
    written({ kind: "ApiStage", apiId, id: stageName, spec: own }),
  ];
}

/** What a stage of an HTTP API serves as OpenAPI 3.0. */
function definitionOf(
  { apiId, stageName, deployment }: ServedApi,
  { region, extensions }: { readonly region: string; readonly extensions: readonly string[] },
) {
  const unknown = extensions.find((name) => name !== ALL_EXTENSIONS);
  if (unknown !== undefined)
    throw new CliError(
      `--extensions '${unknown}': an HTTP API is exported with all extensions or without: use ${ALL_EXTENSIONS}`,
      EXIT.USAGE,
    );
  const version = new Date(deployment.createTimeUnixMs).toISOString();
  const source = { apiId, region, stageName, version, api: deployment.api as HttpApi };
  return exportHttpApi(source, extensions.length > 0);
}

/** exportApi is what a stage of an HTTP or WebSocket API serves, as a string. */
export async function exportApi(
  session: Session,
  entities: readonly Entity[],
  apiId: string,
  { stage, type, format, extensions }: ApiExportOptions,
): Promise<string> {
  const served = servedOf(entities, apiId, stage);
  const isHttp = served.deployment.api.protocolType === "HTTP";
  if (type === "manifest") {
    if (format === "html") throw new CliError("--format html is for definitions only", EXIT.USAGE);
    const manifests = manifestsOf(served);
    return format === "json" ? toJson(manifests) : toYaml(manifests);
  }
  if (!isHttp)
    throw new CliError(
      `OpenAPI cannot describe '${apiId}', which is a WebSocket API: use --type manifest`,
      EXIT.USAGE,
    );
  if (type === "swagger")
    throw new CliError(
      `'${apiId}' is an HTTP API, which is exported as OpenAPI 3.0: use --type oas30`,
      EXIT.USAGE,
    );
  const { region } = await session.status.getStatus({});
  return definitionText(definitionOf(served, { region, extensions }), format === "yaml" ? "yaml" : "json");
}
