import type { HolderKind } from "@tollgate/config";
import { uniqueId } from "@tollgate/iam";
import type { ManagedPolicy, PolicyVersion } from "../../identity-port.ts";
import type { QueryOperation, QueryRequest } from "../../protocol/query/operation.ts";
import type { XmlObject } from "../../protocol/query/xml.ts";
import { ARN_KIND, allOf, documentText, orNone, paged, tagList } from "./holder.ts";

const show = (policy: ManagedPolicy): XmlObject => ({
  PolicyName: policy.name,
  PolicyId: policy.policyId,
  Arn: policy.arn,
  Path: policy.path,
  DefaultVersionId: policy.defaultVersionId,
  AttachmentCount: policy.attachmentCount,
  PermissionsBoundaryUsageCount: 0,
  IsAttachable: true,
  Description: policy.description,
  CreateDate: new Date(policy.createdUnixMs),
  UpdateDate: new Date(policy.updatedUnixMs),
  Tags: orNone(tagList(policy.tags)),
});

const showVersion = ({ id, isDefault, createdUnixMs }: PolicyVersion): XmlObject => ({
  VersionId: id,
  IsDefaultVersion: isDefault,
  CreateDate: new Date(createdUnixMs),
});

const arnIn = ({ parameters }: QueryRequest) => parameters.required("PolicyArn");
const resource = arnIn;

async function create({ parameters, identities, caller }: QueryRequest): Promise<XmlObject> {
  const policy = await identities.createManagedPolicy(caller.accountId, {
    name: parameters.required("PolicyName"),
    documentJson: parameters.required("PolicyDocument"),
    path: parameters.text("Path"),
    description: parameters.text("Description"),
    tags: parameters.tags(),
  });
  return { Policy: show(policy) };
}

function list(request: QueryRequest): XmlObject {
  const { parameters, identities, caller } = request;
  const scope = parameters.text("Scope") ?? "All";
  const prefix = parameters.text("PathPrefix") ?? "/";
  const shown = identities
    .managedPolicies(caller.accountId)
    .filter(({ isLocal }) => (isLocal ? scope !== "AWS" : scope !== "Local"))
    .filter(({ path }) => path.startsWith(prefix))
    .filter(({ attachmentCount }) => attachmentCount > 0 || !parameters.flag("OnlyAttached"));
  return paged(request, "Policies", shown.map(show));
}

function entitiesFor(request: QueryRequest): XmlObject {
  const { accountId } = request.caller;
  const holders = request.identities.policyHolders(accountId, arnIn(request));
  const named = (kind: HolderKind) =>
    holders
      .filter((holder) => holder.kind === kind)
      .map(({ name }) => ({
        [`${kind}Name`]: name,
        [`${kind}Id`]: uniqueId(ARN_KIND[kind], accountId, name),
      }));
  return {
    PolicyUsers: named("User"),
    PolicyGroups: named("Group"),
    PolicyRoles: named("Role"),
    IsTruncated: false,
  };
}

async function createVersion(request: QueryRequest): Promise<XmlObject> {
  const { parameters, identities, caller } = request;
  const arn = arnIn(request);
  const version = await identities.createPolicyVersion(caller.accountId, arn, {
    documentJson: parameters.required("PolicyDocument"),
    isDefault: parameters.flag("SetAsDefault"),
  });
  return { PolicyVersion: showVersion(version) };
}

const versionOperations: readonly QueryOperation[] = [
  { name: "CreatePolicyVersion", resource, run: createVersion },
  {
    name: "GetPolicyVersion",
    resource,
    run: (request) => {
      const arn = arnIn(request);
      const id = request.parameters.required("VersionId");
      const version = request.identities.policyVersion(request.caller.accountId, arn, id);
      return { PolicyVersion: { ...showVersion(version), Document: documentText(version.document) } };
    },
  },
  {
    name: "ListPolicyVersions",
    resource,
    run: (request) => {
      const versions = request.identities.policyVersions(request.caller.accountId, arnIn(request));
      return paged(request, "Versions", versions.map(showVersion));
    },
  },
  {
    name: "SetDefaultPolicyVersion",
    resource,
    run: async (request) => {
      const arn = arnIn(request);
      const id = request.parameters.required("VersionId");
      await request.identities.setDefaultPolicyVersion(request.caller.accountId, arn, id);
      return undefined;
    },
  },
  {
    name: "DeletePolicyVersion",
    resource,
    run: async (request) => {
      const arn = arnIn(request);
      const id = request.parameters.required("VersionId");
      await request.identities.deletePolicyVersion(request.caller.accountId, arn, id);
      return undefined;
    },
  },
];

/** managedPolicyOperations are the operations of policies that identities name by ARN, and of their versions. */
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
    run: (request) => ({
      Policy: show(request.identities.managedPolicy(request.caller.accountId, arnIn(request))),
    }),
  },
  {
    name: "DeletePolicy",
    resource,
    run: async (request) => {
      await request.identities.deleteManagedPolicy(request.caller.accountId, arnIn(request));
      return undefined;
    },
  },
  { name: "ListEntitiesForPolicy", resource, run: entitiesFor },
  ...versionOperations,
];
