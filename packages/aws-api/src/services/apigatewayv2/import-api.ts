import { newApiId } from "@tollgate/config";
import {
  BASE_PATH_MODES,
  DefinitionError,
  type Finding,
  type HttpImportOutcome,
  type ImportOptions,
  importHttpApi,
} from "@tollgate/openapi";
import { AwsError } from "../../aws-error.ts";
import type { AccountView, Stored } from "../../port.ts";
import {
  type AwsRequest,
  type JsonObject,
  member,
  type Operation,
  pathParameter,
} from "../../protocol/rest-json/operation.ts";
import { badRequest } from "../apigateway/errors.ts";
import { linesOf, listedWarnings } from "../import-findings.ts";
import { ImportRefusal } from "../import-refusal.ts";
import { showApi } from "./api.ts";
import { type AuthorizerSpec, HTTP_AUTHORIZER_RULES } from "./authorizer.ts";
import { lowerCaseHeaders } from "./cors.ts";
import { queryFlag } from "./query-flag.ts";
import { brokenRule } from "./rule.ts";
import { apiOf } from "./shelf.ts";

function readText(text: string, options: ImportOptions): HttpImportOutcome {
  try {
    return importHttpApi(text, options);
  } catch (error) {
    if (error instanceof DefinitionError)
      throw badRequest(`Unable to parse the definition: ${error.message}`);
    throw error;
  }
}

const authorizerOf = ({ part }: Finding): string | undefined =>
  part?.kind === "authorizer" ? part.name : undefined;

/**
 * Authorizers that cannot be imported are refused in the words in which calls that create them are. Calls that give a member a value of
 * another type do not come so far.
 */
function inWordsOfCalls({ manifest, findings }: HttpImportOutcome): readonly Finding[] {
  const authorizers = Object.values((manifest.spec.authorizers ?? {}) as Record<string, AuthorizerSpec>);
  const mistyped = new Set(
    findings.filter(({ problem }) => problem?.code === "TYPE_WRONG").map(authorizerOf),
  );
  return findings.map((finding) => {
    const { part, problem } = finding;
    if (!problem || part?.kind !== "authorizer" || mistyped.has(part.name)) return finding;
    const given = authorizers.find(({ name }) => name === part.name) ?? {};
    const onAws = brokenRule(given, HTTP_AUTHORIZER_RULES);
    return onAws === undefined ? finding : { ...finding, onAws };
  });
}

/** The definition in a request's body. The whole definition is refused if a part of it cannot be imported. */
function readDefinition(request: AwsRequest, apiId: string): HttpImportOutcome {
  const { body, query, accountId, region } = request;
  const text = member(body, "body", "string");
  if (text === undefined || text === "") throw badRequest("Body is a required parameter for import");
  const basePath = BASE_PATH_MODES.find((mode) => mode === (query.get("basepath") ?? "ignore"));
  if (basePath === undefined)
    throw badRequest(
      `Invalid basepath '${query.get("basepath")}' specified. Must be one of: [${BASE_PATH_MODES.join(", ")}]`,
    );
  const isStrict = queryFlag(request, "failOnWarnings") ?? false;
  const outcome = readText(text, { apiId, accountId, region, basePath });
  if (outcome.findings.some(({ level }) => level === "error"))
    throw new ImportRefusal(inWordsOfCalls(outcome));
  const warnings = linesOf(outcome.findings, "warning");
  if (warnings.length > 0 && isStrict) throw badRequest(listedWarnings(warnings));
  return outcome;
}

/** The spec of the API after the import. What the definition does not say is cleared; tags, and the kind of its addresses, stay. */
function imported(
  { spec }: HttpImportOutcome["manifest"],
  present: Stored<"Api">["entity"]["spec"] | undefined,
): object {
  const { corsConfiguration: cors } = spec;
  const tags = { ...present?.tags, ...(spec.tags as object | undefined) };
  return {
    ...(present ? { ipAddressType: present.ipAddressType } : {}),
    ...spec,
    ...(cors === undefined ? {} : { corsConfiguration: lowerCaseHeaders(cors) }),
    ...(Object.keys(tags).length > 0 ? { tags } : {}),
  };
}

function present(account: AccountView, request: AwsRequest): Stored<"Api">["entity"]["spec"] {
  const { spec } = apiOf(account, request).entity;
  if (spec.protocolType === "WEBSOCKET")
    throw badRequest("Only APIs with a protocol type of HTTP can be imported");
  return spec;
}

async function importInto(request: AwsRequest, apiId: string, isNew: boolean): Promise<JsonObject> {
  if (!isNew) present(request.application.account(request.accountId), request);
  const { manifest, findings } = readDefinition(request, apiId);
  const account = await request.application
    .change(request.accountId, (before) => ({
      puts: [
        {
          kind: "Api",
          apiId: "",
          id: apiId,
          spec: imported(manifest, isNew ? undefined : present(before, request)),
        },
      ],
    }))
    .catch((cause: unknown) => {
      throw cause instanceof AwsError ? cause : new ImportRefusal(findings, { manifests: [manifest], cause });
    });
  const warnings = linesOf(findings, "warning");
  const importInfo = linesOf(findings, "info");
  return {
    ...showApi(account.get("Api", "", apiId) as Stored<"Api">, request),
    ...(warnings.length > 0 ? { warnings } : {}),
    ...(importInfo.length > 0 ? { importInfo } : {}),
  };
}

/** importOperations create an HTTP API from an OpenAPI definition, or replace one. */
export const importOperations: readonly Operation[] = [
  {
    name: "ImportApi",
    method: "PUT",
    path: "/v2/apis",
    status: 201,
    run: (request) => importInto(request, newApiId(), true),
  },
  {
    name: "ReimportApi",
    method: "PUT",
    path: "/v2/apis/{apiId}",
    status: 201,
    run: (request) => importInto(request, pathParameter(request, "apiId"), false),
  },
];
