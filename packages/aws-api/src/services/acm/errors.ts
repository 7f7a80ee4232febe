import type { Problem } from "@tollgate/config";
import { AwsError } from "../../aws-error.ts";

export type AcmErrorCode =
  | "ConflictException"
  | "InvalidArnException"
  | "InvalidParameterException"
  | "InvalidStateException"
  | "LimitExceededException"
  | "RequestInProgressException"
  | "ResourceInUseException"
  | "ResourceNotFoundException"
  | "ThrottlingException"
  | "TooManyTagsException"
  | "ValidationException";

/** acmError is an error response of ACM. */
export const acmError = (code: AcmErrorCode, message: string): AwsError => new AwsError(code, 400, message);

/** notFound is the error for an ARN of a certificate that is not there. */
export const notFound = (arn: string): AwsError =>
  acmError("ResourceNotFoundException", `Could not find certificate ${arn}.`);

/** inUse is the error for a certificate that a domain presents. */
export const inUse = (arn: string, accountId: string): AwsError =>
  acmError("ResourceInUseException", `Certificate ${arn} in account ${accountId} is in use.`);

/** notThereYet is the error for a certificate that was requested, but not issued. */
export const notThereYet = (arn: string): AwsError =>
  acmError("RequestInProgressException", `Certificate ${arn} is not issued yet.`);

export const QUOTA =
  "You have reached the maximum number of certificates. Delete certificates that are not in use, or contact AWS Support to request an increase.";

type Worded = (isChain: boolean, params: Problem["params"]) => string;

/** AWS's sentences about what is imported, by the codes of problems (AWS: ACM user guide, troubleshooting of imports). */
const WORDED: Readonly<Record<string, Worded>> = {
  CERTIFICATE_NOT_ALONE: () =>
    "The certificate field contains more than one certificate. You can specify only one certificate in this field.",
  CERTIFICATE_UNREADABLE: (isChain) =>
    `The certificate ${isChain ? "chain " : ""}is not PEM-encoded or is not valid.`,
  CERTIFICATE_EXPIRED: (isChain) => `The certificate ${isChain ? "chain " : ""}has expired, is not valid.`,
  CERTIFICATE_NOT_YET_VALID: (isChain) =>
    `The certificate ${isChain ? "chain " : ""}is not in effect yet, is not valid.`,
  CERTIFICATE_CHAIN_BROKEN: (_isChain, { index }) =>
    `Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order. The index within the chain of the invalid certificate is: ${index}`,
  PRIVATE_KEY_UNREADABLE: () => "The private key is not PEM-encoded or is not valid.",
  PRIVATE_KEY_ENCRYPTED: () => "The private key is not supported.",
  PRIVATE_KEY_OF_ANOTHER: () => "The private key does not match the certificate.",
};

/** importError is the error for a certificate that cannot be stored. */
export const importError = ({ code, path, params, message }: Problem): AwsError =>
  acmError(
    "ValidationException",
    WORDED[code]?.(path.includes("certificateChain"), params) ?? `${path}: ${message}`,
  );
