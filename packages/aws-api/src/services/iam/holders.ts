import type { HolderKind } from "@tollgate/config";
import type { NewHolder } from "../../identity-port.ts";
import type { QueryOperation, QueryRequest } from "../../protocol/query/operation.ts";
import type { XmlObject } from "../../protocol/query/xml.ts";
import { allOf, holderIn, orNone, paged, resourceOf, show, tagList } from "./holder.ts";

/** The members of a new identity besides its name. */
function membersIn({ parameters }: QueryRequest, kind: HolderKind): NewHolder {
  const path = parameters.text("Path");
  if (kind === "Group") return { path };
  const tags = parameters.tags();
  if (kind === "User") return { path, tags };
  return {
    path,
    tags,
    trustPolicy: parameters.required("AssumeRolePolicyDocument"),
    description: parameters.text("Description"),
    maxSessionDuration: parameters.integer("MaxSessionDuration"),
  };
}

async function create(request: QueryRequest, kind: HolderKind): Promise<XmlObject> {
  const { parameters, identities, caller } = request;
  const name = parameters.required(`${kind}Name`);
  const members = membersIn(request, kind);
  const stored = await identities.createHolder(caller.accountId, { kind, name }, members);
  return { [kind]: { ...show(caller.accountId, stored), Tags: orNone(tagList(members.tags)) } };
}

/** The operations that users, groups and roles have in common. */
function operationsOf(kind: HolderKind): QueryOperation[] {
  const resource = resourceOf(kind);
  return [
    { name: `Create${kind}`, resource, run: (request) => create(request, kind) },
    {
      name: `List${kind}s`,
      resource: allOf(kind),
      run: (request) => {
        const { identities, caller, parameters } = request;
        const prefix = parameters.text("PathPrefix") ?? "/";
        const shown = identities
          .holders(caller.accountId, kind)
          .filter(({ entity }) => entity.spec.path.startsWith(prefix))
          .map((stored) => show(caller.accountId, stored));
        return paged(request, `${kind}s`, shown);
      },
    },
    {
      name: `Delete${kind}`,
      resource,
      run: async (request) => {
        const { identities, caller } = request;
        await identities.deleteHolder(caller.accountId, holderIn(request, kind));
        return undefined;
      },
    },
  ];
}

/** Whether a request asks for its caller, which is the account itself. */
const isOwnRoot = ({ parameters, caller }: QueryRequest, kind: HolderKind): boolean =>
  kind === "User" && parameters.text("UserName") === undefined && caller.arn.endsWith(":root");

/** The account itself as AWS shows it: a user without a name. */
const showRoot = ({ caller }: QueryRequest): XmlObject => ({
  User: { Path: "/", UserId: caller.accountId, Arn: caller.arn, CreateDate: new Date(0) },
});

const get = (kind: "User" | "Role"): QueryOperation => ({
  name: `Get${kind}`,
  resource: (request) => (isOwnRoot(request, kind) ? request.caller.arn : resourceOf(kind)(request)),
  run: (request) => {
    if (isOwnRoot(request, kind)) return showRoot(request);
    const { identities, caller } = request;
    const stored = identities.holder(caller.accountId, holderIn(request, kind));
    const tags = orNone(tagList(stored.entity.spec.tags));
    return { [kind]: { ...show(caller.accountId, stored), Tags: tags } };
  },
});

const rename = (kind: "User" | "Group"): QueryOperation => ({
  name: `Update${kind}`,
  resource: resourceOf(kind),
  run: async ({ identities, caller, parameters }) => {
    const name = parameters.required(`${kind}Name`);
    const to = { name: parameters.text(`New${kind}Name`), path: parameters.text("NewPath") };
    await identities.renameHolder(caller.accountId, { kind, name }, to);
    return undefined;
  },
});

const tagging = (kind: "User" | "Role"): QueryOperation[] => {
  const resource = resourceOf(kind);
  return [
    {
      name: `Tag${kind}`,
      resource,
      run: async (request) => {
        const { identities, caller, parameters } = request;
        const put = parameters.tags() ?? {};
        await identities.tagHolder(caller.accountId, holderIn(request, kind), { put });
        return undefined;
      },
    },
    {
      name: `Untag${kind}`,
      resource,
      run: async (request) => {
        const { identities, caller, parameters } = request;
        const remove = parameters.list("TagKeys");
        await identities.tagHolder(caller.accountId, holderIn(request, kind), { remove });
        return undefined;
      },
    },
    {
      name: `List${kind}Tags`,
      resource,
      run: (request) => {
        const { entity } = request.identities.holder(request.caller.accountId, holderIn(request, kind));
        return paged(request, "Tags", tagList(entity.spec.tags));
      },
    },
  ];
};

/** holderOperations create, show, rename, tag and delete users, groups and roles. */
export const holderOperations: readonly QueryOperation[] = [
  ...operationsOf("User"),
  ...operationsOf("Group"),
  ...operationsOf("Role"),
  get("User"),
  get("Role"),
  rename("User"),
  rename("Group"),
  ...tagging("User"),
  ...tagging("Role"),
];
