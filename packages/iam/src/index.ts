export type { AwsCredentials } from "./credentials.ts";
export { parseCredentialsFile } from "./credentials-file.ts";
export { matchesGlob } from "./policy/glob.ts";
export {
  decideSession,
  parsePolicy,
  policyProblems,
  type ParsedPolicy,
  type Policy,
  type PolicyProblem,
} from "./policy/policy.ts";
export type { Decision, PolicyPrincipal, PolicyRequest } from "./policy/policy-request.ts";
export type { SignableRequest } from "./canonical.ts";
export { signRequest } from "./sign.ts";
export { identityArn, oidcProviderArn, uniqueId } from "./identifiers.ts";
export { MANAGED_POLICIES, type ManagedPolicy } from "./policy/managed-policies.ts";
export { readSignature, signatureProblem, type Claim, type ClaimedSignature } from "./verify.ts";
