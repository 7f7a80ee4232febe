import { newApiId, type Kind } from "@tollgate/config";
import {
  BASE_PATH_MODES,
  DefinitionError,
  importOpenApi,
  type DocumentedPart,
  type Finding,
} from "@tollgate/openapi";
import { badRequest } from "../aws-error.ts";
import type { AccountView, Change, Draft } from "../port.ts";
import { checkOneOf } from "../rest-json/constraint.ts";
import { knownApi } from "../rest-json/crud.ts";
import { pathParameter, type AwsRequest, type JsonObject, type Operation } from "../rest-json/operation.ts";
import { partDrafts } from "./documentation-part.ts";
import { showRestApi } from "./rest-api.ts";

/** What an import writes, and an overwrite takes away. */
const KINDS = [
  "Resource",
  "Model",
  "RequestValidator",
  "Authorizer",
  "GatewayResponse",
  "DocumentationPart",
] as const;

const told = ({ line, pointer, message }: Finding) => `line ${line}, ${pointer}: ${message}`;

interface Definition {
  readonly drafts: readonly Draft[];
  readonly documentation: readonly DocumentedPart[];
  readonly warnings: readonly string[];
}

/** Reads the definition of a request's body. What cannot be imported refuses it whole. */
function readDefinition(request: AwsRequest, restApiId: string): Definition {
  const { query, accountId, region } = request;
  const basePath = BASE_PATH_MODES.find((mode) => mode === (query.get("basepath") ?? "ignore"));
  if (basePath === undefined)
    throw badRequest(
      `Invalid basepath '${query.get("basepath")}' specified. Must be one of: [${BASE_PATH_MODES.join(", ")}]`,
    );
  const findings: Finding[] = [];
  let drafts: readonly Draft[];
  let documentation: readonly DocumentedPart[];
  try {
    const outcome = importOpenApi(request.text, { restApiId, accountId, region, basePath });
    findings.push(...outcome.findings);
    documentation = query.get("ignore") === "documentation" ? [] : outcome.documentation;
    drafts = outcome.manifests.map(({ kind, restApiId: api = "", id = "", spec }) => ({
      kind: kind as Kind,
      restApiId: api,
      id,
      spec,
    }));
  } catch (error) {
    if (error instanceof DefinitionError) throw badRequest(`Invalid OpenAPI input. ${error.message}`);
    throw error;
  }
  const levels = query.get("failonwarnings") === "true" ? ["error", "warning"] : ["error"];
  const bad = findings.filter(({ level }) => levels.includes(level));
  if (bad.length > 0) throw badRequest(`Unable to import the definition: ${bad.map(told).join("; ")}`);
  return { drafts, documentation, warnings: findings.filter(({ level }) => level === "warning").map(told) };
}

interface PathSpec {
  readonly path: string;
  readonly methods: object;
}

/** Resources of the definition get the ids that their paths have, and in a merge keep the methods that the definition does not name. */
function onPresent(
  account: AccountView,
  restApiId: string,
  drafts: readonly Draft[],
  isMerge: boolean,
): Draft[] {
  const byPath = new Map(
    account.list("Resource", restApiId).map(({ entity }) => [entity.spec.path, entity] as const),
  );
  return drafts.map((draft) => {
    if (draft.kind !== "Resource") return draft;
    const { path, methods } = draft.spec as PathSpec;
    const present = byPath.get(path);
    if (!present) return draft;
    return {
      ...draft,
      id: present.id,
      spec: { path, methods: isMerge ? { ...present.spec.methods, ...methods } : methods },
    };
  });
}

/** The API itself after an import: what the definition does not say stays. */
function apiAfter(account: AccountView, restApiId: string, { spec }: Draft, isMerge: boolean): Draft {
  const present = account.get("RestApi", "", restApiId)?.entity.spec;
  const given = spec as { readonly binaryMediaTypes?: readonly string[] };
  const types = [
    ...new Set([...(isMerge ? (present?.binaryMediaTypes ?? []) : []), ...(given.binaryMediaTypes ?? [])]),
  ];
  return {
    kind: "RestApi",
    restApiId: "",
    id: restApiId,
    spec: { ...present, ...given, binaryMediaTypes: types },
  };
}

function changeOf(
  account: AccountView,
  restApiId: string,
  { drafts, documentation }: Definition,
  isMerge: boolean,
): Change {
  const [api, ...parts] = drafts as [Draft, ...Draft[]];
  const puts = [
    ...onPresent(account, restApiId, parts, isMerge),
    ...partDrafts(account, restApiId, documentation),
  ];
  const kept = new Set(puts.map(({ kind, id }) => `${kind}/${id}`));
  const isRoot = (spec: object) => (spec as Partial<PathSpec>).path === "/";
  const present = KINDS.flatMap((kind) => account.list(kind, restApiId).map(({ entity }) => entity));
  const others = isMerge ? [] : present.filter(({ kind, id }) => !kept.has(`${kind}/${id}`));
  return {
    puts: [
      apiAfter(account, restApiId, api, isMerge),
      ...puts,
      // The root keeps its id.
      ...others
        .filter(({ spec }) => isRoot(spec))
        .map((root) => ({ ...root, spec: { path: "/", methods: {} } })),
    ],
    deletes: others.filter(({ spec }) => !isRoot(spec)),
  };
}

async function importInto(
  request: AwsRequest,
  restApiId: string,
  { isMerge, isNew }: { isMerge: boolean; isNew: boolean },
): Promise<JsonObject> {
  const definition = readDefinition(request, restApiId);
  const account = await request.application.change(request.accountId, (present) => {
    if (!isNew) knownApi(present, restApiId);
    return changeOf(present, restApiId, definition, isMerge);
  });
  const { warnings } = definition;
  return {
    ...showRestApi(knownApi(account, restApiId), account),
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

/** importOperations make an API of an OpenAPI definition, or bring one up to it. */
export const importOperations: readonly Operation[] = [
  {
    name: "ImportRestApi",
    method: "POST",
    path: "/restapis",
    where: ["mode", "import"],
    takesText: true,
    status: 201,
    run: (request) => importInto(request, newApiId(), { isMerge: false, isNew: true }),
  },
  {
    name: "PutRestApi",
    method: "PUT",
    path: "/restapis/{restapi_id}",
    takesText: true,
    status: 200,
    run: (request) => {
      const mode = request.query.get("mode") ?? "merge";
      checkOneOf(mode, "mode", ["merge", "overwrite"]);
      return importInto(request, pathParameter(request, "restapi_id"), {
        isMerge: mode === "merge",
        isNew: false,
      });
    },
  },
];
