import { type Entity, type Kind, newApiId, type Problem, parseManifest, problemAt } from "@tollgate/config";
import {
  type BasePathMode,
  DefinitionError,
  type Finding,
  type ImportOutcome,
  importChange,
  importOpenApi,
} from "@tollgate/openapi";
import type { Operator } from "@tollgate/proto/access";
import { BasePath, ImportMode, type ImportRestApiRequest } from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import { refuse as refuseWith } from "../config/refuse.ts";
import { accountOf, toProtoChange } from "../config/wire.ts";
import { facts } from "../facts.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { problemOfFinding, toProtoFinding } from "./findings.ts";

const MAX_BYTES = 32 * 1024 * 1024;
const BASE_PATHS: Readonly<Record<number, BasePathMode>> = {
  [BasePath.UNSPECIFIED]: "ignore",
  [BasePath.IGNORE]: "ignore",
  [BasePath.PREPEND]: "prepend",
  [BasePath.SPLIT]: "split",
};

const refuse = (problems: readonly Problem[]): never => refuseWith(problems, "imported");

function read(
  request: ImportRestApiRequest,
  apiId: string,
  accountId: string,
  region: string,
): ImportOutcome {
  const { definition, basePath, proxyBaseUrl } = request;
  if (proxyBaseUrl !== "" && !URL.canParse(proxyBaseUrl))
    return refuse([problemAt("proxy_base_url", facts.URL_INVALID({ url: proxyBaseUrl }))]);
  try {
    return importOpenApi(definition, {
      apiId,
      accountId,
      region,
      basePath: BASE_PATHS[basePath] ?? "ignore",
      maxBytes: MAX_BYTES,
      ...(proxyBaseUrl === "" ? {} : { proxyBaseUrl }),
    });
  } catch (error) {
    if (error instanceof DefinitionError)
      return refuse([problemAt("definition", facts.DEFINITION_UNREADABLE({ reason: error.message }))]);
    throw error;
  }
}

function checkFindings(
  findings: readonly Finding[],
  { failOnWarnings, keepGoing }: ImportRestApiRequest,
): void {
  const bad = findings.filter(
    ({ level }) => (level === "error" && !keepGoing) || (level === "warning" && failOnWarnings),
  );
  if (bad.length > 0) refuse(bad.map(problemOfFinding));
}

function entitiesOf(
  state: AccountState,
  outcome: ImportOutcome,
  apiId: string,
  request: ImportRestApiRequest,
) {
  const entities = state.ofApi(apiId).map(({ entity }) => entity);
  const { puts, deletes } = importChange(
    { restApi: state.find("RestApi", "", apiId), entities },
    { manifests: outcome.manifests, documentation: request.ignoreDocumentation ? [] : outcome.documentation },
    request.mode === ImportMode.OVERWRITE ? "overwrite" : "merge",
  );
  const problems: Problem[] = [];
  const parsed = puts.flatMap((manifest, i): Entity[] => {
    const { kind, apiId: api = "", id } = manifest;
    const labels = state.find(kind as Kind, api, id)?.labels;
    const entity = parseManifest({ ...manifest, labels }, i);
    if (entity.ok) return [entity.value];
    if (!request.keepGoing) problems.push(...entity.problems);
    return [];
  });
  if (problems.length > 0) refuse(problems);
  return { entities: parsed, deletes };
}

/** createImportRestApi creates DefinitionService.ImportRestApi. */
export const createImportRestApi =
  (application: Application, region: string) => async (request: ImportRestApiRequest, operator: Operator) => {
    const accountId = accountOf(request.accountId);
    const apiId = request.apiId || newApiId();
    const outcome = read(request, apiId, accountId, region);
    checkFindings(outcome.findings, request);
    const applied = await changeAccount(application, {
      accountId,
      asker: operator,
      expectedRevision: Number(request.expectedRevision),
      dryRun: request.dryRun,
      want: (state) => entitiesOf(state, outcome, apiId, request),
    });
    return {
      apiId,
      findings: outcome.findings.map(toProtoFinding),
      ...toProtoChange(application.mirror.account(accountId), applied, request.dryRun),
    };
  };
