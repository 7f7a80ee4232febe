import type { AccountView, Draft, Stored } from "../../port.ts";
import {
  compact,
  type JsonObject,
  member,
  type Operation,
  timestamp,
} from "../../protocol/rest-json/operation.ts";
import { apiIdOf, crud, knownApi, type Noun } from "./crud.ts";
import { badRequest, conflict, notFound } from "./errors.ts";
import { refusalA, text } from "./patch.ts";

type Version = Stored<"DocumentationVersion">;

const show = ({ entity: { id, spec }, createdUnixMs }: Version): JsonObject =>
  compact({ version: id, description: spec.description, createdDate: timestamp(createdUnixMs) });

const noun: Noun<"DocumentationVersion"> = {
  kind: "DocumentationVersion",
  name: "DocumentationVersion",
  names: "DocumentationVersions",
  path: "/restapis/{restapi_id}/documentation/versions",
  idParameter: "doc_version",
  missing: () => "Invalid Documentation version specified",
  show,
  patch: { refusal: refusalA, rules: [text("/description")] },
  beforeDelete: ({ entity: { apiId, id } }, account) => {
    const user = account.list("Stage", apiId).find(({ entity }) => entity.spec.documentationVersion === id);
    if (user) throw conflict(`Documentation version '${id}' is in use by stage '${user.entity.id}'`);
    return [];
  },
};

/** A version with the current parts of an API, and the stage that shows it. */
function frozen(account: AccountView, apiId: string, body: JsonObject): Draft[] {
  const id = member(body, "documentationVersion", "string") ?? "";
  const stageName = member(body, "stageName", "string") ?? "";
  knownApi(account, apiId);
  if (id === "") throw badRequest("Documentation version must be non-empty");
  if (account.get("DocumentationVersion", apiId, id))
    throw conflict(`Documentation version already exists for the specified version: ${id}`);
  const parts = account
    .list("DocumentationPart", apiId)
    .map(({ entity }) => ({ id: entity.id, ...entity.spec }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  if (parts.length === 0) throw badRequest("There are no documentation parts to create a version from");
  const spec = compact({ description: member(body, "description", "string"), parts });
  const version: Draft = { kind: "DocumentationVersion", apiId, id, spec };
  if (stageName === "") return [version];
  const stage = account.get("Stage", apiId, stageName)?.entity;
  if (!stage) throw notFound("Invalid stage identifier specified");
  return [version, { ...stage, spec: { ...stage.spec, documentationVersion: id } }];
}

/** documentationVersionOperations are the operations of versions of an API's documentation. */
export const documentationVersionOperations: readonly Operation[] = [
  ...crud(noun),
  {
    name: "CreateDocumentationVersion",
    method: "POST",
    path: noun.path,
    status: 201,
    run: async (request) => {
      const apiId = apiIdOf(request);
      let id = "";
      const account = await request.application.change(request.accountId, (present) => {
        const puts = frozen(present, apiId, request.body);
        id = puts[0]?.id ?? "";
        return { puts };
      });
      return show(account.get("DocumentationVersion", apiId, id) as Version);
    },
  },
];
