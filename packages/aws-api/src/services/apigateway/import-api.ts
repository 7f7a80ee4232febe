import { type Entity, type Manifest, newApiId } from "@tollgate/config";
import {
  BASE_PATH_MODES,
  DefinitionError,
  IMPORT_KINDS,
  type ImportMode,
  type ImportOptions,
  type ImportOutcome,
  importChange,
  importOpenApi,
} from "@tollgate/openapi";
import { AwsError } from "../../aws-error.ts";
import { type AccountView, draftOf } from "../../port.ts";
import {
  type AwsRequest,
  type JsonObject,
  type Operation,
  pathParameter,
} from "../../protocol/rest-json/operation.ts";
import { linesOf, listedWarnings, placed } from "../import-findings.ts";
import { ImportRefusal } from "../import-refusal.ts";
import { knownApi } from "./crud.ts";
import { badRequest } from "./errors.ts";
import { checkAsCalls } from "./import-rules.ts";
import { showRestApi } from "./rest-api.ts";

type Definition = Pick<ImportOutcome, "manifests" | "documentation" | "findings">;

function readText(text: string, options: ImportOptions): ImportOutcome {
  try {
    return importOpenApi(text, options);
  } catch (error) {
    if (error instanceof DefinitionError) throw badRequest("Invalid OpenAPI input.", error.message);
    throw error;
  }
}

/** Reads the definition in a request's body. The whole definition is refused if a part of it cannot be imported. */
function readDefinition(request: AwsRequest, apiId: string): Definition {
  const { query, accountId, region } = request;
  const basePath = BASE_PATH_MODES.find((mode) => mode === (query.get("basepath") ?? "ignore"));
  if (basePath === undefined)
    throw badRequest(
      `Invalid basepath '${query.get("basepath")}' specified. Must be one of: [${BASE_PATH_MODES.join(", ")}]`,
    );
  const outcome = readText(request.text, { apiId, accountId, region, basePath });
  const { manifests, documentation, findings } = outcome;
  for (const finding of findings)
    if (finding.whole !== undefined) throw badRequest(finding.whole, placed(finding));
  checkAsCalls(outcome);
  if (findings.some(({ level }) => level === "error")) throw new ImportRefusal(findings);
  const warnings = linesOf(findings, "warning");
  if (warnings.length > 0 && query.get("failonwarnings") === "true")
    throw badRequest(listedWarnings(warnings));
  return {
    manifests,
    documentation: query.get("ignore") === "documentation" ? [] : documentation,
    findings,
  };
}

const presentApi = (account: AccountView, apiId: string) => ({
  restApi: account.get("RestApi", "", apiId)?.entity,
  entities: IMPORT_KINDS.flatMap((kind): readonly Entity[] =>
    account.list(kind, apiId).map(({ entity }) => entity as Entity),
  ),
});

/** How a new API can be reached: as the request or its definition says, else EDGE, as on AWS. */
function withEndpoint(
  [api, ...others]: Definition["manifests"],
  { query }: AwsRequest,
): Definition["manifests"] {
  if (!api) return others;
  const type = query.get("endpointConfigurationTypes");
  const asked = { endpointConfiguration: { types: [type || "EDGE"] } };
  const spec = type ? { ...(api.spec as object), ...asked } : { ...asked, ...(api.spec as object) };
  return [{ ...api, spec }, ...others];
}

async function importInto(
  request: AwsRequest,
  apiId: string,
  { mode, isNew }: { mode: ImportMode; isNew: boolean },
): Promise<JsonObject> {
  const read = readDefinition(request, apiId);
  const definition = isNew ? { ...read, manifests: withEndpoint(read.manifests, request) } : read;
  let manifests: readonly Manifest[] = [];
  const account = await request.application
    .change(request.accountId, (present) => {
      if (!isNew) knownApi(present, apiId);
      const change = importChange(presentApi(present, apiId), definition, mode);
      manifests = change.puts;
      return { ...change, puts: change.puts.map(draftOf) };
    })
    .catch((cause: unknown) => {
      throw cause instanceof AwsError ? cause : new ImportRefusal(definition.findings, { manifests, cause });
    });
  const warnings = linesOf(definition.findings, "warning");
  return {
    ...(isNew ? {} : { tags: {} }),
    ...showRestApi(knownApi(account, apiId), account),
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

/** importOperations create an API from an OpenAPI definition, or update one. */
export const importOperations: readonly Operation[] = [
  {
    name: "ImportRestApi",
    method: "POST",
    path: "/restapis",
    where: ["mode", "import"],
    takesText: true,
    status: 201,
    run: (request) => importInto(request, newApiId(), { mode: "overwrite", isNew: true }),
  },
  {
    name: "PutRestApi",
    method: "PUT",
    path: "/restapis/{restapi_id}",
    takesText: true,
    status: 200,
    run: (request) => {
      const given = request.query.get("mode") ?? "merge";
      const mode = given === "merge" ? "merge" : "overwrite";
      return importInto(request, pathParameter(request, "restapi_id"), {
        mode,
        isNew: false,
      });
    },
  },
];
