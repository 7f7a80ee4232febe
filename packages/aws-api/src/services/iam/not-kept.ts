import type { HolderKind } from "@tollgate/config";
import type { QueryOperation } from "../../protocol/query/operation.ts";
import { identityError } from "./errors.ts";
import { allOf, holderIn, paged, resourceOf } from "./holder.ts";

/** Lists of what identities have on AWS and never have here. Terraform reads them before it deletes an identity. */
const LISTS: readonly [operation: string, member: string, kind: HolderKind][] = [
  ["ListInstanceProfilesForRole", "InstanceProfiles", "Role"],
  ["ListMFADevices", "MFADevices", "User"],
  ["ListSSHPublicKeys", "SSHPublicKeys", "User"],
  ["ListServiceSpecificCredentials", "ServiceSpecificCredentials", "User"],
  ["ListSigningCertificates", "Certificates", "User"],
];

const empty = ([name, member, kind]: (typeof LISTS)[number]): QueryOperation => ({
  name,
  resource: resourceOf(kind),
  run: (request) => {
    // An identity that does not exist is an error.
    request.identities.holder(request.caller.accountId, holderIn(request, kind));
    return paged(request, member, []);
  },
});

/** A user has no password. */
const passwordOf = (name: string): QueryOperation => ({
  name,
  resource: resourceOf("User"),
  run: (request) => {
    const { name: user } = holderIn(request, "User");
    throw identityError("NoSuchEntity", `Login Profile for User ${user} cannot be found.`);
  },
});

/** notKeptOperations are the operations of what identities have on AWS only. */
export const notKeptOperations: readonly QueryOperation[] = [
  ...LISTS.map(empty),
  {
    name: "ListVirtualMFADevices",
    resource: allOf("User"),
    run: (request) => paged(request, "VirtualMFADevices", []),
  },
  passwordOf("GetLoginProfile"),
  passwordOf("DeleteLoginProfile"),
];
