export { type Authority, openAuthority } from "./authority.ts";
export { type Issued, issuedFor } from "./issue.ts";
export { pemBlocks } from "./pem.ts";
