export type { AwsCredentials } from "./credentials.ts";
export { parseCredentialsFile } from "./credentials-file.ts";
export {
  isSignedBy,
  readSignature,
  signRequest,
  type ClaimedSignature,
  type SignableRequest,
} from "./sign.ts";
