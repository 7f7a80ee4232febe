export type { AwsCredentials } from "./credentials.ts";
export { parseCredentialsFile } from "./credentials-file.ts";
export { signRequest, type SignableRequest } from "./sign.ts";
