export { AddressRanges, addressDigits, canonicalAddress, isAddressRange } from "./address/address-ranges.ts";
export type { SignableRequest } from "./canonical.ts";
export { type Claim, type ClaimedSignature, readSignature } from "./claim.ts";
export type { AwsCredentials } from "./credentials.ts";
export { parseCredentialsFile } from "./credentials-file.ts";
export { identityArn, oidcProviderArn, uniqueId } from "./identifiers.ts";
export { decideAccess, decideOwn, decideSession, type OwnDecision } from "./policy/access.ts";
export { matchesGlob } from "./policy/glob.ts";
export { MANAGED_POLICIES, type ManagedPolicy } from "./policy/managed-policies.ts";
export {
  type ParsedPolicy,
  type Policy,
  type PolicyProblem,
  parsePolicy,
  policyProblems,
  type ResourceDecision,
} from "./policy/policy.ts";
export type { Decision, PolicyPrincipal, PolicyRequest } from "./policy/policy-request.ts";
export { signRequest } from "./sign.ts";
export { signatureProblem } from "./verify.ts";
