export { type Authority, openAuthority } from "./authority.ts";
export { challengeCertificate, type Issued, type IssueOptions, issuedFor } from "./issue.ts";
export { pemBlocks } from "./pem.ts";
