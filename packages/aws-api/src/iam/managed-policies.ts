import type { SpecOf } from "@tollgate/config";
import { MANAGED_POLICIES, uniqueId, type ManagedPolicy } from "@tollgate/iam";
import type { AccountView, Stored } from "../port.ts";
import { deleteConflict, IdentityError, noSuchEntity } from "../query/identity-error.ts";
import type { QueryOperation, QueryRequest } from "../query/query-service.ts";
import type { XmlObject } from "../query/xml.ts";
import {
  accountOf,
  allOf,
  arnOf,
  changed,
  documentIn,
  documentText,
  orNone,
  paged,
  tagList,
  type HolderKind,
} from "./holder.ts";

type Policy = Stored<"ManagedPolicy">;
type Versions = SpecOf<"ManagedPolicy">["versions"];

const VERSIONS_MAX = 5;
/** When AWS made its own. */
const EVERYWHERE_SINCE = new Date(Date.UTC(2015, 1, 6));

const missing = (arn: string) => noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);

/** Identities that a policy is attached to. */
const holdersOf = (account: AccountView, arn: string) =>
  (["User", "Group", "Role"] as const).flatMap((kind) =>
    account
      .list(kind, "")
      .filter(({ entity }) => entity.spec.managedPolicyArns.includes(arn))
      .map(({ entity }): { kind: HolderKind; id: string } => ({ kind, id: entity.id })),
  );

function foundByArn(account: AccountView, arn: string): Policy {
  const stored = account.get("ManagedPolicy", "", arn.split("/").at(-1) ?? "");
  if (!stored || arnOf(account.accountId, stored) !== arn) throw missing(arn);
  return stored;
}

function show(account: AccountView, stored: Policy): XmlObject {
  const { id, spec } = stored.entity;
  const arn = arnOf(account.accountId, stored);
  return {
    PolicyName: id,
    PolicyId: uniqueId("policy", account.accountId, id),
    Arn: arn,
    Path: spec.path,
    DefaultVersionId: spec.defaultVersionId,
    AttachmentCount: holdersOf(account, arn).length,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    Description: spec.description,
    CreateDate: new Date(stored.createdUnixMs),
    UpdateDate: new Date(stored.updatedUnixMs),
    Tags: orNone(tagList(spec.tags)),
  };
}

const showEverywhere = (
  account: AccountView,
  arn: string,
  { name, description }: ManagedPolicy,
): XmlObject => ({
  PolicyName: name,
  PolicyId: uniqueId("policy", "aws", name),
  Arn: arn,
  Path: "/",
  DefaultVersionId: "v1",
  AttachmentCount: holdersOf(account, arn).length,
  PermissionsBoundaryUsageCount: 0,
  IsAttachable: true,
  Description: description,
  CreateDate: EVERYWHERE_SINCE,
  UpdateDate: EVERYWHERE_SINCE,
});

const showVersion = (
  versions: Versions,
  id: string,
  defaultId: string,
  withDocument: boolean,
): XmlObject => ({
  VersionId: id,
  IsDefaultVersion: id === defaultId,
  CreateDate: new Date(versions[id]?.createTimeUnixMs ?? 0),
  Document: withDocument ? documentText(versions[id]?.document ?? {}) : undefined,
});

async function create({ parameters, application, caller }: QueryRequest): Promise<XmlObject> {
  const id = parameters.required("PolicyName");
  const document = documentIn(parameters.required("PolicyDocument"), "identity");
  const spec = JSON.parse(
    JSON.stringify({
      path: parameters.text("Path"),
      description: parameters.text("Description"),
      defaultVersionId: "v1",
      versions: { v1: { document, createTimeUnixMs: Date.now() } },
      tags: parameters.tags(),
    }),
  ) as object;
  const account = await application.change(caller.accountId, (present) => {
    if (present.get("ManagedPolicy", "", id))
      throw new IdentityError(
        "EntityAlreadyExists",
        `A policy called ${id} already exists. Duplicate names are not allowed.`,
      );
    return { puts: [{ kind: "ManagedPolicy", apiId: "", id, spec }] };
  });
  return { Policy: show(account, account.get("ManagedPolicy", "", id) as Policy) };
}

async function createVersion({ parameters, application, caller }: QueryRequest): Promise<XmlObject> {
  const arn = parameters.required("PolicyArn");
  const document = documentIn(parameters.required("PolicyDocument"), "identity");
  let id = "";
  const account = await application.change(caller.accountId, (present) => {
    const stored = foundByArn(present, arn);
    const { versions, defaultVersionId } = stored.entity.spec;
    if (Object.keys(versions).length >= VERSIONS_MAX)
      throw new IdentityError(
        "LimitExceeded",
        `A managed policy can have up to ${VERSIONS_MAX} versions. Before you create a new version, you must delete an existing version.`,
      );
    id = `v${Math.max(...Object.keys(versions).map((version) => Number(version.slice(1)))) + 1}`;
    return {
      puts: [
        changed(stored, {
          versions: { ...versions, [id]: { document, createTimeUnixMs: Date.now() } },
          defaultVersionId: parameters.flag("SetAsDefault") ? id : defaultVersionId,
        }),
      ],
    };
  });
  const { versions, defaultVersionId } = foundByArn(account, arn).entity.spec;
  return { PolicyVersion: showVersion(versions, id, defaultVersionId, false) };
}

const noVersion = (arn: string, id: string) => noSuchEntity(`Policy ${arn} version ${id} does not exist.`);

