import { factCatalogue } from "@tollgate/config";

/** What can be wrong with a change of an account, beside what is wrong with its entities by themselves. */
export const facts = factCatalogue({
  // The request.
  IN_REQUEST_TWICE: () => "is in the request twice",
  URL_INVALID: ({ url }: { url: string }) => `'${url}' must be a URL`,
  NAME_INVALID: ({ name, help }: { name: string; help: string }) => `'${name}' ${help}`,
  DEFINITION_UNREADABLE: ({ reason }: { reason: string }) => reason,
  FINDING: ({ finding }: { finding: string }) => finding,

  // Entities beside others.
  PATH_TAKEN: ({ id, path }: { id: string; path: string }) => `Resource '${id}' already has the path ${path}`,
  PATH_PARAMETER_CONFLICT: ({ id, one, other, parent }: Record<"id" | "one" | "other" | "parent", string>) =>
    `a sibling ('${id}', ${one} or ${other}) already has a variable path part; only one is allowed below ${parent}`,
  DOMAIN_TAKEN: () => "is the domain of another account",
  API_ID_TAKEN: () => "is taken; leave it out to be given a free one",
  STILL_REFERRED_TO: ({ kind, id, byKind, byId }: Record<"kind" | "id" | "byKind" | "byId", string>) =>
    `${kind} '${id}' is to be deleted but ${byKind} '${byId}' refers to it`,
  API_KEY_TAKEN: ({ holder }: { holder: string }) => `API Key already exists: ${holder} has this value`,
  ACCESS_KEY_ID_TAKEN: () => "is taken: an access key id is unique over all users and accounts",
  PLANS_SHARE_STAGE: ({ one, other, stage }: Record<"one" | "other" | "stage", string>) =>
    `plans '${one}' and '${other}' both have stage ${stage}: a key can have one of them`,
  POLICY_MISSING: ({ arn, known }: { arn: string; known: string }) =>
    `there is no policy ${arn}; there are ${known}`,
  POLICY_ARN_WRONG: ({ arn }: { arn: string }) => `must be ${arn}: that is the policy's ARN`,
  POLICY_INVALID: ({ reason }: { reason: string }) => reason,

  // Deployments.
  DEPLOYMENT_IMMUTABLE: () => "a deployment is an immutable snapshot: make one with CreateDeployment",
  NOTHING_TO_CALL: ({ reason }: { reason: string }) => reason,

  // Stacks.
  OWNED_BY_OTHERS: ({ owner }: { owner: string }) =>
    `already exists and belongs to ${owner}: delete it, or give it another name`,
  EXPORT_TAKEN: ({ name, stack }: { name: string; stack: string }) =>
    `'${name}' is already exported by the stack '${stack}'`,
  EXPORT_IN_USE: ({ name, stack, verb }: { name: string; stack: string; verb: "change" | "be removed" }) =>
    `the export '${name}' cannot ${verb}: the stack '${stack}' imports it`,
});
