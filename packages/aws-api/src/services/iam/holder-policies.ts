import { type HolderKind, holderKinds } from "@tollgate/config";
import type { QueryOperation, QueryRequest } from "../../protocol/query/operation.ts";
import { documentText, holderIn, paged, resourceOf } from "./holder.ts";

function inline(kind: HolderKind): QueryOperation[] {
  const resource = resourceOf(kind);
  return [
    {
      name: `Put${kind}Policy`,
      resource,
      run: async (request) => {
        const { parameters, identities, caller } = request;
        const policyName = parameters.required("PolicyName");
        const document = parameters.required("PolicyDocument");
        await identities.putPolicy(caller.accountId, holderIn(request, kind), policyName, document);
        return undefined;
      },
    },
    {
      name: `Get${kind}Policy`,
      resource,
      run: (request) => {
        const { parameters, identities, caller } = request;
        const policyName = parameters.required("PolicyName");
        const holder = holderIn(request, kind);
        const document = identities.heldPolicy(caller.accountId, holder, policyName);
        return {
          [`${kind}Name`]: holder.name,
          PolicyName: policyName,
          PolicyDocument: documentText(document),
        };
      },
    },
    {
      name: `List${kind}Policies`,
      resource,
      run: (request) => {
        const { spec } = request.identities.holder(request.caller.accountId, holderIn(request, kind)).entity;
        return paged(request, "PolicyNames", Object.keys(spec.policies).sort());
      },
    },
    {
      name: `Delete${kind}Policy`,
      resource,
      run: async (request) => {
        const { parameters, identities, caller } = request;
        const policyName = parameters.required("PolicyName");
        await identities.deletePolicy(caller.accountId, holderIn(request, kind), policyName);
        return undefined;
      },
    },
  ];
}

/** Attaches or detaches a policy. */
async function setAttached(request: QueryRequest, kind: HolderKind, isAttached: boolean): Promise<undefined> {
  const { parameters, identities, caller } = request;
  const arn = parameters.required("PolicyArn");
  await identities.setAttached(caller.accountId, holderIn(request, kind), arn, isAttached);
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
        const { spec } = request.identities.holder(request.caller.accountId, holderIn(request, kind)).entity;
        const shown = spec.managedPolicyArns.map((arn) => ({
          PolicyName: arn.split("/").at(-1) ?? "",
          PolicyArn: arn,
        }));
        return paged(request, "AttachedPolicies", shown);
      },
    },
  ];
}

/** holderPolicyOperations are the operations of inline and attached policies of users, groups and roles. */
export const holderPolicyOperations: readonly QueryOperation[] = holderKinds.flatMap((kind) => [
  ...inline(kind),
  ...attached(kind),
]);