/** Changes the versions of a policy by the one that a request names. */
async function changeVersion(
  { parameters, application, caller }: QueryRequest,
  decide: (spec: SpecOf<"ManagedPolicy">, id: string) => Partial<SpecOf<"ManagedPolicy">>,
): Promise<undefined> {
  const [arn, id] = [parameters.required("PolicyArn"), parameters.required("VersionId")];
  await application.change(caller.accountId, (account) => {
    const stored = foundByArn(account, arn);
    if (!Object.hasOwn(stored.entity.spec.versions, id)) throw noVersion(arn, id);
    return { puts: [changed(stored, decide(stored.entity.spec, id))] };
  });
  return undefined;
}

/** The versions of a policy, of the account or of every account. */
function versionsOf(
  account: AccountView,
  arn: string,
): Pick<SpecOf<"ManagedPolicy">, "versions" | "defaultVersionId"> {
  const everywhere = MANAGED_POLICIES.get(arn);
  if (!everywhere) return foundByArn(account, arn).entity.spec;
  const document = everywhere.document as Record<string, unknown>;
  return {
    versions: { v1: { document, createTimeUnixMs: EVERYWHERE_SINCE.getTime() } },
    defaultVersionId: "v1",
  };
}

function list(request: QueryRequest): XmlObject {
  const { parameters } = request;
  const account = accountOf(request);
  const scope = parameters.text("Scope") ?? "All";
  const prefix = parameters.text("PathPrefix") ?? "/";
  const own = scope === "AWS" ? [] : account.list("ManagedPolicy", "").map((stored) => show(account, stored));
  const everywhere =
    scope === "Local"
      ? []
      : [...MANAGED_POLICIES].map(([arn, policy]) => showEverywhere(account, arn, policy));
  const shown = [...own, ...everywhere].filter(
    ({ Path, AttachmentCount }) =>
      String(Path).startsWith(prefix) && (!parameters.flag("OnlyAttached") || Number(AttachmentCount) > 0),
  );
  return paged(request, "Policies", shown);
}

async function remove({ parameters, application, caller }: QueryRequest): Promise<undefined> {
  const arn = parameters.required("PolicyArn");
  await application.change(caller.accountId, (account) => {
    const stored = foundByArn(account, arn);
    if (holdersOf(account, arn).length > 0)
      throw new IdentityError("DeleteConflict", "Cannot delete a policy attached to entities.");
    if (Object.keys(stored.entity.spec.versions).length > 1)
      throw deleteConflict("delete all non-default versions");
    return { deletes: [stored.entity] };
  });
  return undefined;
}

function entitiesFor(request: QueryRequest): XmlObject {
  const account = accountOf(request);
  const arn = request.parameters.required("PolicyArn");
  versionsOf(account, arn);
  const holders = holdersOf(account, arn);
  const named = (kind: HolderKind) =>
    holders
      .filter((holder) => holder.kind === kind)
      .map(({ id }) => ({
        [`${kind}Name`]: id,
        [`${kind}Id`]: uniqueId(kind.toLowerCase() as "user", account.accountId, id),
      }));
  return {
    PolicyUsers: named("User"),
    PolicyGroups: named("Group"),
    PolicyRoles: named("Role"),
    IsTruncated: false,
  };
}

const resource = ({ parameters }: QueryRequest) => parameters.required("PolicyArn");

/** managedPolicyOperations are those of policies that identities name by ARN, and of their versions. */
export const managedPolicyOperations: readonly QueryOperation[] = [
  {
    name: "CreatePolicy",
    resource: ({ caller, parameters }) =>
      `arn:aws:iam::${caller.accountId}:policy${parameters.text("Path") ?? "/"}${parameters.required("PolicyName")}`,
    run: create,
  },
  { name: "ListPolicies", resource: allOf("ManagedPolicy"), run: list },
  {
    name: "GetPolicy",
    resource,
    run: (request) => {
      const account = accountOf(request);
      const arn = request.parameters.required("PolicyArn");
      const everywhere = MANAGED_POLICIES.get(arn);
      return {
        Policy: everywhere
          ? showEverywhere(account, arn, everywhere)
          : show(account, foundByArn(account, arn)),
      };
    },
  },
  { name: "DeletePolicy", resource, run: remove },
  { name: "ListEntitiesForPolicy", resource, run: entitiesFor },
  { name: "CreatePolicyVersion", resource, run: createVersion },
  {
    name: "GetPolicyVersion",
    resource,
    run: (request) => {
      const { parameters } = request;
      const [arn, id] = [parameters.required("PolicyArn"), parameters.required("VersionId")];
      const { versions, defaultVersionId } = versionsOf(accountOf(request), arn);
      if (!Object.hasOwn(versions, id)) throw noVersion(arn, id);
      return { PolicyVersion: showVersion(versions, id, defaultVersionId, true) };
    },
  },
  {
    name: "ListPolicyVersions",
    resource,
    run: (request) => {
      const { versions, defaultVersionId } = versionsOf(
        accountOf(request),
        request.parameters.required("PolicyArn"),
      );
      const shown = Object.keys(versions).map((id) => showVersion(versions, id, defaultVersionId, false));
      return paged(request, "Versions", shown);
    },
  },
  {
    name: "SetDefaultPolicyVersion",
    resource,
    run: (request) => changeVersion(request, (_spec, id) => ({ defaultVersionId: id })),
  },
  {
    name: "DeletePolicyVersion",
    resource,
    run: (request) =>
      changeVersion(request, ({ versions, defaultVersionId }, id) => {
        if (id === defaultVersionId)
          throw new IdentityError("DeleteConflict", "Cannot delete the default version of a policy.");
        const { [id]: _gone, ...others } = versions;
        return { versions: others };
      }),
  },
];
