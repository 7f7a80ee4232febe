import { MANAGED_POLICIES } from "@tollgate/iam";
import type { AccountView } from "../port.ts";
import { noSuchEntity } from "../query/identity-error.ts";
import type { QueryOperation, QueryRequest } from "../query/query-service.ts";
import {
  accountOf,
  changed,
  documentIn,
  documentText,
  found,
  nameIn,
  paged,
  resourceOf,
  type HolderKind,
} from "./holder.ts";

/** Refuses an ARN that names no policy that can be attached. */
function checkAttachable(account: AccountView, arn: string): void {
  const [, accountId, name = ""] =
    /^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  const isOwn = accountId === account.accountId && account.get("ManagedPolicy", "", name) !== undefined;
  if (!isOwn && !MANAGED_POLICIES.has(arn))
    throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
}

function inline(kind: HolderKind): QueryOperation[] {
  const resource = resourceOf(kind);
  const missing = (name: string) =>
    noSuchEntity(`The ${kind.toLowerCase()} policy with name ${name} cannot be found.`);
  return [
    {
      name: `Put${kind}Policy`,
      resource,
      run: async (request) => {
        const { parameters, application, caller } = request;
        const policyName = parameters.required("PolicyName");
        const document = documentIn(parameters.required("PolicyDocument"), "identity");
        await application.change(caller.accountId, (account) => {
          const stored = found(account, kind, nameIn(request, kind));
          const policies = { ...stored.entity.spec.policies, [policyName]: document };
          return { puts: [changed(stored, { policies })] };
        });
        return undefined;
      },
    },
    {
      name: `Get${kind}Policy`,
      resource,
      run: (request) => {
        const policyName = request.parameters.required("PolicyName");
        const { id, spec } = found(accountOf(request), kind, nameIn(request, kind)).entity;
        const document = Object.hasOwn(spec.policies, policyName) ? spec.policies[policyName] : undefined;
        if (!document) throw missing(policyName);
        return { [`${kind}Name`]: id, PolicyName: policyName, PolicyDocument: documentText(document) };
      },
    },
    {
      name: `List${kind}Policies`,
      resource,
      run: (request) => {
        const { spec } = found(accountOf(request), kind, nameIn(request, kind)).entity;
        return paged(request, "PolicyNames", Object.keys(spec.policies).sort());
      },
    },
    {
      name: `Delete${kind}Policy`,
      resource,
      run: async (request) => {
        const policyName = request.parameters.required("PolicyName");
        await request.application.change(request.caller.accountId, (account) => {
          const stored = found(account, kind, nameIn(request, kind));
          const { [policyName]: gone, ...policies } = stored.entity.spec.policies;
          if (!gone) throw missing(policyName);
          return { puts: [changed(stored, { policies })] };
        });
        return undefined;
      },
    },
  ];
}

/** Attaches a policy, or detaches it. */
async function setAttached(request: QueryRequest, kind: HolderKind, isAttached: boolean): Promise<undefined> {
  const arn = request.parameters.required("PolicyArn");
  await request.application.change(request.caller.accountId, (account) => {
    const stored = found(account, kind, nameIn(request, kind));
    const { managedPolicyArns } = stored.entity.spec;
    if (isAttached) checkAttachable(account, arn);
    else if (!managedPolicyArns.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
    const others = managedPolicyArns.filter((one) => one !== arn);
    return { puts: [changed(stored, { managedPolicyArns: isAttached ? [...others, arn] : others })] };
  });
  return undefined;
}

function attached(kind: HolderKind): QueryOperation[] {
  const resource = resourceOf(kind);
  return [
    { name: `Attach${kind}Policy`, resource, run: (request) => setAttached(request, kind, true) },
    { name: `Detach${kind}Policy`, resource, run: (request) => setAttached(request, kind, false) },
    {
      name: `ListAttached${kind}Policies`,
      resource,
      run: (request) => {
        const { spec } = found(accountOf(request), kind, nameIn(request, kind)).entity;
        const shown = spec.managedPolicyArns.map((arn) => ({
          PolicyName: arn.split("/").at(-1) ?? "",
          PolicyArn: arn,
        }));
        return paged(request, "AttachedPolicies", shown);
      },
    },
  ];
}

/** holderPolicyOperations are those of the policies that users, groups and roles hold, and that are attached to them. */
export const holderPolicyOperations: readonly QueryOperation[] = (["User", "Group", "Role"] as const).flatMap(
  (kind) => [...inline(kind), ...attached(kind)],
);
