import { type DocumentationLocation, documentationLocation, type Kind, newChildId } from "@tollgate/config";
import {
  DefinitionError,
  documentable,
  nameOfLocation,
  partManifests,
  readDocumentation,
} from "@tollgate/openapi";
import { type AccountView, type Draft, draftOf, type Stored } from "../../port.ts";
import {
  type AwsRequest,
  type JsonObject,
  member,
  type Operation,
} from "../../protocol/rest-json/operation.ts";
import { apiIdOf, crud, knownApi, type Noun } from "./crud.ts";
import { badRequest, conflict } from "./errors.ts";
import { page } from "./page.ts";
import { refusalA, required } from "./patch.ts";

type Part = Stored<"DocumentationPart">;

const EMPTY = "Documentation part properties must be non-empty";
const PATH = "/restapis/{restapi_id}/documentation/parts";

const inWords = (location: DocumentationLocation) =>
  Object.entries(location)
    .map(([member_, value]) => `${member_} '${value}'`)
    .join(", ");

/** Parts are listed by what they describe, types first. No two parts describe the same thing. */
const orderOf = ({
  type,
  path = "",
  method = "",
  statusCode = "",
  name = "",
}: DocumentationLocation): string => [type, path, method, statusCode, name].join(" ");

const show = ({ entity: { id, spec } }: Part): JsonObject => ({ id, ...spec });

/** Terraform's provider sends what a location does not have as an empty string. */
function locationOf(body: JsonObject): DocumentationLocation {
  const given = member(body, "location", "map") ?? {};
  const named = Object.fromEntries(
    Object.keys(given).flatMap((name) => {
      const text = member(given, name, "string");
      return text === undefined || text === "" ? [] : [[name, text] as const];
    }),
  );
  const parsed = documentationLocation.safeParse(named);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw badRequest(`Invalid documentation part location: ${issue?.path.join(".")}: ${issue?.message}`);
}

/** Whether a location matches the type, name and path of a request, as far as the request has them. */
function isWanted({ query }: AwsRequest, { type, name, path }: DocumentationLocation): boolean {
  const has = (parameter: string) => query.get(parameter) ?? "";
  return (
    (has("type") === "" || type === has("type")) &&
    (name ?? "").includes(has("name")) &&
    (has("path") === "" || path === has("path"))
  );
}

const noun: Noun<"DocumentationPart"> = {
  kind: "DocumentationPart",
  name: "DocumentationPart",
  names: "DocumentationParts",
  path: PATH,
  idParameter: "part_id",
  missing: () => "Invalid Documentation part identifier specified",
  show,
  deletionNamesApi: true,
  create: (request, account) => {
    const location = locationOf(request.body);
    const properties = member(request.body, "properties", "string") ?? "";
    knownApi(account, apiIdOf(request));
    if (properties === "") throw badRequest(EMPTY);
    const isSame = ({ entity }: Part) => nameOfLocation(entity.spec.location) === nameOfLocation(location);
    if (account.list("DocumentationPart", apiIdOf(request)).some(isSame))
      throw conflict(`Documentation part already exists for the specified location: ${inWords(location)}.`);
    return { id: newChildId(), spec: { location, properties } };
  },
  patch: { refusal: refusalA, rules: [required("/properties", EMPTY)] },
};

/** The locations of an API that are not documented. */
function missingParts(account: AccountView, request: AwsRequest): JsonObject[] {
  const apiId = apiIdOf(request);
  const has = new Set(
    account.list("DocumentationPart", apiId).map(({ entity }) => nameOfLocation(entity.spec.location)),
  );
  const specs = <K extends Kind>(kind: K) => account.list(kind, apiId).map(({ entity }) => entity);
  return documentable({
    resources: specs("Resource").map(({ spec }) => spec),
    models: specs("Model").map(({ id }) => id),
    authorizers: specs("Authorizer").map(({ spec }) => spec.name),
  })
    .filter((location) => !has.has(nameOfLocation(location)) && isWanted(request, location))
    .map((location) => ({ location }));
}

function listParts(request: AwsRequest): JsonObject {
  const account = request.application.account(request.accountId);
  knownApi(account, apiIdOf(request));
  const { query } = request;
  const status = query.get("locationStatus") || "DOCUMENTED";
  const shown =
    status === "DOCUMENTED"
      ? account
          .list("DocumentationPart", apiIdOf(request))
          .filter(({ entity }) => isWanted(request, entity.spec.location))
          .map(show)
      : missingParts(account, request);
  const keyOf = ({ location }: JsonObject) => orderOf(location as DocumentationLocation);
  return page(
    request,
    shown.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    keyOf,
  );
}

async function importParts(request: AwsRequest): Promise<JsonObject> {
  const apiId = apiIdOf(request);
  const mode = request.query.get("mode") || "merge";
  let read: ReturnType<typeof readDocumentation>;
  try {
    read = readDocumentation(request.text);
  } catch (error) {
    if (error instanceof DefinitionError)
      throw badRequest("Unable to build importer with provided input.", error.message);
    throw error;
  }
  const warnings = read.findings.map(({ line, pointer, message }) => `line ${line}, ${pointer}: ${message}`);
  if (request.query.get("failonwarnings") === "true" && warnings.length > 0)
    throw badRequest(`Unable to import the documentation: ${warnings.join("; ")}`);
  let ids: string[] = [];
  await request.application.change(request.accountId, (account) => {
    knownApi(account, apiId);
    const present = account.list("DocumentationPart", apiId).map(({ entity }) => entity);
    const puts = partManifests(present, apiId, read.parts).map(draftOf);
    const order = ({ spec }: Draft) => orderOf((spec as Part["entity"]["spec"]).location);
    ids = [...puts].sort((a, b) => (order(a) < order(b) ? -1 : 1)).map(({ id }) => id);
    const kept = new Set(ids);
    return { puts, deletes: mode === "overwrite" ? present.filter(({ id }) => !kept.has(id)) : [] };
  });
  return { ids, ...(warnings.length > 0 ? { warnings } : {}) };
}

/** documentationPartOperations are the operations of the parts of an API's documentation. */
export const documentationPartOperations: readonly Operation[] = [
  ...crud(noun).filter(({ name }) => name !== "GetDocumentationParts"),
  { name: "GetDocumentationParts", method: "GET", path: PATH, status: 200, run: listParts },
  {
    name: "ImportDocumentationParts",
    method: "PUT",
    path: PATH,
    takesText: true,
    status: 200,
    run: importParts,
  },
];
