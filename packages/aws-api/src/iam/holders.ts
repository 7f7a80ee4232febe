import type { SpecOf } from "@tollgate/config";
import type { AccountView, Change, Draft, Stored } from "../port.ts";
import { deleteConflict, IdentityError } from "../query/identity-error.ts";
import type { Parameters } from "../query/parameters.ts";
import type { QueryOperation, QueryRequest } from "../query/query-service.ts";
import type { XmlObject } from "../query/xml.ts";
import {
  accountOf,
  allOf,
  changed,
  documentIn,
  found,
  nameIn,
  orNone,
  paged,
  resourceOf,
  show,
  tagList,
  type HolderKind,
} from "./holder.ts";

/** What is created of a request, besides its path. */
const CREATED: Readonly<Record<HolderKind, (parameters: Parameters) => object>> = {
  User: (parameters) => ({ tags: parameters.tags() }),
  Group: () => ({}),
  Role: (parameters) => ({
    assumeRolePolicyDocument: documentIn(parameters.required("AssumeRolePolicyDocument"), "trust"),
    description: parameters.text("Description"),
    maxSessionDuration: parameters.integer("MaxSessionDuration"),
    tags: parameters.tags(),
  }),
};

const membersOf = (account: AccountView, group: string) =>
  account.list("User", "").filter(({ entity }) => entity.spec.groups.includes(group));

/** What must go before a holder can. */
function checkDeletable(account: AccountView, { entity }: Stored<HolderKind>): void {
  const { policies, managedPolicyArns } = entity.spec;
  if (entity.kind === "User") {
    const user = entity.spec as SpecOf<"User">;
    if (Object.keys(user.accessKeys).length > 0) throw deleteConflict("delete access keys");
    if (user.groups.length > 0) throw deleteConflict("remove users from group");
  }
  if (entity.kind === "Group" && membersOf(account, entity.id).length > 0)
    throw deleteConflict("remove users from group");
  if (managedPolicyArns.length > 0) throw deleteConflict("detach all policies");
  if (Object.keys(policies).length > 0) throw deleteConflict("delete policies");
}

/** Everything of a user or group under another name, or at another path. */
function renamed(
  account: AccountView,
  stored: Stored<"User"> | Stored<"Group">,
  parameters: Parameters,
): Change {
  const { entity } = stored;
  const { kind, apiId } = entity;
  const id = parameters.text(`New${kind}Name`) ?? entity.id;
  const spec = { ...entity.spec, path: parameters.text("NewPath") ?? entity.spec.path };
  if (id === entity.id) return { puts: [{ kind, apiId, id, spec }] };
  if (account.get(kind, "", id)) throw exists(kind, id);
  const rejoined: Draft[] =
    kind === "Group"
      ? membersOf(account, entity.id).map((member) =>
          changed(member, { groups: member.entity.spec.groups.map((one) => (one === entity.id ? id : one)) }),
        )
      : [];
  return { puts: [{ kind, apiId, id, spec }, ...rejoined], deletes: [entity] };
}

const exists = (kind: HolderKind, name: string) =>
  new IdentityError("EntityAlreadyExists", `${kind} with name ${name} already exists.`);

async function create(request: QueryRequest, kind: HolderKind): Promise<XmlObject> {
  const { parameters, application, caller } = request;
  const name = parameters.required(`${kind}Name`);
  const members = CREATED[kind](parameters);
  const spec = JSON.parse(JSON.stringify({ path: parameters.text("Path"), ...members })) as object;
  const account = await application.change(caller.accountId, (present) => {
    // Names differ by more than their case (IAM: names).
    if (present.list(kind, "").some(({ entity }) => entity.id.toLowerCase() === name.toLowerCase()))
      throw exists(kind, name);
    return { puts: [{ kind, apiId: "", id: name, spec }] };
  });
  const stored = found(account, kind, name);
  const tags = kind === "Group" ? undefined : orNone(tagList(parameters.tags()));
  return { [kind]: { ...show(caller.accountId, stored), Tags: tags } };
}

/** The operations that users, groups and roles have alike. */
function operationsOf(kind: HolderKind): QueryOperation[] {
  const resource = resourceOf(kind);
  return [
    { name: `Create${kind}`, resource, run: (request) => create(request, kind) },
    {
      name: `List${kind}s`,
      resource: allOf(kind),
      run: (request) => {
        const prefix = request.parameters.text("PathPrefix") ?? "/";
        const shown = accountOf(request)
          .list(kind, "")
          .filter(({ entity }) => entity.spec.path.startsWith(prefix))
          .sort((a, b) => (a.entity.id < b.entity.id ? -1 : 1))
          .map((stored) => show(request.caller.accountId, stored));
        return paged(request, `${kind}s`, shown);
      },
    },
    {
      name: `Delete${kind}`,
      resource,
      run: async (request) => {
        await request.application.change(request.caller.accountId, (account) => {
          const stored = found(account, kind, nameIn(request, kind));
          checkDeletable(account, stored);
          return { deletes: [stored.entity] };
        });
        return undefined;
      },
    },
  ];
}

const get = (kind: "User" | "Role"): QueryOperation => ({
  name: `Get${kind}`,
  resource: resourceOf(kind),
  run: (request) => {
    const stored = found(accountOf(request), kind, nameIn(request, kind));
    const tags = orNone(tagList(stored.entity.spec.tags));
    return { [kind]: { ...show(request.caller.accountId, stored), Tags: tags } };
  },
});

const rename = (kind: "User" | "Group"): QueryOperation => ({
  name: `Update${kind}`,
  resource: resourceOf(kind),
  run: async (request) => {
    const { parameters, application, caller } = request;
    await application.change(caller.accountId, (account) =>
      renamed(
        account,
        found(account, kind, parameters.required(`${kind}Name`)) as Stored<"User">,
        parameters,
      ),
    );
    return undefined;
  },
});

const tagging = (kind: "User" | "Role"): QueryOperation[] => {
  const resource = resourceOf(kind);
  const change = async (
    request: QueryRequest,
    decide: (tags: Readonly<Record<string, string>>) => Record<string, string>,
  ) => {
    await request.application.change(request.caller.accountId, (account) => {
      const stored = found(account, kind, nameIn(request, kind));
      return { puts: [changed(stored, { tags: decide(stored.entity.spec.tags ?? {}) })] };
    });
    return undefined;
  };
  return [
    {
      name: `Tag${kind}`,
      resource,
      run: (request) => change(request, (tags) => ({ ...tags, ...request.parameters.tags() })),
    },
    {
      name: `Untag${kind}`,
      resource,
      run: (request) => {
        const gone = new Set(request.parameters.list("TagKeys"));
        return change(request, (tags) =>
          Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))),
        );
      },
    },
    {
      name: `List${kind}Tags`,
      resource,
      run: (request) =>
        paged(
          request,
          "Tags",
          tagList(found(accountOf(request), kind, nameIn(request, kind)).entity.spec.tags),
        ),
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
