import type { QueryService } from "../../protocol/query/endpoint.ts";
import { accessKeyOperations } from "./access-keys.ts";
import { groupOperations } from "./groups.ts";
import { holderPolicyOperations } from "./holder-policies.ts";
import { holderOperations } from "./holders.ts";
import { identityProviderOperations } from "./identity-providers.ts";
import { managedPolicyOperations } from "./managed-policies.ts";
import { notKeptOperations } from "./not-kept.ts";
import { roleOperations } from "./roles.ts";

/** iam is the part of AWS Identity and Access Management that a gateway's callers need. */
export const iam: QueryService = {
  name: "iam",
  signingName: "iam",
  version: "2010-05-08",
  operations: [
    ...holderOperations,
    ...holderPolicyOperations,
    ...groupOperations,
    ...roleOperations,
    ...accessKeyOperations,
    ...managedPolicyOperations,
    ...identityProviderOperations,
    ...notKeptOperations,
  ],
};
